"""The Salesforce connector: one org, read and written through the REST API."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import requests

from connectors.errors import AuthFailed, Missing, Refused, Unreachable
from connectors.http import SAFE_METHODS, Answer, Options, Transport, Verdict, require_safe
from connectors.records import Account, ObjectSchema, Page, Record, System, Window, Write, WriteResult
from connectors.salesforce import pull, write
from connectors.salesforce.answers import classify
from connectors.salesforce.auth import TOKEN_PATH, ClientCredentials, Grant, JwtBearer, Login, judge_login
from connectors.salesforce.describe import schema_of, selectable
from connectors.salesforce.history import with_history
from connectors.salesforce.ids import long_id
from connectors.salesforce.kinds import kind_of

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce as Library

API_VERSION = "66.0"
# Without it, even an update of a Lead runs the assignment rules and may change its owner (facts: salesforce B3).
WRITE_HEADERS = {"Content-Type": "application/json", "Sforce-Auto-Assign": "FALSE"}
# A call may take minutes on their side, and one given up too early meets its own row locks (facts: salesforce B2).
PATIENT = Options(timeout=(5.0, 120.0), patience=300.0)
_USAGE = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Usage:
    """The org's calls in the last 24 hours, by everybody, and how many it may make."""

    used: int
    total: int


class Api:
    """The calls to one org: through the library, which never logs in, over our transport, which does all the rest."""

    def __init__(self, login_url: str, grant: Grant, api_version: str, options: Options) -> None:
        self.login = Login(login_url, grant, self._post_login, self.now)
        self.transport = Transport(
            System.SALESFORCE,
            classify=_classify,
            authorize=self.login.authorize,
            renew=self.login.renew,
            repeatable=_repeatable,
            options=options,
        )
        self.transport.on_response.append(self._hear)
        self.usage: Usage | None = None
        self._version = api_version
        self._lock = threading.Lock()
        self._library: Library | None = None

    def now(self) -> datetime:
        """The org's clock in UTC."""
        return self.transport.now()

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Pages of rows, with those in the recycle bin where asked."""
        library = self._loaded()
        answer = library.query(soql, include_deleted=deleted)
        while True:
            if not isinstance(answer, Mapping) or not isinstance(answer.get("records"), list):
                raise Unreachable(System.SALESFORCE, "a query was answered without records")
            yield answer["records"]
            if answer.get("done", True) or not answer.get("nextRecordsUrl"):
                return
            answer = library.query_more(answer["nextRecordsUrl"], identifier_is_url=True)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address; None for an empty one."""
        options: dict[str, Any] = {} if body is None else {"data": orjson.dumps(body), "headers": WRITE_HEADERS}
        return self._loaded().restful(path, method=method, **options)

    def user_info(self) -> Mapping[str, Any]:
        """What the identity service says about our user; empty when it says nothing."""
        answer = self.transport.send("GET", self.login.session().instance_url + "/services/oauth2/userinfo")
        told = answer.json()
        return told if isinstance(told, Mapping) else {}

    def _post_login(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Any:
        sent = {"Accept": "application/json", **headers}
        return self.transport.send("POST", url, headers=sent, data=form, idempotent=True, authorized=False).json()

    def _loaded(self) -> Library:
        """The library, bound to our session. Its import takes a third of a second: it waits for the first call."""
        with self._lock:
            if self._library is None:
                self._library = _library(self.login.session().instance_url, self.transport, self._version)
            return self._library

    def _hear(self, answer: Answer) -> None:
        used = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
        if used:
            self.usage = Usage(int(used.group(1)), int(used.group(2)))


class Salesforce:
    """A Destination (`connectors.records`): one org, as one user.

    With `client_secret` the app logs in by itself (client credentials), with `username` and `private_key` (PEM) it
    vouches for a user (JWT bearer); exactly one of the two, else ValueError. `login_url` is https, or http on this
    machine, else ValueError. `options` say how the wire is used.
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
    ) -> None:
        require_safe(login_url)
        grant = _grant(login_url.rstrip("/"), client_id, client_secret, username, private_key)
        self._api = Api(login_url, grant, api_version, options)
        self._schemas: dict[str, ObjectSchema] = {}

    @property
    def calls(self) -> int:
        """HTTP calls made so far, repeats and logins included."""
        return self._api.transport.calls

    @property
    def usage(self) -> Usage | None:
        """The org's daily calls as the last answer told them; None before the first."""
        return self._api.usage

    def now(self) -> datetime:
        """The org's clock in UTC."""
        return self._api.now()

    def check(self) -> Account:
        """The org (18 characters), its time zone and our user. Two calls: the login, and one query that proves it."""
        session = self._api.login.session()
        org_id, zone, user_id = session.org_id, None, session.user_id
        try:
            row = next(iter(next(self._api.query("SELECT Id, TimeZoneSidKey FROM Organization"))))
            org_id, zone = str(row["Id"]), row.get("TimeZoneSidKey")
        except (Refused, Missing, StopIteration):
            row = None  # a user who may not see the org can still work in it
        if org_id is None or user_id is None:
            told = self._api.user_info()
            org_id, user_id = org_id or told.get("organization_id"), user_id or told.get("user_id")
        if not org_id:
            raise AuthFailed(System.SALESFORCE, "neither the login nor the org says which org this is")
        return Account(System.SALESFORCE, long_id(str(org_id)), zone, long_id(str(user_id)) if user_id else None)

    def describe(self, kind: str) -> ObjectSchema:
        """The fields of an object that our user may see. Raises Missing or Forbidden. Kept once read."""
        known = kind_of(kind)
        if kind not in self._schemas:
            self._schemas[kind] = schema_of(known, self._api.rest("GET", f"sobjects/{known.api_name}/describe"))
        return self._schemas[kind]

    def pull(self, kind: str, window: Window, properties: Sequence[str]) -> Iterator[Page]:
        """Pages of records in a window, deletes and merges included, each safe to commit with its `after_id`.

        Raises Missing, which names them, for properties that the object does not have.
        """
        return pull.pull(self._api, kind_of(kind), self._fields(kind, properties), window, properties)

    def read(
        self, kind: str, ids: Collection[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Mapping[str, Record]:
        """Records by id as they are now, under the ids asked for; deleted and unknown ones are left out.

        History is what the org kept for fields that an admin chose to track (facts: salesforce B6), else empty.
        """
        known = kind_of(kind)
        records = pull.read(self._api, known, self._fields(kind, properties), ids, properties)
        return with_history(self._api, known, records, history)

    def related(self, kind: str, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:  # noqa: ARG002
        """Nothing: every relation of Salesforce is a field of some record."""
        return {}

    def find(self, kind: str, field: str, values: Collection[str], properties: Sequence[str]) -> Sequence[Record]:
        """Living records whose field has one of the values, by id. Text is compared as the org does: without case."""
        fields = self._fields(kind, (*properties, field))
        return pull.find(self._api, kind_of(kind), fields, field, values, properties)

    def write(self, kind: str, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """One result per write, in order; at most 200 of one shape, else ValueError."""
        return write.write(self._api, kind_of(kind), writes)

    def _fields(self, kind: str, properties: Sequence[str]) -> Sequence[str]:
        return selectable(kind_of(kind), self.describe(kind), properties)


def _grant(
    login_url: str, client_id: str, client_secret: str | None, username: str | None, private_key: bytes | None
) -> Grant:
    if client_secret and not username and not private_key:
        return ClientCredentials(client_id, client_secret)
    if username and private_key and not client_secret:
        return JwtBearer(client_id, username, private_key, login_url)
    raise ValueError("Salesforce needs either a client secret, or a user name and a private key")


def _classify(answer: Answer) -> Verdict:
    login = urlsplit(answer.request.url or "").path == TOKEN_PATH
    return judge_login(answer) if login else classify(answer)


def _repeatable(request: requests.PreparedRequest) -> bool:
    """Whether a request may be sent twice: all but creates. Updates and upserts name their rows by Id or key, and
    the POST that reads rows by id ends in the object's name.
    """
    path = urlsplit(request.url or "").path
    return request.method in SAFE_METHODS or request.method == "PATCH" or not path.endswith("/composite/sobjects")


def _library(instance_url: str, transport: Transport, version: str) -> Library:
    """The library in direct mode: it holds no credentials, and `Login.authorize` sets the real ones on each call."""
    from simple_salesforce.api import Salesforce as Library  # noqa: PLC0415  costs a third of a second

    class Quick(Library):
        def parse_result_to_json(self, result: requests.Response) -> Any:
            """As the library's, by orjson: it asks for ordered dicts, which cost a multiple."""
            return result.json()

    library = Quick(session_id="-", instance_url=instance_url, session=transport.session, version=version)
    library.headers = {"Accept": "application/json"}  # without the library's wish for indented answers
    return library
