"""What commands print: one JSON document for programs, plain text for people, progress for those who watch.

Texts from a CRM are hostile: whatever could steer a terminal or turn the reading direction is written as an escape.
"""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.plain import safe

if TYPE_CHECKING:
    import rich.progress

    from syncd.desk import Progress

__all__ = ["Document", "print_json", "progress", "safe", "say", "table", "tell", "unjudged"]

PLAIN_EVERY = 5.0
"""Seconds between two plain lines of the same count."""


@dataclass(frozen=True, slots=True)
class Document:
    """What `--json` prints for a command: `data` under its frame.

    `cut_off` is the instant up to which data is in it, `time_zone` the one that days are counted in, `definitions` the
    version in force; None where a command has none of them. `error` stands beside the data of a run that was held.
    """

    command: str
    data: object
    cut_off: Instant | None = None
    time_zone: str | None = None
    definitions: object = None
    error: object = None

    def print(self) -> None:
        """Write the document to stdout as one line of JSON."""
        document = {
            "schema": f"syncd.{self.command}/1",
            "cut_off": None if self.cut_off is None else iso(self.cut_off),
            "time_zone": self.time_zone,
            "definitions": self.definitions,
            "data": self.data,
        }
        print_json(document if self.error is None else document | {"error": self.error})


def print_json(document: object) -> None:
    """Write one JSON document and a newline to stdout. Money and other decimals become strings, sets sorted lists,
    datetimes ISO in UTC.
    """
    import orjson

    text = orjson.dumps(document, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    sys.stdout.write(text.decode() + "\n")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


def _shown(text: str) -> str:
    return "\n".join(safe(line) for line in text.split("\n"))


def say(text: str = "") -> None:
    """Write lines to stdout, for people. Values inside that came from a CRM go through `safe` before."""
    sys.stdout.write(_shown(text) + "\n")


def tell(text: str) -> None:
    """Write lines to stderr at once: progress, warnings, errors. A reader that went away stops nothing."""
    with suppress(BrokenPipeError, ValueError):
        sys.stderr.write(_shown(text) + "\n")
        sys.stderr.flush()


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of aligned columns under headings. Cells are made safe; columns that hold only numbers stand right."""
    cells = [[safe("" if cell is None else str(cell)) for cell in row] for row in rows]
    numeric = [bool(rows) and all(isinstance(row[at], (int, Decimal)) for row in rows) for at in range(len(headings))]
    widths = [max(map(_width, column)) for column in zip(headings, *cells, strict=True)]

    def line(row: Sequence[str]) -> str:
        parts = (
            " " * (width - _width(cell)) + cell if right else cell + " " * (width - _width(cell))
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(parts).rstrip()

    return "\n".join([line(headings), line(["-" * width for width in widths]), *map(line, cells)])


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


@contextmanager
def progress(*, as_json: bool = False) -> Iterator[Progress]:
    """A progress on stderr: a live line on a terminal, else plain lines, each flushed, that end with the last count.

    With `as_json` each line is a JSON object: {"step"} or {"what", "done", "of", "per_second", "ends_at"}.
    """
    if as_json or not sys.stderr.isatty():
        plain = _Lines() if as_json else _Plain()
        try:
            yield plain
        finally:
            plain.close()
        return
    import rich.console
    import rich.progress

    texts = ("{task.description}", "{task.fields[numbers]}")
    columns = [rich.progress.TextColumn(text, markup=False) for text in texts]
    with rich.progress.Progress(*columns, console=rich.console.Console(stderr=True), transient=True) as bar:
        yield _Live(bar)


class _Pace:
    """How fast counts grow, by what is counted, since they were first told of."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[float, int]] = {}

    def numbers(self, what: str, done: int, of: int | None) -> str:
        """The count, and where it has an end also its rate and when it gets there."""
        if of is None:
            return f"{done:,}"
        rate, seconds = self.of(what, done, of)
        if rate is None or seconds is None or done >= of:
            return f"{done:,} of {of:,}"
        ends = datetime.fromtimestamp(time.time() + seconds, UTC)
        return f"{done:,} of {of:,}, {rate:,.0f}/s, done {ends:%Y-%m-%d %H:%M} UTC"

    def of(self, what: str, done: int, of: int | None) -> tuple[float | None, float | None]:
        """(counts per second, seconds until the end); None as long as nobody can tell."""
        now = time.monotonic()
        since, before = self._first.setdefault(what, (now, done))
        rate = (done - before) / (now - since) if now > since and done > before else None
        return rate, None if rate is None or of is None else (of - done) / rate


class _Lines:
    """Progress for programs."""

    def __init__(self) -> None:
        self._pace = _Pace()
        self._told: dict[str, float] = {}
        self._waiting: dict[str, dict[str, object]] = {}

    def step(self, text: str) -> None:
        self.close()
        self._print({"step": text})

    def count(self, what: str, done: int, of: int | None = None) -> None:
        rate, seconds = self._pace.of(what, done, of)
        ends = None if seconds is None else iso(Instant(int((time.time() + seconds) * 1000)))
        line = {"what": what, "done": done, "of": of, "per_second": rate and round(rate, 1), "ends_at": ends}
        now = time.monotonic()
        if what in self._told and now - self._told[what] < PLAIN_EVERY:
            self._waiting[what] = line
            return
        self._told[what] = now
        self._waiting.pop(what, None)
        self._print(line)

    def close(self) -> None:
        for line in self._waiting.values():
            self._print(line)
        self._waiting.clear()

    def _print(self, line: Mapping[str, object]) -> None:
        import orjson

        tell(orjson.dumps(line).decode())


class _Plain:
    def __init__(self) -> None:
        self._pace = _Pace()
        self._told: dict[str, tuple[float, str]] = {}
        self._waiting: dict[str, str] = {}

    def step(self, text: str) -> None:
        self.close()
        tell(text)

    def count(self, what: str, done: int, of: int | None = None) -> None:
        line = f"{what}: {self._pace.numbers(what, done, of)}"
        now = time.monotonic()
        if what in self._told and now - self._told[what][0] < PLAIN_EVERY:
            self._waiting[what] = line
            return
        self._told[what] = (now, line)
        self._waiting.pop(what, None)
        tell(line)

    def close(self) -> None:
        for what, line in self._waiting.items():
            if self._told[what][1] != line:
                tell(line)
        self._waiting.clear()
        self._told.clear()


class _Live:
    def __init__(self, bar: rich.progress.Progress) -> None:
        self._bar, self._pace = bar, _Pace()
        self._tasks: dict[str, Any] = {}

    def step(self, text: str) -> None:
        self._bar.console.print(_shown(text), markup=False, highlight=False)

    def count(self, what: str, done: int, of: int | None = None) -> None:
        numbers = self._pace.numbers(what, done, of)
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(safe(what), total=of, completed=done, numbers=numbers)
            return
        self._bar.update(self._tasks[what], total=of, completed=done, numbers=numbers)


def data_until(cut_off: Instant | None, time_zone: str, definitions: str) -> str:
    """What stands under every report: up to when its data goes, in which zone days are, and by which version."""
    return (
        f"Data up to {'never' if cut_off is None else iso(cut_off)}, time zone {time_zone}, definitions {definitions}."
    )


def length(milliseconds: int | None) -> str:
    """A length of time as people say it: 45 s, 12 min, 3.5 h, 12.4 days; nothing where there is none."""
    if milliseconds is None:
        return ""
    for size, unit in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if abs(milliseconds) >= 2 * size:
            return f"{milliseconds / size:.1f} {unit}"
    return f"{milliseconds / SECOND:.0f} s"


def unjudged(people: int, reasons: Mapping[str, int]) -> str:
    """How many people could not be judged, and why: "412 could not be judged: company_size is missing in 388"."""
    told = ", ".join(f"{safe(reason)} in {count:,}" for reason, count in reasons.items())
    return f"{people:,} could not be judged: {told}"
