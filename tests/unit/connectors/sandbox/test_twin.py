"""Both emulated CRMs side by side."""

from __future__ import annotations

import socket

import pytest
import requests

from connectors.sandbox.twin import Twin


def test_a_twin_serves_both_crms_by_the_settings_that_it_names() -> None:
    with Twin() as twin:
        names = twin.settings()
        token = {"Authorization": f"Bearer {names['SYNCD_HUBSPOT__ACCESS_TOKEN']}"}
        url = f"{names['SYNCD_HUBSPOT__BASE_URL']}/crm/v3/objects/contacts"
        assert requests.get(url, headers=token, timeout=5).json()["results"] == []
        form = {
            "grant_type": "client_credentials",
            "client_id": names["SYNCD_SALESFORCE__CLIENT_ID"],
            "client_secret": names["SYNCD_SALESFORCE__CLIENT_SECRET"],
        }
        login = f"{names['SYNCD_SALESFORCE__LOGIN_URL']}/services/oauth2/token"
        answer = requests.post(login, data=form, timeout=5).json()
        assert answer["instance_url"] == names["SYNCD_SALESFORCE__LOGIN_URL"]


def test_a_stopped_twin_serves_nothing_more() -> None:
    with Twin() as twin:
        urls = [server.url for server in twin.servers]
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)


def test_a_twin_whose_second_port_is_taken_gives_the_first_one_back() -> None:
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        twin = Twin(hubspot_port=port, salesforce_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            twin.start()
        with socket.socket() as again:
            again.bind(("127.0.0.1", port))
