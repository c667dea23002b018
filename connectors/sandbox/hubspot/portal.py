"""The state of the emulated HubSpot portal, and what its users and admins do to it from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from threading import RLock
from zoneinfo import ZoneInfo

from connectors.sandbox.hubspot import rules
from connectors.sandbox.hubspot.api import Api
from connectors.sandbox.hubspot.associations import Associations
from connectors.sandbox.hubspot.errors import not_found
from connectors.sandbox.hubspot.forms import Forms
from connectors.sandbox.hubspot.limits import TIERS, Limits, Meter
from connectors.sandbox.hubspot.lists import Lists
from connectors.sandbox.hubspot.loading import Row
from connectors.sandbox.hubspot.mailings import Mailings
from connectors.sandbox.hubspot.marketing_events import MarketingEvents
from connectors.sandbox.hubspot.merging import claim_again, merge_records
from connectors.sandbox.hubspot.occurrences import Occurrences
from connectors.sandbox.hubspot.owners import Owner
from connectors.sandbox.hubspot.people import People
from connectors.sandbox.hubspot.schema import (
    ACTIVITIES,
    ALL_SCOPES,
    OBJECT_TYPES,
    Option,
    Property,
    stage_properties,
    standard_properties,
)
from connectors.sandbox.hubspot.table import API_SOURCE, Record, Source, Table, Version
from connectors.sandbox.hubspot.values import iso, to_ms
from connectors.sandbox.server import Request, Response

IMPORTED = Source("IMPORT")


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


class HubSpotPortal:
    """One emulated portal; give its `answer` to a `Server`.

    Kinds of records are plural names (`contacts`), ids are strings, times aware datetimes; `at` may lie in the past and
    then dates the history and the modified date, so that months can be seeded. The verbs here act as people and HubSpot
    itself do, so they may set read-only properties and move stages back; what is wrong with values they refuse with
    the ApiError that the API would answer. Whoever calls them while a server runs holds `lock`.

    Attributes to set where a test or demo wants them:
        limits: rate limits to enforce; None (the default) enforces none.
        index_lag: how long a change takes to reach the search (facts: hubspot B5).
        echo_after_create: after what time the modified date of a record that was created through the API moves once
            more (facts: hubspot G); None: never.
        required_on_create, demands: properties by kind that an admin demands of every new record, and of records with
            certain values; 2026-09 enforces them, older generations do not (facts: hubspot 0.4).
        token, expired_tokens, scopes: who may call, and what for.
        deals_move_stages: whether deals move the lifecycle stage of their contacts and companies on, as they do in
            portals that have not switched it off (facts: hubspot B10).
        tier: what the portal has paid for; it decides which limits the headers tell, and what can be read.

    `people` does what users and visitors do, `lists`, `occurrences`, `mailings`, `marketing_events`, `forms` and
    `associations` hold what their names say.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        token: str = "pat-na1-sandbox",  # noqa: S107  opens nothing but this emulation
        portal_id: int = 24_500_001,
        time_zone: str = "Europe/Amsterdam",
        tier: str = "professional",
        scopes: frozenset[str] = ALL_SCOPES,
    ) -> None:
        self.clock = clock
        self.lock = RLock()
        self.token = token
        self.expired_tokens: set[str] = set()
        self.portal_id = portal_id
        self.time_zone = ZoneInfo(time_zone)
        self.scopes = scopes
        self.limits: Limits | None = None
        self.meter = Meter(tier, self.time_zone)
        self.tier = tier
        self.index_lag = timedelta(0)
        self.echo_after_create: timedelta | None = None
        self.deals_move_stages = False
        self.required_on_create: dict[str, frozenset[str]] = {}
        self.demands: dict[str, list[rules.Demand]] = {}
        self.properties = {name: standard_properties(kind) for name, kind in OBJECT_TYPES.items()}
        self.tables = {name: Table(kind) for name, kind in OBJECT_TYPES.items()}
        self.owners: dict[str, Owner] = {}
        self.associations = Associations(self)
        self.forms = Forms(self)
        self.lists = Lists(self)
        self.occurrences = Occurrences(self)
        self.mailings = Mailings(self)
        self.marketing_events = MarketingEvents(self)
        self.people = People(self)
        self._numbers = 0
        self._echoes: list[tuple[int, str, int]] = []
        self._api = Api(self)

    def answer(self, request: Request) -> Response:
        """The portal's answer to one HTTP request."""
        with self.lock:
            return self._api.answer(request)

    @property
    def tier(self) -> str:
        """What the portal has paid for: free, starter, professional or enterprise."""
        return self._tier

    @tier.setter
    def tier(self, tier: str) -> None:
        self._tier = tier
        self.meter.tier = TIERS[tier]

    def routes(self) -> list[tuple[str, str]]:
        """Method and path pattern of everything that is emulated."""
        return self._api.routes

    def now(self) -> int:
        """The portal's clock in epoch ms."""
        return to_ms(self.clock())

    def next_id(self) -> int:
        """A fresh id. Ids of neighbours in time are shuffled, as HubSpot's are (facts: hubspot G)."""
        block, place = divmod(self._numbers, 64)
        self._numbers += 1
        return 734_000_000_101 + block * 64 + place * 37 % 64

    def create(
        self,
        object_type: str,
        properties: Mapping[str, str],
        at: datetime | None = None,
        *,
        source_type: str = "CRM_UI",
        source_id: str | None = None,
        user_id: int | None = None,
    ) -> str:
        """Create a record as a person in HubSpot would; returns its id. Raises ApiError for bad or taken values."""
        values = self.checked(object_type, properties, by_api=False)
        if object_type in ACTIVITIES:
            values.setdefault("hs_timestamp", iso(self._when(at)))
        source = Source(source_type, source_id, user_id=user_id)
        return str(self.insert(object_type, values, self._when(at), source).id)

    def update(
        self,
        object_type: str,
        record_id: str,
        properties: Mapping[str, str],
        at: datetime | None = None,
        *,
        source_type: str = "CRM_UI",
        source_id: str | None = None,
        source_label: str | None = None,
        user_id: int | None = None,
    ) -> None:
        """Change a record as a person or HubSpot itself would. A backdated value is put at its place in history."""
        values = self.checked(object_type, properties, by_api=False)
        source = Source(source_type, source_id, source_label, user_id)
        self.change(object_type, self.record(object_type, record_id), values, self._when(at), source)

    def load(self, object_type: str, rows: Iterable[Row], source: Source = IMPORTED) -> list[str]:
        """Load many records at once and return their ids in order.

        Values are taken as they are: canonical, with all computed properties (dates of stages, e-mail domain, ...)
        that are wanted. Takes some 20 microseconds a record.
        """
        table = self.tables[object_type]
        unique = [name for name, each in self.properties[object_type].items() if each.unique]
        records = []
        for row in rows:
            record = row.record(self.next_id(), source)
            for name in unique:
                if value := record.values.get(name):
                    table.claim(name, value, record.id)
            records.append(record)
        table.load(records)
        return [str(record.id) for record in records]

    def load_associations(self, from_type: str, to_type: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Associate many loaded records at once, by their ids; no property and no date follows."""
        self.associations.load(from_type, to_type, pairs)

    def archive(self, object_type: str, record_id: str, at: datetime | None = None) -> None:
        """Move a record to the recycle bin; its modified date stays."""
        self.discard(object_type, self.record(object_type, record_id), self._when(at))

    def merge(self, primary_id: str, other_id: str, at: datetime | None = None, object_type: str = "contacts") -> str:
        """Merge two records into a new one and return its id; both old ids answer with it from now on."""
        first, second = self.record(object_type, primary_id), self.record(object_type, other_id)
        return str(merge_records(self, object_type, first, second, self._when(at)).id)

    def restore(self, object_type: str, record_id: str) -> None:
        """Take a record out of the recycle bin. Nothing says that its modified date moves, so it stays (belief).

        Raises ApiError: 404 where the bin has no such record, 409 where its unique values are taken meanwhile.
        """
        table = self.tables[object_type]
        record = table.find(record_id, archived=True)
        if record is None:
            raise not_found()
        rules.check_unique(table, self.properties[object_type], record.values, record.id)
        table.restore(record)
        claim_again(table, self, record)
        if self.index_lag:
            table.lag(record.id, None, record.values, self.now() + self.lag_ms)

    def erase(self, object_type: str, record: Record) -> None:
        """Forget a person for good: no archived record stays, no event tells of it (facts: hubspot B9)."""
        self.associations.forget(object_type, record.id)
        self.lists.forget(object_type, record.id)
        self.occurrences.forget(object_type, record.id)
        self.tables[object_type].erase(record)
        if object_type == "contacts":
            email = record.values.get("email", "")
            self.marketing_events.forget(record.id)
            self.forms.forget(email)
            self.mailings.forget(email)

    def moved(self, object_type: str, old_ids: Sequence[int], new_id: int) -> None:
        """Give all that hung on merged records to the new one."""
        self.associations.move(object_type, old_ids, new_id)
        self.lists.move(object_type, old_ids, new_id)
        self.occurrences.move(object_type, old_ids, new_id)
        if object_type == "contacts":
            self.marketing_events.move(old_ids, new_id)

    def associate(
        self,
        from_type: str,
        from_id: str,
        to_type: str,
        to_id: str,
        at: datetime | None = None,
        type_id: int | None = None,
    ) -> None:
        """Associate two records both ways. An activity moves the contact's activity properties and modified date."""
        first, second = self.record(from_type, from_id), self.record(to_type, to_id)
        self.associations.add(from_type, first, to_type, second, self._when(at), type_id)

    def define_property(
        self,
        object_type: str,
        name: str,
        label: str | None = None,
        *,
        type: str = "string",  # noqa: A002  HubSpot's own word
        field_type: str = "text",
        options: Iterable[tuple[str, str]] = (),
        unique: bool = False,
        read_only: bool = False,
    ) -> None:
        """Define a custom property, or change one; `options` are pairs of value and label, in order."""
        definition = Property(
            name=name,
            label=label or name,
            type=type,
            field_type=field_type,
            options=tuple(Option(value, text) for value, text in options),
            group=OBJECT_TYPES[object_type].singular + "information",
            unique=unique,
            read_only=read_only,
            hubspot_defined=False,
            created_at=iso(self.now()),
        )
        self.properties[object_type][name] = definition

    def set_options(self, object_type: str, name: str, options: Iterable[tuple[str, str]]) -> None:
        """Replace the options of a property, as an admin does with lifecycle stages and lead statuses.

        New lifecycle stages bring their date properties with them.
        """
        definitions = self.properties[object_type]
        chosen = tuple(Option(value, text) for value, text in options)
        definitions[name] = replace(definitions[name], options=chosen)
        if name == "lifecyclestage":
            for stage in chosen:
                for each in stage_properties(stage.value):
                    definitions.setdefault(each.name, each)

    def add_owner(
        self, email: str, first_name: str, last_name: str, *, team: str | None = None, archived: bool = False
    ) -> str:
        """Add a user who can own records; returns the owner id."""
        number = len(self.owners) + 1
        owner = Owner(
            str(44_023_295 + number), email, first_name, last_name, 9_000_100 + number, team, archived, self.now()
        )
        self.owners[owner.id] = owner
        return owner.id

    def add_form(self, name: str, at: datetime | None = None) -> str:
        """Publish a form; returns its guid."""
        return self.forms.add(name, self._when(at))

    def submit_form(
        self, guid: str, values: Mapping[str, str], at: datetime | None = None, page_url: str = "", page_title: str = ""
    ) -> str:
        """Submit a form as a visitor: creates or updates the contact with this `email`; returns the conversion id."""
        return self.forms.submit(guid, values, self._when(at), page_url, page_title)

    def values(self, object_type: str, record_id: str) -> Mapping[str, str]:
        """The present property values of a live record, for tests and demos."""
        return self.record(object_type, record_id).values

    def history(self, object_type: str, record_id: str, name: str) -> list[Version]:
        """All versions of a property, newest first, uncapped."""
        return [*reversed(self.record(object_type, record_id).versions(name))]

    def record(self, object_type: str, record_id: str) -> Record:
        """The live record with this id, or the one it was merged into; ApiError 404 where there is none."""
        found = self.tables[object_type].find(record_id)
        if found is None:
            raise not_found()
        return found

    def checked(self, object_type: str, given: object, *, by_api: bool) -> dict[str, str]:
        """Property values in canonical form; raises ApiError that names every bad one."""
        return rules.checked(self.properties[object_type], given, self.owners, by_api=by_api)

    def insert(self, object_type: str, values: Mapping[str, str], at: int, source: Source) -> Record:
        """Add a record with checked values; ApiError 409 where a unique value is taken."""
        table, definitions = self.tables[object_type], self.properties[object_type]
        rules.check_unique(table, definitions, values, None)
        origin = {"hs_object_source": source.type, "hs_object_source_label": source.type}
        record = Record(self.next_id(), origin, at, at, source)
        rules.write(table, definitions, record, {name: each for name, each in values.items() if each}, at, source)
        record.history.clear()
        table.add(record)
        if self.index_lag:
            table.lag(record.id, None, record.values, at + self.lag_ms)
        if source is API_SOURCE and self.echo_after_create is not None:
            due = at + self.echo_after_create // timedelta(milliseconds=1)
            heappush(self._echoes, (due, object_type, record.id))
        return record

    def change(self, object_type: str, record: Record, values: Mapping[str, str], at: int, source: Source) -> set[str]:
        """Write checked values; returns the changed names. The modified date moves only when there are any."""
        table, definitions = self.tables[object_type], self.properties[object_type]
        rules.check_unique(table, definitions, values, record.id)
        before = dict(record.values) if self.index_lag else None
        changed = rules.write(table, definitions, record, values, at, source)
        if object_type == "deals" and "dealstage" in changed:
            self.associations.carry_stage(record, at)
        if changed:
            table.touch(record, at)
            if self.index_lag:
                table.lag(record.id, before, record.values, at + self.lag_ms)
        return changed

    def discard(self, object_type: str, record: Record, at: int) -> None:
        """Archive a live record."""
        table = self.tables[object_type]
        if self.index_lag:
            table.lag(record.id, record.values, None, at + self.lag_ms)
        table.archive(record, at)

    @property
    def lag_ms(self) -> int:
        """The search's lag in ms."""
        return self.index_lag // timedelta(milliseconds=1)

    def settle(self) -> None:
        """Let what is due by the clock happen: echoes of creates, and arrivals in the search index."""
        now = self.now()
        while self._echoes and self._echoes[0][0] <= now:
            due, object_type, record_id = heappop(self._echoes)
            if record := self.tables[object_type].live.get(record_id):
                self.tables[object_type].touch(record, due)
        for table in self.tables.values():
            table.settle(now)

    def _when(self, at: datetime | None) -> int:
        return self.now() if at is None else to_ms(at)
