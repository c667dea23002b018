"""The promise of tests/conftest.py: no test leaves this machine."""

from __future__ import annotations

import os
import socket
import urllib.request

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443, 0, 0)])
def test_a_connection_to_another_machine_is_refused(address: tuple[str | int, ...]) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    with socket.socket(family) as speaker, pytest.raises(RuntimeError, match="reaches out"):
        speaker.connect(address)


def test_a_name_of_another_machine_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="reaches out to 'api.example.com'"):
        urllib.request.urlopen("https://api.example.com/")


def test_this_machine_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as speaker,
    ):
        assert speaker.getpeername() == listener.getsockname()


def test_no_setting_of_the_developer_counts() -> None:
    assert [name for name in os.environ if name.startswith("SYNCD_")] == []
