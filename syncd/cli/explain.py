"""`syncd explain PERSON`: a stage with its proof, why not the next one, and the least that would do it."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.options import as_of_option, at_option, config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say
from syncd.model.instant import Instant


@click.command("explain")
@click.argument("person", metavar="PERSON")
@config_option
@at_option
@as_of_option
@click.option(
    "--as-defined",
    type=click.Choice(["then", "now"]),
    default="then",
    show_default=True,
    help="Each stage by the version in force when it was entered, or all of them by the version in force now.",
)
@json_option
def command(
    person: str, config: Path | None, at: Instant | None, as_of: Instant | None, as_defined: str, *, as_json: bool
) -> None:
    """Say why PERSON is in a stage, why not in the next one, and the smallest change that would do it.

    PERSON is an e-mail address, hubspot:ID, salesforce:ID or an id of syncd. Nothing is read from the CRMs: the
    answer is what syncd knows, or knew (--as-of), judged as of now or then (--at).
    """
    from syncd.agreement.explanation import Page
    from syncd.agreement.versions import kinds_of
    from syncd.files.load import load_config
    from syncd.journey.cut_off import cut_off
    from syncd.journey.explained import as_data, explain
    from syncd.journey.reading import last_seen, typed
    from syncd.journey.who import find_person
    from syncd.locales.words import words_of
    from syncd.telling.clauses import Teller
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    with read_store(settings) as store, store.reading() as tx:
        moment, today = present(at if at is not None else as_of), as_defined == "now"
        files = typed(files, last_seen(tx))
        explained = explain(tx, files, find_person(tx, person), moment, as_of, as_defined_now=today)
        until = cut_off(tx, as_of)
    if as_json:
        zone, version = files.service.time_zone, explained.looked.definitions.hash
        Document("explain", as_data(explained), until, zone, version).print()
    else:
        page = Page(Teller(words_of(files.service.language), kinds_of(files)))
        for line in page.lines(explained):
            say(safe(line))
