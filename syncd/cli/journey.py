"""`syncd journey PERSON`: everything that happened, in both CRMs and in syncd, in order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import as_of_option, at_option, config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say, table
from syncd.model.instant import Instant, datetime_of, iso
from syncd.model.said import counted
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from syncd.journey.person import Journey
    from syncd.journey.together import Together
    from syncd.telling.clauses import Teller

WIDTH = 110
"""Characters of an event's line; `--json` has all of it."""


@click.command("journey")
@click.argument("person", metavar="PERSON")
@config_option
@at_option
@as_of_option
@click.option("--page", default=1, metavar="N", type=click.IntRange(min=1),
              help="Of a company or a deal with many people, the N-th lot of them.")  # fmt: skip
@json_option
def command(
    person: str, config: Path | None, at: Instant | None, as_of: Instant | None, page: int, *, as_json: bool
) -> None:
    """Show what PERSON did, what sales did, which stages followed and what syncd wrote: one line of time.

    PERSON is an e-mail address, hubspot:ID, salesforce:ID or an id of syncd. Of a company or a deal, the journeys of
    everybody there are told: company:DOMAIN, hubspot:company/ID, salesforce:ID of an account or opportunity. Times are
    UTC.
    """
    from syncd.agreement.versions import kinds_of
    from syncd.files.load import load_config
    from syncd.journey import person as persons
    from syncd.journey import together as places
    from syncd.journey.cut_off import cut_off
    from syncd.journey.reading import last_seen, typed
    from syncd.journey.who import find_person, find_place
    from syncd.locales.words import words_of
    from syncd.telling.clauses import Teller
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    then, zone = present(at if at is not None else as_of), files.service.time_zone
    with read_store(settings) as store, store.reading() as tx:
        until, place = cut_off(tx, as_of), find_place(tx, person)
        if place is not None:
            joint = places.together(tx, files, *place, then, as_of, page)
        else:
            found = persons.journey(tx, files, find_person(tx, person), then, as_of)
        teller = Teller(words_of(files.service.language), kinds_of(typed(files, last_seen(tx))))
    if as_json:
        data = persons.as_data(found) if place is None else places.as_data(joint)
        Document("journey", data, until, zone, files.definitions_at(then).hash).print()
    elif place is None:
        _tell(found, until, teller)
    else:
        _tell_together(joint, until, teller)


def _tell_together(found: Together, until: Instant | None, teller: Teller) -> None:
    from syncd.telling.proofs import told

    say(
        f"{found.record.kind} {safe(found.record.id)}: {counted(found.count, 'person', 'people')}"
        + _which(found)
        + "\n"
    )
    people = [[one.verdict.person, label_of(one.verdict.stage), _minute(one.verdict.since)] for one in found.people]
    say(table(["person", "stage", "since"], people) + "\n")
    rows = [
        [
            _minute(one.event.at),
            one.person,
            one.event.system,
            one.event.kind.replace("_", " "),
            _short(told(one.event.says, teller)),
        ]
        for one in found.events
    ]
    say(table(["when (UTC)", "who", "where", "what", ""], rows))
    say(f"\n{len(found.deals)} deals; data up to {iso(until) if until is not None else 'now'}.")


def _which(found: Together) -> str:
    """Which of many people are shown, and how to see the others."""
    if found.pages == 1:
        return ""
    more = f"; the next are on --page {found.page + 1}" if found.page < found.pages else ""
    return f", page {found.page:,} of {found.pages:,}{more}"


def _tell(found: Journey, until: Instant | None, teller: Teller) -> None:
    from syncd.telling.proofs import told

    verdict = found.looked.verdict
    say(f"{safe(verdict.person)}: {label_of(verdict.stage)}, cycle {verdict.cycle}, since {iso(verdict.since)}\n")
    rows = [
        [_minute(event.at), event.system, event.kind.replace("_", " "), _short(told(event.says, teller))]
        for event in found.events
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
            say(f"  {one.kind.replace('_', ' ')}: {safe(told(one.says, teller))}")
    records = counted(len(found.looked.dossier.records), "record")
    say(f"\n{records}; data up to {iso(until) if until is not None else 'now'}.")


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def _minute(at: Instant | None) -> str:
    return "" if at is None else f"{datetime_of(at):%Y-%m-%d %H:%M}"
