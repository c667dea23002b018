"""People made up for reports: entries, touches, records and what was decided about them, without a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.records import System
from syncd.definitions.language import Definitions, OpportunityClause, SignalClause, StageRule
from syncd.journey.explained import Looked
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import DAY, Instant
from syncd.model.person import Entry, Facts, PersonId, Touch, Verdict
from syncd.model.stage import Stage
from syncd.store.courses import Courses, course_of

ANNA = PersonId("anna")
DEFINITIONS = Definitions(
    hash="v1",
    stages=(
        StageRule(Stage.MQL, SignalClause("visit", 1)),
        StageRule(Stage.SQL, SignalClause("talk", 1)),
        StageRule(Stage.CUSTOMER, OpportunityClause(won=True)),
    ),
)


def day(number: float) -> Instant:
    return Instant(int(number * DAY))


def entry(stage: str, at: float, cycle: int = 1, **more) -> Entry:
    return Entry(Stage(stage), cycle, day(at), **{"source": "definition", "why": f"why {stage}", **more})


def side_by_side(people: Sequence[PersonId], lives: Sequence[Sequence[Entry]]) -> Courses:
    """The courses of people whose entries are by time."""
    made = [course_of(life) for life in lives]
    return Courses(people, [one.path for one in made], [one.times for one in made])


def record(record_id: str, kind: str = "contact", system: System = System.HUBSPOT, **more) -> Mirrored:
    plain = Mirrored(
        system, kind, record_id, ANNA, day(0), day(1), day(1), deleted=False, merged_into=None, properties={}
    )
    return replace(plain, **more)


def looked(*entries: Entry, touches: tuple[Touch, ...] = (), records: tuple[Mirrored, ...] = (), **facts) -> Looked:
    last = entries[-1]
    verdict = Verdict(ANNA, last.stage, last.cycle, last.at, entries, None, (), day(10**6))
    known = Facts(ANNA, day(0), touches=touches, **facts)
    return Looked(Dossier(ANNA, records=records, touches=touches), known, verdict, DEFINITIONS)
