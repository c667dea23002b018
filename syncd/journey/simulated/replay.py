"""Everybody in the store, judged by the versions in force and by a new one. Reads only, and needs no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.definitions.evaluate import evaluate
from syncd.definitions.explain import shown, value_at
from syncd.definitions.language import counted_kinds, counts_colleagues
from syncd.definitions.options import resolved
from syncd.definitions.order import order_of
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import Reading, build_facts
from syncd.files.problem import choose
from syncd.journey.population import chain_of
from syncd.journey.reading import last_seen, picklists_of, reading_of
from syncd.journey.simulated.compare import Difference, Period, Replay
from syncd.journey.simulated.tally import Question, Simulation
from syncd.journey.splits import NoSuchName
from syncd.journey.values import EMPTY, UNREADABLE
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Facts, Opportunity, Unknown, Verdict
from syncd.model.stage import SIDE_STAGES, Stage
from syncd.store import dossier, everybody

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.model.dossier import Dossier
    from syncd.store.everybody import Span

AT_ONCE = 500
"""People whose dossiers are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What people are judged by: the versions that took turns, the new one, and the new one as if it began now."""

    versions: Sequence[Definitions]
    new: Definitions
    begun: Definitions
    reading: Reading
    question: Question


def question_of(config: Config, new: Definitions, period: Period, by: str | None) -> Question:
    """What is counted: the stages that either version judges, ways back, and those that a CRM itself says.

    Being known, and being in Salesforce, is no decision, so these are left out unless definitions judge them. The
    stage whose hits are rated is MQL, or the first one where definitions have none. Raises NoSuchName.
    """
    if by is not None and by not in config.fields.reads:
        step = f"{choose(by, config.fields.reads)}, or read it under `read:` in fields.yaml"
        raise NoSuchName(f"there is no property {by!r} to split by", step)
    old = config.definitions_at(period.now)
    judged = {*chain_of(old), *chain_of(new)}
    order = list(dict.fromkeys([*order_of(new), *order_of(old)]))
    counted = [stage for stage in order if stage in judged or stage not in (Stage.SUBSCRIBER, Stage.LEAD)]
    first = next((stage for stage in counted if stage in judged), Stage.MQL)
    return Question(
        period,
        (*counted, *SIDE_STAGES),
        config.tasks.tasks,
        config.service.time_zone,
        Stage.MQL if Stage.MQL in judged else first,
        by,
    )


def rehearsal_of(tx: Connection, config: Config, new: Definitions, question: Question) -> Rehearsal:
    """What the store's people are judged by: with labels of picklists as values, and all names that the new version
    tests read too.
    """
    both = replace(config, versions=(*config.versions, new))
    seen = last_seen(tx)
    picklists = picklists_of(both, seen)
    versions = [resolved(version, picklists) for version in config.versions]
    mine = resolved(new, picklists)
    begun = replace(mine, effective_from=question.period.now)
    reading = reading_of(tx, both, seen)
    asked = config.fields.reads[question.by] if question.by is not None else None
    if asked is not None and asked not in reading.names:
        reading = replace(reading, names=[*reading.names, asked])
    return Rehearsal(versions, mine, begun, reading, question)


def simulated(tx: Connection, span: Span, rehearsal: Rehearsal) -> tuple[Simulation, list[Difference]]:
    """The comparison of a range of persons, and what differs in it: work for `ranges.by_ranges`."""
    found, differing = Simulation(rehearsal.question), []
    for one in replays(tx, span, rehearsal):
        differing += [each for each in found.add(one) if each.kind != "same"]
    return found, differing


def replays(tx: Connection, span: Span, rehearsal: Rehearsal) -> Iterator[Replay]:
    """The persons of a range whom the store knew of by now, in order, a few hundred dossiers in memory at a time."""
    versions = (*rehearsal.versions, rehearsal.new)
    asked = any(map(counts_colleagues, versions))
    kinds = frozenset().union(*map(counted_kinds, versions))
    for some in everybody.chunks(tx, AT_ONCE, span):
        for one in dossier.load(tx, some, with_colleagues=asked, to_judge=True, kinds=kinds):
            facts = build_facts(one, rehearsal.reading)
            if one.records and facts.born <= rehearsal.question.period.now:
                yield replay(one, facts, rehearsal)


def replay(one: Dossier, facts: Facts, rehearsal: Rehearsal) -> Replay:
    """One person judged by both.

    What the ledger holds is left out of both: recorded entries stand whatever definitions say, so with them the new
    version could never lose anybody whom the old one had let in, and both would look alike. For the same reason the
    new version is judged as if it had been in force all along, and not from the period's first day on: else all who
    met it long before would enter on that day. Who would do so if it came into force now is told beside.
    """
    question = rehearsal.question
    now, bare = question.period.now, replace(facts, held=())
    old, new = _by_both(bare, rehearsal, proofs=False)
    if _times(old) != _times(new):
        old, new = _by_both(bare, rehearsal, proofs=True)
    return Replay(
        person=facts.person,
        old=old,
        new=new,
        deals=[_as_then(deal, now) for deal in facts.opportunities if deal.created_at <= now],
        worked_at=_worked_at(one, question.judged),
        segment=_segment(facts, question.by, now),
        at_once=_at_once(bare, old, new, rehearsal),
    )


def _by_both(bare: Facts, rehearsal: Rehearsal, *, proofs: bool) -> tuple[Verdict, Verdict]:
    """The verdicts of the versions in force and of the new one. Why is asked only of what differs."""
    now = rehearsal.question.period.now
    old = evaluate_in_turn(bare, rehearsal.versions, now, proofs=proofs)
    return old, evaluate(bare, rehearsal.new, now, proofs=proofs)


def _at_once(bare: Facts, old: Verdict, new: Verdict, rehearsal: Rehearsal) -> Sequence[Stage]:
    """The stages that somebody would enter if the new version began now, on top of what the others decided."""
    now, had, has = rehearsal.question.period.now, _times(old), _times(new)
    if had == has:
        # who stands where the new version has brought them too is not moved by it: nearly everybody
        return ()
    stood = replace(bare, held=[entry for entry in old.entries if entry.at < now])
    begun = evaluate(stood, rehearsal.begun, now, now, proofs=False, unknowns=False)
    known = {(stage, cycle) for stage, cycle, _ in had}
    return [one.stage for one in begun.entries if one.at == now and (one.stage, one.cycle) not in known]


def _times(verdict: Verdict) -> set[tuple[Stage, int, Instant]]:
    return {(entry.stage, entry.cycle, entry.at) for entry in verdict.entries}


def _as_then(deal: Opportunity, now: Instant) -> Opportunity:
    """A deal as it stood: one that was closed later was open."""
    return replace(deal, closed_at=None, won=False) if deal.closed_at is not None and deal.closed_at > now else deal


def _worked_at(one: Dossier, stage: Stage) -> Instant:
    """When sales first had somebody: a task, or the recorded entry into the stage that sales takes people over in."""
    tasks = [task.created_at or task.modified_at for task in one.tasks if not task.deleted]
    return min([*tasks, *(entry.at for entry in one.entries if entry.stage == stage)], default=NEVER)


def _segment(facts: Facts, by: str | None, now: Instant) -> str:
    """The value of the property by which the numbers are split, as people read it."""
    if by is None:
        return ""
    known = facts.properties.get(by)
    value = value_at(known, now) if known is not None else Unknown("is not read", readable=False)
    if isinstance(value, Unknown):
        return EMPTY if value.readable else UNREADABLE
    return shown(value)
