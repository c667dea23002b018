"""`syncd simulate`: two versions of the definitions over the same history."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from syncd.cli.options import (
    by_option,
    config_option,
    json_option,
    note_files,
    now_option,
    period_options,
    present,
    settings_for,
)
from syncd.cli.output import Document, progress, safe, say, table
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage, label_of

if TYPE_CHECKING:
    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.journey.simulated.compare import Difference, Kind, Period
    from syncd.journey.simulated.tally import Counts, Question, Side, Simulation
    from syncd.store.database import Store

KINDS = ("gained", "lost", "earlier", "later")
"""The order in which people are listed."""
SHOWN, SEGMENTS = 50, 12
"""People and values of a split that are shown to people; `--json` has all."""
WAIT_SECONDS = 60.0
"""How long another syncd that is writing is waited for, to remember files about people."""


@click.command("simulate")
@click.argument("new", metavar="NEW")
@period_options
@by_option
@click.option("--people", metavar="STAGE", help="List who gains, loses or moves this stage.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write every difference as a row.")  # fmt: skip
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write a page to print or to send.")  # fmt: skip
@config_option
@now_option
@json_option
def command(  # noqa: PLR0913 - one per option
    new: str,
    since: Instant | None,
    until: Instant | None,
    by: str | None,
    people: str | None,
    csv_file: Path | None,
    page: Path | None,
    *,
    config: Path | None,
    now: Instant | None,
    as_json: bool,
) -> None:
    """Replay the history in the store by the versions in force and by NEW, and say what would be otherwise.

    NEW is a file of definitions, or the first digits of an older version. Entries from --from until before --to are
    compared; what became of people is followed up to now. Nothing is written to a CRM; `syncd forget` finds the files.
    """
    from syncd.agreement.versions import named
    from syncd.files.load import load_config
    from syncd.wiring import read_store

    settings, period = settings_for(config), _period(since, until, present(now))
    files = load_config(settings.config_dir)
    definitions, in_force = named(files, new), files.definitions_at(period.now)
    question, stage = _asked(files, definitions, period, by, people)
    behind: list[Difference] = []
    note_files(settings, [file for file in (csv_file, page) if file is not None], WAIT_SECONDS)
    with read_store(settings) as store, _sink(csv_file, behind, stage) as sink:
        found, end = _simulated(store, files, definitions, question, sink)
    behind.sort(key=lambda one: (KINDS.index(one.kind), one.new or one.old or 0, one.person, one.cycle))
    answer = _Answer(found, {"old": in_force.hash, "new": definitions.hash}, end, None if stage is None else behind)
    if page is not None:
        from syncd.journey.simulated.page import page_of

        page.write_text(page_of(found, answer.versions, end), encoding="utf-8")
    if as_json:
        answer.as_document().print()
    else:
        _tell(answer)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found, the hashes of both versions, the cut-off, and the differences of a stage if they were asked."""

    found: Simulation
    versions: dict[Side, str]
    end: Instant | None
    behind: list[Difference] | None

    def as_document(self) -> Document:
        from syncd.journey.simulated.data import as_data, difference_data

        data = as_data(self.found, self.versions)
        if self.behind is not None:
            data["people"] = [difference_data(one) for one in self.behind]
        return Document("simulate", data, self.end, self.found.question.time_zone, self.versions["old"])


def _period(since: Instant | None, until: Instant | None, now: Instant) -> Period:
    from syncd.journey.simulated.compare import Period

    if since is None:
        raise click.UsageError("Say from when on with --from, such as --from 2026-08-01.")
    end = now if until is None else min(until, now)
    if since >= end:
        raise click.UsageError("There is no time between --from and --to; nothing after now can be replayed.")
    return Period(since, end, now)


def _asked(
    files: Config, new: Definitions, period: Period, by: str | None, people: str | None
) -> tuple[Question, Stage | None]:
    """The question, and the stage whose people are listed. Raises NoSuchName."""
    from syncd.files.problem import choose
    from syncd.journey.simulated.replay import question_of
    from syncd.journey.splits import NoSuchName

    question = question_of(files, new, period, by)
    if people is None:
        return question, None
    wanted = people.strip().casefold()
    for stage in question.order:
        if wanted in (str(stage).casefold(), label_of(stage).casefold()):
            return question, stage
    raise NoSuchName(f"there is no stage {people!r}", choose(people, map(str, question.order)))


@contextmanager
def _sink(
    csv_file: Path | None, behind: list[Difference], stage: Stage | None
) -> Iterator[Callable[[Difference], None]]:
    """Where differences go one by one: rows of a file, and the list of a stage. What is the same goes nowhere."""
    from syncd.journey.simulated.data import HEADINGS, row_of

    with ExitStack() as stack:
        writer: Any = None
        if csv_file is not None:
            writer = csv.writer(stack.enter_context(_private(csv_file)))
            writer.writerow(HEADINGS)

        def take(one: Difference) -> None:
            if one.kind == "same":
                return
            if writer is not None:
                writer.writerow(row_of(one))
            if one.stage == stage:
                behind.append(one)

        yield take


def _private(file: Path) -> TextIO:
    """A file to write rows to, readable by us alone: it tells about persons. Raises OSError."""
    import os

    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(handle, "w", encoding="utf-8", newline="")  # noqa: PTH123 - the mode counts


def _simulated(
    store: Store, files: Config, new: Definitions, question: Question, sink: Callable[[Difference], None]
) -> tuple[Simulation, Instant | None]:
    """The whole comparison and up to when its data goes; each range of persons is one look at the store."""
    from syncd.journey.cut_off import cut_off
    from syncd.journey.ranges import by_ranges
    from syncd.journey.simulated.replay import rehearsal_of, simulated
    from syncd.journey.simulated.tally import Simulation
    from syncd.store import people

    found = Simulation(question)
    with store.reading() as tx, progress() as watched:
        total = people.count(tx)
        for some, differing in by_ranges(store, simulated, rehearsal_of(tx, files, new, question)):
            found.join(some)
            for each in differing:
                sink(each)
            watched.count("replaying people", found.people, total)
        return found, cut_off(tx)


def _tell(answer: _Answer) -> None:
    from syncd.journey.simulated.data import segments_in_order

    found, versions = answer.found, answer.versions
    if not found.people:
        say("Nobody is in the store yet: `syncd sync` reads people, then ask again.")
        return
    period = found.question.period
    say(f"{found.people:,} people, entries from {iso(period.since)} until before {iso(period.until)}: version in force "
        f"{versions['old']}, new version {versions['new']}\n")  # fmt: skip
    say(_stage_table(found))
    if found.segments:
        say("\n" + _segment_table(found, segments_in_order(found)))
    _tell_fates(found)
    _tell_quality(found)
    _tell_work(found)
    if answer.behind is not None:
        _tell_people(answer.behind)
    say("\nRecorded stages are left out of the replay; the new version is judged as if it had been in force all along.")
    end = "never" if answer.end is None else iso(answer.end)
    say(f"Data up to {end}, time zone {found.question.time_zone}, definitions {versions['old']}.")


def _stage_table(found: Simulation) -> str:
    headings = ["stage", "in force", "new", "difference", "gained", "lost", "earlier", "later"]
    rows = [
        [label_of(stage), one.old, one.new, _signed(one.new - one.old), one.kinds["gained"], one.kinds["lost"],
         _moved(one, "earlier"), _moved(one, "later")]
        for stage in found.question.order if (one := found.stages.get(stage)) is not None
    ]  # fmt: skip
    return table(headings, rows) if rows else "Nobody entered a stage in this time, by either version."


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


def _moved(counts: Counts, kind: Kind) -> str:
    from syncd.journey.simulated.data import span

    median = counts.median_shift(kind)
    if median is None:
        return "0"
    return f"{counts.kinds[kind]:,} (by {span(median)})"


def _segment_table(found: Simulation, values: list[str]) -> str:
    judged, by = found.question.judged, found.question.by
    rows = []
    for value in values[:SEGMENTS]:
        one = found.segments[value].get(judged)
        if one is not None:
            rows.append([value, one.old, one.new, one.kinds["gained"], one.kinds["lost"]])
    headings = [f"{label_of(judged)} by {by}", "in force", "new", "gained", "lost"]
    more = len(values) - SEGMENTS
    return table(headings, rows) + (f"\n… and {more:,} more values; --json has all" if more > 0 else "")


def _tell_fates(found: Simulation) -> None:
    from syncd.journey.simulated.compare import FATES, fates_after

    rows = []
    for stage in found.question.order:
        counts, ahead = found.stages.get(stage), fates_after(stage, found.question.order)
        for group in ("gained", "lost"):
            if counts is not None and group in counts.fates:
                fates = counts.fates[group]
                cells = [_marked(fates.became[fate], fates.worked[fate]) if fate in ahead else "" for fate in FATES]
                rows.append([f"{label_of(stage)} {group}", fates.n, *cells])
    if rows:
        say("\n" + table(["what became of them", "n", "SQL", "SQO", "deal won", "deal lost", "deal open"], rows))
        say("* so many of them were in sales' hands already, so this may be sales' doing")


def _marked(n: int, worked: int) -> str:
    return f"{n:,}" + (f" ({worked:,}*)" if worked else "")


def _tell_quality(found: Simulation) -> None:
    from syncd.journey.simulated.data import quality
    from syncd.journey.simulated.tally import SIDES

    judged = label_of(found.question.judged)
    rows = []
    for side in SIDES:
        mine = quality(found, side)
        cells = [_rate(mine[fate][which]) for which in ("precision", "recall") for fate in ("sql", "won")]
        rows.append([_called(side), *cells])
    headings = [f"how good {judged} is", "became SQL", "won", "of SQL found", "of won found"]
    say("\n" + table(headings, rows))


def _called(side: Side) -> str:
    return "in force" if side == "old" else "new"


def _rate(rate: dict[str, int]) -> str:
    if not rate["of"]:
        return "none yet"
    marked = f", {rate['worked']:,}*" if rate["worked"] else ""
    return f"{100 * rate['n'] / rate['of']:.1f} % ({rate['n']:,} of {rate['of']:,}{marked})"


def _tell_work(found: Simulation) -> None:
    from syncd.journey.simulated.data import tasks, unknown
    from syncd.journey.simulated.tally import SIDES

    rows = [
        [_called(side), one["n"], f"{one['mean']:.2f}", one["max"], one["on"]]
        for side in SIDES for one in [tasks(found, side)]
    ]  # fmt: skip
    say("\n" + table(["tasks for sales", "n", "a day", "most", "on"], rows))
    for stage in found.question.order:
        if n := found.at_once[stage]:
            say(f"If the new version came into force now, {n:,} would enter {label_of(stage)} at once.")
    for side in SIDES:
        doubt = unknown(found, side)
        say(f"\nNot all can be told about {doubt['n']:,} of {doubt['of']:,} people by the "
            f"{'version in force' if side == 'old' else 'new version'}.")  # fmt: skip
        for each in doubt["reasons"][:3]:
            say(f"  {each['n']:,}: {safe(each['reason'])}")


def _tell_people(behind: list[Difference]) -> None:
    rows = [
        [one.person, one.cycle, one.kind, one.old and iso(one.old), one.new and iso(one.new),
         ", ".join(one.became.at), one.why[:60]]
        for one in behind[:SHOWN]
    ]  # fmt: skip
    say("\n" + table(["person", "cycle", "change", "in force", "new", "became", "why"], rows))
    if len(behind) > SHOWN:
        say(f"… and {len(behind) - SHOWN:,} more; --json and --csv have all")
