"""The emulated org: its state, what an admin can do in it, and how a request is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from typing import Any, TypeAlias

from connectors.sandbox.salesforce import conversion, recycling
from connectors.sandbox.salesforce.automation import Automation, history_of
from connectors.sandbox.salesforce.bulk import Bulk
from connectors.sandbox.salesforce.catalog import STAGES
from connectors.sandbox.salesforce.chunks import ChunkServer
from connectors.sandbox.salesforce.ids import lengthen, normal_id
from connectors.sandbox.salesforce.oauth import Tokens
from connectors.sandbox.salesforce.people import People
from connectors.sandbox.salesforce.query import Evaluator
from connectors.sandbox.salesforce.routes import Service
from connectors.sandbox.salesforce.rows import Actor, DuplicateRule, ValidationRule, Writer
from connectors.sandbox.salesforce.schema import Schema
from connectors.sandbox.salesforce.tables import Row, Tables
from connectors.sandbox.salesforce.usage import Usage
from connectors.sandbox.salesforce.values import stamp
from connectors.sandbox.server import Request, Response, Server

ORG_ID = lengthen("00Dfj0000001xyz")
API_VERSIONS = tuple(f"{number}.0" for number in range(31, 68))  # facts: salesforce B1
BORN = datetime(2020, 1, 1, tzinfo=UTC)

Fields: TypeAlias = Mapping[str, Any]


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class SalesforceOrg:
    """One org on loopback: stateful, strict, and open to an admin in Python and below /sandbox over HTTP.

    `user_id` is the integration user that API calls act as. Admin methods take aware datetimes and ids in either
    form, may be called while the org is served, and raise Refusal for what the org would refuse an admin too,
    KeyError for unknown names.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-secret",  # noqa: S107  an invented one that opens nothing
        org_id: str = ORG_ID,
        api_versions: Sequence[str] = API_VERSIONS,
    ) -> None:
        self._mutex = RLock()
        self.clock = clock
        self.org_id = org_id
        self.api_versions = tuple(api_versions)
        self.instance_url = "https://sandbox.my.salesforce.invalid"
        self.schema = Schema()
        self.schema_changed_at = clock()
        self.tables = Tables([*self.schema, *(self.schema.any(name) for name in self.schema.unavailable)])
        self.automation = Automation(self.schema, self.tables)
        self.writer = Writer(self.schema, self.tables, self.automation)
        self.evaluator = Evaluator(self.schema, self.tables)
        self.daily_limit = 100_000
        self.usage = Usage(clock)
        self.enforce_limit = False
        self.page_rows = 2_000
        """The most rows that a page of a query has: an org may give fewer than asked (facts: salesforce B2)."""
        self.crowded = 0
        """How many of the next calls meet too many long calls of others (facts: salesforce B2)."""
        self.bulk = Bulk(self)
        self.people = People(self)
        self.conversion_map: dict[str, tuple[str, str]] = {}
        self.shows_metadata = True
        """Custom Lead field to the object and field that conversion copies it into (facts: salesforce B5)."""
        self.user_id = ""
        self._plant()
        self.tokens = Tokens(self, client_id, client_secret)
        self._service = Service(self)

    @property
    def calls_today(self) -> int:
        """The calls that the limit of the day counts."""
        return self.usage.calls

    def answer(self, request: Request) -> Response:
        """The answer to one HTTP request."""
        with self._mutex:
            return self._service.answer(request)

    def serve(self, port: int = 0) -> Server:
        """Serve the org on a loopback port from now on; the answered instance is that address."""
        server = ChunkServer(self.answer, port)
        self.instance_url = server.url
        return server.start()

    # -- rows

    def create(self, sobject: str, fields: Fields, at: datetime | None = None, by: str | None = None) -> str:
        """Create a record as of `at`; fields that are read-only for the API may be set. Returns the id."""
        with self._hand(at, by) as actor:
            return self.writer.insert(self.schema.any(sobject), fields, actor)

    def load(self, sobject: str, rows: Iterable[Fields]) -> list[str]:
        """Create many records; a row may name its own CreatedDate, SystemModstamp and the like. Returns the ids."""
        target = self.schema.any(sobject)
        with self._hand(None, None) as actor:
            return [self.writer.insert(target, row, actor) for row in rows]

    def update(
        self, sobject: str, record_id: str, fields: Fields, at: datetime | None = None, by: str | None = None
    ) -> None:
        """Change a record as of `at`."""
        with self._hand(at, by) as actor:
            self.writer.update(self.schema.any(sobject), _id(record_id), fields, actor)

    def delete(self, sobject: str, record_id: str, at: datetime | None = None, by: str | None = None) -> None:
        """Put a record into the recycle bin."""
        with self._hand(at, by) as actor:
            self.writer.delete(self.schema.any(sobject), _id(record_id), actor)

    def undelete(self, sobject: str, record_id: str, at: datetime | None = None, by: str | None = None) -> None:
        """Take a record out of the recycle bin, with what was deleted together with it."""
        with self._hand(at, by) as actor:
            recycling.undelete(self, self.schema.any(sobject).name, _id(record_id), actor)

    def empty_bin(self, sobject: str, record_id: str) -> None:
        """Delete a record in the recycle bin for good: only the deleted feed still tells of it."""
        with self._hand(None, None):
            recycling.empty(self, self.schema.any(sobject).name, _id(record_id))

    def get(self, sobject: str, record_id: str) -> Row:
        """The stored row, deleted or not. Raises KeyError for an unknown id."""
        return self.tables[self.schema.any(sobject).name].rows[_id(record_id)]

    def rows(self, sobject: str) -> list[Row]:
        """All living rows of an object in order of id."""
        with self._mutex:
            table = self.tables[self.schema.any(sobject).name]
            return [row for row in table.numbered("") if not row.get("IsDeleted")]

    def convert(
        self,
        lead_id: str,
        *,
        account: str | None = None,
        contact: str | None = None,
        opportunity: str | bool = True,
        status: str = "Closed - Converted",
        at: datetime | None = None,
        by: str | None = None,
    ) -> conversion.Converted:
        """Convert a lead into an account, a contact and, unless `opportunity` is False, an opportunity of that name."""
        request = conversion.Conversion(_id(lead_id), account, contact, opportunity, status)
        with self._hand(at, by) as actor:
            return conversion.convert(self, request, actor)

    def merge(
        self, winner: str, loser: str, at: datetime | None = None, by: str | None = None, kept: Fields | None = None
    ) -> None:
        """Merge two leads, contacts or accounts: what refers to the loser moves to the winner, which takes `kept`."""
        with self._hand(at, by) as actor:
            conversion.merge(self, _id(winner), _id(loser), kept or {}, actor)

    def complete_task(self, task_id: str, at: datetime | None = None, by: str | None = None) -> None:
        """Set a task to Completed."""
        self.update("Task", task_id, {"Status": "Completed"}, at, by)

    def win(self, opportunity_id: str, at: datetime | None = None, by: str | None = None) -> None:
        """Close an opportunity as won."""
        self.update("Opportunity", opportunity_id, {"StageName": "Closed Won"}, at, by)

    def lose(self, opportunity_id: str, at: datetime | None = None, by: str | None = None) -> None:
        """Close an opportunity as lost."""
        self.update("Opportunity", opportunity_id, {"StageName": "Closed Lost"}, at, by)

    # -- people

    def add_user(self, first: str, last: str, email: str, *, active: bool = True, **fields: Any) -> str:
        """Add a user; returns the id."""
        names = {
            "FirstName": first,
            "LastName": last,
            "Email": email,
            "Username": f"{email}.sandbox",
            "Alias": last[:8],
        }
        return self.create("User", {**names, "IsActive": active, "UserType": "Standard", **fields}, BORN)

    def deactivate(self, user_id: str) -> None:
        """Make a user inactive: nothing can be given to them any more."""
        self.update("User", user_id, {"IsActive": False})

    def add_queue(self, name: str, sobjects: Sequence[str] = ("Lead",), members: Sequence[str] = ()) -> str:
        """Add a queue that may own records of some objects, with users as members; returns the id.

        Tasks have queues only where `OwnerId` of Task was made to refer to Group too (facts: salesforce B6).
        """
        fields = {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Queue"}
        queue_id = self.create("Group", fields, BORN)
        for sobject in sobjects:
            self.create("QueueSobject", {"QueueId": queue_id, "SobjectType": sobject}, BORN)
        for member in members:
            self.create("GroupMember", {"GroupId": queue_id, "UserOrGroupId": member}, BORN)
        return queue_id

    def assign_to(self, sobject: str, owner_id: str | None) -> None:
        """Set, or with None remove, an assignment rule that gives records of an object to an owner."""
        self.writer.assignment.pop(sobject, None)
        if owner_id:
            self.writer.assignment[sobject] = _id(owner_id)

    # -- setup

    def add_object(self, text: str) -> None:
        """Add a custom object, a block of the catalog: `# Name__c prefix flags | label | plural` and fields."""
        self.tables.add(self.schema.add_object(text))
        self._schema_changed()

    def remove_object(self, name: str) -> None:
        """Remove a custom object; its rows are gone with it. Raises KeyError when there is none."""
        self.schema.remove_object(name)
        self._schema_changed()

    def add_field(self, sobject: str, line: str) -> None:
        """Add a field, or replace it, given as a line of the catalog, `Name__c | type length | flags | options`."""
        self.schema.add(sobject, line)
        self._schema_changed()
        for target in ("Task", "Event") if sobject == "Activity" else (self.schema.any(sobject).name,):
            field = self.schema.any(target).fields[line.split("|", 1)[0].strip().lower()]
            if field.indexed:
                self.tables[target].add_index(field.name)

    def remove_field(self, sobject: str, name: str) -> None:
        """Remove a field. Activity stands for Task and Event."""
        self.schema.remove(sobject, name)
        for target in ("Task", "Event") if sobject == "Activity" else (self.schema.any(sobject).name,):
            self.tables[target].drop_index(name)
        self._schema_changed()

    def hide_field(self, sobject: str, name: str, *, hidden: bool = True) -> None:
        """Close, or open again, a field for our user by field-level security."""
        self.schema.change(sobject, name, hidden=hidden)
        self._schema_changed()

    def freeze_field(self, sobject: str, name: str, *, frozen: bool = True) -> None:
        """Make a field readable only, or writable again, for our user."""
        self.schema.change(sobject, name, createable=not frozen, updateable=not frozen)
        self._schema_changed()

    def track(self, sobject: str, *fields: str) -> None:
        """Switch field history on for fields of Lead, Contact, Account or Opportunity."""
        self.automation.tracked[sobject] = set(fields)
        self.schema.unavailable.discard(history_of(sobject).lower())
        self._schema_changed()

    def map_conversion(self, lead_field: str, sobject: str, field: str | None = None) -> None:
        """Map a custom Lead field to one of Account, Contact or Opportunity, as an admin does for conversion."""
        self.conversion_map[lead_field] = (sobject, field or lead_field)

    def add_duplicate_rule(self, sobject: str, fields: Sequence[str], *, allow_save: bool = True) -> None:
        """Refuse rows that equal a living one in all these fields; with `allow_save` a header may overrule it."""
        self.writer.duplicate_rules.append(DuplicateRule(sobject, tuple(fields), allow_save))

    def add_validation_rule(
        self, sobject: str, message: str, breaks: Callable[[Row, Row | None], bool], field: str | None = None
    ) -> None:
        """Refuse rows, given as (new, old or None), for which `breaks` is true."""
        self.writer.validation_rules.append(ValidationRule(sobject, message, breaks, field))

    def lock(self, record_id: str, times: int = 1) -> None:
        """Let the next writes to a record, or to a child of it, fail with UNABLE_TO_LOCK_ROW."""
        self.writer.locks[_id(record_id)] = times

    def expire_tokens(self) -> None:
        """End all sessions: the next call of each is answered with 401 INVALID_SESSION_ID."""
        self.tokens.expire()

    def api_actor(self, **headers: bool) -> Actor:
        """Who writes when the API is called now; `headers` are auto_assign, allow_duplicates and record_details."""
        return Actor(self.user_id, stamp(self.clock()), **headers)

    @contextmanager
    def _hand(self, at: datetime | None, by: str | None) -> Iterator[Actor]:
        """An admin at work: alone, while calls wait, and with all or nothing done."""
        with self._mutex, self.tables.transaction():
            yield self._actor(at, by)

    def _actor(self, at: datetime | None, by: str | None) -> Actor:
        return Actor(_id(by) if by else self.admin_id, stamp(at or self.clock()), admin=True)

    def _schema_changed(self) -> None:
        self.schema_changed_at = self.clock()

    def _plant(self) -> None:
        """The rows that every org has."""
        self.admin_id = ""
        self.admin_id = self.add_user("Ada", "Admin", "ada.admin@sandbox.example")
        self.user_id = self.add_user("Syncd", "Integration", "integration@sandbox.example")
        # System users are among the users (facts: salesforce B6).
        self.add_user("Automated", "Process", "autoproc@sandbox.example", UserType="AutomatedProcess")
        organization = {"Name": "Sandbox Inc.", "TimeZoneSidKey": "Europe/Berlin", "InstanceName": "SBX1"}
        actor = self._actor(BORN, None)
        row = {**organization, "Id": self.org_id, "OrganizationType": "Enterprise Edition", "IsSandbox": False}
        stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), actor.at)
        self.tables.put("Organization", {**row, **stamps, "LanguageLocaleKey": "en_US", "DefaultLocaleSidKey": "en_US"})
        for place, (name, chance, category, shown) in enumerate(STAGES, 1):
            closed = {"IsClosed": name.startswith("Closed"), "IsWon": name == "Closed Won", "IsActive": True}
            kind = {"ForecastCategory": category, "ForecastCategoryName": shown, "DefaultProbability": chance}
            self._value("OpportunityStage", name, place, {**closed, **kind})
        for name, sobject, field in (("LeadStatus", "Lead", "Status"), ("TaskStatus", "Task", "Status")):
            options = self.schema.any(sobject).fields[field.lower()]
            for place, option in enumerate(options.options, 1):
                flags = {"IsDefault": option == options.default}
                flags |= {"IsConverted": option == "Closed - Converted"} if sobject == "Lead" else {}
                flags |= {"IsClosed": option == "Completed"} if sobject == "Task" else {}
                self._value(name, option, place, flags)

    def _value(self, sobject: str, name: str, place: int, fields: Fields) -> None:
        self.create(sobject, {"MasterLabel": name, "ApiName": name, "SortOrder": place, **fields}, BORN)


def _id(text: str) -> str:
    record_id = normal_id(text)
    if record_id is None:
        raise KeyError(text)
    return record_id
