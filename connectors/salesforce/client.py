"""The Salesforce connector: one org, read and written through the REST API."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from connectors.errors import AuthFailed, ConnectorError, Forbidden, Missing, Refused, Unserved
from connectors.http import Limiter, Options, require_safe
from connectors.nouns import dataclass
from connectors.records import Account, Ask, ObjectSchema, Page, Record, System, Window, Write, WriteResult
from connectors.salesforce import bulk_query, composite, deleted, load, mapped, pull, related, write
from connectors.salesforce.api import Api, Found, Usage, found_in
from connectors.salesforce.auth import ClientCredentials, Grant, JwtBearer
from connectors.salesforce.bulk_query import BulkQuery
from connectors.salesforce.describe import schema_of, selectable
from connectors.salesforce.history import HISTORIES, tracked_fields, with_history
from connectors.salesforce.ids import long_id
from connectors.salesforce.kinds import KINDS, Kind, kind_of
from connectors.salesforce.soql import amount, counted, in_window

API_VERSION = "66.0"
# A call may take minutes on their side, and one given up too early meets its own row locks (facts: salesforce B2).
PATIENT = Options(timeout=(5.0, 120.0), patience=300.0)
REFUSED_FOR = timedelta(minutes=10)
"""How long an object that the org does not describe to us is not asked about again: an admin may mend that."""

Asked: TypeAlias = "tuple[str, Window, tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class Bulk:
    """When the org is asked to do many rows by itself (Bulk 2.0). `enabled` False: never.

    `read_above` and `write_above` are numbers of rows, `rows_per_job` how many one job writes at most.
    """

    enabled: bool = True
    read_above: int = bulk_query.ABOVE
    write_above: int = load.ABOVE
    rows_per_job: int = load.MOST_ROWS


BY_SIZE = Bulk()
"""Where nobody says otherwise."""
DELETED = "deleted_"
"""How the feed of what is gone of a kind is called: deleted_lead."""


class Salesforce:
    """A Destination (`connectors.records`): one org, as one user.

    With `client_secret` the app logs in by itself (client credentials), with `username` and `private_key` (PEM) it
    vouches for a user (JWT bearer); exactly one of the two, else ValueError. `login_url` is https, or http on this
    machine, else ValueError. `options` say how the wire is used, `bulk` when Bulk 2.0 is.
    """

    system = System.SALESFORCE

    def __init__(
        self,
        login_url: str,
        client_id: str,
        client_secret: str | None = None,
        username: str | None = None,
        private_key: bytes | None = None,
        api_version: str = API_VERSION,
        options: Options = PATIENT,
        bulk: Bulk = BY_SIZE,
    ) -> None:
        require_safe(login_url)
        grant = _grant(login_url.rstrip("/"), client_id, client_secret, username, private_key)
        self._api = Api(login_url, grant, api_version, options)
        self._bulk = bulk
        self._schemas: dict[str, ObjectSchema] = {}
        self._refusals: dict[str, tuple[datetime, Missing | Forbidden]] = {}
        self._fetched: dict[Asked, Found] = {}
        self._tracked: dict[str, tuple[datetime, Collection[str] | None]] = {}

    @property
    def calls(self) -> int:
        """HTTP calls made so far, repeats and logins included."""
        return self._api.transport.calls

    @property
    def limiter(self) -> Limiter:
        """How fast and how much this org may be called."""
        return self._api.transport.limiter

    @property
    def usage(self) -> Usage | None:
        """The org's daily calls as the last answer told them; None before the first."""
        return self._api.usage

    def now(self) -> datetime:
        """The org's clock in UTC."""
        return self._api.now()

    def check(self) -> Account:
        """The org (18 characters), its time zone and our user. Two calls: the login, and one query that proves it.
        Raises Unserved where it does not serve our API version.
        """
        session = self._api.login.session()
        org_id, zone, user_id = session.org_id, None, session.user_id
        try:
            row = next(iter(self._api.ask("SELECT Id, TimeZoneSidKey FROM Organization").rows))
            org_id, zone = row.get("Id") or org_id, row.get("TimeZoneSidKey")
        except (Refused, Missing, StopIteration) as error:
            if isinstance(error, Missing) and (unserved := self._unserved()):
                raise Unserved(System.SALESFORCE, f"API version {unserved}") from error
            row = None  # a user who may not see the org can still work in it
        if org_id is None or user_id is None:
            told = self._api.user_info()
            org_id, user_id = org_id or told.get("organization_id"), user_id or told.get("user_id")
        if not org_id:
            raise AuthFailed(System.SALESFORCE, "neither the login nor the org says which org this is")
        return Account(System.SALESFORCE, long_id(str(org_id)), zone, long_id(str(user_id)) if user_id else None)

    def warning(self) -> None:
        """None: Salesforce keeps a version for years, and a retired one answers that it is (facts: salesforce B1)."""
        return

    def _unserved(self) -> str | None:
        """Our API version beside those that the org serves, None where ours is one of them or the org does not tell."""
        try:
            served = self._api.versions()
        except (ConnectorError, LookupError, TypeError, ValueError):
            return None
        if not served or self._api.version in served:
            return None
        return f"{self._api.version} is not served: this org serves {served[0]} to {served[-1]}"

    def describe(self, kind: str) -> ObjectSchema:
        """The fields of an object that our user may see. Kept once read. Raises Missing or Forbidden, without a new
        call for ten minutes.
        """
        known = kind_of(kind)
        if refusal := self._refused(kind):
            raise refusal.with_traceback(None)
        if kind not in self._schemas:
            try:
                self._schemas[kind] = schema_of(known, self._api.rest("GET", _described_at(known)))
            except (Missing, Forbidden) as error:
                self._refusals[kind] = (self.now(), error)
                raise
        return self._schemas[kind]

    def learn(self, kinds: Collection[str]) -> None:
        """Read the descriptions of several kinds in one call, for `describe` to give; what fails is left to that."""
        unknown = [kind for kind in kinds if kind not in self._schemas and not self._refused(kind)]
        wanted = {kind: _described_at(kind_of(kind)) for kind in unknown}
        for kind, told in composite.read_together(self._api, wanted, composite.MOST_REQUESTS).items():
            if told.status == composite.OK:
                self._schemas[kind] = schema_of(kind_of(kind), told.body)
            elif told.status == composite.NOT_FOUND:
                what = f"GET {self._api.base}{wanted[kind]}: NOT_FOUND"
                self._refusals[kind] = (self.now(), Missing(System.SALESFORCE, what))

    def prefetch(self, asks: Sequence[Ask]) -> None:
        """Fetch the first pages of several pulls, five to a call (facts: salesforce B2).

        Pulls without `since` are left out: they have many pages, and a first one each would only lie in memory. So is
        what this org refuses; the pull of that asks by itself, and raises the error. What nobody pulled is forgotten.
        """
        self._fetched.clear()
        known = [ask for ask in asks if ask.kind in KINDS]
        self.learn(list(dict.fromkeys(ask.kind for ask in known)))
        wanted: dict[Asked, str] = {}
        for ask in known:
            kind = kind_of(ask.kind)
            if (ask.window.since is None and not kind.whole) or self._is_absent(kind):
                continue
            try:
                fields = self._fields(ask.kind, ask.properties)
            except (Refused, Missing, Forbidden):
                continue
            soql = in_window(kind, fields, ask.window, ask.window.after_id)
            wanted[ask.kind, ask.window, tuple(ask.properties)] = composite.query_address(soql, deleted=kind.bin)
        for asked, told in composite.read_together(self._api, wanted, composite.MOST_QUERIES).items():
            if told.status == composite.OK:
                self._fetched[asked] = found_in(told.body)

    def pull(self, kind: str, window: Window, properties: Sequence[str]) -> Iterator[Page]:
        """Pages of records in a window, deletes and merges included, each safe to commit with its `after_id`.

        Raises Missing, which names them, for properties that the object does not have. A history that the org does
        not keep, because no admin has switched it on, has no pages. More than 20,000 rows come by Bulk 2.0 and out of
        order: `after_id` moves with the last page only. `deleted_lead` and its like are the feed of `deleted`.
        """
        if kind.startswith(DELETED):
            return self.deleted(kind.removeprefix(DELETED), window)
        known = kind_of(kind)
        if self._is_absent(known):
            return iter(())
        fields = self._fields(kind, properties)
        rest = BulkQuery(self._api, known, fields, window, properties, self.describe(kind), self._bulk.read_above)
        first = self._fetched.pop((kind, window, tuple(properties)), None)
        in_bulk = rest if self._bulk.enabled else None
        return pull.pull(self._api, known, fields, window, properties, first=first, in_bulk=in_bulk)

    def paced(self, kind: str) -> bool:  # noqa: ARG002  the protocol's
        """False: Salesforce limits a day's calls, and not how fast they come (facts: salesforce B2)."""
        return False

    def of_contacts(self, kind: str, ids: Collection[str], window: Window) -> Iterator[Page]:  # noqa: ARG002
        """Raises Missing: Salesforce lists nothing contact by contact."""
        raise Missing(System.SALESFORCE, f"{kind} is not listed contact by contact")

    def deleted(self, kind: str, window: Window) -> Iterator[Page]:
        """Pages of what was deleted in the window; `after_id` is the instant up to which that is known.

        `pull` tells of deletions too, as long as the rows lie in the recycle bin, and of who won a merge, which this
        does not. This is for what `pull` cannot see: rows that were purged from the bin, or deleted without it. Ask
        it seldom, and at least every 15 days, for that is how long the org remembers.
        """
        return deleted.deleted(self._api, kind_of(kind), window, self.now())

    def read(
        self, kind: str, ids: Collection[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Mapping[str, Record]:
        """Records by id as they are now, under the ids asked for; deleted and unknown ones are left out.

        History is what the org kept for fields that an admin chose to track (facts: salesforce B6), else empty.
        """
        known = kind_of(kind)
        records = pull.read(self._api, known, self._fields(kind, properties), ids, properties)
        return with_history(self._api, known, records, history)

    def tracked(self, kind: str) -> Collection[str] | None:
        """The fields of an object whose history an admin has switched on: none of one that has no history; None where
        our user may not see it. Asked again after ten minutes.
        """
        at, found = self._tracked.get(kind, (None, None))
        if at is None or self.now() - at >= REFUSED_FOR:
            known = kind_of(kind)
            absent = kind not in HISTORIES or self._is_absent(kind_of(HISTORIES[kind]))
            found = frozenset() if absent else tracked_fields(self._api, known)
            self._tracked[kind] = self.now(), found
        return found

    def related(self, kind: str, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:
        """The leads or contacts of e-mail messages; nothing else, since every other relation is a field of a record."""
        return related.people_of_emails(self._api, ids, to_kind) if kind == "email_message" else {}

    def find(self, kind: str, field: str, values: Collection[str], properties: Sequence[str]) -> Sequence[Record]:
        """Living records whose field has one of the values, by id. Text is compared as the org does: without case."""
        fields = self._fields(kind, (*properties, field))
        return pull.find(self._api, kind_of(kind), fields, field, values, properties)

    def amount(self, kind: str, window: Window) -> int | None:
        """How many rows of a kind changed in the window, deleted ones included; None for the feed of deletions."""
        if kind.startswith(DELETED):
            return None
        known = kind_of(kind)
        return 0 if self._is_absent(known) else self._api.ask(amount(known, window), deleted=known.bin).total

    def count(self, kind: str, field: str, since: datetime | None, until: datetime | None) -> int:
        """How many living rows have an instant in a field, from `since` on and before `until`."""
        return self._api.ask(counted(kind_of(kind).api_name, field, since, until)).total

    def mapped_fields(self) -> Mapping[str, Sequence[str]]:
        """The fields that each custom field of a lead goes to when it is converted. Raises Unreachable or Forbidden
        where our user may not see that.
        """
        return mapped.mapped_fields(self._api)

    def write(self, kind: str, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """One result per write, in order; all of one shape, and creates at most 200, else ValueError.

        More than 200 updates or upserts go by Bulk 2.0 where it is on, in one job for all rows with the same fields.
        Both name their rows, so a job that was cut off can be repeated.
        """
        if len(writes) <= write.MOST_ROWS:
            return write.write(self._api, kind_of(kind), writes)
        most = self._bulk.rows_per_job if self._bulk.enabled else 0
        return load.load(self._api, kind_of(kind), writes, most)

    def most_rows(self, pending: int) -> int:
        """200, or a whole job where more than 2,000 rows are waiting (facts: salesforce B2)."""
        whole_job = self._bulk.enabled and pending > self._bulk.write_above
        return self._bulk.rows_per_job if whole_job else write.MOST_ROWS

    def _fields(self, kind: str, properties: Sequence[str]) -> Sequence[str]:
        return selectable(kind_of(kind), self.describe(kind), properties)

    def _refused(self, kind: str) -> Missing | Forbidden | None:
        """Why the org did not describe a kind to us lately."""
        at, error = self._refusals.get(kind, (None, None))
        return error if at and self.now() - at < REFUSED_FOR else None

    def _is_absent(self, kind: Kind) -> bool:
        """Whether this is a history that no admin has switched on."""
        if kind.tracked:
            try:
                self.describe(kind.word)
            except Missing:
                return True
        return False


def _described_at(kind: Kind) -> str:
    return f"sobjects/{kind.api_name}/describe"


def _grant(
    login_url: str, client_id: str, client_secret: str | None, username: str | None, private_key: bytes | None
) -> Grant:
    if client_secret and not username and not private_key:
        return ClientCredentials(client_id, client_secret)
    if username and private_key and not client_secret:
        return JwtBearer(client_id, username, private_key, login_url)
    raise ValueError("Salesforce needs either a client secret, or a user name and a private key")
