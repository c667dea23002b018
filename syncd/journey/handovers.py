"""Who was handed over to sales, out of the store: when they did what qualified them, who had them, who reached out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.definitions.language import fold
from syncd.facts.build import Reading, build_facts
from syncd.files.scalars import WorkingDuration
from syncd.journey.cut_off import cut_off
from syncd.journey.population import Asked, Scope, entering, people_of, question_of
from syncd.journey.reading import directory_of, last_seen, reading_of
from syncd.journey.sla import Answer, Handover, Sla, answer, by_hour, owner_of, sla, split
from syncd.journey.splits import IN_TIME, Label, Splitter
from syncd.journey.units import Question, Unit, units_of
from syncd.model.dossier import Dossier
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Facts, PersonId
from syncd.model.stage import Stage
from syncd.model.touches import Touches, in_strands
from syncd.plan.case import task_key
from syncd.plan.clocks import calendars_of
from syncd.plan.escalations import was_spoken
from syncd.store import dossier
from syncd.store.batches import batches
from syncd.store.past import load_known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

AT_ONCE = 500
REACHING_OUT = ("call", "meeting", "email")
"""Touches by sales with which somebody was reached out to; a note or a closed task need not be."""
ONE_DAY = WorkingDuration(days=1)
"""How long sales has where no task says it."""


@dataclass(frozen=True, slots=True)
class Report:
    """The answer: all handovers of the period with their clocks, and what they come to, split."""

    asked: Asked
    scope: Scope
    question: Question
    stage: Stage
    allowed: WorkingDuration
    definitions: str
    time_zone: str
    cut_off: Instant | None
    answers: Sequence[Answer]
    whole: Sla
    by_owner: dict[str, Sla]
    by_hour: dict[tuple[str, int], Sla]
    by: dict[str, dict[str, Sla]]


def report_sla(
    tx: Connection, config: Config, asked: Asked, scope: Scope, allowed: WorkingDuration | None = None
) -> Report:
    """How fast sales answered those who entered the stage before its own in the period. Raises NoSuchName."""
    question = question_of(tx, config, asked, scope)
    stage = handed_over_in(question)
    limit = allowed or _allowed(config, stage)
    calendars = calendars_of(config.service)
    splitter = Splitter(tx, config, scope.at, asked.by)
    labels = {name: splitter.of_unit(name, question) for name in asked.by}
    units: dict[tuple[str, int], Unit] = {}
    answers = []
    for unit, handover in _handovers(tx, config, question, asked, scope, stage):
        units[unit.person, unit.cycle] = unit
        answers.append(answer(handover, limit, calendars.of(handover.owner), question.horizon))
    return Report(
        asked,
        scope,
        question,
        stage,
        limit,
        config.definitions_at(scope.at).hash,
        config.service.time_zone,
        cut_off(tx, scope.as_of),
        answers,
        sla(answers),
        split(answers, owner_of),
        by_hour(answers, ZoneInfo(config.service.time_zone)),
        {name: _in_turn(name, split(answers, _labelled(label, units))) for name, label in labels.items()},
    )


def answers_of(tx: Connection, config: Config, one: Dossier, entries: Sequence[Entry], scope: Scope) -> list[Answer]:
    """The handovers of one person with their clocks, by cycle."""
    question = question_of(tx, config, Asked(), scope)
    if not question.chain:
        return []
    stage = handed_over_in(question)
    desk = desk_of(tx, config, stage, question.takes_over)
    calendars = calendars_of(config.service)
    ordered = sorted((entry for entry in entries if entry.at <= scope.at), key=lambda entry: entry.at)
    units = units_of(one.person, ordered, question.chain[0])
    handovers = [desk.handover(unit, one) for unit in units if stage in unit.first]
    allowed = _allowed(config, stage)
    return [answer(each, allowed, calendars.of(each.owner), question.horizon) for each in handovers]


def _in_turn(name: str, groups: dict[str, Sla]) -> dict[str, Sla]:
    """Months and weeks in order of time, others as they are."""
    return dict(sorted(groups.items())) if name in IN_TIME else groups


def _labelled(label: Label, units: Mapping[tuple[str, int], Unit]) -> Callable[[Answer], str]:
    return lambda one: label(units[one.handover.person, one.handover.cycle])


def handed_over_in(question: Question) -> Stage:
    """The stage before the first one that sales judges: who enters it is handed over."""
    chain = question.chain
    if question.takes_over not in chain:
        return chain[0] if chain else Stage.MQL
    return chain[max(0, chain.index(question.takes_over) - 1)]


def _allowed(config: Config, stage: Stage) -> WorkingDuration:
    """How long sales has: as the task says that the stage makes, the shortest of several."""
    due = [rule.due for rule in config.tasks.tasks if rule.on == stage]
    return min(due, key=lambda one: (one.days, one.milliseconds), default=ONE_DAY)


def _handovers(
    tx: Connection, config: Config, question: Question, asked: Asked, scope: Scope, stage: Stage
) -> Iterator[tuple[Unit, Handover]]:
    desk = desk_of(tx, config, stage, question.takes_over)
    units = (
        unit
        for one in people_of(tx, config, question, asked, scope, only=entering(stage, question))
        for unit in one.units
        if question.covers(unit.first.get(stage))
    )
    for some in batches(units, AT_ONCE):
        persons = dict.fromkeys(unit.person for unit in some)
        known = {one.person: one for one in _dossiers(tx, list(persons), scope)}
        for unit in some:
            yield unit, desk.handover(unit, known[unit.person])


def _dossiers(tx: Connection, persons: Sequence[PersonId], scope: Scope) -> Iterator[Dossier]:
    if scope.as_of is None:
        return dossier.load(tx, persons)
    return (load_known(tx, person, scope.as_of) for person in persons)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people are handed over: into which stage, which stage sales gives them, how dossiers are read, the field
    with the key of our tasks and their purposes, and the addresses of the people of sales.
    """

    stage: Stage
    takes_over: Stage | None
    reading: Reading
    key: str
    purposes: Sequence[str]
    people: frozenset[str]

    def handover(self, unit: Unit, one: Dossier) -> Handover:
        """What happened between the engagement of one person in one cycle and the answer of sales."""
        facts = build_facts(one, self.reading)
        entered = unit.first[self.stage]
        engaged = _engaged_at(facts, one.entries, self.stage, entered)
        assigned, owner = self._task_of(unit, one) or self._owner_of(one, facts, engaged)
        told = Touches([one for one in in_strands(facts.touches).strands if one.kind in (*REACHING_OUT, "email_reply")])
        answers = (touch for touch in told if touch.by == "sales" and touch.kind in REACHING_OUT)
        touched = next((touch.at for touch in answers if touch.at >= engaged), None)
        contacted = next((touch.at for touch in told if touch.at >= engaged and was_spoken(touch)), None)
        qualified = unit.first.get(self.takes_over) if self.takes_over is not None else None
        return Handover(unit.person, unit.cycle, entered, engaged, assigned, owner, touched, qualified, contacted)

    def _task_of(self, unit: Unit, one: Dossier) -> tuple[Instant, str | None] | None:
        """When our first task told somebody of the person, and whom: from then on nobody waits for a program."""
        persons = (one.person, *one.former)
        keys = {task_key(person, unit.cycle, purpose) for person in persons for purpose in self.purposes}
        tasks = [task for task in one.tasks if task.properties.get(self.key) in keys]
        if not tasks:
            return None
        first = min(tasks, key=lambda task: (task.created_at or task.modified_at, task.id))
        return first.created_at or first.modified_at, self.reading.around.mail(first.properties.get("OwnerId"))

    def _owner_of(self, one: Dossier, facts: Facts, engaged: Instant) -> tuple[Instant | None, str | None]:
        """From when on a person of sales owned the record: from the engagement on, if somebody did by then."""
        owners = facts.properties["owner_email"]
        record = next((each for each in one.records if owners.source.startswith(f"{each.name}:")), None)
        born = engaged if record is None or record.created_at is None else max(engaged, record.created_at)
        points = owners.timeline
        for (at, value), (end, _) in zip(points, (*points[1:], (NEVER, None)), strict=True):
            if end > engaged and isinstance(value, str) and fold(value) in self.people:
                return max(at, born), value
        return None, None


def desk_of(tx: Connection, config: Config, stage: Stage, takes_over: Stage | None) -> Desk:
    """Where people are handed over, by what the last cycle saw of both CRMs."""
    seen = last_seen(tx)
    reading, directory = reading_of(tx, config, seen), directory_of(tx, seen.user_id)
    owner = config.fields.reads["owner_email"]
    names = [*(name for name in reading.names if name.name != owner.name), owner]
    staff = {one.email for one in directory.sellers.values() if one.human} | set(directory.hubspot_owners.values())
    return Desk(
        stage,
        takes_over,
        replace(reading, names=names),
        config.fields.names.key,
        [rule.purpose for rule in config.tasks.tasks if rule.on == stage],
        frozenset(map(fold, staff)),
    )


def _engaged_at(facts: Facts, entries: Sequence[Entry], stage: Stage, entered: Instant) -> Instant:
    """When the person did what qualified them: the last touch that the entry rests on, else the entry itself."""
    proof = {each for entry in entries if (entry.stage, entry.at) == (stage, entered) for each in entry.evidence}
    if not proof:
        return entered
    times = (at for strand in in_strands(facts.touches).strands for at in strand.times_of(proof))
    return max((at for at in times if at <= entered), default=entered)
