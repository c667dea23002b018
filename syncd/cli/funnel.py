"""`syncd funnel`: how many reached each stage, and the rates between."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import (
    as_of_option,
    at_option,
    by_option,
    config_option,
    json_option,
    period_options,
    present,
    settings_for,
)
from syncd.cli.output import Document, safe, say, table
from syncd.model.instant import Instant, iso
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.journey.counted import Counted
    from syncd.journey.funnel import Funnel, Rate, Step

LISTED = 5
"""Anomalies that are shown to people; `--json` has all."""


@click.command("funnel")
@config_option
@period_options
@click.option("--order", type=click.Choice(["any", "strict"]), default="any", show_default=True, help="any: had the "
              "stage. strict: passed all stages in order.")  # fmt: skip
@by_option
@click.option("--people", metavar="STAGE", help="List who is behind the number of a stage.")
@at_option
@as_of_option
@json_option
def command(  # noqa: PLR0913 - one per option
    config: Path | None,
    since: Instant | None,
    until: Instant | None,
    order: str,
    by: str | None,
    people: str | None,
    at: Instant | None,
    as_of: Instant | None,
    *,
    as_json: bool,
) -> None:
    """Count each person in each cycle: how many had each stage, and how many of the stage before.

    With --from and --to, those are counted that entered the first stage of the definitions in that time. --by splits
    by a name that fields.yaml reads, such as a source.
    """
    from syncd.files.load import load_config
    from syncd.journey import counted
    from syncd.journey.cut_off import cut_off
    from syncd.journey.funnel import Question
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    scope = counted.Scope(present(at if at is not None else as_of), as_of)
    definitions = files.definitions_at(scope.at)
    question = Question(counted.chain_of(definitions), order == "strict", since, until)
    stage = None if people is None else counted.stage_named(definitions, people)
    with read_store(settings) as store, store.reading() as tx:
        found = counted.count_funnel(tx, files, question, scope, by)
        behind = None if stage is None else counted.people_behind(tx, question, scope, stage)
        end = cut_off(tx, as_of)
    zone = files.service.time_zone
    if as_json:
        people_data = {} if behind is None else {"people": [_person(one) for one in behind]}
        Document("funnel", counted.as_data(found) | people_data, end, zone, definitions.hash).print()
        return
    _tell(found, by, behind)
    say(f"Data up to {'never' if end is None else iso(end)}, time zone {zone}, definitions {definitions.hash}.")


def _tell(found: Funnel, by: str | None, behind: Sequence[Counted] | None) -> None:
    from syncd.journey.counted import basis_of

    if not found.units:
        say("Nobody is counted. Stages are recorded when a plan is applied: `syncd apply`, then ask again.")
        return
    first = label_of(found.question.chain[0]) if found.question.chain else "all"
    say(table(["stage", "n", "of the stage before", f"of {first}"], [_row(step) for step in found.steps]))
    for stage, n in found.returns.items():
        say(f"{label_of(stage)}: {n:,}")
    if by is not None:
        headings = [by, *(label_of(step.stage) for step in found.steps)]
        rows = [[value, *(_cell(steps, step) for step in found.steps)] for value, steps in found.by.items()]
        say("\n" + table(headings, rows))
    if found.odd:
        count = len(found.odd)
        say(f"\nOut of order: {count:,}" + (f", the first {LISTED} of them" if count > LISTED else ""))
        for one in found.odd[:LISTED]:
            say(f"  {safe(one.person)}: {safe(one.anomaly.says)}")
    if behind is not None:
        _tell_people(behind)
    basis = basis_of(found.question)
    say(f"\n{basis[:1].upper()}{basis[1:]}.")


def _row(step: Step) -> list[object]:
    return [label_of(step.stage), f"{step.n:>7,}", _rate(step.rate), _rate(step.of_first)]


def _rate(rate: Rate) -> str:
    return "" if not rate.of else f"{100 * rate.n / rate.of:5.1f} %  ({rate.n:,} of {rate.of:,})"


def _cell(steps: Sequence[Step], wanted: Step) -> str:
    step = next((one for one in steps if one.stage == wanted.stage), None)
    if step is None or not step.of_first.of:
        return "0" if step is None else f"{step.n:,}"
    return f"{step.n:,} ({100 * step.of_first.n / step.of_first.of:.1f} %)"


def _tell_people(behind: Sequence[Counted]) -> None:
    rows = [[one.person, one.cycle, iso(one.at), one.source, one.why[:80]] for one in behind]
    say("\n" + table(["person", "cycle", "entered", "by", "why"], rows))


def _person(one: Counted) -> dict[str, object]:
    return {"person": one.person, "cycle": one.cycle, "entered_at": iso(one.at), "source": one.source, "why": one.why}
