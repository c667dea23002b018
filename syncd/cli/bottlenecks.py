"""`syncd bottlenecks`: where people wait, behind whom or what, and how many it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.asking import asking, counting, said
from syncd.cli.options import config_option, json_option, settings_for
from syncd.cli.output import Document, data_until, length, say, table
from syncd.model.instant import iso
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.journey.behind import Counted
    from syncd.journey.bottlenecks import Bottleneck
    from syncd.journey.waited import Waited


@click.command("bottlenecks")
@config_option
@asking
@counting
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, help="Show so many places.")
@click.option("--people", is_flag=True, help="List who waits at each, the longest first.")
@json_option
def command(config: Path | None, most: int, *, people: bool, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Rank the places where people wait by how many more would have come further at everybody's rate.

    A place is a stage and a value of each --by (owner, unless said otherwise). With --from, the period of the same
    length before is set beside it, as it stood when it was as old.
    """
    from syncd.files.load import load_config
    from syncd.journey.waited import as_data, find_bottlenecks, people_waiting
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    zone = files.service.time_zone
    ask = said(zone, **given)
    with read_store(settings) as store, store.reading() as tx:
        found = find_bottlenecks(tx, files, ask.asked, ask.scope)
        shown = found.places[:most]
        waiting = [people_waiting(tx, files, found, place) if people else [] for place in shown]
    funnel = found.funnel
    if as_json:
        Document("bottlenecks", as_data(found, waiting), funnel.cut_off, zone, funnel.definitions).print()
        return
    _tell(found, shown, waiting)
    say(data_until(funnel.cut_off, zone, funnel.definitions))


def _tell(found: Waited, shown: Sequence[Bottleneck], waiting: Sequence[Sequence[Counted]]) -> None:
    if not shown:
        say("Nobody waits, and nobody was lost.")
        return
    headings = ["from", "to", "behind", "lost", "rate", "before", "waiting", "stalled", "median", "foremost reason"]
    say(table(headings, [_row(one) for one in shown]))
    for one, people in zip(shown, waiting, strict=True):
        if people:
            rows = [[each.person, each.cycle, iso(each.at), each.became] for each in people]
            say("\n" + table([f"waits in {label_of(one.stage)}, {_behind(one)}", "cycle", "since", ""], rows))
    before = "" if found.before_since is None else f" Before: from {iso(found.before_since)}, seen at the same age."
    say(f"\nLost: how many more would have come further at everybody's rate, for all at the rate of before.{before}")


def _behind(one: Bottleneck) -> str:
    return f"{one.name} {one.value}" if one.name else "all"


def _row(one: Bottleneck) -> list[object]:
    rate = "" if one.rate.share is None else f"{100 * one.rate.share:.1f} %  ({one.rate.n:,} of {one.rate.of:,})"
    change = one.rate_change
    before = "" if change is None else f"{100 * change:+.1f}"
    reason = max(one.left, key=lambda each: one.left[each], default="")
    return [
        label_of(one.stage), label_of(one.after), _behind(one), f"{one.lost:.1f}", rate, before, one.waiting,
        one.stalled, length(one.median), reason,
    ]  # fmt: skip
