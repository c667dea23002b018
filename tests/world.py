"""Both CRMs emulated in this process, and the real commands run against them in processes of their own."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.hubspot.limits import Limits
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Fault, Request
from connectors.sandbox.twin import Twin
from syncd.cli import frame
from syncd.cycle import apply_file, run_cycle
from syncd.desk import Desk, Order, Outcome
from syncd.model.change import Plan
from syncd.model.instant import instant_of
from syncd.settings import load_settings
from syncd.store import ledger, quarantine, rebuild
from syncd.store.database import Store, open_store
from syncd.wiring import open_desk

PLAYBOOK = Path(__file__).parents[1] / "config" / "playbooks" / "startup"
NOW = datetime.now(UTC).replace(microsecond=0)
DAYS = timedelta(days=1)
LAG = timedelta(seconds=2)
OF_THE_WRITING = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "LastActivityDate", "Syncd_Run__c", "Id"}
"""What differs between two runs that do the same."""


class Quiet:
    """Progress that nobody watches."""

    def step(self, text: str) -> None:
        pass

    def count(self, what: str, done: int, of: int | None = None) -> None:
        pass


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def data(self) -> dict[str, Any]:
        return self.document["data"]

    @property
    def error(self) -> dict[str, str]:
        assert list(self.document) == ["error"]
        return self.document["error"]


def present() -> datetime:
    return datetime.now(UTC)


def just_now() -> datetime:
    """Two seconds ago: a CRM's clock shows whole seconds, and a window ends with the second that it shows."""
    return present() - LAG


def is_write(request: Request) -> bool:
    """Whether a call writes rows into Salesforce; reading by ids is a POST as well."""
    return request.method in ("POST", "PATCH") and b'"records"' in request.body


def is_read_back(request: Request) -> bool:
    return request.method == "POST" and "composite/sobjects/" in request.path and b'"ids"' in request.body


class World:
    """A portal, an org, a store and the files, with the verbs that tests need. People are named by one word."""

    def __init__(self, directory: Path, begun: datetime = NOW, clock: Callable[[], datetime] = present) -> None:
        """`begun` is when the tests begin: what happened before is told in days before it."""
        self.begun, self.clock = begun, clock
        self.directory = directory
        self.config = directory / "config"
        shutil.copytree(PLAYBOOK, self.config)
        self.store_url = f"sqlite:///{directory / 'syncd.db'}"
        self.portal = HubSpotPortal(clock=lambda: begun - 60 * DAYS)
        self.org = SalesforceOrg(clock)
        self.twin = Twin(self.portal, self.org)
        self.child: subprocess.Popen[str] | None = None
        self.contacts: dict[str, str] = {}
        self.has_run = False
        self.extra: dict[str, str] = {}
        self.owner = self.portal.add_owner("anna@us.example", "Anna", "Sales")
        self.seller = self.org.add_user("Anna", "Sales", "anna@us.example")
        firm = {"name": "Acme", "domain": "acme.example", "numberofemployees": "80"}
        self.company = self.portal.create("companies", firm, begun - 40 * DAYS)
        self.portal.clock = clock
        self.org.clock = self.just_now

    # -- people

    def born(self, days_ago: float) -> datetime:
        """When a record is made: so long ago, but only just now once syncd has looked."""
        return self.just_now() if self.has_run else self.begun - days_ago * DAYS

    def just_now(self) -> datetime:
        """See `just_now`, by this world's clock."""
        return self.clock() - LAG

    def person(self, name: str, *, seen: float | None = 2, company: bool = True, **properties: str) -> str:
        """A HubSpot contact of good fit, who looked at the prices `seen` days ago (None: never). Its id."""
        given = {
            "email": f"{name}@acme.example",
            "firstname": name.capitalize(),
            "lastname": f"Of{name}",
            "jobtitle": "Head of IT",
            "hubspot_owner_id": self.owner,
        }
        wanted = {key: value for key, value in (given | properties).items() if value}
        contact = self.portal.create("contacts", wanted, self.born(30))
        if company:
            self.portal.associate("contacts", contact, "companies", self.company, self.born(30))
        if seen is not None:
            self.visit(contact, seen)
        self.contacts[name] = contact
        return contact

    def visit(self, contact: str, days_ago: float | None = None) -> None:
        """Let a contact look at the prices, so many days before the tests began; None: just now."""
        at = self.just_now() if days_ago is None else self.begun - days_ago * DAYS
        self.portal.update("contacts", contact, {"hs_analytics_last_url": f"https://us.example/pricing?{at:%s}"}, at)

    def lead(self, name: str, **fields: Any) -> str:
        """A Lead in Salesforce with the person's address. Its id."""
        given = {"LastName": f"Of{name}", "Company": "Acme", "Email": f"{name}@acme.example", "OwnerId": self.seller}
        return self.org.create("Lead", given | fields, self.born(25))

    def contact(self, name: str, **fields: Any) -> str:
        """A Contact in Salesforce with the person's address. Its id."""
        account = next((row["Id"] for row in self.org.rows("Account")), None)
        account = account or self.org.create("Account", {"Name": "Acme"}, self.born(50))
        given = {"LastName": f"Of{name}", "Email": f"{name}@acme.example", "OwnerId": self.seller, "AccountId": account}
        return self.org.create("Contact", given | fields, self.born(25))

    def town(self) -> None:
        """A small lifelike portal: 4 leads and 2 contacts to update, 6 leads to make, 11 tasks, 4 people to leave."""
        for place in range(16):
            name = f"p{place:02}"
            self.person(name, seen=None if place >= 12 else 20 if place == 11 else 2)
            if place in (0, 1, 2, 3):
                self.lead(name)
            if place in (4, 5):
                self.contact(name)

    # -- commands

    def environment(self) -> dict[str, str]:
        """The settings of a command; the page of a service chooses its own port."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        settings = {
            "SYNCD_CONFIG_DIR": str(self.config),
            "SYNCD_STORE_URL": self.store_url,
            "SYNCD_WEB__LISTEN": "127.0.0.1:0",
        }
        further = {f"SYNCD_{name}": value for name, value in self.extra.items()}
        return kept | self.twin.settings() | settings | further | {"PYTHONPATH": str(PLAYBOOK.parents[2])}

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command; `settings` are environment variables on top, without SYNCD_."""
        self.has_run = True
        given = {f"SYNCD_{name}": value for name, value in settings.items()}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "syncd", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment() | given,
            cwd=self.directory,
        )
        return self.child

    def run(self, *arguments: str, **settings: str) -> Ran:
        """Run a command to its end. A traceback is always wrong."""
        child = self.start(*arguments, **settings)
        out, err = child.communicate(timeout=60)
        assert "Traceback" not in err + out, err + out
        return Ran(child.returncode, out, err)

    def here(self, *arguments: str, **settings: str) -> Ran:
        """Run a command in this very process: a second faster than `run`, for what needs no process of its own."""
        self.has_run = True
        out, err = io.StringIO(), io.StringIO()
        with self._settings(**settings), redirect_stdout(out), redirect_stderr(err):
            code = frame.run(arguments)
        return Ran(code, out.getvalue(), err.getvalue())

    @contextmanager
    def _settings(self, **settings: str) -> Iterator[None]:
        given = self.environment() | {f"SYNCD_{name}": value for name, value in settings.items()}
        given = {name: value for name, value in given.items() if name.startswith("SYNCD_")}
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk in this very process, for what needs no command."""
        self.has_run = True
        with self._settings(), open_desk(load_settings(), Quiet(), 5) as desk:
            desk.sleep = lambda _: None
            desk.hubspot.limiter.by_ending.clear()  # the emulated portal lets us search as often as we like
            yield desk

    def cycle(self, command: str = "sync", *, later: timedelta | None = None, **options: Any) -> Outcome:
        """One cycle in this process, `later` than now. Raises as `run_cycle`."""
        now = None if later is None else instant_of(self.clock() + later)
        order = Order(command, now=now, by_hand=command == "apply", write=command != "plan", **options)
        with self.desk() as desk:
            return run_cycle(desk, order)

    def apply(self, plan: Plan) -> Outcome:
        """Carry out a plan that was made before."""
        with self.desk() as desk:
            return apply_file(desk, Order("apply", by_hand=True), plan)

    def serve_until(self, line: str) -> Ran:
        """Run the service until it says something, then end it with SIGTERM."""
        child = self.start("run")
        assert child.stderr is not None
        told = ""
        for said in child.stderr:
            told += said
            if line in said:
                break
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=30)
        return Ran(child.returncode, out, told + err)

    # -- what goes wrong

    @contextmanager
    def fault(self, system: str, which: Callable[[Request], bool], nth: int, fault: Fault | None) -> Iterator[None]:
        """Let the n-th such call go wrong; with fault None the child is killed and the call takes place."""
        with self.hook(system, which, {nth: lambda: fault}):
            yield

    @contextmanager
    def hook(
        self, system: str, which: Callable[[Request], bool], acts: Mapping[int, Callable[[], Fault | None]]
    ) -> Iterator[None]:
        """Do something at the n-th such calls, before they are answered."""
        server = self.twin.servers[0 if system == "hubspot" else 1]
        seen = 0

        def fault(request: Request) -> Fault | None:
            nonlocal seen
            if not which(request):
                return None
            seen += 1
            return acts[seen]() if seen in acts else None

        server.fault = fault
        try:
            yield
        finally:
            server.fault = None

    @contextmanager
    def killed_at(self, system: str, which: Callable[[Request], bool], nth: int, *, after: bool) -> Iterator[None]:
        """Kill the child with SIGKILL at the n-th such call: before its effect, or after it and before the answer."""

        def kill() -> Fault | None:
            assert self.child is not None
            self.child.kill()
            self.child.wait()
            return None if after else Fault(reset=True)

        with self.hook(system, which, {nth: kill}):
            yield

    # -- what is there

    def records(self, sobject: str) -> dict[str, dict[str, Any]]:
        """Living Leads or Contacts by e-mail address, without what only tells when and by whom they were written."""
        rows = {}
        for row in self.org.rows(sobject):
            kept = {name: value for name, value in row.items() if name not in OF_THE_WRITING}
            assert row["Email"] not in rows, f"two {sobject}s of {row['Email']}"
            rows[row["Email"]] = kept
        return rows

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Living tasks by key, with the address of whom they are about."""
        names = {row["Id"]: row["Email"] for sobject in ("Lead", "Contact") for row in self.org.rows(sobject)}
        rows = {}
        for row in self.org.rows("Task"):
            key = row["Syncd_Key__c"]
            assert key not in rows, "a task twice"
            rows[key] = {
                "who": names[row["WhoId"]],
                **{name: row[name] for name in ("Subject", "OwnerId", "Status", "Priority", "Description")},
            }
        return rows

    def state(self) -> dict[str, Any]:
        """The end state of both CRMs, as far as it can be the same in another run."""
        contacts = {
            name: {key: value for key, value in self.portal.values("contacts", one).items() if "date" not in key}
            for name, one in self.contacts.items()
        }
        return {
            "leads": self.records("Lead"),
            "contacts": self.records("Contact"),
            "tasks": self.tasks(),
            "hubspot": contacts,
        }

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.store_url, read_only=True)
        try:
            yield store
        finally:
            store.close()

    def ledger_is_sound(self) -> bool:
        with self.store() as store, store.reading() as tx:
            told = rebuild.compare(tx)
            assert told.differences == []
            return ledger.verify(tx).ok and told.ok

    def ledger_kinds(self) -> list[str]:
        with self.store() as store, store.reading() as tx:
            return [row.kind for row in ledger.read(tx)]

    def set_aside(self) -> list[tuple[str, str]]:
        """What is in quarantine now, as (code, message)."""
        with self.store() as store, store.reading() as tx:
            return [(row.code, row.message) for row in quarantine.open_ones(tx)]

    def hurry(self, seconds: int) -> None:
        """Let a service run a cycle so often. Both CRMs have calls enough for a whole day of it: else the forecast
        would stretch it at some hours of the day, and at others not.
        """
        self.edit("syncd.yaml", "cycle: {every: 60 seconds}", f"cycle: {{every: {seconds} seconds}}")
        self.portal.limits = Limits(daily=10_000_000)
        self.org.daily_limit = 10_000_000

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of RevOps."""
        path = self.config / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
