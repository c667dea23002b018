"""What people are by the names of fields.yaml, for everybody at once: the values that reports split by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.definitions.explain import shown, value_at
from syncd.facts.build import build_facts
from syncd.facts.values import typed
from syncd.journey.reading import last_seen, reading_of
from syncd.model.instant import Instant
from syncd.model.person import PersonId, Unknown, Value
from syncd.store import dossier, labels
from syncd.store.labels import ABSENT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.records import JsonValue
    from syncd.files.fields_file import CrmField, ReadName
    from syncd.files.load import Config

EMPTY, UNREADABLE = "(empty)", "(not read)"
"""Groups of those who have no value: the field is empty, or could not be read."""
MANY = 2_000
"""With more people of whom nothing is kept, everybody's records are read instead."""


@dataclass(frozen=True, slots=True)
class Values:
    """The value of each person of one name: their places in the column, the first of which is for who has none."""

    rows: Mapping[PersonId, int]
    column: Sequence[str]

    def __call__(self, person: PersonId) -> str:
        """The value of one person."""
        return self.column[self.rows.get(person, 0)]


@dataclass(slots=True)
class _Table:
    """Values on their way: a row for each person, a column for each name."""

    columns: dict[str, list[str]]
    rows: dict[PersonId, int] = field(default_factory=dict)

    def take(self, persons: Sequence[PersonId], values: Mapping[str, Sequence[str]]) -> None:
        """Take in persons who are new, with their values."""
        start = len(self.rows) + 1
        self.rows.update(zip(persons, range(start, start + len(persons)), strict=True))
        for name, column in self.columns.items():
            column.extend(values.get(name) or column[:1] * len(persons))

    def say(self, name: str, person: PersonId, value: str) -> None:
        """A value of one person takes the place of what is there."""
        if person not in self.rows:
            self.take([person], {})
        self.columns[name][self.rows[person]] = value


def fields_kept(config: Config) -> list[labels.CrmField]:
    """The fields of people and companies whose values are kept with each person who is judged: those behind the names
    of fields.yaml, and who owns them.
    """
    reads = config.fields.reads
    names = dict.fromkeys([*config.fields.read, "owner_email"])
    sources = sorted({source for name in names for source in reads[name].sources}, key=str)
    return [(one.system, one.object, one.field) for one in sources if one.object != "opportunity"]


def values_at(tx: Connection, config: Config, names: Sequence[ReadName], at: Instant) -> dict[str, Values]:
    """From the fields as they are, and for those who were changed since `at` from what they were."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=names, reasons=())
    readable = {name.name: [one.path for one in reading.sources.names[name.name].sources] for name in names}
    kept = fields_kept(config)
    table = _Table({name.name: [EMPTY if readable[name.name] else UNREADABLE] for name in names})
    quick = [name for name in names if all(_of_kept(source) in kept for source in readable[name.name])]
    rest = labels.not_kept(tx, kept, at) if quick else []
    if len(rest) > MANY:
        quick = []
    if quick:
        shown_as = {name.name: _Shown(name, reading.owners) for name in quick}
        for persons, held in labels.kept(tx, kept, at):
            table.take(persons, dict(_kept(held, shown_as, readable, kept)))
    slow = [name for name in names if name not in quick]
    raw = _raw(tx, {source for name in slow for source in readable[name.name]})
    for name in slow:
        slowly = _Shown(name, reading.owners)
        for source in reversed(readable[name.name]):
            for person, value in raw[source].items():
                table.say(name.name, person, slowly[value])
    for one in dossier.load(tx, sorted({*rest, *labels.changed_after(tx, at)}) if slow else rest):
        facts = build_facts(one, reading)
        for name in names:
            table.say(name.name, one.person, _shown(value_at(facts.properties[name.name], at)))
    return {name: Values(table.rows, column) for name, column in table.columns.items()}


def _of_kept(source: CrmField) -> labels.CrmField:
    return source.system, source.object, source.field


def _kept(
    held: Sequence[Sequence[JsonValue]],
    shown_as: Mapping[str, _Shown],
    readable: Mapping[str, Sequence[CrmField]],
    kept: Sequence[labels.CrmField],
) -> Iterator[tuple[str, list[str]]]:
    """(name, values of persons) out of what is kept of them: the first field of each name that holds a value speaks."""
    columns = list(zip(*held, strict=True))
    for name, shown_of in shown_as.items():
        places = [kept.index(_of_kept(source)) for source in readable[name]]
        if places:
            column: Sequence[JsonValue] = columns[places[-1]]
            for place in reversed(places[:-1]):
                column = [
                    mine if mine is not None and mine != "" else other
                    for mine, other in zip(columns[place], column, strict=True)
                ]
            yield name, list(map(shown_of.__getitem__, column))


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


def _shown(value: Value) -> str:
    if isinstance(value, Unknown):
        return EMPTY if value.readable else UNREADABLE
    return shown(value)
