"""What people are by the names of fields.yaml, for everybody at once: the values that reports split by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count, repeat
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.definitions.explain import shown, value_at
from syncd.facts.build import build_facts
from syncd.facts.values import reader_of
from syncd.journey.coded import Codes, those_at
from syncd.journey.reading import last_seen, reading_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Facts, PersonId, Unknown, Value
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


class _Shown(dict["JsonValue", int]):
    """The code of what people read for the raw values of a name, each worked out once."""

    def __init__(self, name: ReadName, owners: Mapping[str, str], codes: Codes) -> None:
        super().__init__()
        self._read, self._codes = reader_of(name, owners), codes

    def __missing__(self, value: JsonValue) -> int:
        said = EMPTY if value in ABSENT else _said(self._read(value))
        return self.setdefault(value, self._codes[said])


@dataclass(frozen=True)
class Values:
    """The values of some names as codes, for so many people at a time. `codes` names them.

    Where what records hold was kept with each person, it is read beside them: `_fields` are those kept, `_shown` tell
    the code of what they hold by name, and `_readable` in which fields. `_whose` has the codes of the other names, and
    `_apart` those of people of whom nothing good was kept.
    """

    codes: Mapping[str, Codes]
    _tx: Connection
    _at: Instant
    _fields: Sequence[labels.CrmField]
    _shown: Mapping[str, _Shown]
    _readable: Mapping[str, Sequence[labels.CrmField]]
    _none: Mapping[str, int]
    _whose: Mapping[str, Mapping[PersonId, int]]
    _apart: Mapping[PersonId, Mapping[str, int]]

    def of(self, people: Sequence[PersonId]) -> dict[str, Sequence[int]]:
        """The codes of the values of persons, who are in order, by name."""
        found = self._kept(people) if self._shown else {}
        for name, whose in self._whose.items():
            found[name] = list(map(whose.get, people, repeat(self._none[name])))
        for place, person in enumerate(people if self._apart else ()):
            for name, code in self._apart.get(person, {}).items():
                found[name][place] = code
        return dict(found)

    def _kept(self, people: Sequence[PersonId]) -> dict[str, list[int]]:
        """By name what was kept of persons; of others they are empty."""
        persons, columns = labels.kept(self._tx, self._fields, self._at, people)
        found = {name: self._codes_of(name, columns, len(persons)) for name in self._shown}
        if persons == list(people):
            return found
        rows = dict(zip(persons, count()))
        mine = those_at([rows.get(person, len(persons)) for person in people])
        return {name: list(mine([*codes, self._none[name]])) for name, codes in found.items()}

    def _codes_of(self, name: str, columns: Sequence[Sequence[JsonValue]], many: int) -> list[int]:
        """The first field of a name that holds a value speaks."""
        mine = [columns[self._fields.index(field)] for field in self._readable[name]]
        if not mine:
            return [self._none[name]] * many
        column = mine.pop()
        while mine:
            first = mine.pop()
            column = [one if one is not None and one != "" else other for one, other in zip(first, column, strict=True)]
        return list(map(self._shown[name].__getitem__, column))


def fields_kept(config: Config) -> list[labels.CrmField]:
    """The fields of people and companies whose values are kept with each person who is judged: those behind the names
    of fields.yaml, and who owns them.
    """
    reads = config.fields.reads
    names = dict.fromkeys([*config.fields.read, "owner_email"])
    sources = sorted({source for name in names for source in reads[name].sources}, key=str)
    return [(one.system, one.object, one.field) for one in sources if one.object != "opportunity"]


def values_at(tx: Connection, config: Config, names: Sequence[ReadName], at: Instant) -> Values:
    """From the fields as they are, and for those who were changed since `at` from what they were."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=names, reasons=())
    readable = {name.name: [one.path for one in reading.named[name.name].sources] for name in names}
    kept = fields_kept(config)
    quick = [name for name in names if all(_of_kept(source) in kept for source in readable[name.name])]
    rest = labels.not_kept(tx, kept, at) if quick else []
    if len(rest) > MANY:
        quick = []
    slow = [name for name in names if name not in quick]
    codes = {name.name: Codes() for name in names}
    shown_as = {name.name: _Shown(name, reading.owners, codes[name.name]) for name in names}
    raw = _raw(tx, {source for name in slow for source in readable[name.name]})
    apart = dossier.load(tx, sorted({*rest, *labels.changed_after(tx, at)}) if slow else rest)
    return Values(
        codes,
        tx,
        at,
        kept,
        {name.name: shown_as[name.name] for name in quick},
        {name.name: [_of_kept(source) for source in readable[name.name]] for name in quick},
        {name: codes[name][EMPTY if sources else UNREADABLE] for name, sources in readable.items()},
        {name.name: _first_of([raw[source] for source in readable[name.name]], shown_as[name.name]) for name in slow},
        {one.person: _codes_then(build_facts(one, reading), codes, at) for one in apart},
    )


def _first_of(held: Sequence[Mapping[PersonId, JsonValue]], shown_as: _Shown) -> dict[PersonId, int]:
    """The code of each person's value: of several fields the first that holds one speaks."""
    return {person: shown_as[value] for one in reversed(held) for person, value in one.items()}


def _codes_then(facts: Facts, codes: Mapping[str, Codes], at: Instant) -> dict[str, int]:
    return {name: known[_said(value_at(facts.properties[name], at))] for name, known in codes.items()}


def _of_kept(source: CrmField) -> labels.CrmField:
    return source.system, source.object, source.field


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


def _said(value: Value) -> str:
    if isinstance(value, Unknown):
        return EMPTY if value.readable else UNREADABLE
    return shown(value)
