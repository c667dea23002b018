"""The definitions held against the people in the store: what matches nobody, never occurs, or is always empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from syncd.definitions.explain import says
from syncd.definitions.intervals import TRUE
from syncd.definitions.language import (
    Clause,
    Operator,
    PropertyClause,
    SignalClause,
    clauses_of,
    counts_colleagues,
    fold,
    leaves_of,
)
from syncd.definitions.reasons import context_of
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.journey.reading import definitions_in_force, last_seen, reading_of, versions_in_turn
from syncd.model.nouns import dataclass
from syncd.model.person import Unknown, Value
from syncd.store import dossier, everybody

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.model.instant import Instant
    from syncd.model.person import Facts, Verdict

AT_ONCE = 500
"""People whose dossiers are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Something that nobody in the store brings about, and where it stands."""

    place: str
    what: str


@dataclass(slots=True)
class _Open:
    """What nobody has brought about so far: clauses, names without a value, values, and signals without a touch."""

    clauses: list[Clause] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.clauses or self.empty or self.values or self.signals)


def matched_by_nobody(tx: Connection, config: Config, now: Instant) -> tuple[int, list[Idle]]:
    """How many people were looked at, and what of the version in force none of them brings about, in no order.

    A clause counts as matched where it held at any time by now, in any cycle. All people are looked at only as long
    as something is still open.
    """
    seen = last_seen(tx)
    definitions, versions = definitions_in_force(config, now, seen), versions_in_turn(config, seen)
    reading, left, looked = reading_of(tx, config, seen), _all_of(definitions), 0
    for some in everybody.chunks(tx, AT_ONCE):
        for one in dossier.load(tx, some, with_colleagues=counts_colleagues(definitions)):
            facts = build_facts(one, reading)
            if one.records and facts.born <= now:
                looked += 1
                _strike(left, facts, definitions, evaluate_in_turn(facts, versions, now), now)
        if not left:
            break
    return looked, list(_told(left, looked)) if looked else []


def _all_of(definitions: Definitions) -> _Open:
    left = _Open([leaf for clause in clauses_of(definitions) for leaf in leaves_of(clause)])
    for leaf in left.clauses:
        if isinstance(leaf, SignalClause):
            left.signals.setdefault(leaf.signal, leaf.place)
        if isinstance(leaf, PropertyClause):
            left.empty.setdefault(leaf.name, leaf.place)
            for text in _values(leaf):
                left.values.setdefault((leaf.name, text), leaf.place)
    return left


def _values(clause: PropertyClause) -> Iterator[str]:
    """The whole texts that a clause asks for."""
    for test in clause.tests:
        if test.operator in (Operator.IS, Operator.ANY_OF):
            operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
            yield from (one for one in operands if isinstance(one, str))


def _strike(left: _Open, facts: Facts, definitions: Definitions, verdict: Verdict, now: Instant) -> None:
    """Take out what a person brings about."""
    for name in {*left.empty, *(name for name, _ in left.values)}:
        known = facts.properties.get(name)
        values = [value for _, value in known.timeline if not isinstance(value, Unknown)] if known else []
        if values:
            left.empty.pop(name, None)
        for text in _texts(values):
            left.values.pop((name, text), None)
    for cycle in range(1, verdict.cycle + 1):
        context = context_of(facts, definitions, verdict.entries, cycle)
        for signal in [one for one in left.signals if any(context.matches(one))]:
            del left.signals[signal]
        left.clauses = [
            one for one in left.clauses if not any(at <= now and truth == TRUE for at, truth in context.line(one))
        ]


def _texts(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        yield from map(fold, value if isinstance(value, frozenset) else [str(value)])


def _told(left: _Open, looked: int) -> Iterator[Idle]:
    """What is left, each thing once: a clause that nobody matches needs no line where its reason has one."""
    told = {leaf.place for leaf in left.clauses if isinstance(leaf, PropertyClause) and leaf.name in left.empty}
    for name, place in left.empty.items():
        yield Idle(place, f"`{name}` is empty for all {looked:,} people in the store")
    for signal, place in left.signals.items():
        yield Idle(place, f"no touch of the {looked:,} people in the store is a `{signal}`")
    for (name, text), place in left.values.items():
        if name not in left.empty:
            yield Idle(place, f"`{name}` is {text!r} for none of the {looked:,} people in the store")
    for leaf in left.clauses:
        silent = isinstance(leaf, SignalClause) and leaf.signal in left.signals
        valueless = isinstance(leaf, PropertyClause) and any((leaf.name, one) in left.values for one in _values(leaf))
        if not silent and not valueless and leaf.place not in told:
            yield Idle(leaf.place, f"`{says(leaf)}` matches none of the {looked:,} people in the store")
