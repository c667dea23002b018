"""One person's stage with its proof, as true at an instant and as known at another."""

from __future__ import annotations

from dataclasses import asdict, field, replace
from typing import TYPE_CHECKING, Any

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import counts_colleagues
from syncd.definitions.reasons import Ahead, Standing, ahead, standing
from syncd.definitions.smallest import Smallest
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.journey.reading import definitions_in_force, last_seen, reading_of, versions_in_turn
from syncd.journey.who import NobodyFound
from syncd.journey.wrote import Wrote, written_by
from syncd.model.dossier import Dossier
from syncd.model.instant import NEVER, Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Facts, PersonId, Verdict
from syncd.model.proof import Proof
from syncd.store.past import load_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config


@dataclass(frozen=True, slots=True)
class Looked:
    """A person judged afresh out of the store."""

    dossier: Dossier
    facts: Facts
    verdict: Verdict
    definitions: Definitions


@dataclass(frozen=True, slots=True)
class Explained:
    """Where a person is and why, and what stands before the next stage (None: there is none).

    `decided_by` is the version that decided the entry, as people name it. `written` says who wrote the values that all
    of it rests on, by their sources.
    """

    looked: Looked
    standing: Standing
    ahead: Ahead | None
    decided_by: str = ""
    written: dict[str, Sequence[Wrote]] = field(default_factory=dict)


def look(
    tx: Connection,
    config: Config,
    person: PersonId,
    at: Instant,
    as_of: Instant | None,
    *,
    as_defined_now: bool = False,
) -> Looked:
    """Judge a person as of `at`, by what was known at `as_of` (None: now). Raises NobodyFound for the time before.

    Every entry is decided by the version in force at its time, and stands as the ledger has it; `as_defined_now`
    leaves the ledger out and decides all of it by the version in force at `at`.
    """
    asked = any(map(counts_colleagues, config.versions))
    dossier = load_known(tx, person, as_of, with_colleagues=asked)
    if not dossier.records:
        raise NobodyFound(f"At that time {person} was not known", "ask for a later one with --as-of")
    seen = last_seen(tx)
    facts = build_facts(dossier, reading_of(tx, config, seen))
    if facts.born > at:
        raise NobodyFound(f"The first record of {person} is of {iso(facts.born)}", "ask for a later time with --at")
    facts = replace(facts, held=_until(facts.held, at))
    definitions = definitions_in_force(config, at, seen)
    if as_defined_now:
        facts = replace(facts, held=())
        return Looked(dossier, facts, evaluate(facts, definitions, at), definitions)
    verdict = evaluate_in_turn(facts, versions_in_turn(config, seen), at)
    return Looked(dossier, facts, verdict, definitions)


def explain(
    tx: Connection,
    config: Config,
    person: PersonId,
    at: Instant,
    as_of: Instant | None,
    *,
    as_defined_now: bool = False,
) -> Explained:
    """Explain a person's stage. See `look`."""
    looked = look(tx, config, person, at, as_of, as_defined_now=as_defined_now)
    entry = standing(looked.facts, looked.definitions, looked.verdict, at).entry
    versions = versions_in_turn(config, last_seen(tx))
    decided_by = next((each for each in versions if each.hash == entry.definition), looked.definitions)
    now = standing(looked.facts, decided_by, looked.verdict, at)
    following = ahead(looked.facts, looked.definitions, looked.verdict, at)
    proofs = [now.proof] if following is None else [now.proof, following.proof]
    people = reading_of(tx, config, last_seen(tx)).owners
    title = decided_by.title if decided_by.hash == entry.definition else entry.definition
    return Explained(looked, now, following, title, written_by(looked.dossier, proofs, people))


def _until(entries: Sequence[Entry], at: Instant) -> list[Entry]:
    """The entries as they stood: later ones are not there yet, and what was left later was not left."""
    return [
        replace(entry, left_at=None) if entry.left_at is not None and entry.left_at > at else entry
        for entry in entries
        if entry.at <= at
    ]


def as_data(explained: Explained) -> dict[str, Any]:
    """An explanation as `--json` prints it."""
    verdict, now = explained.looked.verdict, explained.standing
    proof = proof_data(now.proof, explained.written) | {
        "at": iso(now.entry.at),
        "source": now.entry.source,
        "definition": now.entry.definition,
        "reason": now.entry.reason,
        "lapsed_at": None if now.lapsed_at is None else iso(now.lapsed_at),
    }
    return {
        "person": verdict.person,
        "stage": verdict.stage,
        "cycle": verdict.cycle,
        "since": iso(verdict.since),
        "proof": proof,
        "next": None if explained.ahead is None else _ahead_data(explained, explained.ahead),
    }


def _ahead_data(explained: Explained, found: Ahead) -> dict[str, Any]:
    verdict, never = explained.looked.verdict, found.not_before == NEVER
    return {
        "stage": found.stage,
        "proof": proof_data(found.proof, explained.written),
        "change": [proof_data(leaf, explained.written) for leaf in found.lacking],
        "smallest_change": None if found.smallest is None else _smallest_data(found.smallest),
        "waits_for": found.waits_for,
        "not_before": None if found.not_before is None or never else iso(found.not_before),
        "never": never,
        "barred": verdict.barred,
        "looked_at_again": iso(verdict.due_at) if verdict.due_at < NEVER else None,
    }


def _smallest_data(found: Smallest) -> dict[str, Any]:
    """What was tried and would do: `changes` is the smallest, None where nothing was found, `or` are others."""
    told = [[asdict(change) for change in way] for way in found.ways]
    return {
        "stage": found.stage,
        "at": iso(found.at),
        "changes": told[0] if told else None,
        "or": told[1:],
        "by_waiting_until": None if found.waiting is None else iso(found.waiting),
        "unknown": list(found.unknown),
        "barred": list(found.barred),
    }


def proof_data(proof: Proof, written: Mapping[str, Sequence[Wrote]]) -> dict[str, Any]:
    """A proof tree as JSON. `written` says who wrote the values of its sources, oldest first."""
    return {
        "says": proof.says,
        "truth": proof.truth.name.lower(),
        "found": proof.found,
        "evidence": list(proof.evidence),
        "place": proof.place,
        "written": [
            {"source": source, "at": iso(one.at), "by": one.by}
            for source in proof.evidence
            for one in written.get(source, ())
        ],
        "parts": [proof_data(part, written) for part in proof.parts],
    }
