"""What was known of a person at an earlier instant: dossiers put together out of sightings.

Which records are one person is taken as it is known today: a link says who somebody is, not what they did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.model.dossier import Dossier, Mirrored
from syncd.store import dossier, entries, mirror, mirrored, touches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId


def load_known(tx: Connection, person: PersonId, as_of: Instant | None) -> Dossier:
    """The dossier of one person as known at an instant, or as known now. What was not yet known is not in it."""
    now = next(dossier.load(tx, [person]))
    if as_of is None:
        return now
    return Dossier(
        person=person,
        records=_known(tx, now.records, as_of),
        companies=_known(tx, now.companies, as_of),
        opportunities=_known(tx, now.opportunities, as_of),
        roles=_known(tx, now.roles, as_of),
        tasks=_known(tx, now.tasks, as_of),
        touches=touches.touches_of(tx, [person], as_of)[person],
        entries=entries.of_persons(tx, [person], as_of)[person],
    )


def record_known(tx: Connection, record: Mirrored, as_of: Instant) -> Mirrored | None:
    """A record as known at an instant: all news of it until then taken together, None where there was none."""
    news = [one for one in mirror.sightings(tx, record.system, record.kind, record.id) if one.known_at <= as_of]
    if not news:
        return None
    properties: dict[str, Any] = {}
    history: dict[str, list[mirror.Dated]] = {}
    deleted, merged_into = False, None
    for sighting in news:
        properties |= sighting.news.get("properties", {})
        for name, versions in mirrored.history_of(sighting.news.get("history", {})).items():
            history[name] = mirrored.union(history.get(name, ()), versions)
        deleted = sighting.news.get("deleted", deleted)
        merged_into = sighting.news.get("merged_into", merged_into)
    return replace(
        record,
        modified_at=news[-1].modified_at,
        known_at=news[-1].known_at,
        deleted=deleted,
        merged_into=merged_into,
        properties=properties,
        history=history,
        amended=(),
    )


def _known(tx: Connection, records: Sequence[Mirrored], as_of: Instant) -> list[Mirrored]:
    found = (record_known(tx, record, as_of) for record in records)
    return [record for record in found if record is not None]
