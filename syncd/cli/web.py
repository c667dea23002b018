"""`syncd web`: the page alone, without the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, settings_for
from syncd.cli.output import Document, say
from syncd.cli.sandbox import ending_early, staying_up

if TYPE_CHECKING:
    from syncd.settings import WebSettings


@click.command("web")
@config_option
@click.option(
    "--listen", metavar="HOST:PORT", help="Serve it there (SYNCD_WEB__LISTEN); port 0 lets the system choose."
)
@json_option
def command(config: Path | None, listen: str | None, *, as_json: bool) -> int:
    """Serve the page until Ctrl-C: numbers, people, plans, quarantine, definitions and the ledger.

    It reads the store and writes to no CRM. Where others than this machine can reach it, people log in with
    SYNCD_WEB__TOKEN. `syncd run` serves the same page by itself.
    """
    from syncd.web.serve import serving

    settings = settings_for(config)
    if listen is not None:
        settings = settings.model_copy(update={"web": _at(settings.web, listen)})
    with ending_early(), serving(settings) as page, staying_up():
        if as_json:
            Document("web", {"url": page.url}).print()
        else:
            say(f"The page is at {page.url} until Ctrl-C.")
        sys.stdout.flush()
    return 0


def _at(web: WebSettings, listen: str) -> WebSettings:
    """The settings of the page with another address. Raises click.UsageError for one that is none."""
    from pydantic import ValidationError

    try:
        return type(web)(listen=listen, token=web.token, hosts=web.hosts)
    except ValidationError as error:
        raise click.UsageError(f"--listen {listen!r} must be HOST:PORT, for example 127.0.0.1:8350.") from error
