"""Courses: all that stands of a person's entries in one short row, so that reports read little and count alike people
together.

A course has a path, which names the entries and the order of their times, and the times themselves. Whoever has the
same path went the same way, at other times. The table follows from `entry`: it is renewed with it, and
`syncd audit verify` compares both.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import bindparam, delete, select

from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store import tables
from syncd.store.batches import insert_into, listed, read_many, side_by_side, write_rows
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Delete, Insert, Select

    from syncd.model.person import Entry

_e = tables.entry.c
_c = tables.course.c
PASSED: tuple[ColumnElement[Any], ...] = (
    _e.person_id, _e.stage, _e.cycle, _e.at, _e.left_at, _e.source, _e.reason, _e.definition,
)  # fmt: skip
"""What `passed_of` reads, in its order."""
AT_ONCE = 50_000
"""Courses in memory at a time."""
BETWEEN = "\x1e"
"""Between paths: no JSON holds this sign as it is."""


class Passed(NamedTuple):
    """An entry without its proof, for counting: as in Entry. A plain tuple: there are very many."""

    stage: Stage
    cycle: int
    at: Instant
    left_at: Instant | None
    source: str
    reason: str | None
    definition: str


class Course(NamedTuple):
    """Entries in order of time: their `path`, and the instants that it names by their place, in order, each once."""

    path: str
    times: Sequence[Instant]


class Courses(NamedTuple):
    """The courses of many people side by side, by person."""

    persons: Sequence[PersonId]
    paths: Sequence[str]
    times: Sequence[Sequence[Instant]]

    def of(self, places: Iterable[int]) -> Courses:
        """Those at some places."""
        mine = list(places)
        return Courses(
            [self.persons[place] for place in mine],
            [self.paths[place] for place in mine],
            [self.times[place] for place in mine],
        )


def course_of(entries: Sequence[Passed] | Sequence[Entry]) -> Course:
    """The course of entries, which are in order of time."""
    times = sorted({one.at for one in entries} | {one.left_at for one in entries if one.left_at is not None})
    place = {at: index for index, at in enumerate(times)}
    steps = [
        [one.stage, one.cycle, place[one.at], None if one.left_at is None else place[one.left_at], one.source,
         one.reason, one.definition]
        for one in entries
    ]  # fmt: skip
    return Course(to_text(steps), times)


def entries_of(course: Course) -> list[Passed]:
    """The entries of a course, as they were given."""
    times = course.times
    return [
        Passed(stage, cycle, times[at], None if left is None else times[left], source, reason, definition)
        for stage, cycle, at, left, source, reason, definition in _steps(course.path)
    ]


@lru_cache(4096)
def _steps(path: str) -> list[tuple[Stage, int, int, int | None, str, str | None, str]]:
    return [(Stage(stage), *rest) for stage, *rest in from_text(path)]


def passed_of(row: Sequence[Any]) -> Passed:
    """The entry of a row of PASSED."""
    _, stage, *rest = row
    return Passed(Stage(stage), *rest)


def begin(tx: Connection, rows: Iterable[tuple[PersonId, Sequence[Entry]]]) -> None:
    """Make the courses of persons of whom nothing stood before, from the first entries that were just kept of them."""
    made = []
    for person, entries in rows:
        path, times = course_of(sorted(entries, key=_at))
        made.append((person, path, to_text(times)))
    write_rows(tx, _upsert, ("person_id", "path", "times"), made)


def renew(tx: Connection, persons: Iterable[PersonId]) -> None:
    """Make the courses of some persons anew, from the entries that stand now."""
    every = list(dict.fromkeys(persons))
    gone = set(every)
    for rows in read_many(tx, _select_standing, every):
        made = []
        for person, group in groupby(rows, key=lambda row: row[0]):
            gone.remove(person)
            path, times = course_of([passed_of(row) for row in group])
            made.append((person, path, to_text(times)))
        write_rows(tx, _upsert, ("person_id", "path", "times"), made)
    write_rows(tx, _delete, ("person_id",), [(person,) for person in sorted(gone)])


def walk(tx: Connection) -> Iterator[Courses]:
    """The courses of everybody who has entries, by person, so many at a time."""
    after = ""
    while True:
        rows = select(_c.person_id, _c.path, _c.times).where(_c.person_id > after).order_by(_c.person_id).limit(AT_ONCE)
        found = side_by_side(tx, rows, ",", BETWEEN, ",")
        if found is None:
            return
        persons, paths, times = found
        some = cast("list[PersonId]", persons.split(","))
        yield Courses(some, paths.split(BETWEEN), from_text(f"[{times}]"))
        after = max(some)


def _at(entry: Entry) -> Instant:
    return entry.at


def _select_standing(tx: Connection) -> Select[Any]:
    where = (listed(tx, _e.person_id), _e.superseded_at.is_(None))
    return select(*PASSED).where(*where).order_by(_e.person_id, _e.at, _e.seq)


def _upsert(tx: Connection) -> Insert:
    statement = insert_into(tx, tables.course)
    new = {name: statement.excluded[name] for name in ("path", "times")}
    return statement.on_conflict_do_update(index_elements=["person_id"], set_=new)


def _delete(_tx: Connection) -> Delete:
    return delete(tables.course).where(_c.person_id == bindparam("person_id"))
