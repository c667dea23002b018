"""A life out of one seed: people act in both CRMs, time passes, the wire fails, processes crash, syncd goes on.

Everything is drawn from the seed, and nothing waits: the same seed is the same life.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from connectors.errors import AuthFailed, LimitReached, Unreachable
from connectors.records import System
from connectors.sandbox.hubspot.errors import ApiError
from connectors.sandbox.salesforce.errors import Refusal
from syncd.cycle import run_cycle
from syncd.desk import Desk, Order, Outcome
from syncd.store import intents, mirror, streams
from tests.simulator.chance import Chance
from tests.simulator.inside import COMMIT, SYSTEMS, Crash, Inside, Trouble

NAMES = ("ada", "bob", "cleo", "dan", "eve")
GUARDS = ("creates", "updates", "demotions", "tasks_per_owner", "empty_source")
MINUTE, HOUR, DAY = 60, 3_600, 86_400
PAUSES = (MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 2 * DAY)
STATUSES = ("Working - Contacted", "Recycle", "Disqualified")
SKEWS = tuple(timedelta(minutes=some) for some in (0, 0, 0, -90, -3, 3, 90))
LAGS = tuple(timedelta(seconds=some) for some in (0, 0, 20, 120))
CRASH_WITHIN = 60
"""Events of one place within which a crash falls, if it falls."""
FURTHER = 2

One = TypeVar("One")


class Life:
    """One seed's world, and what was done in it. `told` is the story, for whoever has to understand a failure."""

    def __init__(self, seed: int, world: Inside) -> None:
        self.chance = Random(seed)
        self.seed = seed
        self.world = world
        self.titles: dict[str, str] = {}
        self.restored: set[str] = set()
        self.told: list[str] = []
        self._desk: Desk | None = None
        self._stack = ExitStack()
        self.world.portal.index_lag = self.chance.choice(LAGS)

    def lived(self, steps: int) -> None:
        """So many steps, then rest. Raises AssertionError where something does not hold."""
        self.world.person("ada")
        self.world.person("bob", seen=None)
        for _ in range(steps):
            if self.chance.random() < 0.6:
                self._act()
            else:
                self._cycle()
            if self.chance.random() < 0.5:
                self._pass(self.chance.choice(PAUSES))
        self._come_to_rest()

    # -- syncd

    def _cycle(self) -> None:
        """A cycle in which things go wrong: it ends as it may, or is killed."""
        rate = self.chance.choice((0.0, 0.0, 0.1, 0.3))
        crash = (self.chance.choice((*SYSTEMS, COMMIT)), self.chance.randrange(1, CRASH_WITHIN))
        act = (self.chance.randrange(1, 4), self._act)
        self.world.time.skew = self.chance.choice(SKEWS)
        self.world.trouble = Chance(
            f"{self.seed} {len(self.told)}",
            rate,
            crash if self.chance.random() < 0.4 else None,
            act if self.chance.random() < 0.3 else None,
        )
        code = self._ended()
        self._tell(f"cycle, {rate:.0%} fail: {code}")
        assert code in ("crash", 0, 1, 5), self.told
        self._holds()

    def _ended(self) -> int | str:
        try:
            return self._synced().exit_code
        except (Unreachable, LimitReached, AuthFailed):
            return 5
        except Crash:
            return "crash"

    def _synced(self) -> Outcome:
        """One cycle at the desk as it stands, as the service has it; after a crash at a fresh one."""
        if self._desk is None:
            with ExitStack() as opening:
                self._desk = opening.enter_context(self.world.desk())
                self._stack = opening.pop_all()
        try:
            return run_cycle(self._desk, Order("apply", by_hand=True, forced=GUARDS))
        except Crash:
            self.close()
            raise

    def close(self) -> None:
        """Leave the desk."""
        self._desk = None
        self._stack.close()

    def _come_to_rest(self) -> None:
        """Nothing fails any more and everybody is at home: soon there is nothing left to do."""
        self.world.trouble, self.world.time.skew = Trouble(), timedelta(0)
        self._pass(2 * DAY)
        for _ in range(FURTHER):
            assert self._ended() in (0, 1), self.told
            self._pass(HOUR)
        outcome = self._synced()
        left = [(one.object, one.id, one.purpose, one.fields) for one in outcome.plan.changes]
        assert left == [], (self.told, left)
        self._holds()
        self._is_kept()

    # -- what must hold

    def _holds(self) -> None:
        """What people typed stands, and nobody has anything twice."""
        rows = [row for sobject in ("Lead", "Contact") for row in self.world.org.rows(sobject)]
        typed = {row["Id"]: row.get("Title") for row in rows if row["Id"] in self.titles}
        assert typed == {one: self.titles[one] for one in typed}, self.told
        claimed = Counter((row["Id"][:3], row["HubSpot_Id__c"]) for row in rows if row.get("HubSpot_Id__c"))
        assert [one for one, count in claimed.items() if count > 1] == [], self.told
        keys = Counter(row.get("Syncd_Key__c") for row in self.world.org.rows("Task"))
        assert [key for key, count in keys.items() if key and count > 1] == [], self.told

    def _is_kept(self) -> None:
        """The ledger proves itself, no write is left open, and every stream is read to its end."""
        assert self.world.ledger_is_sound(), self.told
        with self.world.store() as store, store.reading() as tx:
            assert intents.open_ones(tx) == [], self.told
            half = [one for one in streams.all(tx) if one.until is not None or one.after_id is not None]
        assert half == [], (self.told, half)
        self._is_all_read()

    def _is_all_read(self) -> None:
        """The mirror has what both CRMs hold: nothing that people did was read past."""
        living = [one for one in self.world.contacts.values() if self._lives(one)]
        near = {one: self.world.portal.values("contacts", one) for one in living}
        lead, contact = ({row["Id"]: row for row in self._rows(sobject)} for sobject in ("Lead", "Contact"))
        with self.world.store() as store, store.reading() as tx:
            for system, kind, held, names in (
                (System.HUBSPOT, "contact", near, ("jobtitle", "hs_analytics_last_url")),
                (System.SALESFORCE, "lead", lead, ("Title", "Status")),
                (System.SALESFORCE, "contact", contact, ("Title",)),
            ):
                seen = mirror.get(tx, system, kind, list(held))
                for one, values in held.items():
                    # Who was archived unread, and came back, is not missed (docs/reference/faults.md).
                    if one in self.restored and one not in seen:
                        continue
                    known = {name: seen[one].properties.get(name) or None for name in names}
                    assert known == {name: values.get(name) or None for name in names}, (self.told, kind, one)

    # -- people

    def _act(self) -> None:
        acts: dict[str, Callable[[], bool]] = {
            "comes": self._come,
            "looks at prices": self._look,
            "gets another title in HubSpot": self._edit,
            "is typed into Salesforce": self._lead,
            "gets a title in Salesforce": self._type,
            "gets a status": self._status,
            "is converted": self._convert,
            "is merged in Salesforce": self._merge_far,
            "is merged in HubSpot": self._merge_near,
            "is deleted": self._delete,
            "is archived": self._archive,
            "has a task done": self._complete,
            "is locked": self._lock,
        }
        what = self.chance.choice(list(acts))
        try:
            done = acts[what]()
        except (Refusal, ApiError):
            done = False  # a CRM refuses people too: a locked row, an address that is taken
        if done:
            self._tell(f"somebody {what}")

    def _come(self) -> bool:
        missing = [name for name in NAMES if name not in self.world.contacts]
        return self._one_of(missing, lambda name: self.world.person(name, seen=None))

    def _look(self) -> bool:
        return self._near(lambda one: self.world.portal.people.visit(one, f"https://us.example/pricing?{self._word()}"))

    def _edit(self) -> bool:
        return self._near(lambda one: self.world.portal.people.edit("contacts", one, {"jobtitle": self._word()}))

    def _archive(self) -> bool:
        gone = [one for one in self.world.contacts.values() if not self._lives(one)]
        if gone:
            return self._one_of(gone, self._restore)
        return self._near(lambda one: self.world.portal.people.archive("contacts", one))

    def _restore(self, contact: str) -> None:
        self.world.portal.people.restore("contacts", contact)
        self.restored.add(contact)

    def _merge_near(self) -> bool:
        living = [name for name, one in sorted(self.world.contacts.items()) if self._lives(one)]
        if len(living) < 2:
            return False
        stays, goes = self.chance.sample(living, 2)
        both = self.world.contacts[stays], self.world.contacts.pop(goes)
        self.world.contacts[stays] = self.world.portal.people.merge(*both)
        return True

    def _lead(self) -> bool:
        known = {row["Email"] for sobject in ("Lead", "Contact") for row in self.world.org.rows(sobject)}
        free = [name for name in NAMES if f"{name}@acme.example" not in known]
        return self._one_of(free, self.world.lead)

    def _type(self) -> bool:
        def type_it(row: dict[str, Any]) -> None:
            title = self._word()
            self.world.org.update(_kind(row), row["Id"], {"Title": title}, by=self.world.seller)
            self.titles[row["Id"]] = title

        return self._far(type_it, "Lead", "Contact")

    def _status(self) -> bool:
        status = self.chance.choice(STATUSES)
        return self._far(lambda row: self.world.org.people.set_status(row["Id"], status, by=self.world.seller), "Lead")

    def _convert(self) -> bool:
        def convert(row: dict[str, Any]) -> None:
            made = self.world.org.convert(row["Id"], opportunity=self.chance.random() < 0.5, by=self.world.seller)
            if row["Id"] in self.titles:
                self.titles[made.contact_id] = self.titles.pop(row["Id"])

        return self._far(convert, "Lead")

    def _merge_far(self) -> bool:
        leads = self._rows("Lead")
        if len(leads) < 2:
            return False
        stays, goes = self.chance.sample(leads, 2)
        self.world.org.merge(stays["Id"], goes["Id"])
        self.titles.pop(goes["Id"], None)
        return True

    def _delete(self) -> bool:
        return self._far(lambda row: self.world.org.delete("Lead", row["Id"]), "Lead")

    def _complete(self) -> bool:
        tasks = [row for row in self._rows("Task") if row["Status"] != "Completed"]
        return self._one_of(tasks, lambda row: self.world.org.people.complete_task(row["Id"], by=self.world.seller))

    def _lock(self) -> bool:
        return self._far(lambda row: self.world.org.lock(row["Id"], self.chance.randrange(1, 5)), "Lead", "Contact")

    # -- hands

    def _near(self, act: Callable[[str], Any]) -> bool:
        living = [one for _, one in sorted(self.world.contacts.items()) if self._lives(one)]
        return self._one_of(living, act)

    def _far(self, act: Callable[[dict[str, Any]], Any], *sobjects: str) -> bool:
        rows = [row for sobject in sobjects for row in self._rows(sobject)]
        return self._one_of(rows, act)

    def _one_of(self, some: Sequence[One], act: Callable[[One], Any]) -> bool:
        """Whether there was one to act on."""
        if some:
            act(self.chance.choice(some))
        return bool(some)

    def _rows(self, sobject: str) -> list[dict[str, Any]]:
        rows = [row for row in self.world.org.rows(sobject) if not row.get("IsConverted")]
        return sorted(rows, key=lambda row: row["Id"])

    def _lives(self, contact: str) -> bool:
        return int(contact) in self.world.portal.tables["contacts"].live

    def _word(self) -> str:
        return f"word{len(self.told)}x{self.chance.randrange(1000)}"

    def _pass(self, seconds: int) -> None:
        self._tell(f"{seconds} s pass")
        self.world.time.sleep(seconds)

    def _tell(self, what: str) -> None:
        self.told.append(what)


def _kind(row: dict[str, Any]) -> str:
    return "Lead" if row["Id"].startswith("00Q") else "Contact"
