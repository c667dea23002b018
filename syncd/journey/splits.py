"""By what numbers are split: a value of the person, the team of their owner, or when and by what they entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    from syncd.files.fields_file import CrmField, ReadName
    from syncd.files.load import Config

EMPTY, UNREADABLE, NEVER_ENTERED, NO_TEAM = "(empty)", "(not read)", "(never entered)", "(no team)"
NO_ONE = "(nobody known)"
"""Groups of those who have no value: the field is empty, could not be read, or nothing was entered that is dated; and
of deals on which nobody is known.
"""

ABSENT = (None, "")
"""What an empty field holds."""
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
    """What splitting needs to know of the store and the files, at the instant whose values count.

    The values of all `names` are read together, when the first is asked for.
    """

    tx: Connection
    config: Config
    at: Instant
    names: Sequence[str] = ()
    _found: dict[str, Callable[[PersonId], str]] = field(default_factory=dict)

    def of_unit(self, name: str, question: Question) -> Label:
        """The group of each unit. Raises NoSuchName."""
        if name in OF_ENTRY and name not in self.config.fields.reads:
            return _of_entry(name, question, ZoneInfo(self.config.service.time_zone))
        of_person = self.of_person(name)
        return lambda unit: of_person(unit.person)

    def of_person(self, name: str) -> Callable[[PersonId], str]:
        """The value of each person at the instant, as people read it. Raises NoSuchName."""
        known, reads = self._read_as(name), self.config.fields.reads
        if known in reads and known not in self._found:
            together = dict.fromkeys(map(self._read_as, [*self.names, name]))
            wanted = [reads[each] for each in together if each in reads and each not in self._found]
            self._found.update(_values(self.tx, self.config, wanted, self.at))
        if known not in self._found:
            options = [*reads, *OF_ENTRY, TEAM, OWNER]
            step = f"{choose(name, options)}, or read it under `read:` in fields.yaml"
            raise NoSuchName(f"there is no property {name!r} to split by", step)
        if known != name and name == TEAM:
            return _teams(self._found[known], self.config.definitions_at(self.at))
        return self._found[known]

    def _read_as(self, name: str) -> str:
        """The name that is read for a name to split by: a team and an owner are told by the owner's address."""
        return "owner_email" if name in (TEAM, OWNER) and name not in self.config.fields.reads else name


def _values(
    tx: Connection, config: Config, names: Sequence[ReadName], at: Instant
) -> dict[str, Callable[[PersonId], str]]:
    """From the fields as they are, and for those who were changed since `at` from what they were."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=names, reasons=())
    readable = {name.name: [one.path for one in reading.sources.names[name.name].sources] for name in names}
    raw = _raw(tx, {source for sources in readable.values() for source in sources})
    found: dict[str, dict[PersonId, str]] = {}
    for name in names:
        known: dict[JsonValue, str] = {}
        mine = found[name.name] = {}
        for source in reversed(readable[name.name]):
            for person, value in raw[source].items():
                if value not in known:
                    known[value] = _shown(typed(value, name, reading.owners))
                mine[person] = known[value]
    for one in dossier.load(tx, sorted(labels.changed_after(tx, at))):
        facts = build_facts(one, reading)
        for name in names:
            found[name.name][one.person] = _shown(value_at(facts.properties[name.name], at))
    return {name.name: _looked_up(found[name.name], EMPTY if readable[name.name] else UNREADABLE) for name in names}


def _raw(tx: Connection, sources: Collection[CrmField]) -> dict[CrmField, dict[PersonId, JsonValue]]:
    """What every person's record holds in each field; of several the one that speaks, empty fields left out."""
    found: dict[CrmField, dict[PersonId, JsonValue]] = {source: {} for source in sources}
    for system, kind in sorted({(source.system, source.object) for source in sources}):
        fields = [source for source in found if (source.system, source.object) == (system, kind)]
        columns = [found[source] for source in fields]
        places: dict[PersonId, list[tuple[bool, Instant, str]]] = {}
        names = [source.field for source in fields]
        for person, place, values in labels.values_of(tx, System(system), kind, names):
            known = places.get(person)
            if known is None:
                places[person] = [place] * len(fields)
                for column, value in zip(columns, values, strict=True):
                    if value is not None and value != "":
                        column[person] = value
                continue
            for index, value in enumerate(values):
                if value in ABSENT or (person in columns[index] and known[index] > place):
                    continue
                columns[index][person] = value
                known[index] = place
    return found


def _looked_up(found: Mapping[PersonId, str], none: str) -> Callable[[PersonId], str]:
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
