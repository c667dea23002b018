"""`syncd sandbox`: only the two emulated CRMs."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

import click

from syncd.cli.options import json_option, present
from syncd.cli.output import Document, say

_PORT = click.IntRange(0, 65_535)


@click.command("sandbox")
@click.option("--empty", is_flag=True, help="Begin with empty CRMs instead of a lifelike portal.")
@click.option("--port-hubspot", type=_PORT, default=0, metavar="N", help="Port of HubSpot; 0 lets the system choose.")
@click.option("--port-salesforce", type=_PORT, default=0, metavar="N", help="Port of Salesforce; likewise.")
@json_option
def command(port_hubspot: int, port_salesforce: int, *, empty: bool, as_json: bool) -> int:
    """Serve an emulated HubSpot and an emulated Salesforce on loopback until Ctrl-C.

    Prints the settings by which syncd, and anything else that speaks to these CRMs, reaches them. Nothing is kept.
    """
    from connectors.sandbox.demo import build_demo
    from connectors.sandbox.twin import Twin
    from syncd.model.instant import datetime_of

    hubspot, salesforce = (None, None) if empty else build_demo(datetime_of(present()))
    with ending_early():
        try:
            twin = Twin(hubspot, salesforce, port_hubspot, port_salesforce).start()
        except OSError as error:
            raise click.UsageError(f"A port cannot be used: {error.strerror}. Choose another, or 0.") from error
        try:
            with staying_up():
                _show(twin.settings(), as_json=as_json)
        finally:
            twin.stop()
    return 0


def _show(settings: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        Document("sandbox", {"settings": settings}).print()
    else:
        say("# Both CRMs are there until Ctrl-C. For another shell:")
        say(exports(settings))
    sys.stdout.flush()


def exports(settings: Mapping[str, str]) -> str:
    """Settings as lines for a shell."""
    import shlex

    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in settings.items())


@contextmanager
def staying_up() -> Iterator[None]:
    """Do the block, then wait for Ctrl-C or SIGTERM, which from the block on is a good end. Inside `ending_early`."""
    with suppress(KeyboardInterrupt):
        yield
        threading.Event().wait()


@contextmanager
def ending_early() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM or a terminal that is closed raise KeyboardInterrupt, and not disturb the clearing up.

    A shell that starts a program in the background has it ignore Ctrl-C: here it counts all the same.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(each, end) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
