"""Telling systemd how the service is: one datagram each (sd_notify), and nothing at all where nobody listens."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def notify(**states: str) -> None:
    """Send states such as READY="1" or STATUS="…" to the supervisor that $NOTIFY_SOCKET names, if there is one.

    One that is gone is told nothing: the work does not hang on it.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    message = "\n".join(f"{name}={value}" for name, value in states.items())
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        # A leading @ names an abstract socket, whose address begins with a zero byte.
        wire.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        wire.sendall(message.encode())
