"""Fields that both CRMs keep in step under every kind of ownership, and what people typed into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from connectors.records import System
from tests.world import World

MODES = ("hubspot_wins", "salesforce_wins", "newest_wins", "fill_empty", "forward_only")
RUNGS = ("low", "mid", "high")
"""The values of the field that only moves on, in their order."""
BANT = "Budget__c"
"""What sales is told, and nobody else ever writes."""
HUBSPOT, SALESFORCE = System.HUBSPOT, System.SALESFORCE


def prepare(world: World) -> None:
    """Make a field of every mode in both CRMs, and keep each in step both ways; the newest is tracked in Salesforce."""
    read, write = "", ""
    for mode in MODES:
        steps = [(step, step) for step in RUNGS] if mode == "forward_only" else []
        kind = {"type": "enumeration", "field_type": "select", "options": steps} if steps else {}
        world.portal.define_property("contacts", mode, **kind)
        for sobject in ("Lead", "Contact"):
            options = "; ".join(RUNGS)
            world.org.add_field(
                sobject, f"{mode}__c | " + (f"picklist 40 | cu | {options}" if steps else "string 255 | cu")
            )
        world.org.map_conversion(f"{mode}__c", "Contact")
        targets = (f"hubspot.contact.{mode}", f"salesforce.lead.{mode}__c", f"salesforce.contact.{mode}__c")
        read += f"  {mode}: {{from: [{', '.join(targets)}]}}\n"
        write += "".join(f"  {target}: {{from: {mode}, owner: {mode}}}\n" for target in targets)
    for sobject in ("Lead", "Contact"):
        world.org.track(sobject, "newest_wins__c")
    world.edit("fields.yaml", "read:\n", f"read:\n{read}")
    world.edit("fields.yaml", "write:\n", f"write:\n{write}")


@dataclass
class Typed:
    """What people typed last, by CRM, record and mode, and when each value was said."""

    world: World
    values: dict[tuple[System, str, str], str] = field(default_factory=dict)
    said: dict[str, datetime] = field(default_factory=dict)

    def in_hubspot(self, contact: str, mode: str, value: str) -> None:
        self.world.portal.people.edit("contacts", contact, {mode: value})
        self._note(HUBSPOT, contact, mode, value, self.world.portal.clock())

    def in_salesforce(self, row: dict[str, Any], mode: str, value: str) -> None:
        name = BANT if mode == BANT else f"{mode}__c"
        sobject = "Lead" if row["Id"].startswith("00Q") else "Contact"
        self.world.org.update(sobject, row["Id"], {name: value}, by=self.world.seller)
        self._note(SALESFORCE, row["Id"], mode, value, self.world.org.clock())

    def forget(self, *records: str) -> None:
        """What was typed into records that a CRM made into others is nobody's word any more."""
        self.values = {key: value for key, value in self.values.items() if key[1] not in records}
        self.said.clear()
        self.values = {key: value for key, value in self.values.items() if key[2] != "newest_wins"}

    def stand(self) -> None:
        """Everything typed is there, or gave way as its mode allows; what gave way is not looked at any more."""
        rows = {one["Id"]: one for sobject in ("Lead", "Contact") for one in self.world.org.rows(sobject)}
        for (system, record, mode), value in list(self.values.items()):
            held = self._held(system, record, mode, rows)
            if held is not None and held != value:
                assert self._may_give_way(system, mode, value, held), (system, record, mode, value, held)
                del self.values[system, record, mode]

    def _held(self, system: System, record: str, mode: str, rows: dict[str, dict[str, Any]]) -> str | None:
        """What a living record holds; nothing is ever emptied by us, so that an empty one was not."""
        if system is SALESFORCE:
            row = rows.get(record)
            return (
                None if row is None or row.get("IsConverted") else str(row.get(BANT if mode == BANT else f"{mode}__c"))
            )
        if int(record) not in self.world.portal.tables["contacts"].live:
            return None
        return str(self.world.portal.values("contacts", record).get(mode))

    def _may_give_way(self, system: System, mode: str, value: str, held: str) -> bool:
        if mode == "forward_only":
            return held in RUNGS and RUNGS.index(held) > RUNGS.index(value)
        if mode == "newest_wins":
            return value not in self.said or held not in self.said or self.said[held] >= self.said[value]
        return (system, mode) in ((HUBSPOT, "salesforce_wins"), (SALESFORCE, "hubspot_wins"))

    def _note(self, system: System, record: str, mode: str, value: str, at: datetime) -> None:
        self.values[system, record, mode] = value
        if mode != "forward_only":
            self.said[value] = at


EDITS = (*tuple(product((HUBSPOT, SALESFORCE), MODES)), (SALESFORCE, BANT))
"""Where people type, and into which field."""
