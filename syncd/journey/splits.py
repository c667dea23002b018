"""By what numbers are split: a value of the person, the team of their owner, or when and by what they entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.records import System
from syncd.definitions.explain import shown, value_at
from syncd.definitions.language import fold
from syncd.facts.build import build_facts
from syncd.facts.values import typed
from syncd.files.problem import choose
from syncd.journey.columns import Label
from syncd.journey.reading import last_seen, reading_of
from syncd.journey.units import Question
from syncd.model.instant import Instant, datetime_of, instant_of
from syncd.model.person import PersonId, Unknown, Value
from syncd.store import dossier, labels

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.records import JsonValue
    from syncd.definitions.language import Definitions
    from syncd.files.fields_file import ReadName
    from syncd.files.load import Config

EMPTY, UNREADABLE, NEVER_ENTERED, NO_TEAM = "(empty)", "(not read)", "(never entered)", "(no team)"
NO_ONE = "(nobody known)"
"""Groups of those who have no value: the field is empty, could not be read, or nothing was entered that is dated; and
of deals on which nobody is known.
"""

MONTH, WEEK, VERSION, TEAM, OWNER = "month", "week", "version", "team", "owner"
IN_TIME = (MONTH, WEEK)
OF_ENTRY = (*IN_TIME, VERSION)
"""What splits units by their entry into the first stage: its month or ISO week in the team's zone, and the version of
the definitions that decided it."""


class NoSuchName(ValueError):
    """A property or stage that does not exist."""

    exit_code = 2
    code = "usage"

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class Splitter:
    """What splitting needs to know of the store and the files, at the instant whose values count."""

    tx: Connection
    config: Config
    at: Instant

    def of_unit(self, name: str, question: Question) -> Label:
        """The group of each unit. Raises NoSuchName."""
        if name in OF_ENTRY and name not in self.config.fields.reads:
            return _of_entry(name, question, ZoneInfo(self.config.service.time_zone))
        of_person = self.of_person(name)
        return lambda unit: of_person(unit.person)

    def of_person(self, name: str) -> Callable[[PersonId], str]:
        """The value of each person at the instant, as people read it. Raises NoSuchName."""
        reads = self.config.fields.reads
        if name == TEAM and name not in reads:
            return _teams(self.of_person("owner_email"), self.config.definitions_at(self.at))
        known = "owner_email" if name == OWNER and name not in reads else name
        if known not in reads:
            options = [*reads, *OF_ENTRY, TEAM, OWNER]
            step = f"{choose(name, options)}, or read it under `read:` in fields.yaml"
            raise NoSuchName(f"there is no property {name!r} to split by", step)
        return _values(self.tx, self.config, reads[known], self.at)


def _values(tx: Connection, config: Config, name: ReadName, at: Instant) -> Callable[[PersonId], str]:
    """From the fields as they are, and for those who were changed since `at` from what they were."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=[name], reasons=())
    sources = reading.sources.names[name.name][1]
    found: dict[PersonId, str] = {}
    known: dict[JsonValue, str] = {}
    for source in (one.path for one in sources):
        best: dict[PersonId, tuple[tuple[bool, Instant, str], JsonValue]] = {}
        for person, place, raw in labels.values_of(tx, System(source.system), source.object, source.field):
            if person not in found and (person not in best or place > best[person][0]):
                best[person] = place, raw
        for person, (_, raw) in best.items():
            if raw not in known:
                known[raw] = _shown(typed(raw, name, reading.owners))
            found[person] = known[raw]
    for one in dossier.load(tx, sorted(labels.changed_after(tx, at))):
        found[one.person] = _shown(value_at(build_facts(one, reading).properties[name.name], at))
    none = EMPTY if sources else UNREADABLE
    return lambda person: found.get(person, none)


def _shown(value: Value) -> str:
    if isinstance(value, Unknown):
        return EMPTY if value.readable else UNREADABLE
    return shown(value)


def _teams(owner_of: Callable[[PersonId], str], definitions: Definitions) -> Callable[[PersonId], str]:
    """The team of each one's owner, by its people's addresses: those teams whose touches the definitions count."""
    teams = {
        fold(member): str(signal.by) for signal in definitions.signals.values() for member in signal.team if signal.by
    }

    def of(person: PersonId) -> str:
        owner = owner_of(person)
        return owner if owner in (EMPTY, UNREADABLE) else teams.get(fold(owner), NO_TEAM)

    return of


def _of_entry(name: str, question: Question, zone: ZoneInfo) -> Label:
    first = question.chain[0] if question.chain else None
    if name == VERSION:
        return lambda unit: next((one.definition or EMPTY for one in unit.entries if one.stage == first), NEVER_ENTERED)
    bucket = Buckets(name, zone)
    return lambda unit: NEVER_ENTERED if first is None or first not in unit.first else bucket.of(unit.first[first])


class Buckets:
    """The months or ISO weeks of a zone. Each begins at its first midnight there, whatever that is in UTC."""

    def __init__(self, name: str, zone: ZoneInfo) -> None:
        """`name` is month or week."""
        self._name, self._zone = name, zone
        self._spans: list[tuple[Instant, Instant, str]] = []

    def of(self, at: Instant) -> str:
        """The bucket of an instant, as 2026-03 or 2026-W09."""
        place = bisect_right(self._spans, at, key=_begin) - 1
        if place < 0 or self._spans[place][1] <= at:
            span = self._span(datetime_of(at).astimezone(self._zone).date())
            self._spans.insert(place + 1, span)
            return span[2]
        return self._spans[place][2]

    def _span(self, day: date) -> tuple[Instant, Instant, str]:
        if self._name == MONTH:
            first = day.replace(day=1)
            return self._midnight(first), self._midnight((first + timedelta(days=32)).replace(day=1)), f"{day:%Y-%m}"
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return self._midnight(first), self._midnight(first + timedelta(days=7)), f"{year}-W{week:02d}"

    def _midnight(self, day: date) -> Instant:
        return instant_of(datetime(day.year, day.month, day.day, tzinfo=self._zone))


def _begin(span: tuple[Instant, Instant, str]) -> Instant:
    return span[0]
