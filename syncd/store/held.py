"""The plan that waits for a person: what a run would have written had nothing held it. There is one at most.

It is there to be looked at; what is applied is always planned afresh.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from syncd.model.nouns import dataclass
from syncd.store import tables
from syncd.store.batches import write_rows
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Insert

    from syncd.model.instant import Instant
    from syncd.model.person import PersonId

NOTE = "held_plan"
"""The store's note of the plan: what `Held` says; empty where none waits."""
_h = tables.held.c
_ROW = ("place", "person_id", "purpose", "body")


@dataclass(frozen=True, slots=True)
class Held:
    """A plan that waits: the run that made it, when, what holds it (a word, a name, the cause, the next step), its
    digest, by which definitions, what carrying it out would cost by CRM, and what it leaves out by code.
    """

    run: str
    at: Instant
    code: str
    by: str
    message: str
    next_step: str
    digest: str
    definitions: str
    calls: Mapping[str, int]
    refused: Mapping[str, int]


def keep(tx: Connection, plan: Held, changes: Iterable[tuple[PersonId | None, str, Mapping[str, Any]]]) -> None:
    """Keep a plan with its changes, (person, purpose, change as data) each, in their order, instead of any other.

    The changes of one that is kept already, by its digest, stay as they are.
    """
    known = waiting(tx)
    if known is None or known.digest != plan.digest:
        tx.execute(delete(tables.held))
        rows = [(place, person, purpose, to_text(change)) for place, (person, purpose, change) in enumerate(changes, 1)]
        write_rows(tx, _insert, _ROW, rows)
    # Field by field: asdict would count the pairs of a Counter instead of copying it.
    set_meta(tx, NOTE, to_text({each.name: getattr(plan, each.name) for each in fields(plan)}))


def clear(tx: Connection) -> None:
    """No plan waits any more."""
    tx.execute(delete(tables.held))
    set_meta(tx, NOTE, "")


def waiting(tx: Connection) -> Held | None:
    """The plan that waits, None where none does."""
    noted = get_meta(tx, NOTE)
    return Held(**from_text(noted)) if noted else None


def changes(tx: Connection, purpose: str | None, limit: int, skip: int = 0) -> list[Mapping[str, Any]]:
    """The plan's changes in their order, of one purpose where it is named."""
    statement = select(_h.body).order_by(_h.place).limit(limit).offset(skip)
    if purpose is not None:
        statement = statement.where(_h.purpose == purpose)
    return [from_text(body) for body in tx.execute(statement).scalars()]


def counts(tx: Connection) -> dict[str, int]:
    """How many changes of each purpose wait."""
    statement = select(_h.purpose, func.count()).group_by(_h.purpose).order_by(_h.purpose)
    return {row[0]: row[1] for row in tx.execute(statement).all()}


def _insert(_tx: Connection) -> Insert:
    return insert(tables.held)
