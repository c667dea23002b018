"""By what numbers are split: a value of the person, the team of their owner, or when and by what they entered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from connectors.records import System
from syncd.definitions.explain import shown, value_at
from syncd.definitions.language import fold
from syncd.facts.build import build_facts
from syncd.facts.values import typed
from syncd.files.problem import choose
from syncd.journey.columns import Dated
from syncd.journey.reading import last_seen, reading_of
from syncd.journey.units import Question, Unit
from syncd.model.instant import Instant, datetime_of, instant_of
from syncd.model.person import PersonId, Unknown, Value
from syncd.store import dossier, labels
from syncd.store.labels import ABSENT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.records import JsonValue
    from syncd.definitions.language import Definitions
    from syncd.facts.build import Reading
    from syncd.files.fields_file import CrmField, ReadName
    from syncd.files.load import Config

EMPTY, UNREADABLE, NEVER_ENTERED, NO_TEAM = "(empty)", "(not read)", "(never entered)", "(no team)"
NO_ONE = "(nobody known)"
"""Groups of those who have no value: the field is empty, could not be read, or nothing was entered that is dated; and
of deals on which nobody is known.
"""

MANY = 2_000
"""With more people of whom nothing is kept, everybody's records are read instead."""
MONTH, WEEK, VERSION, TEAM, OWNER = "month", "week", "version", "team", "owner"
IN_TIME = (MONTH, WEEK)
OF_ENTRY = (*IN_TIME, VERSION)
"""What splits units by their entry into the first stage: its month or ISO week in the team's zone, and the version of
the definitions that decided it."""


Label: TypeAlias = "Callable[[Unit], str]"


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


def fields_kept(config: Config) -> list[labels.CrmField]:
    """The fields of people and companies whose values are kept with each person who is judged: those behind the names
    of fields.yaml, and who owns them.
    """
    reads = config.fields.reads
    names = dict.fromkeys([*config.fields.read, "owner_email"])
    sources = sorted({source for name in names for source in reads[name].sources}, key=str)
    return [(one.system, one.object, one.field) for one in sources if one.object != "opportunity"]


def _values(
    tx: Connection, config: Config, names: Sequence[ReadName], at: Instant
) -> dict[str, Callable[[PersonId], str]]:
    """From the fields as they are, and for those who were changed since `at` from what they were."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=names, reasons=())
    readable = {name.name: [one.path for one in reading.sources.names[name.name].sources] for name in names}
    kept = fields_kept(config)
    found = {name.name: _Values(EMPTY if readable[name.name] else UNREADABLE) for name in names}
    quick = [name for name in names if all(_of_kept(source) in kept for source in readable[name.name])]
    rest = labels.not_kept(tx, kept, at) if quick else []
    if len(rest) > MANY:
        quick = []
    for name, known in _kept(tx, quick, readable, reading, kept, at) if quick else ():
        found[name.name].update(known)
    slow = [name for name in names if name not in quick]
    raw = _raw(tx, {source for name in slow for source in readable[name.name]})
    for name in slow:
        shown_as = _Shown(name, reading.owners)
        for source in reversed(readable[name.name]):
            found[name.name].update(zip(raw[source], map(shown_as.__getitem__, raw[source].values()), strict=True))
    changed = sorted({*rest, *labels.changed_after(tx, at)}) if slow else rest
    for one in dossier.load(tx, changed):
        facts = build_facts(one, reading)
        for name in names:
            found[name.name][one.person] = _shown(value_at(facts.properties[name.name], at))
    return {name: values.__getitem__ for name, values in found.items()}


def _of_kept(source: CrmField) -> labels.CrmField:
    return source.system, source.object, source.field


def _kept(
    tx: Connection,
    names: Sequence[ReadName],
    readable: Mapping[str, Sequence[CrmField]],
    reading: Reading,
    kept: Sequence[labels.CrmField],
    at: Instant,
) -> Iterator[tuple[ReadName, Iterator[tuple[PersonId, str]]]]:
    """(name, values of persons) out of what is kept: the first field of each name that holds a value speaks."""
    shown_as = {name.name: _Shown(name, reading.owners) for name in names}
    for persons, held in labels.kept(tx, kept, at):
        columns = list(zip(*held, strict=True))
        for name in names:
            places = [kept.index(_of_kept(source)) for source in readable[name.name]]
            if not places:
                continue
            column: Sequence[JsonValue] = columns[places[-1]]
            for place in reversed(places[:-1]):
                column = [
                    mine if mine is not None and mine != "" else other
                    for mine, other in zip(columns[place], column, strict=True)
                ]
            yield name, zip(persons, map(shown_as[name.name].__getitem__, column), strict=True)


class _Shown(dict["JsonValue", str]):
    """What people read for the raw values of a name, each worked out once."""

    def __init__(self, name: ReadName, owners: Mapping[str, str]) -> None:
        super().__init__(dict.fromkeys(ABSENT, EMPTY))
        self._name, self._owners = name, owners

    def __missing__(self, value: JsonValue) -> str:
        self[value] = _shown(typed(value, self._name, self._owners))
        return self[value]


def _raw(tx: Connection, sources: Collection[CrmField]) -> dict[CrmField, dict[PersonId, JsonValue]]:
    """What every person's record holds in each field; of several the one that speaks, empty fields left out."""
    found: dict[CrmField, dict[PersonId, JsonValue]] = {source: {} for source in sources}
    for system, kind in sorted({(source.system, source.object) for source in sources}):
        fields = [source for source in found if (source.system, source.object) == (system, kind)]
        places: list[dict[PersonId, tuple[bool, Instant, str]]] = [{} for _ in fields]
        for person, place, values in labels.values_of(tx, System(system), kind, [source.field for source in fields]):
            for source, known, value in zip(fields, places, values, strict=True):
                if value not in ABSENT and place >= known.get(person, place):
                    found[source][person], known[person] = value, place
    return found


class _Values(dict[PersonId, str]):
    """Values by person; those of whom none is known have the one for nobody."""

    def __init__(self, none: str) -> None:
        super().__init__()
        self._none = none

    def __missing__(self, _: PersonId) -> str:
        return self._none


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


def _of_entry(name: str, question: Question, zone: ZoneInfo) -> Dated:
    first = question.chain[0] if question.chain else None
    bucket = Buckets(name, zone)

    def version(unit: Unit, _: Sequence[Instant] | None, count: int) -> Sequence[str]:
        decided = (one.definition or EMPTY for one in unit.entries if one.stage == first)
        return [next(decided, NEVER_ENTERED)] * count

    def time(_: Unit, entered: Sequence[Instant] | None, count: int) -> Sequence[str]:
        return [NEVER_ENTERED] * count if entered is None else list(map(bucket.of, entered))

    return version if name == VERSION else time


class Buckets:
    """The months or ISO weeks of a zone. Each begins at its first midnight there, whatever that is in UTC."""

    def __init__(self, name: str, zone: ZoneInfo) -> None:
        """`name` is month or week."""
        self._name, self._zone = name, zone
        self._begins: list[Instant] = []
        self._spans: list[tuple[Instant, str]] = []

    def of(self, at: Instant) -> str:
        """The bucket of an instant, as 2026-03 or 2026-W09."""
        place = bisect_right(self._begins, at) - 1
        if place < 0 or self._spans[place][0] <= at:
            begin, end, name = self._span(datetime_of(at).astimezone(self._zone).date())
            place += 1
            self._begins.insert(place, begin)
            self._spans.insert(place, (end, name))
        return self._spans[place][1]

    def _span(self, day: date) -> tuple[Instant, Instant, str]:
        if self._name == MONTH:
            first = day.replace(day=1)
            return self._midnight(first), self._midnight((first + timedelta(days=32)).replace(day=1)), f"{day:%Y-%m}"
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return self._midnight(first), self._midnight(first + timedelta(days=7)), f"{year}-W{week:02d}"

    def _midnight(self, day: date) -> Instant:
        return instant_of(datetime(day.year, day.month, day.day, tzinfo=self._zone))
