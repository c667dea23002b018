"""By what numbers are split: a value of the person, the team of their owner, or when and by what they entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from syncd.definitions.language import fold
from syncd.endings import Told
from syncd.files.problem import choose
from syncd.journey.columns import Dated
from syncd.journey.units import Question, Unit
from syncd.journey.values import EMPTY, UNREADABLE, Values, values_at
from syncd.model.instant import Instant, datetime_of, instant_of
from syncd.model.person import PersonId

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config

NEVER_ENTERED, NO_TEAM = "(never entered)", "(no team)"
NO_ONE = "(nobody known)"
"""Groups of those of whom nothing was entered that is dated, whose owner is in no team, and of deals on which nobody is
known.
"""

MONTH, WEEK, VERSION, TEAM, OWNER = "month", "week", "version", "team", "owner"
IN_TIME = (MONTH, WEEK)
OF_ENTRY = (*IN_TIME, VERSION)
"""What splits units by their entry into the first stage: its month or ISO week in the team's zone, and the version of
the definitions that decided it."""
Label: TypeAlias = "Callable[[Unit], str]"


class NoSuchName(Told):
    """A property or stage that does not exist."""

    code = "usage"


@dataclass(frozen=True, slots=True)
class Splitter:
    """What splitting needs to know of the store and the files, at the instant whose values count.

    The values of all `names` are read together, when the first is asked for.
    """

    tx: Connection
    config: Config
    at: Instant
    names: Sequence[str] = ()
    _found: dict[str, Values] = field(default_factory=dict)

    def is_dated(self, name: str) -> bool:
        """Whether a name tells units apart by their entries, and not people by what they are."""
        return name in OF_ENTRY and name not in self.config.fields.reads

    def of_units(self, name: str, question: Question) -> Dated:
        """The values of units that are alike, of a name that `is_dated`."""
        return _of_entry(name, question, ZoneInfo(self.config.service.time_zone))

    def of_unit(self, name: str, question: Question) -> Label:
        """The group of each unit. Raises NoSuchName."""
        if self.is_dated(name):
            first, dated = question.chain[0] if question.chain else None, self.of_units(name, question)
            return lambda unit: dated(unit, [unit.first[first]] if first and first in unit.first else None, 1)[0]
        of_person = self.of_person(name)
        return lambda unit: of_person(unit.person)

    def of_person(self, name: str) -> Callable[[PersonId], str]:
        """The value of each person at the instant, as people read it. Raises NoSuchName."""
        known, reads = self._read_as(name), self.config.fields.reads
        if known in reads and known not in self._found:
            together = dict.fromkeys(map(self._read_as, [*self.names, name]))
            wanted = [reads[each] for each in together if each in reads and each not in self._found]
            self._found.update(values_at(self.tx, self.config, wanted, self.at))
        if known not in self._found:
            options = [*reads, *OF_ENTRY, TEAM, OWNER]
            step = f"{choose(name, options)}, or read it under `read:` in fields.yaml"
            raise NoSuchName(f"there is no property {name!r} to split by", step)
        if known != name and name == TEAM:
            return _teams(self._found[known], self.config.definitions_at(self.at))
        return self._found[known]

    def of_people(self, names: Sequence[str], people: Sequence[PersonId]) -> dict[str, list[str]]:
        """The values of many persons by name, in their order. Raises NoSuchName."""
        rows: dict[int, list[int]] = {}
        found = {}
        for name in names:
            value_of = self.of_person(name)
            if isinstance(value_of, Values):
                # Names that were read together have their rows in the same places.
                if id(value_of.rows) not in rows:
                    rows[id(value_of.rows)] = list(map(value_of.rows.get, people, repeat(0)))
                found[name] = list(map(value_of.column.__getitem__, rows[id(value_of.rows)]))
            else:
                found[name] = list(map(value_of, people))
        return found

    def _read_as(self, name: str) -> str:
        """The name that is read for a name to split by: a team and an owner are told by the owner's address."""
        return "owner_email" if name in (TEAM, OWNER) and name not in self.config.fields.reads else name


def _teams(owner_of: Callable[[PersonId], str], definitions: Definitions) -> Callable[[PersonId], str]:
    """The team of each one's owner, by its people's addresses: those teams whose touches the definitions count."""
    teams = {
        fold(member): str(signal.by) for signal in definitions.signals.values() for member in signal.team if signal.by
    }

    def of(person: PersonId) -> str:
        owner = owner_of(person)
        return owner if owner in (EMPTY, UNREADABLE) else teams.get(fold(owner), NO_TEAM)

    return of


def _of_entry(name: str, question: Question, zone: ZoneInfo) -> Dated:
    first = question.chain[0] if question.chain else None
    bucket = Buckets(name, zone)

    def version(unit: Unit, _: Sequence[Instant] | None, count: int) -> Sequence[str]:
        decided = (one.definition or EMPTY for one in unit.entries if one.stage == first)
        return [next(decided, NEVER_ENTERED)] * count

    def time(_: Unit, entered: Sequence[Instant] | None, count: int) -> Sequence[str]:
        return [NEVER_ENTERED] * count if entered is None else bucket.of_all(entered)

    return version if name == VERSION else time


class Buckets:
    """The months or ISO weeks of a zone. Each begins at its first midnight there, whatever that is in UTC."""

    def __init__(self, name: str, zone: ZoneInfo) -> None:
        """`name` is month or week."""
        self._name, self._zone = name, zone
        self._begins: list[Instant] = []
        self._spans: list[tuple[Instant, str]] = []

    def of_all(self, instants: Sequence[Instant]) -> list[str]:
        """The bucket of each of many instants."""
        if not instants:
            return []
        first, last = min(instants), max(instants)
        while first <= last:
            self.of(first)
            first = self._spans[bisect_right(self._begins, first) - 1][0]
        names = ["", *(name for _, name in self._spans)]
        return list(map(names.__getitem__, map(bisect_right, repeat(self._begins), instants)))

    def of(self, at: Instant) -> str:
        """The bucket of an instant, as 2026-03 or 2026-W09."""
        place = bisect_right(self._begins, at) - 1
        if place < 0 or self._spans[place][0] <= at:
            begin, end, name = self.span(at)
            place += 1
            self._begins.insert(place, begin)
            self._spans.insert(place, (end, name))
        return self._spans[place][1]

    def span(self, at: Instant) -> tuple[Instant, Instant, str]:
        """From when until before when the bucket of an instant goes, and its name."""
        day = datetime_of(at).astimezone(self._zone).date()
        if self._name == MONTH:
            first = day.replace(day=1)
            return self._midnight(first), self._midnight((first + timedelta(days=32)).replace(day=1)), f"{day:%Y-%m}"
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return self._midnight(first), self._midnight(first + timedelta(days=7)), f"{year}-W{week:02d}"

    def _midnight(self, day: date) -> Instant:
        return instant_of(datetime(day.year, day.month, day.day, tzinfo=self._zone))
