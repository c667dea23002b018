"""`syncd backfill`: the history of both CRMs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import (
    Moment,
    config_option,
    force_option,
    json_option,
    now_option,
    present,
    settings_for,
    wait_option,
)

if TYPE_CHECKING:
    from syncd.desk import Desk, Order
    from syncd.model.instant import Instant


@click.command("backfill")
@click.option("--since", type=Moment(), metavar="T", required=True, help="Read what changed from this time on.")
@click.option("--until", type=Moment(), metavar="T", help="Up to this time; the present unless given.")
@click.option("--plan", "--dry-run", "only", is_flag=True, help="Only tell what there is to read, and what it costs.")
@config_option
@now_option
@wait_option
@force_option
@json_option
def command(  # noqa: PLR0913 - one per option
    since: Instant,
    until: Instant | None,
    config: Path | None,
    now: Instant | None,
    wait: float,
    force: tuple[str, ...],
    why: str,
    *,
    only: bool,
    as_json: bool,
) -> int:
    """Read the history of both CRMs and stamp true dates. Makes no tasks. A killed one goes on where it was.

    Others write between its slices, and a share of the day's calls is left to them (`budgets` in syncd.yaml). With
    --json progress is told as JSON lines on stderr.
    """
    import getpass

    from syncd.backfill import backfill
    from syncd.cli.outcome import show
    from syncd.cli.output import progress
    from syncd.desk import Order
    from syncd.wiring import go_on_counting, introduce, set_desk

    if since > present(now):
        raise click.BadParameter("it must lie in the past", param_hint="--since")
    if until is not None and until <= since:
        raise click.BadParameter("it must be later than --since", param_hint="--until")
    order = Order("backfill", now=now, since=since, until=until, forced=force, who=getpass.getuser(), why=why)
    with progress(as_json=as_json) as watcher, set_desk(settings_for(config), watcher) as desk:
        go_on_counting(desk)
        introduce(desk)
        if only:
            return _foretell(desk, order, as_json=as_json)
        outcome = backfill(desk, order, wait, ready=go_on_counting)
    show("backfill", desk, outcome, as_json=as_json)
    return outcome.exit_code


def _foretell(desk: Desk, order: Order, *, as_json: bool) -> int:
    """Print what a backfill would cost. Nothing is read but numbers, and nothing is written."""
    from syncd.backfill import forecast
    from syncd.cli.output import Document, say
    from syncd.foreseen import as_data, lines

    found = forecast(desk, order)
    if as_json:
        calls = {"hubspot": desk.hubspot.calls, "salesforce": desk.salesforce.calls}
        data = {"forecast": as_data(found), "calls": calls}
        Document("backfill", data, found.begins, desk.config.service.time_zone, None).print()
        return 0
    for line in lines(found):
        say(line)
    say("Nothing was read but these numbers. Go on with the same command without --plan.")
    return 0
