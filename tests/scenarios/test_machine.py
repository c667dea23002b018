"""Humans act in both CRMs, between cycles and while syncd writes, in any order: what must hold holds all the same.

Both emulated CRMs and the real cycle run in this process. MACHINE_EXAMPLES and MACHINE_STEPS run it longer.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select

from connectors.records import System
from syncd.cycle import run_cycle
from syncd.desk import Order, Outcome
from syncd.journey.reconcile import Question
from syncd.journey.reconciled import reconcile_crms
from syncd.model.instant import DAY, Instant
from syncd.model.stage import Stage
from syncd.store import ledger, people, streams, tables
from syncd.streams import GONE
from tests.world import World, is_write

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "8"))
STEPS = int(os.environ.get("MACHINE_STEPS", "15"))
NAMES = ("ada", "bob", "cleo", "dan")
who = st.sampled_from(NAMES)
which = st.integers(0, 9)
GUARDS = ("creates", "updates", "demotions", "tasks_per_owner", "emptied", "entries", "empty_source")


class Both(RuleBasedStateMachine):
    """Two CRMs, one syncd, and people who wait for nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = World(Path(self.stack.enter_context(tempfile.TemporaryDirectory())))
        self.stack.enter_context(self.world.twin)
        self.desk = self.stack.enter_context(self.world.desk())
        self.titles: dict[str, str] = {}
        self.whose: dict[tuple[str, str, str], str] = {}
        self.merged: set[str] = set()
        self.said = 0

    def teardown(self) -> None:
        self.stack.close()

    @initialize()
    def begin(self) -> None:
        for name in ("ada", "bob", "cleo"):
            self.world.person(name)
        self.world.contact("bob")
        self.cycle("apply")

    # -- what people do

    @rule(name=who)
    def come(self, name: str) -> None:
        if name not in self.world.contacts and name not in self.merged:
            self.world.person(name, seen=None)

    @rule(name=who)
    def look_at_prices(self, name: str) -> None:
        if contact := self.contact(name):
            self.world.portal.people.visit(contact, f"https://us.example/pricing?{self.next_word()}")

    @rule(name=who)
    def change_the_title_in_hubspot(self, name: str) -> None:
        if contact := self.contact(name):
            self.world.portal.people.edit("contacts", contact, {"jobtitle": f"Head of {self.next_word()}"})

    @rule(name=who)
    def arrive_in_salesforce_by_hand(self, name: str) -> None:
        if not self.living("Lead") and not self.living("Contact"):
            self.world.lead(name)

    @rule(at=which)
    def type_a_title(self, at: int) -> None:
        if row := self.some(at, "Lead", "Contact"):
            self.titles[row["Id"]] = title = f"Typed {self.next_word()}"
            self.world.org.update(kind_of(row), row["Id"], {"Title": title}, by=self.world.seller)

    @rule(at=which, status=st.sampled_from(["Working - Contacted", "Recycle", "Disqualified"]))
    def set_a_status(self, at: int, status: str) -> None:
        if row := self.some(at, "Lead"):
            self.world.org.people.set_status(row["Id"], status, by=self.world.seller)

    @rule(at=which, opportunity=st.booleans())
    def convert(self, at: int, opportunity: bool) -> None:  # noqa: FBT001 - drawn
        if row := self.some(at, "Lead"):
            done = self.world.org.convert(row["Id"], opportunity=opportunity, by=self.world.seller)
            if row["Id"] in self.titles:
                self.titles[done.contact_id] = self.titles.pop(row["Id"])

    @rule(at=which, other=which, sobject=st.sampled_from(["Lead", "Contact"]))
    def merge_in_salesforce(self, at: int, other: int, sobject: str) -> None:
        one, two = self.some(at, sobject), self.some(at + 1 + other, sobject)
        if one and two and one["Id"] != two["Id"]:
            self.world.org.merge(one["Id"], two["Id"])
            self.titles.pop(two["Id"], None)

    @rule(one=who, other=who)
    def merge_in_hubspot(self, one: str, other: str) -> None:
        first, second = self.contact(one), self.contact(other)
        if first and second and first != second:
            self.world.contacts[one] = self.world.portal.people.merge(first, second)
            del self.world.contacts[other]
            self.merged.add(other)  # the address is the other's second one now

    @rule(at=which)
    def delete_or_undelete(self, at: int) -> None:
        gone = [
            row for row in self.world.org.tables["Lead"].rows.values() if row["IsDeleted"] and not row["MasterRecordId"]
        ]
        if gone and at % 2:
            self.world.org.undelete("Lead", gone[at % len(gone)]["Id"])
        elif row := self.some(at, "Lead"):
            self.world.org.delete("Lead", row["Id"])

    @rule(name=who)
    def archive_or_restore(self, name: str) -> None:
        contact = self.world.contacts.get(name)
        if contact and self.contact(name):
            self.world.portal.people.archive("contacts", contact)
        elif contact:
            self.world.portal.people.restore("contacts", contact)

    @rule(at=which)
    def complete_a_task(self, at: int) -> None:
        open_ones = [row for row in self.world.org.rows("Task") if row["Status"] != "Completed"]
        if open_ones:
            self.world.org.people.complete_task(open_ones[at % len(open_ones)]["Id"], by=self.world.seller)

    @rule(at=which)
    def win_a_deal(self, at: int) -> None:
        deals = [row for row in self.world.org.rows("Opportunity") if not row["IsClosed"]]
        if deals:
            self.world.org.people.win(deals[at % len(deals)]["Id"], 1_000.0, by=self.world.seller)

    # -- what syncd does

    @rule()
    def run(self) -> None:
        self.cycle()

    @rule(at=which, act=st.sampled_from(["type_a_title", "convert", "delete", "complete_a_task", "set_a_status"]))
    def run_while_somebody_acts(self, at: int, act: str) -> None:
        acts: dict[str, Callable[[], Any]] = {
            "type_a_title": lambda: self.type_a_title(at),
            "convert": lambda: self.convert(at, opportunity=False),
            "delete": lambda: self.delete_or_undelete(2 * at),
            "complete_a_task": lambda: self.complete_a_task(at),
            "set_a_status": lambda: self.set_a_status(at, "Working - Contacted"),
        }

        def meanwhile() -> None:
            acts[act]()

        with self.world.hook("salesforce", is_write, {1: meanwhile}):
            self.cycle()

    @rule()
    def come_to_rest(self) -> None:
        """Everybody goes home for two days: syncd finishes, and then there is nothing left to do."""
        self.days_pass()
        outcome = self.cycle()
        if outcome.run.moved or outcome.run.quarantined:
            outcome = self.cycle()
        again = self.cycle()
        assert again.plan.changes == (), [(one.object, one.id, one.fields) for one in again.plan.changes]
        self.nothing_is_twice()
        with self.desk.store.reading() as tx:
            assert ledger.verify(tx).ok
            sources = {one.system: one for one in (self.desk.hubspot, self.desk.salesforce)}
            found = reconcile_crms(tx, self.desk.config, sources, Question(Stage.MQL), self.desk.clock())
        assert found.missing == {}, found

    # -- what must hold

    def cycle(self, command: str = "sync") -> Outcome:
        outcome = run_cycle(self.desk, Order(command, by_hand=command == "apply", forced=GUARDS))
        assert outcome.exit_code in (0, 1), outcome.stop
        self.what_people_typed_stands()
        self.links_are_stable()
        return outcome

    def what_people_typed_stands(self) -> None:
        rows = {row["Id"]: row for row in (*self.world.org.rows("Lead"), *self.world.org.rows("Contact"))}
        assert {one: rows[one]["Title"] for one in self.titles if one in rows} == {
            one: title for one, title in self.titles.items() if one in rows
        }

    def links_are_stable(self) -> None:
        c = tables.record.c
        with self.desk.store.reading() as tx:
            now = {(row[0], row[1], row[2]): row[3] for row in tx.execute(select(c.system, c.kind, c.id, c.person_id))}
            for record, person in self.whose.items():
                assert now[record] == people.resolve(tx, person), record
        self.whose = {record: person for record, person in now.items() if person}

    def nothing_is_twice(self) -> None:
        """Nobody has two records that syncd made, nor two open tasks of one purpose."""
        rows = [row for sobject in ("Lead", "Contact") for row in self.world.org.rows(sobject)]
        claimed = Counter((kind_of(row), row.get("HubSpot_Id__c")) for row in rows if row.get("HubSpot_Id__c"))
        assert [one for one, count in claimed.items() if count > 1] == []
        people_of = {record: person for (_, _, record), person in self.whose.items()}
        tasks = [row for row in self.world.org.rows("Task") if row.get("Syncd_Key__c") and row["Status"] != "Completed"]
        open_ones = Counter(
            (people_of.get(row["WhoId"], row["WhoId"]), row["Subject"].partition(":")[0]) for row in tasks
        )
        assert [one for one, count in open_ones.items() if count > 1] == []

    # -- hands

    def days_pass(self) -> None:
        with self.desk.store.transaction() as tx:
            for kind in GONE:
                for system in System:
                    state = streams.get(tx, system, kind)
                    if state.watermark is not None:
                        streams.save(tx, replace(state, watermark=Instant(state.watermark - 2 * DAY)))

    def contact(self, name: str) -> str | None:
        contact = self.world.contacts.get(name)
        return contact if contact and int(contact) in self.world.portal.tables["contacts"].live else None

    def living(self, sobject: str) -> list[dict[str, Any]]:
        rows = [row for row in self.world.org.rows(sobject) if not row.get("IsConverted")]
        return sorted(rows, key=lambda row: row["Id"])

    def some(self, at: int, *sobjects: str) -> dict[str, Any] | None:
        rows = [row for sobject in sobjects for row in self.living(sobject)]
        return rows[at % len(rows)] if rows else None

    def next_word(self) -> str:
        self.said += 1
        return f"word{self.said}"


def kind_of(row: dict[str, Any]) -> str:
    return "Lead" if row["Id"].startswith("00Q") else "Contact"


TestBoth = Both.TestCase
TestBoth.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
