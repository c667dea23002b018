"""What the definitions say of everybody, as small as it can be told: who is where since when, by which entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from syncd.definitions.language import Definitions, counted_kinds, counts_colleagues
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import Reading, build_facts
from syncd.journey.reading import last_seen, reading_of, versions_in_turn
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.model.stage import Stage
from syncd.store import dossier, everybody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.model.dossier import Dossier
    from syncd.store.everybody import Span

AT_ONCE = 2500
"""People whose rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What people are judged by: versions that take turns, how dossiers are read, and the instant of now.

    `fresh` leaves out what the ledger holds, as if nobody had been judged before.
    """

    versions: Sequence[Definitions]
    reading: Reading
    now: Instant
    fresh: bool = False


class Decided(NamedTuple):
    """One person's verdict: where the person is, when that may change by itself, and all entries (stage, cycle, at)."""

    person: PersonId
    stage: Stage
    cycle: int
    since: Instant
    due_at: Instant
    barred: str | None
    entries: Sequence[tuple[Stage, int, Instant]]


def judged_of(tx: Connection, config: Config, now: Instant) -> Judged:
    """What people are judged by at an instant, with what the last cycle saw of both CRMs."""
    seen = last_seen(tx)
    return Judged(versions_in_turn(config, seen), reading_of(tx, config, seen), now)


def decided(tx: Connection, span: Span, judged: Judged) -> list[Decided]:
    """The verdicts about the persons of a range, in order of person: work for `ranges.by_ranges`."""
    asked = any(map(counts_colleagues, judged.versions))
    kinds = frozenset().union(*map(counted_kinds, judged.versions))
    return [
        decide(one, judged)
        for some in everybody.chunks(tx, AT_ONCE, span)
        for one in dossier.load(tx, some, with_colleagues=asked, to_judge=True, kinds=kinds)
    ]


def decide(one: Dossier, judged: Judged) -> Decided:
    """The verdict about one person. Pure: where the dossier comes from, and on which machine, makes no difference."""
    facts = build_facts(one, judged.reading, fresh=judged.fresh)
    verdict = evaluate_in_turn(facts, judged.versions, judged.now, proofs=False, unknowns=False)
    entries = [(entry.stage, entry.cycle, entry.at) for entry in verdict.entries]
    return Decided(one.person, verdict.stage, verdict.cycle, verdict.since, verdict.due_at, verdict.barred, entries)
