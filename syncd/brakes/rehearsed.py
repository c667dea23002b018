"""What rules that are new would have made of the last weeks, and who leaves a stage: a definition that lets nobody in
changes nothing, so that no count of changes tells of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import counts_colleagues
from syncd.facts.build import build_facts
from syncd.journey.reading import definitions_in_force, reading_of
from syncd.model.instant import DAY, Instant
from syncd.model.stage import Stage
from syncd.store import dossier, entries, people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run
    from syncd.model.change import Plan
    from syncd.model.person import PersonId

LATELY = 28 * DAY
MOST = 200
"""Of so many of the last who entered a stage is asked whether they would enter it by the rules as they are now."""


def rehearsed(tx: Connection, desk: Desk, run: Run) -> Mapping[str, tuple[int, int]]:
    """By stage that the definitions judge: how many of the last who entered it by definition in four weeks were asked
    about, and how many of them would ever have entered it, had the rules been as they are now all along.

    The same people and the same past: a quiet weekend changes neither number. What the ledger holds is left out, since
    recorded entries stand whatever definitions say. Nothing where the rules are not new.
    """
    if not run.has_new_rules:
        return {}
    definitions = definitions_in_force(desk.config, run.now, desk.seen)
    since = Instant(run.now - LATELY)
    let_in = {
        str(rule.stage): set(entries.entered_by_definition(tx, rule.stage, since, MOST)) for rule in definitions.stages
    }
    persons = sorted({person for some in let_in.values() for person in some})
    reading, asked = reading_of(tx, desk.config, desk.seen), counts_colleagues(definitions)
    again: Counter[str] = Counter()
    for one in dossier.load(tx, persons, with_colleagues=asked):
        facts = build_facts(one, reading, fresh=True)
        verdict = evaluate(facts, definitions, run.now, proofs=False, unknowns=False)
        entered = {str(entry.stage) for entry in verdict.entries}
        again.update(stage for stage, some in let_in.items() if one.person in some and stage in entered)
    return {stage: (len(some), again[stage]) for stage, some in let_in.items() if some}


def leaving(tx: Connection, plan: Plan) -> Mapping[str, tuple[int, int]]:
    """By stage: how many people stand in it, and how many of them a plan lets go back out of it by its own rule."""
    gone = dict(_left(plan))
    stood = people.verdicts(tx, gone) if gone else {}
    out = Counter(stage for person, (stage, _, _) in stood.items() if Stage(stage) in gone[person])
    there = people.stages(tx) if out else {}
    return {stage: (there.get(stage, 0), count) for stage, count in out.items()}


def _left(plan: Plan) -> Iterator[tuple[PersonId, set[Stage]]]:
    for one in plan.decisions:
        if stages := {entry.stage for entry in one.entries if entry.left_at is not None and entry.stage != one.stage}:
            yield one.person, stages
