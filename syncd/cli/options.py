"""Options that many commands share, as decorators. Each passes one keyword argument, named in its docstring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from syncd.model.instant import Instant, instant_of, parse_iso

if TYPE_CHECKING:
    from syncd.settings import Settings

GUARDS = (
    "creates", "updates", "demotions", "tasks_per_owner", "emptied", "entries", "unmatched", "exits", "empty_source"
)  # fmt: skip
"""Guards that `--force` can let a plan pass, by their keys in syncd.yaml."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Moment(click.ParamType[Instant]):
    """An instant as ISO 8601: 2026-11-21T08:30:00Z, or 2026-11-21 for its midnight, UTC where no offset is given."""

    name = "time"

    def convert(self, value: str | Instant, param: click.Parameter | None, ctx: click.Context | None) -> Instant:
        """The instant of a text. Fails as a usage error."""
        if not isinstance(value, str):
            return value
        try:
            return parse_iso(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-21 or 2026-11-21T08:30:00Z.", param, ctx)


def _flag(name: str, target: str, what: str) -> Callable[[Command], Command]:
    return click.option(name, target, is_flag=True, help=what)


def _moment(name: str, target: str, what: str) -> Callable[[Command], Command]:
    return click.option(name, target, type=Moment(), metavar="T", help=what)


def json_option(command: Command) -> Command:
    """`as_json: bool` - print one JSON document."""
    return _flag("--json", "as_json", "Print one JSON document; everything else goes to stderr.")(command)


def config_option(command: Command) -> Command:
    """`config: Path | None` - the folder of the files; None means the settings' one (see `settings_for`)."""
    kind = click.Path(path_type=Path, file_okay=False)
    return click.option("--config", type=kind, metavar="DIR", help="Folder of the files (SYNCD_CONFIG_DIR).")(command)


def now_option(command: Command) -> Command:
    """`now: Instant | None` - decide as of then; None means the present (see `present`)."""
    return _moment("--now", "now", "Decide as of this time.")(command)


def wait_option(command: Command) -> Command:
    """`wait: float` - seconds to wait for the store's writer, 60 unless given."""
    kind = click.FloatRange(min=0)
    what = "Wait so long for another syncd that is writing."
    return click.option("--wait", type=kind, default=60.0, show_default=True, metavar="SECONDS", help=what)(command)


def note_files(settings: Settings, paths: Collection[Path], wait: float) -> None:
    """Remember files about people that are about to be written; say so where that could not be."""
    from syncd.cli.output import tell
    from syncd.wiring import remember_outputs

    if paths and (why := remember_outputs(settings, paths, wait)):
        tell(f"`syncd forget` will not find these files, so delete them yourself when it is used: {why}.")


def at_option(command: Command) -> Command:
    """`at: Instant | None` - as true then."""
    return _moment("--at", "at", "As it was true at this time.")(command)


def as_of_option(command: Command) -> Command:
    """`as_of: Instant | None` - as known then."""
    return _moment("--as-of", "as_of", "As it was known at this time.")(command)


def period_options(command: Command) -> Command:
    """`since: Instant | None` and `until: Instant | None` - from when, and up to but not including when."""
    until = _moment("--to", "until", "Up to, and not including, this time.")
    return _moment("--from", "since", "From this time on.")(until(command))


def by_option(command: Command) -> Command:
    """`by: str | None` - what a report is split by."""
    return click.option("--by", metavar="NAME", help="Split the numbers by this.")(command)


def force_option(command: Command) -> Command:
    """`force: tuple[str, ...]` - names of guards to pass this once; `why: str` - the reason, for the ledger."""
    what = "Pass this guard once; the guard's message names it. May be given more than once."
    reason = click.option(
        "--why", default="", metavar="TEXT", help="Why it is forced; kept in the ledger with who; name nobody."
    )
    return click.option("--force", multiple=True, type=click.Choice(GUARDS), help=what)(reason(command))


def yes_option(command: Command) -> Command:
    """`yes: bool` - answer every question with yes."""
    return _flag("--yes", "yes", "Do not ask.")(command)


def agreed(question: str, *, yes: bool) -> None:
    """Go on only where somebody said yes, beforehand or at the terminal now. Raises click.Abort."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.Abort
    click.confirm(question, abort=True, err=True)


def present(now: Instant | None = None) -> Instant:
    """The instant that was asked for, else the present. Only here is the clock read for a command."""
    return instant_of(datetime.now(UTC)) if now is None else now  # noqa: TID251


def settings_for(config: Path | None = None) -> Settings:
    """The machine's settings, with the folder of `--config` where one was given. Raises SettingsProblems."""
    from syncd.settings import load_settings

    settings = load_settings()
    return settings if config is None else settings.model_copy(update={"config_dir": config.absolute()})
