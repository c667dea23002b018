"""`syncd apply`: write what a plan shows. A person's own act, which also ends first contact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, force_option, json_option, now_option, settings_for, wait_option

if TYPE_CHECKING:
    from syncd.desk import Desk, Order, Outcome
    from syncd.model.instant import Instant


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
@click.option("--max-age", default="24 hours", metavar="TIME", show_default=True, help="Refuse an older plan file.")
@config_option
@now_option
@wait_option
@force_option
@json_option
def command(
    file: Path | None,
    max_age: str,
    config: Path | None,
    now: Instant | None,
    wait: float,
    force: tuple[str, ...],
    why: str,
    *,
    as_json: bool,
) -> int:
    """Plan afresh and write it, or write the plan of FILE exactly.

    A plan file is refused whole when definitions, files or CRMs are not those of the plan, or it is too old. A record
    that somebody changed since loses only its own change.
    """
    import getpass

    from syncd.cli.outcome import show
    from syncd.cli.output import progress
    from syncd.cycle import run_cycle
    from syncd.desk import Order
    from syncd.wiring import open_desk

    order = Order("apply", now=now, by_hand=True, forced=force, who=getpass.getuser(), why=why)
    with progress() as watcher, open_desk(settings_for(config), watcher, wait) as desk:
        outcome = run_cycle(desk, order) if file is None else _apply_file(desk, order, file, max_age)
    show("apply", desk, outcome, as_json=as_json)
    return outcome.exit_code


def _apply_file(desk: Desk, order: Order, file: Path, max_age: str) -> Outcome:
    import orjson

    from syncd.cycle import apply_file
    from syncd.files.problem import Wrong
    from syncd.files.scalars import positive_duration_of
    from syncd.plan.render import PlanRefused, from_file, refuse_unless

    try:
        longest = positive_duration_of(max_age)
    except Wrong as error:
        raise click.BadParameter(str(error), param_hint="--max-age") from error
    try:
        data = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise PlanRefused("this is no plan that `syncd plan --out` wrote") from error
    plan, made_at = from_file(data)
    moment = desk.clock()
    in_force = desk.config.definitions_at(order.now if order.now is not None else moment).hash
    refuse_unless(plan, desk.pair, in_force, desk.config.hash, moment - made_at, longest)
    return apply_file(desk, order, plan)
