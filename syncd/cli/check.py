"""`syncd check`: every mistake in the files, and whether the definitions' examples come true."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, now_option, present, settings_for
from syncd.cli.output import Document, safe, say
from syncd.model.instant import Instant
from syncd.model.said import counted

if TYPE_CHECKING:
    from syncd.journey.checked import Checked


@click.command("check")
@config_option
@now_option
@click.option("--files-only", is_flag=True, help="Leave the store alone, as where the files are tested by themselves.")
@json_option
def command(config: Path | None, now: Instant | None, *, files_only: bool, as_json: bool) -> int:
    """Read the files, tell every mistake in them, and run the examples of the definitions. Reaches no CRM.

    Where there is a store, the definitions are also held against the people in it: what matches nobody, values that
    never occur, properties that are always empty. Ends with 2 when there is a mistake or an example does not come
    true.
    """
    from dataclasses import asdict

    from syncd.endings import ExitCode
    from syncd.journey.checked import check_files, check_with_store
    from syncd.store.errors import StoreMissing
    from syncd.wiring import read_store

    settings = settings_for(config)
    at = present(now)
    checked = check_files(settings.config_dir, at)
    if not checked.problems and not files_only:
        with suppress(StoreMissing), read_store(settings) as store, store.reading() as tx:
            checked = check_with_store(checked, settings.config_dir, tx, at)
    if as_json:
        data = {
            "problems": [asdict(problem) for problem in checked.problems],
            "notes": [asdict(note) for note in checked.notes],
            "examples": checked.examples,
            "people": checked.people,
        }
        Document("check", data, definitions=checked.definitions, time_zone=checked.time_zone).print()
    else:
        _tell(checked, settings.config_dir)
    return int(ExitCode.USAGE if checked.problems else ExitCode.DONE)


def _tell(checked: Checked, directory: Path) -> None:
    for problem in checked.problems:
        say(safe(str(problem)))
    if checked.problems:
        count = len(checked.problems)
        say(f"\n{count} problem{'s' if count > 1 else ''} in {directory}. Mend the lines above and run it again.")
        return
    say(f"{directory} is sound: {', '.join(checked.files)}.")
    came_true = f"All {checked.examples} examples come true." if checked.examples else "There are no examples yet."
    say(f"Definitions {checked.definitions}. {came_true}")
    if checked.people is not None:
        say(f"Held against {counted(checked.people, 'person', 'people')} of the store.")
    if checked.notes:
        count = len(checked.notes)
        say(f"\nWorth a look ({count} note{'s' if count > 1 else ''}, no mistakes):")
        for note in checked.notes:
            say(safe(f"  {note.file}:{note.line}:{note.column}: {note.what}"))
    say("\nNext: `syncd doctor` compares the files with both CRMs.")
