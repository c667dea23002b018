"""The calls to one org: through the library, which never logs in, over our transport, which does all the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import requests

from connectors.answers import known_form
from connectors.errors import Unreachable
from connectors.http import SAFE_METHODS, Answer, Options, Transport, Verdict
from connectors.nouns import dataclass
from connectors.onward import Onward
from connectors.records import System
from connectors.salesforce.answers import classify, limits_told, polite
from connectors.salesforce.auth import TOKEN_PATH, Grant, Login, judge_login
from connectors.salesforce.composite import MOST_IN_ADDRESS, PATH, query_address, read_in_body, verdict_on
from connectors.salesforce.library import library

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce as Library

# Without it, even an update of a Lead runs the assignment rules and may change its owner (facts: salesforce B3).
WRITE_HEADERS = {"Content-Type": "application/json", "Sforce-Auto-Assign": "FALSE"}

Row = Mapping[str, Any]


class Found(NamedTuple):
    """One page of a query's rows, how many rows it has in all, and where the next page is."""

    rows: Sequence[Row]
    total: int
    more: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """The org's calls in the last 24 hours, by everybody, and how many it may make."""

    used: int
    total: int


class Api:
    """One org, logged in to when first called. Raises the errors of `connectors.errors`, and QueryTimedOut and
    CursorLost for queries.
    """

    def __init__(self, login_url: str, grant: Grant, api_version: str, options: Options) -> None:
        self.login = Login(login_url, grant, self._post_login, self.now)
        self.transport = Transport(
            System.SALESFORCE,
            classify=_classify,
            authorize=self.login.authorize,
            renew=self.login.renew,
            repeatable=_repeatable,
            limiter=polite(),
            options=options,
        )
        self.transport.on_response.append(self._hear)
        self.usage: Usage | None = None
        self.base = f"/services/data/v{api_version}/"
        self.version = api_version
        self._lock = threading.Lock()
        self._library: Library | None = None

    def now(self) -> datetime:
        """The org's clock in UTC."""
        return self.transport.now()

    def sleep(self, seconds: float) -> None:
        """Wait, as the transport does."""
        self.transport.options.sleep(seconds)

    def ask(self, soql: str, *, deleted: bool = False) -> Found:
        """The first page of a query's rows, with those in the recycle bin where asked."""
        address = query_address(soql, deleted=deleted)
        if len(address) > MOST_IN_ADDRESS:
            return found_in(read_in_body(self, address))
        return found_in(self._loaded().restful(address))

    def more(self, address: str) -> Found:
        """The next page."""
        return found_in(self._loaded().query_more(address, identifier_is_url=True))

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Row]]:
        """Pages of rows, with those in the recycle bin where asked. Raises Unreachable where they lead nowhere."""
        onward = Onward(System.SALESFORCE, "a query")
        found = self.ask(soql, deleted=deleted)
        while True:
            onward.look(found.rows, found.more)
            yield found.rows
            if not found.more:
                return
            found = self.more(found.more)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address; None for an empty one."""
        options: dict[str, Any] = {} if body is None else {"data": orjson.dumps(body), "headers": WRITE_HEADERS}
        return self._loaded().restful(path, method=method, **options)

    def table(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[bytes, Mapping[str, str]]:
        """A table in CSV and the answer's headers."""
        answer = self.transport.send("GET", self._address(path), headers={"Accept": "text/csv"}, params=params)
        return answer.content, answer.headers

    def upload(self, path: str, table: bytes) -> None:
        """Send a table in CSV. A second upload of one job is refused, so it does no harm."""
        headers = {"Content-Type": "text/csv; charset=UTF-8"}
        self.transport.send("PUT", self._address(path), headers=headers, data=table)

    def user_info(self) -> Row:
        """What the identity service says about our user; empty when it says nothing."""
        answer = self.transport.send("GET", self.login.session().instance_url + "/services/oauth2/userinfo")
        told = answer.json()
        return told if isinstance(told, Mapping) else {}

    def versions(self) -> Sequence[str]:
        """The API versions that the org serves, as it lists them (facts: salesforce B1)."""
        address = self.login.session().instance_url + "/services/data"
        answer = self.transport.send("GET", address, headers={"Accept": "application/json"})
        return [str(one["version"]) for one in answer.json()]

    def metadata(self, envelope: str) -> str:
        """The answer of the metadata API to an envelope, as text. It is asked once: its refusals look like failures."""
        address = f"{self.login.session().instance_url}/services/Soap/m/{self.version}"
        headers = {"Content-Type": "text/xml; charset=UTF-8", "Accept": "text/xml", "SOAPAction": '""'}
        answer = self.transport.send("POST", address, headers=headers, data=envelope.encode(), idempotent=False)
        return answer.content.decode("utf-8", "replace")

    def _address(self, path: str) -> str:
        return self.login.session().instance_url + self.base + path

    def _post_login(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Any:
        sent = {"Accept": "application/json", **headers}
        return self.transport.send("POST", url, headers=sent, data=form, idempotent=True, authorized=False).json()

    def _loaded(self) -> Library:
        """The library, bound to our session. Loaded with the first call, and not before."""
        with self._lock:
            if self._library is None:
                self._library = _library(self.login.session().instance_url, self.transport, self.version)
            return self._library

    def _hear(self, answer: Answer) -> None:
        told = limits_told(answer.headers)
        if told.used is not None and told.total is not None:
            self.usage = Usage(told.used, told.total)


def found_in(answer: Any) -> Found:
    """The page out of the answer to a query. Raises Unreachable for one without rows, or that does not say where the
    rest of them is.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("records"), list):
        raise Unreachable(System.SALESFORCE, "a query was answered without records")
    rows = answer["records"]
    if not {*map(type, rows)} <= {dict}:
        raise Unreachable(System.SALESFORCE, "a query was answered with rows that are none")
    more = None if answer.get("done", True) else answer.get("nextRecordsUrl") or ""
    if more == "":
        raise Unreachable(System.SALESFORCE, "a query was answered in part, without its next page")
    with known_form(System.SALESFORCE, "the number of a query's rows"):
        return Found(rows, int(answer.get("totalSize") or len(rows)), more)


def _classify(answer: Answer) -> Verdict:
    path = urlsplit(answer.request.url or "").path
    if path == TOKEN_PATH:
        return judge_login(answer)
    return verdict_on(answer) if path.endswith(PATH) else classify(answer)


def _repeatable(request: requests.PreparedRequest) -> bool:
    """Whether a request may be sent twice: all but what makes rows. Updates name theirs by Id; an upsert whose answer
    is lost may have made a row that somebody has worked on since, and is looked for first. The POST that reads rows by
    id ends in the object's name, a composite only reads, and a job made twice has no rows until it gets them.
    """
    _, rows, below = urlsplit(request.url or "").path.partition("/composite/sobjects")
    if request.method == "PATCH":
        return not below
    return request.method in SAFE_METHODS or not rows or bool(below)


def _library(instance_url: str, transport: Transport, version: str) -> Library:
    """The library in direct mode: it holds no credentials, and `Login.authorize` sets the real ones on each call."""
    made = library()(session_id="-", instance_url=instance_url, session=transport.session, version=version)
    made.headers = {"Accept": "application/json"}  # without the library's wish for indented answers
    return made
