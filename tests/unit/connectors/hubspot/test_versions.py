"""The generations of the API: where their routes are, and when they end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.http import Options
from connectors.hubspot import HubSpot, retirement, warning
from connectors.hubspot.versions import VERSIONS, path_for

V1 = "HubSpot's API v1, used with {}, {} on 2027-09-01: a newer one is needed"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/crm/v3/lists/7/memberships/add", "/crm/lists/2026-09/7/memberships/add"),
        ("/events/v3/events", "/events/event-occurrences/2026-09"),
        (
            "/marketing/v3/marketing-events/participations/contacts/7/breakdown",
            "/marketing/marketing-events/2026-09/participations/contacts/7/breakdown",
        ),
        ("/crm/v3/objects/contacts/batch/upsert", "/crm/objects/2026-09/contacts/batch/upsert"),
        ("/email/public/v1/events", "/email/public/v1/events"),
    ],
)
def test_every_route_has_its_dated_place_or_keeps_the_only_one_it_has(path, expected):
    assert path_for("2026-09", path) == expected
    assert path_for("2026-03", path) == expected.replace("2026-09", "2026-03")
    assert path_for("v3", path) == path


def test_every_version_has_an_end_and_an_unknown_one_names_the_known():
    ends = [retirement(version) for version in VERSIONS]
    assert ends == sorted(ends)
    assert retirement("v4") == date(2027, 3, 30)
    with pytest.raises(ValueError, match="v3, 2026-03, 2026-09"):
        retirement("2025-09")


@pytest.mark.parametrize(
    ("version", "today", "told"),
    [
        ("v3", date(2026, 11, 29), None),
        ("v3", date(2026, 11, 30), "HubSpot's API v4, used with v3, ends on 2027-03-30: use 2026-09"),
        ("v3", date(2027, 3, 30), "HubSpot's API v4, used with v3, has ended on 2027-03-30: use 2026-09"),
        ("2026-03", date(2027, 5, 3), None),
        (
            "2026-03",
            date(2027, 6, 2),
            f"{V1.format('2026-03', 'ends')}; HubSpot's API 2026-03 ends on 2027-09-30: use 2026-09",
        ),
        ("2026-09", date(2027, 5, 3), None),
        ("2026-09", date(2027, 5, 4), V1.format("2026-09", "ends")),
        (
            "2026-09",
            date(2028, 1, 1),
            f"{V1.format('2026-09', 'has ended')}; HubSpot's API 2026-09 ends on 2028-03-08: a newer one is needed",
        ),
    ],
)
def test_an_end_is_told_120_days_before(version, today, told):
    assert warning(version, today) == told


@pytest.mark.parametrize(
    ("version", "today", "told"),
    [("v3", datetime(2027, 1, 1, tzinfo=UTC), "ends on"), ("2026-09", datetime(2027, 1, 1, tzinfo=UTC), None)],
)
def test_the_connector_warns_by_its_crms_own_clock(version, today, told) -> None:
    source = HubSpot("token", api_version=version, options=Options(wall=lambda: today))
    said = source.warning()
    assert (said is None) if told is None else (told in said)
