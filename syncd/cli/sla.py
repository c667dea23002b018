"""`syncd sla`: how fast sales answers, and whose delay it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.asking import Allowed, asking, said
from syncd.cli.options import config_option, json_option, settings_for
from syncd.cli.output import Document, data_until, length, say, table
from syncd.model.instant import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.files.scalars import WorkingDuration
    from syncd.journey.handovers import Report
    from syncd.journey.sla import Answer, Sla

LISTED = ("met", "late", "overdue", "running", "unassigned", "all")


@click.command("sla")
@config_option
@asking
@click.option("--target", type=Allowed(), metavar="LENGTH", help="How long sales has, such as '4 working hours'; as "
              "the task says unless given.")  # fmt: skip
@click.option("--people", type=click.Choice(LISTED), help="List those whose clock is there.")
@json_option
def command(
    config: Path | None,
    target: WorkingDuration | None,
    people: str | None,
    *,
    as_json: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Measure from what somebody did to the first call, meeting or e-mail of sales, the system's part and people's.

    Counted is who entered, in the time of --from and --to, the stage before the first one that sales judges.
    """
    from syncd.files.load import load_config
    from syncd.journey.handovers import report_sla
    from syncd.journey.sla_data import answer_data, as_data
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    zone = files.service.time_zone
    ask = said(zone, **given)
    with read_store(settings) as store, store.reading() as tx:
        found = report_sla(tx, files, ask.asked, ask.scope, target)
    listed = [one for one in found.answers if people in ("all", _state(one))]
    if as_json:
        people_data = {} if people is None else {"people": [answer_data(one) for one in listed]}
        Document("sla", as_data(found) | people_data, found.cut_off, zone, found.definitions).print()
        return
    _tell(found, listed)
    say(data_until(found.cut_off, zone, found.definitions))


def _state(one: Answer) -> str:
    return "unassigned" if one.pick_up is None else str(one.pick_up.state)


def _tell(found: Report, listed: Sequence[Answer]) -> None:
    from syncd.journey.sla_data import basis_of

    if not found.whole.n:
        say("Nobody was handed over in that time.")
        return
    whole = found.whole
    rows = [
        [name, one.n, length(one.median), length(one.p90), length(one.p95)]
        for name, one in (
            ("speed to lead", whole.speed),
            ("  until somebody had them", whole.system),
            ("  until sales reached out", whole.human),
            ("pick-up, working hours", whole.working),
            ("until both were in contact", whole.contacted),
            ("until sales' own stage", whole.qualified),
            ("from assignment to contact", whole.to_contact),
            ("from assignment to that stage", whole.to_stage),
        )
    ]
    say(table(["", "n", "P50", "P90", "P95"], rows))
    say(f"\n{_attainment(whole)}")
    say("\n" + table(list(whole.bands), [list(whole.bands.values())]))
    _tell_groups("owner", found.by_owner)
    _tell_groups("hour", {f"{day} {hour:02d}:00": one for (day, hour), one in found.by_hour.items()})
    for name, groups in found.by.items():
        _tell_groups(name, groups)
    if listed:
        people = [
            [one.handover.person, one.handover.cycle, iso(one.handover.engaged_at), one.handover.owner, _state(one),
             length(one.human)]
            for one in listed
        ]  # fmt: skip
        say("\n" + table(["person", "cycle", "engaged", "owner", "clock", "human delay"], people))
    basis = basis_of(found)
    say(f"\n{basis[:1].upper()}{basis[1:]}.")


def _attainment(one: Sla) -> str:
    found = one.attainment
    rate = found.rate
    share = "" if rate.share is None else f"{100 * rate.share:.1f} % "
    open_ones = f"{found.running:,} run in time, {found.unassigned:,} are nobody's"
    return f"In time: {share}({rate.n:,} of {rate.of:,}; {found.late:,} late, {found.overdue:,} overdue; {open_ones})."


def _tell_groups(name: str, groups: dict[str, Sla]) -> None:
    rows = [
        [value, one.n, length(one.speed.median), length(one.human.median), length(one.human.p95), _rate(one)]
        for value, one in groups.items()
    ]
    if rows:
        say("\n" + table([name, "n", "speed to lead, P50", "human delay, P50", "P95", "in time"], rows))


def _rate(one: Sla) -> str:
    rate = one.attainment.rate
    return "" if rate.share is None else f"{100 * rate.share:.1f} %  ({rate.n:,} of {rate.of:,})"
