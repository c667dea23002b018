"""Finish what a killed run left: intents whose end nobody noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store import intents, ledger, mirror, people
from syncd.store.ledger import LedgerItem

if TYPE_CHECKING:
    from syncd.desk import Desk, Run
    from syncd.store.intents import Intent, State


def recover(desk: Desk, run: Run) -> None:
    """Ask Salesforce which of the open upserts took place, note it, and have everybody concerned judged again.

    An upsert that took place is found by its key, so that the mirror knows the new record before any window shows
    it. Updates need no answer: the next plan compares with what is there. Nothing is sent from here.
    """
    with desk.store.reading() as tx:
        left = intents.open_ones(tx)
    if not left:
        return
    desk.progress.step(f"finishing {len(left)} writes that an earlier run left open")
    found = _found(desk, [one for one in left if one.key])
    now = desk.clock()
    with desk.store.transaction() as tx:
        ends: list[tuple[str, State, str | None, str | None]] = []
        for one in left:
            record_id = found.get((one.kind, one.key[1])) if one.key else None
            ends.append((one.id, "done" if record_id else "dropped", record_id, None))
            if record_id and one.key:
                values = {**one.fields, one.key[0]: one.key[1]}
                owner = one.person if one.kind == "lead" else None
                mirror.amend_many(tx, System.SALESFORCE, one.kind, [(record_id, values, owner)], now, created=True)
        intents.finish(tx, ends, now)
        people.mark_dirty(tx, [one.person for one in left if one.person])
        data = {"open": len(left), "found": sum(end[1] == "done" for end in ends)}
        ledger.append(tx, run.id, now, [LedgerItem("recovered", data)])


def _found(desk: Desk, left: Sequence[Intent]) -> dict[tuple[str, str], str]:
    """(kind, key) -> id of those that Salesforce has."""
    keys: dict[tuple[str, str], list[str]] = {}
    for one in left:
        if one.key:
            keys.setdefault((one.kind, one.key[0]), []).append(one.key[1])
    return {
        (kind, str(record.properties.get(field))): record.id
        for (kind, field), values in keys.items()
        for record in desk.salesforce.find(kind, field, values, [field])
        if not record.deleted
    }
