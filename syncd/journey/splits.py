"""By what numbers are split: a value of the person, the team of their owner, or when and by what they entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from syncd.definitions.language import fold
from syncd.endings import Told
from syncd.files.problem import choose
from syncd.journey.coded import Codes, Dated, those_at
from syncd.journey.units import Question, Unit
from syncd.journey.values import EMPTY, UNREADABLE, Values, values_at
from syncd.model.instant import Instant, datetime_of, instant_of
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import courses, everybody

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

NEVER_ENTERED, NO_TEAM = "(never entered)", "(no team)"
NO_ONE = "(nobody known)"
"""Groups of those of whom nothing was entered that is dated, whose owner is in no team, and of deals on which nobody is
known.
"""

MONTH, WEEK, VERSION, TEAM, OWNER = "month", "week", "version", "team", "owner"
OWNER_READ = "owner_email"
IN_TIME = (MONTH, WEEK)
OF_ENTRY = (*IN_TIME, VERSION)
"""What splits units by their entry into the first stage: its month or ISO week in the team's zone, and the version of
the definitions that decided it."""
Label: TypeAlias = "Callable[[Unit], str]"


class NoSuchName(Told):
    """A property or stage that does not exist."""

    code = "usage"


@dataclass(frozen=True)
class Splitter:
    """What splitting needs to know of the store and the files, at the instant whose values count: those of `names`."""

    tx: Connection
    config: Config
    at: Instant
    names: Sequence[str] = ()

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

            def of(unit: Unit) -> str:
                entered = [unit.first[first]] if first and first in unit.first else None
                (code,) = dated.of(unit, entered, 1)
                return list(dated.codes)[code]

            return of
        of_person = self.of_person(name)
        return lambda unit: of_person(unit.person)

    def of_person(self, name: str) -> Callable[[PersonId], str]:
        """The value of each person, as people read it: everybody's are read. Raises NoSuchName."""
        known = self._of_everybody[name]
        return lambda person: known.get(person, EMPTY)

    def of_some(self, people: Iterable[PersonId]) -> dict[str, dict[PersonId, str]]:
        """By name that is not dated the value of some persons, as people read it. Raises NoSuchName."""
        ordered = sorted(people)
        return {
            name: dict(zip(ordered, those_at(codes)(list(self.codes[name])), strict=True))
            for name, codes in self.of_people(ordered).items()
        }

    def of_people(self, people: Sequence[PersonId]) -> dict[str, Sequence[int]]:
        """The codes of the values of persons, who are in order, by the names that are not dated. Raises NoSuchName."""
        read = self._values.of(people)
        found = {name: read[known] for name, known in self._read_as.items()}
        for name in self._of_teams:
            found[name] = those_at(found[name])(self._teams(name))
        return found

    @cached_property
    def codes(self) -> dict[str, Codes]:
        """The values by their codes, of each name that is not dated. Raises NoSuchName."""
        return {
            name: Codes() if name in self._of_teams else self._values.codes[known]
            for name, known in self._read_as.items()
        }

    @cached_property
    def _of_everybody(self) -> dict[str, dict[PersonId, str]]:
        found: dict[str, dict[PersonId, str]] = {name: {} for name in self.codes}
        for people in everybody.chunks(self.tx, courses.AT_ONCE):
            for name, known in self.of_some(people).items():
                found[name].update(known)
        return found

    @cached_property
    def _read_as(self) -> dict[str, str]:
        """The name that is read for each name: a team and an owner are told by the owner's address."""
        reads = self.config.fields.reads
        names = [name for name in dict.fromkeys(self.names) if not self.is_dated(name)]
        found = {name: OWNER_READ if name in (TEAM, OWNER) and name not in reads else name for name in names}
        for name, known in found.items():
            if known not in reads:
                step = f"{choose(name, [*reads, *OF_ENTRY, TEAM, OWNER])}, or read it under `read:` in fields.yaml"
                raise NoSuchName(f"there is no property {name!r} to split by", step)
        return found

    @cached_property
    def _values(self) -> Values:
        reads = self.config.fields.reads
        wanted = [reads[known] for known in dict.fromkeys(self._read_as.values())]
        return values_at(self.tx, self.config, wanted, self.at)

    @property
    def _of_teams(self) -> list[str]:
        return [name for name, known in self._read_as.items() if name == TEAM and known != TEAM]

    @cached_property
    def _team_of(self) -> dict[str, str]:
        """The team of each address whose touches the definitions count."""
        signals = self.config.definitions_at(self.at).signals.values()
        return {fold(member): str(signal.by) for signal in signals for member in signal.team if signal.by}

    def _teams(self, name: str) -> list[int]:
        """The code of the team of each owner, by the owner's code."""
        owners, codes = self._values.codes[self._read_as[name]], self.codes[name]
        return [
            codes[owner if owner in (EMPTY, UNREADABLE) else self._team_of.get(fold(owner), NO_TEAM)]
            for owner in owners
        ]


def _of_entry(name: str, question: Question, zone: ZoneInfo) -> Dated:
    first = question.chain[0] if question.chain else None
    codes, bucket = Codes(), Buckets(name, zone)

    def version(unit: Unit, _: Sequence[Instant] | None, count: int) -> Sequence[int]:
        decided = (one.definition or EMPTY for one in unit.entries if one.stage == first)
        return [codes[next(decided, NEVER_ENTERED)]] * count

    def time(_: Unit, entered: Sequence[Instant] | None, count: int) -> Sequence[int]:
        return [codes[NEVER_ENTERED]] * count if entered is None else bucket.of_all(entered, codes)

    return Dated(codes, version if name == VERSION else time)


class Buckets:
    """The months or ISO weeks of a zone. Each begins at its first midnight there, whatever that is in UTC."""

    def __init__(self, name: str, zone: ZoneInfo) -> None:
        """`name` is month or week."""
        self._name, self._zone = name, zone
        self._begins: list[Instant] = []
        self._spans: list[tuple[Instant, str]] = []

    def of_all(self, instants: Sequence[Instant], codes: Codes) -> list[int]:
        """The code of the bucket of each of many instants."""
        if not instants:
            return []
        first, last = min(instants), max(instants)
        while first <= last:
            self.of(first)
            first = self._spans[bisect_right(self._begins, first) - 1][0]
        known = [-1, *(codes[name] for _, name in self._spans)]
        return list(map(known.__getitem__, map(bisect_right, repeat(self._begins), instants)))

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
