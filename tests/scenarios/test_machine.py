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
from syncd.plan.case import task_key
from syncd.store import ledger, people, streams, tables
from syncd.streams import GONE
from tests.typed import BANT, EDITS, RUNGS, SALESFORCE, Typed, prepare
from tests.world import World, is_read_back, is_write

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
        prepare(self.world)
        self.typed = Typed(self.world)
        self.desk = self.stack.enter_context(self.world.desk())
        self.titles: dict[str, str] = {}
        self.namesakes = 0
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

    @rule(at=which, edit=st.sampled_from(EDITS))
    def type_into_a_kept_field(self, at: int, edit: tuple[System, str]) -> None:
        self.type_in(at, edit)

    def type_in(self, at: int, edit: tuple[System, str]) -> tuple[str, str, str] | None:
        """(record, its field, value) that somebody typed."""
        system, mode = edit
        value = RUNGS[at % len(RUNGS)] if mode == "forward_only" else str(at + 1) if mode == BANT else self.next_word()
        if system is SALESFORCE:
            row = self.some(at, "Lead", "Contact")
            if row is None or (mode == BANT and kind_of(row) != "Lead"):
                return None
            self.typed.in_salesforce(row, mode, value)
            return row["Id"], f"{mode}__c", value
        names = sorted(name for name in self.world.contacts if self.contact(name))
        if not names:
            return None
        contact = self.world.contacts[names[at % len(names)]]
        self.typed.in_hubspot(contact, mode, value)
        return contact, mode, value

    @rule(name=who)
    def share_an_address(self, name: str) -> None:
        """Somebody else is put into Salesforce under the address of somebody."""
        if self.namesakes == 0 and self.contact(name):
            self.namesakes += 1
            self.world.lead(name, LastName="Namesake", FirstName="Nora")

    @rule(name=who)
    def erase_in_hubspot(self, name: str) -> None:
        if (contact := self.contact(name)) and len(self.world.contacts) > 1:
            self.world.portal.people.erase(contact)
            del self.world.contacts[name]
            self.merged.add(name)  # HubSpot blocks the address from then on

    @rule(at=which)
    def purge_a_lead(self, at: int) -> None:
        if row := self.some(at, "Lead"):
            self.world.org.delete("Lead", row["Id"])
            self.world.org.empty_bin("Lead", row["Id"])

    @rule(at=which, status=st.sampled_from(["Working - Contacted", "Recycle", "Disqualified"]))
    def set_a_status(self, at: int, status: str) -> None:
        if row := self.some(at, "Lead"):
            self.world.org.people.set_status(row["Id"], status, by=self.world.seller)

    @rule(at=which, opportunity=st.booleans())
    def convert(self, at: int, opportunity: bool) -> None:  # noqa: FBT001 - drawn
        if row := self.some(at, "Lead"):
            done = self.world.org.convert(row["Id"], opportunity=opportunity, by=self.world.seller)
            self.typed.forget(row["Id"])
            if row["Id"] in self.titles:
                self.titles[done.contact_id] = self.titles.pop(row["Id"])

    @rule(at=which, other=which, sobject=st.sampled_from(["Lead", "Contact"]))
    def merge_in_salesforce(self, at: int, other: int, sobject: str) -> None:
        one, two = self.some(at, sobject), self.some(at + 1 + other, sobject)
        if one and two and one["Id"] != two["Id"]:
            self.world.org.merge(one["Id"], two["Id"])
            self.titles.pop(two["Id"], None)
            self.typed.forget(one["Id"], two["Id"])

    @rule(one=who, other=who)
    def merge_in_hubspot(self, one: str, other: str) -> None:
        first, second = self.contact(one), self.contact(other)
        if first and second and first != second:
            self.world.contacts[one] = self.world.portal.people.merge(first, second)
            self.typed.forget(first, second)
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

    @rule(at=which, edit=st.sampled_from(EDITS))
    def run_while_somebody_types(self, at: int, edit: tuple[System, str]) -> None:
        """What is typed between the plan and the read-back is left alone in this very cycle, and told as moved."""
        typed: list[tuple[str, str, str]] = []

        def meanwhile() -> None:
            if said := self.type_in(at, edit):
                typed.append(said)

        with self.world.hook("salesforce", is_read_back, {1: meanwhile}):
            outcome = self.cycle()
        for record, name, value in typed:
            assert value in self.typed.values.values(), (record, name, value)
            wanted = [
                one.after
                for change in outcome.plan.changes
                if change.id == record
                for one in change.fields
                if one.field == name
            ]
            assert wanted in ([], [value]) or outcome.run.moved, (record, name, value, wanted)

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
        self.typed.stand()
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
        """Nobody has two records that syncd made, nor two open tasks of one cycle and purpose."""
        rows = [row for sobject in ("Lead", "Contact") for row in self.world.org.rows(sobject)]
        claimed = Counter((kind_of(row), row.get("HubSpot_Id__c")) for row in rows if row.get("HubSpot_Id__c"))
        assert [one for one, count in claimed.items() if count > 1] == []
        keys = self.keys_of_tasks()
        open_ones = Counter(
            keys[row["Syncd_Key__c"]]
            for row in self.world.org.rows("Task")
            if row.get("Syncd_Key__c") and row["Status"] != "Completed"
        )
        assert [one for one, count in open_ones.items() if count > 1] == []

    def keys_of_tasks(self) -> dict[str, tuple[str, int, str]]:
        """(person, cycle, purpose) by the key of every task that we may have made."""
        with self.desk.store.reading() as tx:
            persons = {one: people.resolve(tx, one) for one in tx.execute(select(tables.person.c.id)).scalars()}
        return {
            task_key(one, cycle, rule.purpose): (stays, cycle, rule.purpose)
            for one, stays in persons.items()
            for cycle in range(1, 5)
            for rule in self.desk.config.tasks.tasks
        }

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
