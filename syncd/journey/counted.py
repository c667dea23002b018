"""The funnel out of the store: recorded entries, and the values by which they are split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from syncd.definitions.explain import shown, value_at
from syncd.definitions.order import order_of
from syncd.facts.build import build_facts
from syncd.files.problem import choose
from syncd.journey.funnel import Funnel, Question, Step, Unit, funnel, in_cohort, reached, units_of
from syncd.journey.reading import last_seen, reading_of
from syncd.model.instant import Instant, iso
from syncd.model.person import PersonId, Unknown
from syncd.model.stage import SIDE_STAGES, Stage, label_of
from syncd.store import dossier, entries
from syncd.store.batches import batches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config

EMPTY, UNREADABLE = "(empty)", "(not read)"
"""Groups of those who have no value: the field is empty, or could not be read."""


class NoSuchName(ValueError):
    """A property or stage that does not exist."""

    exit_code = 2
    code = "usage"

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class Scope:
    """As true at `at` and as known at `as_of` (None: now)."""

    at: Instant
    as_of: Instant | None = None


def chain_of(definitions: Definitions) -> list[Stage]:
    """The stages that definitions judge, in order."""
    judged = {rule.stage for rule in definitions.stages}
    return [stage for stage in order_of(definitions) if stage in judged]


def count_funnel(tx: Connection, config: Config, question: Question, scope: Scope, by: str | None) -> Funnel:
    """Count recorded entries, split by a property's value at the end where `by` names one. Raises NoSuchName."""
    order = order_of(config.definitions_at(scope.at))
    if by is None:
        return funnel(units_in(tx, scope), question, order)
    values = _values(tx, config, _known_name(config, by), scope)
    return funnel(units_in(tx, scope), question, order, lambda person: values.get(person, UNREADABLE))


@dataclass(frozen=True, slots=True)
class Counted:
    """One unit behind a number: who, in which cycle, and when the stage was entered, by what."""

    person: PersonId
    cycle: int
    at: Instant
    source: str
    why: str


def people_behind(tx: Connection, question: Question, scope: Scope, stage: Stage) -> list[Counted]:
    """The units that one stage's number counts, in order of entry."""
    found = []
    for unit in units_in(tx, scope):
        if in_cohort(unit, question) and stage in reached(unit, question):
            entry = min((one for one in unit.entries if one.stage == stage), key=lambda one: one.at)
            found.append(Counted(unit.person, unit.cycle, entry.at, entry.source, entry.why))
    return sorted(found, key=lambda one: (one.at, one.person, one.cycle))


def stage_named(definitions: Definitions, text: str) -> Stage:
    """The stage of a name. Raises NoSuchName, which tells the nearest."""
    known = [*order_of(definitions), *SIDE_STAGES]
    wanted = text.strip().casefold()
    for stage in known:
        if wanted in (str(stage).casefold(), label_of(stage).casefold()):
            return stage
    raise NoSuchName(f"there is no stage {text!r}", choose(text, map(str, known)))


def units_in(tx: Connection, scope: Scope) -> Iterator[Unit]:
    """Everybody's cycles, in order of person, by the entries that were recorded."""
    for person, found in entries.iterate(tx, scope.as_of):
        yield from units_of(person, [entry for entry in found if entry.at <= scope.at])


def _known_name(config: Config, name: str) -> str:
    reads = config.fields.reads
    if name not in reads:
        step = f"{choose(name, reads)}, or read it under `read:` in fields.yaml"
        raise NoSuchName(f"there is no property {name!r} to split by", step)
    return name


def _values(tx: Connection, config: Config, name: str, scope: Scope) -> dict[PersonId, str]:
    """The value of a property at the end, by person, as people read it."""
    reading = replace(reading_of(tx, config, last_seen(tx)), names=[config.fields.reads[name]], reasons=())
    persons = [person for person, _ in entries.iterate(tx, scope.as_of)]
    found = {}
    for some in batches(persons):
        for one in dossier.load(tx, some):
            value = value_at(build_facts(one, reading).properties[name], scope.at)
            found[one.person] = _label(value.readable) if isinstance(value, Unknown) else shown(value)
    return found


def _label(readable: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return EMPTY if readable else UNREADABLE


def basis_of(question: Question) -> str:
    """What the numbers count, in words."""
    who = "each person in each cycle"
    if question.chain and not (question.since is None and question.until is None):
        who += f" that entered {question.chain[0]}"
        who += f" from {iso(question.since)}" if question.since is not None else ""
        who += f" until before {iso(question.until)}" if question.until is not None else ""
    how = "passed all stages in order" if question.strict else "had the stage, in any order"
    return f"{who}; counted where they {how}; rates are of those that had the stage before, and the first one"


def as_data(found: Funnel) -> dict[str, Any]:
    """A funnel as `--json` prints it."""
    return {
        "basis": basis_of(found.question),
        "order": "strict" if found.question.strict else "any",
        "units": found.units,
        "stages": _steps_data(found.steps),
        "returns": [{"stage": stage, "n": n} for stage, n in found.returns.items()],
        "by": [{"value": value, "stages": _steps_data(steps)} for value, steps in found.by.items()],
        "anomalies": [
            {
                "person": one.person,
                "cycle": one.cycle,
                "kind": one.anomaly.kind,
                "at": iso(one.anomaly.at),
                "says": one.anomaly.says,
            }
            for one in found.odd
        ],
    }


def _steps_data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"stage": step.stage, "n": step.n, "rate": asdict(step.rate), "of_first": asdict(step.of_first)}
        for step in steps
    ]
