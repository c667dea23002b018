"""What cannot be known of a stream although it was read: changes that nobody keeps (design 1, promise 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store.database import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from connectors.records import Record
    from syncd.desk import Desk
    from syncd.streams import Stream

OF_LEADS = (System.SALESFORCE, "lead_history")
"""The stream that gives them."""
STATUS = "Status"
"""The field whose changes a lead's history is counted for."""
SHOWN = "shown a change of Lead.Status"
"""The store's note that an org which does not tell what it tracks has shown one."""


def untold(desk: Desk, stream: Stream) -> str | None:
    """Why a lead's changes of status are not known where a rule counts them; None where they are, or no rule does.

    An org that does not tell what it tracks is believed as soon as it has shown one such change.
    """
    if stream.quiet or (stream.system, stream.kind) != OF_LEADS:
        return None
    tracked = desk.salesforce.tracked("lead")
    known = STATUS in tracked if tracked is not None else _has_shown_one(desk)
    return None if known else f"Salesforce keeps no history of Lead.{STATUS}, or does not say so: an admin may track it"


def note_shown(tx: Connection, stream: Stream, rows: Sequence[Record]) -> None:
    """Note that rows of a history show such a change, for good: the mirror may hold millions of others."""
    shows = any(row.properties.get("Field") == STATUS for row in rows)
    if (stream.system, stream.kind) == OF_LEADS and shows and get_meta(tx, SHOWN) is None:
        set_meta(tx, SHOWN, "yes")


def _has_shown_one(desk: Desk) -> bool:
    with desk.store.reading() as tx:
        return get_meta(tx, SHOWN) is not None
