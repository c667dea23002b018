"""The journey of one person, out of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncd.definitions.order import order_of
from syncd.journey.anomalies import Anomaly, anomalies_of
from syncd.journey.explained import Looked, look
from syncd.journey.handovers import answers_of
from syncd.journey.population import Scope
from syncd.journey.sla import Answer
from syncd.journey.sla_data import answer_data, clock_events
from syncd.journey.timeline import Event, Learned, Stay, Written, event_data, events_of, in_order, stays_of
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.store import entries, ledger
from syncd.store.evidence import learned_in

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.model.person import PersonId


@dataclass(frozen=True, slots=True)
class Journey:
    """A person's records, events, stays in stages, what is odd about them, and the SLA clock of each handover."""

    looked: Looked
    events: Sequence[Event]
    stays: Sequence[Stay]
    anomalies: Sequence[Anomaly]
    answers: Sequence[Answer] = ()


def journey(tx: Connection, config: Config, person: PersonId, at: Instant, as_of: Instant | None) -> Journey:
    """Everything that happened to a person up to `at`, as known at `as_of`. Raises NobodyFound. See `look`."""
    looked = look(tx, config, person, at, as_of)
    answers = answers_of(tx, config, looked.dossier, looked.verdict.entries, Scope(at, as_of))
    events = [*events_of(looked, _learned(tx, looked, person), _written(tx, person)), *clock_events(answers, at)]
    events.sort(key=in_order)
    shown = [event for event in events if event.at <= at and _was_known(event, as_of)]
    stays = stays_of(looked.verdict.entries, order_of(looked.definitions))
    return Journey(looked, shown, stays, anomalies_of(looked), answers)


def _was_known(event: Event, as_of: Instant | None) -> bool:
    """Whether an event was known. An entry that was never recorded follows from what was known then."""
    return as_of is None or event.known_at is None or event.known_at <= as_of


def _learned(tx: Connection, looked: Looked, person: PersonId) -> Learned:
    """When each record was first seen, each touch and entry learned."""
    records = (*looked.dossier.records, *looked.dossier.opportunities)
    return Learned(
        records={(str(record.system), record.kind, record.id): record.seen_at for record in records},
        touches={
            touch: at
            for record in looked.dossier.records
            for touch, at in learned_in(record.name, record.evidence).items()
        },
        entries=entries.recorded(tx, person),
    )


def _written(tx: Connection, person: PersonId) -> list[Written]:
    """What syncd wrote about a person, from the ledger: it stays readable when the person's key is gone."""
    fields: dict[str, Sequence[str]] = {}
    found = []
    for row in ledger.read(tx, person=person):
        for data in (told.data for told in row.about):
            if row.kind == "intent":
                fields[data["intent"]] = data["fields"]
            elif row.kind == "written":
                names = fields.get(data["intent"], ())
                found.append(Written(row.at, row.data["kind"], str(data["id"]), names, bool(data.get("created"))))
    return found


def as_data(found: Journey) -> dict[str, Any]:
    """A journey as `--json` prints it."""
    return {
        "person": found.looked.verdict.person,
        "records": [
            {
                "system": record.system,
                "kind": record.kind,
                "id": record.id,
                "created_at": _iso(record.created_at),
                "deleted": record.deleted,
                "merged_into": record.merged_into,
            }
            for record in found.looked.dossier.records
        ],
        "entries": [event_data(event) for event in found.events],
        "stages": [
            {
                "stage": stay.entry.stage,
                "cycle": stay.entry.cycle,
                "entered_at": iso(stay.entry.at),
                "left_at": _iso(stay.left_at),
                "source": stay.entry.source,
                "reason": stay.entry.reason,
            }
            for stay in found.stays
        ],
        "sla": [answer_data(one) for one in found.answers],
        "anomalies": [{"kind": one.kind, "at": iso(one.at), "says": one.says} for one in found.anomalies],
    }


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
