"""A life out of a folder: who there is, what people do in either CRM, and what must have become of it.

`given.yaml` has `hubspot`, `leads` and `contacts` (who there is, by a name of one word), `fields` (fields that the org
is given) and `acts`, one after the other; `syncd` is an act like any other. `expected.yaml` has the end of both CRMs by
the same names, and whatever else is to be held against it. README.md beside the folders tells all words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.scenarios.knowing import a_day_passes
from tests.world import World

SOBJECTS = {"leads": "Lead", "contacts": "Contact"}
SEEN = 2
"""Days since somebody who looked at the prices did so."""


@dataclass
class Life:
    """Both CRMs while people act in them. `names` are those of the folder, by record id."""

    world: World
    names: dict[str, str] = field(default_factory=dict)
    first: dict[tuple[str, str], Any] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)

    # -- who there is

    def begin(self, given: Mapping[str, Any]) -> None:
        """Make who there is before anybody acts."""
        for sobject, fields in (given.get("fields") or {}).items():
            for one in fields:
                self.world.org.add_field(sobject, one)
        for name, more in (given.get("hubspot") or {}).items():
            self.come(name, **spelled(more or {}))
        for name, more in (given.get("leads") or {}).items():
            self.names[self.world.lead(name, **(more or {}))] = name
        for name, more in (given.get("contacts") or {}).items():
            self.names[self.world.contact(name, **(more or {}))] = name

    def come(self, who: str, *, looked_at_prices: bool = False, **properties: str) -> None:
        contact = self.world.person(who, seen=SEEN if looked_at_prices else None, **properties)
        self.names[contact] = who

    def become_lead(self, who: str, **fields: Any) -> None:
        self.names[self.world.lead(who, **fields)] = who

    # -- what people do

    def edit_in_hubspot(self, who: str, **properties: str) -> None:
        self.world.portal.update("contacts", self.contact(who), properties, self.world.just_now())

    def edit_in_salesforce(self, who: str, **fields: Any) -> None:
        sobject, record = self.record(who)
        self.world.org.update(sobject, record, fields, self.world.just_now(), self.world.seller)

    def look_at_prices(self, who: str) -> None:
        self.world.visit(self.contact(who))

    def convert(self, who: str, *, into: str | None = None, deal: bool = True) -> None:
        org, lead = self.world.org, self.record(who, "Lead")[1]
        there = self.record(into, "Contact")[1] if into else None
        account = org.get("Contact", there)["AccountId"] if there else None
        done = org.convert(lead, account=account, contact=there, opportunity=deal, at=self.world.just_now())
        self.names.setdefault(done.contact_id, who)
        if done.opportunity_id:
            self.deals[who] = done.opportunity_id

    def win_deal(self, who: str, *, amount: int) -> None:
        self.world.org.people.win(self.deals[who], amount, at=self.world.just_now())

    def merge_in_hubspot(self, keep: str, other: str) -> None:
        made = self.world.portal.merge(self.contact(keep), self.contact(other), self.world.just_now())
        self.world.contacts[keep] = made
        self.names[made] = keep

    def merge_in_salesforce(self, keep: str, other: str) -> None:
        sobject, stays = self.record(keep)
        self.world.org.merge(stays, self.record(other, sobject)[1], self.world.just_now())

    def archive_in_hubspot(self, who: str) -> None:
        self.world.portal.archive("contacts", self.contact(who), self.world.just_now())

    def restore_in_hubspot(self, who: str) -> None:
        self.world.portal.restore("contacts", self.contact(who))

    def erase_in_hubspot(self, who: str) -> None:
        self.world.portal.people.erase(self.contact(who))

    def delete_in_salesforce(self, who: str) -> None:
        sobject, record = self.record(who)
        self.world.org.delete(sobject, record, self.world.just_now())

    def undelete_in_salesforce(self, who: str) -> None:
        for sobject in SOBJECTS.values():
            for record, row in self.world.org.tables[sobject].rows.items():
                if row["IsDeleted"] and self.names.get(record) == who:
                    self.world.org.undelete(sobject, record, self.world.just_now())

    def erase_in_salesforce(self, who: str) -> None:
        """Deleted ten minutes ago, as the feed of what was deleted lags, and emptied out of the bin."""
        sobject, record = self.record(who)
        self.world.org.delete(sobject, record, self.world.begun - timedelta(minutes=10))
        self.world.org.empty_bin(sobject, record)

    def change_company(self, who: str, *, to: str, employees: str) -> None:
        portal, at = self.world.portal, self.world.just_now()
        firm = portal.create("companies", {"name": to, "numberofemployees": employees}, at)
        portal.associate("contacts", self.contact(who), "companies", firm, at)
        portal.update("contacts", self.contact(who), {"associatedcompanyid": firm}, at)

    def change_account(self, who: str, *, to: str) -> None:
        account = self.world.org.create("Account", {"Name": to}, self.world.just_now())
        self.edit_in_salesforce(who, AccountId=account)

    def let_a_day_pass(self) -> None:
        a_day_passes(self.world)

    def syncd(self, *, ends_with: int = 0) -> None:
        outcome = self.world.cycle("apply")
        assert outcome.exit_code == ends_with, outcome
        self.look()

    # -- who is who

    def look(self) -> None:
        """Name the records that syncd made, and keep what each field said first."""
        for sobject in SOBJECTS.values():
            for row in self.world.org.rows(sobject):
                name = self.names.setdefault(row["Id"], self.names.get(row.get("HubSpot_Id__c"), row["Email"]))
                for key, value in row.items():
                    if value is not None:
                        self.first.setdefault((name, key), value)

    def contact(self, who: str) -> str:
        return self.world.contacts[who]

    def record(self, who: str, only: str | None = None) -> tuple[str, str]:
        """(object, id) of somebody's living record in Salesforce, the contact before the lead."""
        found = [
            (sobject, row["Id"])
            for sobject in ("Contact", "Lead")
            for row in self.world.org.rows(sobject)
            if self.names.get(row["Id"]) == who and only in (None, sobject)
        ]
        assert found, f"{who} has no {only or 'record'} in Salesforce"
        return found[0]


ACTS: Mapping[str, Callable[..., None]] = {
    name.replace("_", " "): act
    for name, act in vars(Life).items()
    if callable(act) and not name.startswith("_") and name not in ("begin", "look", "contact", "record")
}
"""What can be done, by its words in a folder."""


def lived(folder: Path, world: World) -> Life:
    """The life of a folder, lived to its end."""
    given = yaml.safe_load((folder / "given.yaml").read_text())
    life = Life(world)
    life.begin(given)
    for act in given["acts"]:
        words, more = (act, {}) if isinstance(act, str) else next(iter(act.items()))
        ACTS[words](life, **({"who": more} if isinstance(more, str) else spelled(more)))
    return life


def spelled(words: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a folder as names of the code."""
    return {key.replace(" ", "_"): one for key, one in words.items()}
