"""One person under versions that took turns: what each decided while it was in force stands under the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import Definitions
from syncd.model.instant import BEGINNING, NEVER, Instant
from syncd.model.person import Entry, Facts, Verdict


def evaluate_in_turn(
    facts: Facts, versions: Sequence[Definitions], now: Instant, *, proofs: bool = True, unknowns: bool = True
) -> Verdict:
    """The verdict as of `now`, every entry decided by the version that was in force at its time.

    `versions` are oldest first, at least one; the first also decides about all that was before it. A version makes no
    entry before its own day, but counts what somebody did before. The verdict is due again at the latest when the next
    version begins. `proofs` and `unknowns` as in `evaluate`.
    """
    if len(versions) == 1:
        return evaluate(facts, versions[0], now, proofs=proofs, unknowns=unknowns)
    begins = [BEGINNING, *(each.effective_from for each in versions[1:]), NEVER]
    reigns = [one for one in zip(versions, begins, begins[1:], strict=False) if one[1] <= now]
    decided: Sequence[Entry] = ()
    for version, since, until in reigns[:-1]:
        if facts.born < until:
            then = Instant(until - 1)
            held = _with(decided, [entry for entry in facts.held if entry.at <= then])
            decided = evaluate(replace(facts, held=held), version, then, since, proofs=proofs, unknowns=False).entries
    version, since, until = reigns[-1]
    facts = replace(facts, held=_with(decided, facts.held))
    verdict = evaluate(facts, version, now, since, proofs=proofs, unknowns=unknowns)
    return replace(verdict, due_at=min(verdict.due_at, until))


def _with(decided: Sequence[Entry], held: Sequence[Entry]) -> Sequence[Entry]:
    """What the ledger holds and what earlier versions decide beside it, by time."""
    if not decided:
        return held
    known = {(entry.stage, entry.cycle, entry.at) for entry in held}
    fresh = [entry for entry in decided if (entry.stage, entry.cycle, entry.at) not in known]
    return tuple(sorted([*held, *fresh], key=lambda entry: (entry.cycle, entry.at)))
