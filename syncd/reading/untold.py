"""What cannot be known of a stream although it was read: changes that nobody keeps (design 1, promise 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store import mirror

if TYPE_CHECKING:
    from syncd.desk import Desk
    from syncd.streams import Stream

STATUS = "Status"
"""The field whose changes a lead's history is counted for."""


def untold(desk: Desk, stream: Stream) -> str | None:
    """Why a lead's changes of status are not known where a rule counts them; None where they are, or no rule does.

    An org that does not tell what it tracks is believed as soon as it has shown one such change.
    """
    if stream.quiet or (stream.system, stream.kind) != (System.SALESFORCE, "lead_history"):
        return None
    tracked = desk.salesforce.tracked("lead")
    if tracked is not None:
        known = STATUS in tracked
    else:
        with desk.store.reading() as tx:
            rows = mirror.iterate(tx, System.SALESFORCE, stream.kind)
            known = any(row.properties.get("Field") == STATUS for row in rows)
    return None if known else f"Salesforce keeps no history of Lead.{STATUS}, or does not say so: an admin may track it"
