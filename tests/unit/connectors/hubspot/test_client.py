"""The library under our transport: loaded late, built once, and never given the token."""

from __future__ import annotations

import subprocess
import sys

import pytest
import responses

from connectors.errors import Unserved
from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.hubspot.client import Api, polite

BASE = "https://api.hubapi.com"


@pytest.fixture
def api():
    return Api("pat-na1-secret", BASE, "2026-09", None, Options(sleep=lambda _: None))


def test_importing_the_connector_does_not_load_the_library():
    asked = "import sys, connectors.hubspot; sys.exit('hubspot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_the_library_holds_no_token_and_our_transport_sends_it(api):
    with responses.RequestsMock() as wire:
        wire.add("POST", f"{BASE}/crm/objects/2026-09/contacts/search", json={"results": []})
        api.search("contacts", {})
        request = wire.calls[0].request
    assert request.headers["Authorization"] == "Bearer pat-na1-secret"
    assert request.headers["Accept"] == "application/json"
    assert api._searches.api_client.configuration.access_token is None
    assert api._searches is api._searches
    assert "secret" not in repr(api) + repr(vars(api._searches.api_client.configuration))


def test_the_limits_of_the_tier_are_learned_and_only_lowered_by_ours():
    limiter = polite(calls_per_10_seconds=120)
    hubspot = HubSpot("pat", base_url=BASE, limiter=limiter)
    assert hubspot.daily_remaining is None
    assert limiter.burst.calls == 80
    headers = {
        "X-HubSpot-RateLimit-Max": "190",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        "X-HubSpot-RateLimit-Daily": "625000",
        "X-HubSpot-RateLimit-Daily-Remaining": "498677",
    }
    with responses.RequestsMock() as wire:
        wire.add("GET", f"{BASE}/account-info/2026-09/details", json={"portalId": 1}, headers=headers)
        wire.add("GET", f"{BASE}/account-info/2026-09/details", json={"portalId": 1})
        hubspot.check()
        assert hubspot.daily_remaining == 498_677
        hubspot.check()
    assert limiter.burst.calls == 120
    assert hubspot.daily_remaining == 498_676
    assert hubspot.limiter.day.use(hubspot.now()).ours == 2


def test_a_version_in_which_there_is_no_account_is_not_served():
    hubspot = HubSpot("pat", base_url=BASE, api_version="v3")
    with responses.RequestsMock() as wire:
        wire.add("GET", f"{BASE}/account-info/v3/details", json={"category": "OBJECT_NOT_FOUND"}, status=404)
        with pytest.raises(Unserved, match="API version v3 is not served"):
            hubspot.check()


def test_searches_go_out_four_a_second_and_other_calls_do_not_wait_for_them():
    limiter = polite()
    waits = [limiter.reserve("/crm/objects/2026-09/contacts/search", 0.0) for _ in range(5)]
    assert waits == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert limiter.reserve("/crm/owners/2026-09", 0.0) == 0.0


def test_a_limit_paces_the_pages_of_searches_and_not_those_of_lists():
    hubspot = HubSpot("pat", base_url=BASE)
    assert {kind for kind in ("contact", "deal", "call") if hubspot.paced(kind)} == {"contact", "deal", "call"}
    lists = ("owner", "form", "form_submission", "email_event", "archived_contact", "listed_contact", "marketing_event")
    assert not any(hubspot.paced(kind) for kind in lists)
