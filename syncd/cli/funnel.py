"""`syncd funnel`: how many reached each stage, the rates between, how long it takes, and who is behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.asking import asking, counting, said
from syncd.cli.options import config_option, json_option, settings_for
from syncd.cli.output import Document, data_until, length, safe, say, table
from syncd.model.instant import iso
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.journey.behind import Counted
    from syncd.journey.columns import Group
    from syncd.journey.counted import Funnel
    from syncd.journey.deals import DealNumbers
    from syncd.journey.funnel import Conversion, Rate, Step
    from syncd.journey.stood import Stay
    from syncd.journey.units import Basis
    from syncd.journey.velocity import Velocity
    from syncd.model.stage import Stage

LISTED = 5
"""Anomalies that are shown to people; `--json` has all."""


@click.command("funnel")
@config_option
@asking
@counting
@click.option("--people", metavar="STAGE", help="List who is behind the number of a stage, behind what became of them "
              "there, such as mql:open, or behind where they stand: mql:census, mql:start, mql:came:subscriber, "
              "mql:went.")  # fmt: skip
@json_option
def command(config: Path | None, people: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Count each person in each cycle: how many had each stage, how many of the stage before, and how long it took.

    With --from and --to, those are counted that entered the first stage of the definitions in that time.
    """
    from syncd.files.load import load_config
    from syncd.journey.behind import behind_named, people_behind
    from syncd.journey.counted import count_funnel
    from syncd.journey.funnel_data import as_data, person_data, stay_data
    from syncd.journey.stood import standing_named, stays_behind
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    zone = files.service.time_zone
    ask = said(zone, **given)
    definitions = files.definitions_at(ask.scope.at)
    stood = None if people is None else standing_named(definitions, people)
    what = None if people is None or stood is not None else behind_named(definitions, people)
    with read_store(settings) as store, store.reading() as tx:
        found = count_funnel(tx, files, ask.asked, ask.scope)
        behind = None if what is None else people_behind(tx, files, ask.asked, ask.scope, what)
        stays = None if stood is None else stays_behind(tx, files, ask.asked, ask.scope, stood)
    if as_json:
        told = [*map(person_data, behind or ()), *map(stay_data, stays or ())]
        people_data = {} if people is None else {"people": told}
        Document("funnel", as_data(found) | people_data, found.cut_off, zone, found.definitions).print()
        return
    _tell(found, behind, stays)
    say(data_until(found.cut_off, zone, found.definitions))


def _tell(found: Funnel, behind: Sequence[Counted] | None, stays: Sequence[Stay] | None) -> None:
    from syncd.journey.funnel_data import basis_of

    counted = found.whole.numbers
    if not counted.units:
        say("Nobody is counted. Stages are recorded when a plan is applied: `syncd apply`, then ask again.")
        return
    first = label_of(found.question.chain[0]) if found.question.chain else "all"
    say(table(["stage", "n", "of the stage before", f"of {first}"], [_row(step) for step in counted.steps]))
    for stage, n in counted.returns.items():
        say(f"{label_of(stage)}: {n:,}")
    _tell_conversions(found.whole)
    _tell_flow(found)
    _tell_deals(found)
    for name in found.asked.by:
        _tell_split(name, found)
    if found.odd:
        count = len(found.odd)
        say(f"\nOut of order: {count:,}" + (f", the first {LISTED} of them" if count > LISTED else ""))
        for one in found.odd[:LISTED]:
            say(f"  {safe(one.person)}: {safe(one.anomaly.says)}")
    if behind is not None:
        _tell_people(behind)
    if stays is not None:
        _tell_stays(stays)
    basis = basis_of(found.question)
    say(f"\n{basis[:1].upper()}{basis[1:]}.")


def _tell_conversions(whole: Group) -> None:
    pairs = list(zip(whole.numbers.conversions, whole.velocities, strict=True))
    if not pairs:
        return
    headings = ["from", "to", "cohort", "still open", "lost", "period", "median", "P90", "survival"]
    headings += ["within"] if pairs[0][0].within is not None else []
    say("\n" + table(headings, [_conversion(one, speed) for one, speed in pairs]))
    say(
        "Cohort: of those who entered the first of the two stages in the time asked about, how many have the second.\n"
        "Period: entries into the second in that time against entries into the first; in part other people, so that it"
        " may be more than 100 %."
    )
    for one, _ in pairs:
        for outcome, reasons in one.reasons.items():
            shown = ", ".join(f"{safe(reason)} {n:,}" for reason, n in reasons.items())
            say(f"{label_of(one.before)}, {outcome}: {shown}")
    taken = whole.numbers.acceptance
    if taken is not None:
        silent = f", and {taken.silent:,} by silence" if taken.silent else ""
        say(f"Accepted by sales: {_rate(taken.rate).strip() or 'nobody answered yet'}{silent}.")
    if whole.numbers.requalified.of:
        say(f"Recycled people who qualified again: {_rate(whole.numbers.requalified).strip()}.")


def _conversion(one: Conversion, speed: Velocity) -> list[object]:
    row: list[object] = [
        label_of(one.before), label_of(one.after), _rate(one.cohort), _rate(one.open), _rate(one.leaked),
        _rate(one.period), length(speed.arrived.median), length(speed.arrived.p90), length(speed.survival),
    ]  # fmt: skip
    return row if one.within is None else [*row, _rate(one.within)]


def _tell_flow(found: Funnel) -> None:
    if found.whole.times:
        rows = [
            [label_of(one.stage), one.inside, length(one.latest.median), length(one.latest.p90),
             length(one.cumulative.median)]
            for one in found.whole.times
        ]  # fmt: skip
        say("\n" + table(["time in stage", "in it", "last visit, median", "P90", "all visits, median"], rows))
    if found.whole.falls:
        rows = [
            [label_of(one.stage), one.start, sum(one.came.values()), -sum(one.went.values()), one.end]
            for one in found.whole.falls
        ]
        say("\n" + table(["who stands where", "start", "came", "went", "end"], rows))


def _tell_deals(found: Funnel) -> None:
    one = found.deals
    if one.cohort.of or one.period.of:
        still = f", {one.open:,} still open" if one.open else ""
        closed, created = _rate(one.period).strip() or "none", _rate(one.cohort).strip() or "none"
        say(f"\nDeals won: of those closed {closed}; of those created {created}{still}.")
    for each in one.pipelines:
        if each.a_day is not None:
            say(f"Pipeline velocity: {each.a_day:,} {each.currency or ''} a day ({each.qualified:,} open deals, "
                f"{each.average:,} on average, {each.days} days).".replace("  ", " "))  # fmt: skip


def _tell_split(name: str, found: Funnel) -> None:
    steps = found.whole.numbers.steps
    headings = [name, *(label_of(step.stage) for step in steps)]
    headings += [f"{label_of(one.before)} to {label_of(one.after)}, median" for one in found.whole.velocities]
    groups = [group for group in found.groups if group.name == name]
    rows = [
        [group.value, *(_cell(group.numbers.steps, step) for step in steps),
         *(length(speed.arrived.median) for speed in group.velocities)]
        for group in groups
    ]  # fmt: skip
    say("\n" + table(headings, rows))
    if found.whole.numbers.conversions:
        pairs = [f"{label_of(one.before)} to {label_of(one.after)}" for one in found.whole.numbers.conversions]
        headings = [f"{name}, from stage to stage", *pairs, "accepted by sales"]
        say("\n" + table(headings, [[group.value, *_going(group, found.question.basis)] for group in groups]))
    mine = [group for group in groups if group.falls]
    if mine:
        stages = [fall.stage for fall in found.whole.falls]
        headings = [f"{name}, who stands where", *map(label_of, stages)]
        say("\n" + table(headings, [[group.value, *_standing(group, stages)] for group in mine]))
    deals = [(value, one) for (of, value), one in found.deals_by.items() if of == name]
    if deals:
        headings = [f"{name}, deals", "won of those closed", "won of those created", "open", "pipeline a day"]
        say("\n" + table(headings, [[value, *_dealt(one)] for value, one in deals]))


def _going(group: Group, basis: Basis) -> list[str]:
    """Of each step the rate and what was lost on the way; and what sales accepted."""
    cells = [
        f"{_share(one.period if basis == 'period' else one.cohort)}, {_share(one.leaked)} lost" if one.cohort.of else ""
        for one in group.numbers.conversions
    ]
    taken = group.numbers.acceptance
    return [*cells, "" if taken is None or not taken.rate.of else _share(taken.rate)]


def _share(rate: Rate) -> str:
    return "-" if rate.share is None else f"{100 * rate.share:.1f} %"


def _dealt(one: DealNumbers) -> list[object]:
    a_day = [f"{each.a_day:,} {each.currency or ''}".strip() for each in one.pipelines if each.a_day is not None]
    return [_rate(one.period), _rate(one.cohort), one.open, ", ".join(a_day)]


def _standing(group: Group, stages: Sequence[Stage]) -> list[str]:
    """Of each stage, how many stand in it at the end, by how many they became more or fewer, and their last stay."""
    falls, times = {one.stage: one for one in group.falls}, {one.stage: one for one in group.times}
    cells = []
    for stage in stages:
        fall, time = falls.get(stage), times.get(stage)
        stay = f", {length(time.latest.median)}" if time is not None and time.latest.n else ""
        cells.append("0" if fall is None else f"{fall.end:,} ({fall.end - fall.start:+,}){stay}")
    return cells


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
    rows = [[one.person, one.cycle, iso(one.at), one.source, one.became, one.why[:80]] for one in behind]
    say("\n" + table(["person", "cycle", "entered", "by", "then", "why"], rows))


def _tell_stays(stays: Sequence[Stay]) -> None:
    rows = [
        [one.person, one.cycle, one.came_from or "(new)", iso(one.since), "" if one.until is None else iso(one.until),
         one.went_to or "", one.why[:80]]
        for one in stays
    ]  # fmt: skip
    say("\n" + table(["person", "cycle", "from", "entered", "left", "to", "why"], rows))
