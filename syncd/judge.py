"""Who is due, what is known of them, and what the definitions say: the people of a plan, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.definitions.language import counts_colleagues
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.journey.reading import (
    between_of,
    definitions_in_force,
    directory_of,
    reading_of,
    versions_in_turn,
)
from syncd.model.person import PersonId
from syncd.plan.case import Case, Setting
from syncd.plan.clocks import WorkingTime
from syncd.store import dossier, intents, people, quarantine
from syncd.store.affected import affected
from syncd.writing import closed
from syncd.writing.aside import mapping_of

if TYPE_CHECKING:
    from syncd.desk import Desk, Run

AT_ONCE = 500
"""People whose dossiers are in memory at a time."""


def who_is_due(desk: Desk, run: Run) -> list[PersonId]:
    """Everybody about whom something can have changed by the run's now, in order.

    A backfill that is under way judges by itself whom it read of; one that was killed has left them to whoever comes.
    """
    with desk.store.reading() as tx:
        left_out = not run.order.is_history and people.is_any_kept(tx) and desk.store.is_backfilled()
        return people.due(tx, run.now, kept=not left_out)


def keep_due(desk: Desk, run: Run) -> None:
    """Keep everybody who is due for this backfill, so that others who write meanwhile leave them to it."""
    with desk.store.transaction() as tx:
        people.keep_due(tx, run.now)


def leave_to_cycles(desk: Desk, run: Run) -> None:
    """Keep those for this backfill no more to whom something happened since it began."""
    with desk.store.transaction() as tx:
        people.mark_dirty(tx, set[PersonId]().union(*(affected(tx, *of, named) for of, named in run.happened.items())))


def judge(desk: Desk, run: Run, due: Sequence[PersonId]) -> Iterator[Case]:
    """Some people, judged as of the run's now, in their order.

    Every entry is decided by the version of the definitions that was in force at its time. Raises Stopped between two
    lots of people.
    """
    versions = versions_in_turn(desk.config, desk.seen)
    with desk.store.reading() as tx:
        reading = reading_of(tx, desk.config, desk.seen)
        asked = any(map(counts_colleagues, versions))
        for start in range(0, len(due), AT_ONCE):
            desk.may_end()
            desk.give_way()
            some = due[start : start + AT_ONCE]
            for one in dossier.load(tx, some, with_colleagues=asked):
                facts = build_facts(one, reading)
                yield Case(one, facts, evaluate_in_turn(facts, versions, run.now))
            desk.progress.count("judging people", start + len(some), len(due))


def setting_for(desk: Desk, run: Run) -> Setting:
    """What the run's plan is made by."""
    service = desk.config.service
    with desk.store.reading() as tx:
        directory = directory_of(tx, desk.seen.user_id)
        waiting = [row for row in quarantine.mappings(tx) if row.next_at is None or row.next_at > run.now]
        made: dict[str, int] = {}
        if desk.config.tasks.daily is not None:
            today = WorkingTime(service.hours, service.time_zone).midnight_before(run.now)
            made = intents.tasks_since(tx, today)
    return Setting(
        definitions=definitions_in_force(desk.config, run.now, desk.seen),
        service=service,
        fields=desk.config.fields,
        tasks=desk.config.tasks,
        schemas={kind: schema for (system, kind), schema in desk.schemas.items() if system is System.SALESFORCE},
        directory=directory,
        now=run.now,
        run=run.id,
        made_today=made,
        portal={kind: schema for (system, kind), schema in desk.schemas.items() if system is System.HUBSPOT},
        history=run.order.is_history,
        rules=run.rules,
        closed=closed.kinds(desk, run),
        between=between_of(desk.config, desk.seen),
        stopped=frozenset(mapped for row in waiting if (mapped := mapping_of(row))),
    )
