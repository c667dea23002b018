"""What was known of a person at an earlier instant: today's dossier, with all that was learned since undone.

Which records were one person is what the ledger says was known then (`belonged`). What records name, as a contact its
company, is taken as it is now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.model.dossier import Dossier, Mirrored
from syncd.store import belonged, dossier, entries, mirror, mirrored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId


def load_known(tx: Connection, person: PersonId, as_of: Instant | None, *, with_colleagues: bool = False) -> Dossier:
    """The dossier of one person as known at an instant, or as known now. What was not yet known is not in it."""
    now = next(dossier.load(tx, [person], with_colleagues=with_colleagues))
    if as_of is None:
        return now
    then = belonged.known_then(tx, person, as_of)
    records = belonged.records_then(tx, then, now.records)
    if {one.name for one in records} != {one.name for one in now.records}:
        now = replace(dossier.around(tx, person, records), colleagues=now.colleagues)
    return replace(
        _did(tx, now, as_of),
        companies=_known(tx, now.companies, as_of),
        opportunities=_known(tx, now.opportunities, as_of),
        roles=_known(tx, now.roles, as_of),
        entries=belonged.entries_then(tx, then, entries.of_persons(tx, [person], as_of)[person]),
        colleagues=None if now.colleagues is None else [_did(tx, one, as_of) for one in now.colleagues],
    )


def _did(tx: Connection, now: Dossier, as_of: Instant) -> Dossier:
    """What a person did, and nothing else of the dossier."""
    return Dossier(
        person=now.person,
        records=_known(tx, now.records, as_of),
        tasks=_known(tx, now.tasks, as_of),
        activities=_known(tx, now.activities, as_of),
        touches=dossier.touches_of(now.records, as_of),
    )


def record_known(tx: Connection, record: Mirrored, as_of: Instant) -> Mirrored | None:
    """A record as known at an instant: all that was learned since is undone. None where it was not known at all."""
    if record.seen_at > as_of:
        return None
    for one in reversed(mirror.revisions(tx, record.system, record.kind, record.id, since=as_of)):
        record = mirrored.undone(record, one)
    return record


def _known(tx: Connection, records: Sequence[Mirrored], as_of: Instant) -> list[Mirrored]:
    found = (record_known(tx, record, as_of) for record in records)
    return [record for record in found if record is not None]
