"""Whose entries a report counts: as recorded, or as today's definitions would have decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple

from connectors.records import System
from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import counted_kinds, counts_colleagues
from syncd.definitions.order import order_of
from syncd.facts.build import Reading, build_facts, opportunity_of
from syncd.files.problem import choose
from syncd.journey.coded import those_at
from syncd.journey.cut_off import cut_off
from syncd.journey.reading import definitions_in_force, last_seen, reading_of
from syncd.journey.splits import OF_ENTRY, NoSuchName, Splitter
from syncd.journey.units import STALLED_AFTER, Basis, Entered, Question, Unit, units_of
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Opportunity, PersonId
from syncd.model.stage import SIDE_STAGES, Stage, label_of
from syncd.store import courses, dossier, entries, everybody, mirror
from syncd.store.batches import batches
from syncd.store.courses import Course, Courses, Passed, course_of, entries_of
from syncd.store.past import record_known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config

AT_ONCE = 500
"""Dossiers in memory at a time, where everybody is judged anew."""


@dataclass(frozen=True, slots=True)
class Scope:
    """As true at `at` and as known at `as_of` (None: now). `as_defined_now` judges everybody by today's definitions
    instead of taking what was recorded.
    """

    at: Instant
    as_of: Instant | None = None
    as_defined_now: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked: how to count (see Question), what to split by, and whom to leave out.

    `where` keeps those of whom each name has that value. `flow` asks where people stand over time, too.
    """

    strict: bool = False
    since: Instant | None = None
    until: Instant | None = None
    basis: Basis = "cohort"
    within: int | None = None
    stalled: int = STALLED_AFTER
    by: Sequence[str] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    flow: bool = True


class Population(NamedTuple):
    """One person of a report: all their entries by time, and those of their cycles that are counted."""

    person: PersonId
    entries: Sequence[Entered]
    units: Sequence[Unit]


def chain_of(definitions: Definitions) -> list[Stage]:
    """The stages that definitions judge, in order."""
    judged = {rule.stage for rule in definitions.stages}
    return [stage for stage in order_of(definitions) if stage in judged]


def question_of(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Question:
    """What is counted: the chain of the version in force, up to when the data goes."""
    definitions = config.definitions_at(scope.at)
    chain = chain_of(definitions)
    known = cut_off(tx, scope.as_of)
    by_sales = [rule.stage for rule in definitions.stages if rule.judged_by == "sales" and rule.stage in chain[1:]]
    return Question(
        chain=tuple(chain),
        strict=asked.strict,
        since=asked.since,
        until=asked.until,
        basis=asked.basis,
        horizon=scope.at if known is None else min(scope.at, known),
        within=asked.within,
        stalled=asked.stalled,
        takes_over=min(by_sales, key=chain.index, default=chain[1] if len(chain) > 1 else None),
    )


def span_of(asked: Asked, scope: Scope) -> tuple[Instant | None, Instant]:
    """Between which instants a waterfall is told: what happens at the first (None: before anybody was known) is before
    it, what happens at the second is in it.
    """
    end = scope.at if asked.until is None else min(scope.at, Instant(asked.until - 1))
    return None if asked.since is None else Instant(asked.since - 1), end


def stage_named(definitions: Definitions, text: str) -> Stage:
    """The stage of a name. Raises NoSuchName, which tells the nearest."""
    known = [*order_of(definitions), *SIDE_STAGES]
    wanted = text.strip().casefold()
    for stage in known:
        if wanted in (str(stage).casefold(), label_of(stage).casefold()):
            return stage
    raise NoSuchName(f"there is no stage {text!r}", choose(text, map(str, known)))


def entering(stage: Stage, question: Question | None = None) -> Callable[[Course], bool]:
    """Whether somebody may have entered a stage (in the period of a question): only those are worth a look."""
    word = f'"{stage}"'  # a course's path is JSON
    if question is None or (question.since is None and question.until is None):
        return lambda course: word in course.path
    return lambda course: word in course.path and any(map(question.covers, course.times))


def people_of(
    tx: Connection,
    config: Config,
    question: Question,
    asked: Asked,
    scope: Scope,
    *,
    only: Callable[[Course], bool] | None = None,
) -> Iterator[Population]:
    """Everybody with an entry by then whom the question does not leave out, in order of person; with `only`, of those
    whose course is worth a look.
    """
    splitter = Splitter(tx, config, scope.at, tuple(asked.where))
    dated = [(splitter.of_unit(name, question), value) for name, value in asked.where.items() if name in OF_ENTRY]
    first = question.chain[0] if question.chain else None
    for some, _ in courses_of(tx, config, asked, scope, splitter):
        for person, path, times in zip(*some, strict=True):
            course = Course(path, times)
            if only is not None and not only(course):
                continue
            known = entries_of(course)
            units = [unit for unit in units_of(person, known, first) if all(of(unit) == value for of, value in dated)]
            yield Population(person, known, units)


def courses_of(
    tx: Connection, config: Config, asked: Asked, scope: Scope, splitter: Splitter
) -> Iterator[tuple[Courses, dict[str, Sequence[int]]]]:
    """The courses of everybody with an entry by then, in order of person, so many at a time, with the codes of their
    values by the splitter's names; those are left out whom `where` leaves out by what they are.
    """
    wanted = {name: splitter.codes[name] for name in asked.where if not splitter.is_dated(name)}
    recorded = scope.as_of is None and not scope.as_defined_now
    for some in courses.walk(tx) if recorded else _told(tx, config, scope):
        found = _cut(some, scope.at)
        said = splitter.of_people(found.persons) if splitter.codes else {}
        for name, codes in wanted.items():
            code = codes[asked.where[name]]
            mine = [place for place, each in enumerate(said[name]) if each == code]
            found, said = found.of(mine), {each: those_at(mine)(column) for each, column in said.items()}
        if found.persons:
            yield found, said


def _told(tx: Connection, config: Config, scope: Scope) -> Iterator[Courses]:
    entered = _judged_now(tx, config, scope) if scope.as_defined_now else entries.walk(tx, scope.as_of)
    told = ((person, *course_of(found)) for person, found in entered if found)
    return (Courses(*zip(*some, strict=True)) for some in batches(told, courses.AT_ONCE))


def _cut(some: Courses, at: Instant) -> Courses:
    """Courses as they stood at an instant, of those who had one."""
    late = [place for place, times in enumerate(some.times) if times[-1] > at]
    if not late:
        return some
    paths, times = list(some.paths), list(some.times)
    for place in late:
        entered = [entry for entry in entries_of(Course(paths[place], times[place])) if entry.at <= at]
        paths[place], times[place] = course_of([_as_then(entry, at) for entry in entered])
    found = Courses(some.persons, paths, times)
    return found if all(times) else found.of(place for place, known in enumerate(times) if known)


def _as_then(entry: Passed, at: Instant) -> Passed:
    """An entry as it stood: what was left later was not left."""
    return entry._replace(left_at=None) if entry.left_at is not None and entry.left_at > at else entry


def _judged_now(tx: Connection, config: Config, scope: Scope) -> Iterator[tuple[PersonId, list[Passed]]]:
    """What today's definitions make of everybody's whole history, whatever was decided then. Takes its time."""
    seen = last_seen(tx)
    definitions = definitions_in_force(config, scope.at, seen)
    reading = reading_of(tx, config, seen)
    asked, kinds = counts_colleagues(definitions), counted_kinds(definitions)
    for some in everybody.chunks(tx, AT_ONCE):
        for one in dossier.load(tx, some, with_colleagues=asked, to_judge=True, kinds=kinds):
            facts = build_facts(one, reading, fresh=True)
            if one.records and facts.born <= scope.at:
                verdict = evaluate(facts, definitions, scope.at, proofs=False, unknowns=False)
                yield one.person, [_passed(entry) for entry in verdict.entries]


def _passed(entry: Entry) -> Passed:
    return Passed(entry.stage, entry.cycle, entry.at, entry.left_at, entry.source, entry.reason, entry.definition)


def opportunities(tx: Connection, reading: Reading, scope: Scope) -> Iterator[Opportunity]:
    """All that were there by then, as they stood: one that was closed later was open."""
    for record in mirror.iterate(tx, System.SALESFORCE, "opportunity"):
        known = record if scope.as_of is None else record_known(tx, record, scope.as_of)
        if known is None or known.deleted:
            continue
        deal = opportunity_of(known, reading)
        if deal.created_at <= scope.at:
            yield (
                deal
                if deal.closed_at is None or deal.closed_at <= scope.at
                else replace(deal, closed_at=None, won=False)
            )
