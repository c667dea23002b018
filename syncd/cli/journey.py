"""`syncd journey PERSON`: everything that happened, in both CRMs and in syncd, in order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import as_of_option, at_option, config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say, table
from syncd.model.instant import Instant, datetime_of, iso
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from syncd.journey.person import Journey

WIDTH = 110
"""Characters of an event's line; `--json` has all of it."""


@click.command("journey")
@click.argument("person", metavar="PERSON")
@config_option
@at_option
@as_of_option
@json_option
def command(person: str, config: Path | None, at: Instant | None, as_of: Instant | None, *, as_json: bool) -> None:
    """Show what PERSON did, what sales did, which stages followed and what syncd wrote: one line of time.

    PERSON is an e-mail address, hubspot:ID, salesforce:ID or an id of syncd. Times are UTC.
    """
    from syncd.files.load import load_config
    from syncd.journey.cut_off import cut_off
    from syncd.journey.person import as_data, journey
    from syncd.journey.who import find_person
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    with read_store(settings) as store, store.reading() as tx:
        found = journey(tx, files, find_person(tx, person), present(at if at is not None else as_of), as_of)
        until = cut_off(tx, as_of)
    if as_json:
        Document("journey", as_data(found), until, files.service.time_zone, found.looked.definitions.hash).print()
    else:
        _tell(found, until)


def _tell(found: Journey, until: Instant | None) -> None:
    verdict = found.looked.verdict
    say(f"{safe(verdict.person)}: {label_of(verdict.stage)}, cycle {verdict.cycle}, since {iso(verdict.since)}\n")
    rows = [
        [_minute(event.at), event.system, event.kind.replace("_", " "), _short(event.says)] for event in found.events
    ]
    say(table(["when (UTC)", "where", "what", ""], rows))
    say()
    stays = [
        [label_of(stay.entry.stage), stay.entry.cycle, _minute(stay.entry.at), _minute(stay.left_at)]
        for stay in found.stays
    ]
    say(table(["stage", "cycle", "entered", "left"], stays))
    if found.anomalies:
        say("\nOdd about it")
        for one in found.anomalies:
            say(f"  {one.kind.replace('_', ' ')}: {safe(one.says)}")
    say(f"\n{len(found.looked.dossier.records)} records; data up to {iso(until) if until is not None else 'now'}.")


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def _minute(at: Instant | None) -> str:
    return "" if at is None else f"{datetime_of(at):%Y-%m-%d %H:%M}"
