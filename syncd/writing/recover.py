"""Finish what a killed run left: intents whose end nobody noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.model.change import PROPERTY
from syncd.store import intents, ledger, mirror, people
from syncd.writing.moved import is_set

if TYPE_CHECKING:
    from syncd.desk import Desk, Run
    from syncd.store.intents import Intent, State


def recover(desk: Desk, run: Run) -> None:
    """Ask both CRMs which of the open writes took place, note it, and have everybody concerned judged again.

    An upsert that took place is found by its key, so that the mirror knows the new record before any window shows
    it. What HubSpot was told is read back, so that its echo is known for one. Updates in Salesforce need no answer: the
    next plan compares with what is there. Nothing is sent from here.
    """
    with desk.store.reading() as tx:
        left = intents.open_ones(tx)
    if not left:
        return
    desk.progress.step(f"finishing {len(left)} writes that an earlier run left open")
    found = _found(desk, [one for one in left if one.op == "upsert"]) | _told(desk, left) | _made(desk, left)
    now = desk.clock()
    with desk.store.transaction() as tx:
        ends: list[tuple[str, State, str | None, str | None]] = []
        for one in left:
            record_id = found.get(one.id)
            ends.append((one.id, "done" if record_id else "dropped", record_id, None))
            if record_id and one.person is not None:
                values = {**one.fields, **({one.key[0]: one.key[1]} if one.key and not one.record_id else {})}
                owner = one.person if one.kind == "lead" else None
                row = [(record_id, values, owner)]
                mirror.amend_many(tx, System(one.system), one.kind, row, now, created=one.record_id is None)
        intents.finish(tx, ends, now)
        people.mark_dirty(tx, [one.person for one in left if one.person])
        data = {"open": len(left), "found": sum(end[1] == "done" for end in ends)}
        told = [
            (one.person, {"intent": one.id, "state": state, "id": record_id}, None)
            for one, (_, state, record_id, _) in zip(left, ends, strict=True)
        ]
        ledger.append(tx, run.id, now, ledger.items_of("recovered", data, told))


def _found(desk: Desk, left: Sequence[Intent]) -> dict[str, str]:
    """The records, by intent, of those that Salesforce has."""
    keys: dict[tuple[str, str], dict[str, str]] = {}
    for one in left:
        if one.key:
            keys.setdefault((one.kind, one.key[0]), {})[one.key[1]] = one.id
    return {
        ours[str(record.properties.get(field))]: record.id
        for (kind, field), ours in keys.items()
        # An object of the admin's own may be gone by now: then nothing of it is there.
        if (schema := desk.schemas.get((System.SALESFORCE, kind))) is not None and field in schema.fields
        for record in desk.salesforce.find(kind, field, ours, [field])
        if not record.deleted and str(record.properties.get(field)) in ours
    }


def _made(desk: Desk, left: Sequence[Intent]) -> dict[str, str]:
    """The properties, by intent, that HubSpot has."""
    keys = {one.id: one.key[1] for one in left if one.kind == PROPERTY and one.key}
    there = {f"{kind}.{name}" for (_, kind), schema in desk.schemas.items() for name in schema.fields} if keys else ()
    return {intent: key for intent, key in keys.items() if key in there}


def _told(desk: Desk, left: Sequence[Intent]) -> dict[str, str]:
    """The contacts, by intent, that hold what HubSpot was told."""
    told = [one for one in left if one.system == System.HUBSPOT and one.kind == "contact" and one.record_id]
    fields = sorted({name for one in told for name in one.fields})
    live = desk.hubspot.read("contact", [str(one.record_id) for one in told], fields) if told else {}
    return {
        one.id: str(one.record_id)
        for one in told
        if all(is_set(live.get(str(one.record_id)), name, value) for name, value in one.fields.items())
    }
