"""What reports are asked by: times in the portal's zone, lengths of time, splits and filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

import click

from syncd.cli.options import present
from syncd.model.instant import Instant, instant_of, iso, parse_iso
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from syncd.files.scalars import WorkingDuration
    from syncd.journey.population import Asked, Scope

Command = TypeVar("Command", bound=Callable[..., Any])
Time: TypeAlias = "Instant | date"
"""An instant, or a day whose beginning is meant: which instant that is only the portal's zone tells."""


class Day(click.ParamType[Time]):
    """A time as ISO 8601: 2026-11-21T08:30:00Z, or 2026-11-21 for the midnight with which it begins in the portal."""

    name = "time"

    def convert(self, value: str | Time, param: click.Parameter | None, ctx: click.Context | None) -> Time:
        """The day or instant of a text. Fails as a usage error."""
        if not isinstance(value, str):
            return value
        try:
            return parse_iso(value) if "T" in value or " " in value.strip() else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-21 or 2026-11-21T08:30:00Z.", param, ctx)


class Length(click.ParamType[int]):
    """A length of time such as '30 days', as milliseconds."""

    name = "length"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The milliseconds of a text. Fails as a usage error."""
        from syncd.files.problem import Wrong
        from syncd.files.scalars import positive_duration_of

        if isinstance(value, int):
            return value
        try:
            return positive_duration_of(value)
        except Wrong as wrong:
            self.fail(f"{wrong.what}; {wrong.instead}.", param, ctx)


class Allowed(click.ParamType["WorkingDuration"]):
    """How long somebody has, such as '4 working hours' or '1 working day'."""

    name = "length"

    def convert(
        self, value: str | WorkingDuration, param: click.Parameter | None, ctx: click.Context | None
    ) -> WorkingDuration:
        """The time of a text. Fails as a usage error."""
        from syncd.files.problem import Wrong
        from syncd.files.scalars import working_duration_of

        if not isinstance(value, str):
            return value
        try:
            return working_duration_of(value)
        except Wrong as wrong:
            self.fail(f"{wrong.what}; {wrong.instead}.", param, ctx)


class Where(click.ParamType[tuple[str, str]]):
    """A filter such as source=search, as the name and its value."""

    name = "filter"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The name and the value of a text. Fails as a usage error."""
        if not isinstance(value, str):
            return value
        name, equals, wanted = value.partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is no filter; write NAME=VALUE, such as source=search.", param, ctx)
        return name.strip(), wanted.strip()


_OPTIONS = (
    click.option("--from", "since", type=Day(), metavar="T", help="From this time on; a day begins in the portal's "
                 "time zone."),
    click.option("--to", "until", type=Day(), metavar="T", help="Up to, and not including, this time."),
    click.option("--by", multiple=True, metavar="NAME", help="Split by a name that fields.yaml reads, or by owner, "
                 "team, month, week, version; may be given more than once."),
    click.option("--where", multiple=True, type=Where(), metavar="NAME=VALUE", help="Only those of whom a name has "
                 "this value; may be given more than once."),
    click.option("--at", type=Day(), metavar="T", help="As it was true at this time."),
    click.option("--as-of", type=Day(), metavar="T", help="As it was known at this time."),
)  # fmt: skip


def asking(command: Command) -> Command:
    """The options of every report: since, until, by, where, at and as_of."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def counting(command: Command) -> Command:
    """The options of what counts a funnel: basis, order, stalled, within and as_defined."""
    basis = "cohort: those who entered the first stage in that time. period: the entries that fall in it."
    order = "any: had the stage. strict: passed all stages in order."
    defined = "then: as was decided. now: as today's definitions would have."
    either = click.Choice
    for option in (
        click.option("--as-defined", type=either(["then", "now"]), default="then", show_default=True, help=defined),
        click.option("--within", type=Length(), metavar="LENGTH", help="Also the rates within so long, as '30 days'."),
        click.option("--stalled", type=Length(), default="90 days", show_default=True, metavar="LENGTH",
                     help="Who waits for the next stage longer has stalled."),
        click.option("--order", type=either(["any", "strict"]), default="any", show_default=True, help=order),
        click.option("--basis", type=either(["cohort", "period"]), default="cohort", show_default=True, help=basis),
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Said:
    """What options said, as a report takes it."""

    asked: Asked
    scope: Scope


def said(zone: str, **given: Any) -> Said:  # noqa: ANN401 - as click hands them over
    """What the options of `asking` and `counting` say in a portal's zone. Raises UsageError for an empty period."""
    from syncd.journey.population import Asked, Scope
    from syncd.journey.units import STALLED_AFTER

    since, until, at, as_of = (_instant(given[name], zone) for name in ("since", "until", "at", "as_of"))
    if since is not None and until is not None and since >= until:
        raise click.UsageError(f"There is no time between --from {iso(since)} and --to {iso(until)}.")
    asked = Asked(
        strict=given.get("order") == "strict",
        since=since,
        until=until,
        basis=cast("Literal['cohort', 'period']", given.get("basis", "cohort")),
        within=given.get("within"),
        stalled=given.get("stalled", STALLED_AFTER),
        by=tuple(dict.fromkeys(given["by"])),
        where=dict(given["where"]),
    )
    return Said(asked, Scope(present(at if at is not None else as_of), as_of, given.get("as_defined") == "now"))


def _instant(time: Time | None, zone: str) -> Instant | None:
    if isinstance(time, date):
        return instant_of(datetime(time.year, time.month, time.day, tzinfo=ZoneInfo(zone)))
    return time
