"""The calls to one org. Paths are all that is made here: the transport does the rest.

simple-salesforce, whose calls these were, loads a whole SOAP client with every import: a tenth of the memory that a
pull may take. It speaks to the emulated org in the contract tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import requests

from connectors.errors import Unreachable
from connectors.http import SAFE_METHODS, Answer, Options, Transport, Verdict
from connectors.records import System
from connectors.salesforce.answers import classify, limits_told, polite
from connectors.salesforce.auth import TOKEN_PATH, Grant, Login, judge_login

# Without it, even an update of a Lead runs the assignment rules and may change its owner (facts: salesforce B3).
WRITE_HEADERS = {"Content-Type": "application/json", "Sforce-Auto-Assign": "FALSE"}

_JSON = {"Accept": "application/json"}

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

    def now(self) -> datetime:
        """The org's clock in UTC."""
        return self.transport.now()

    def sleep(self, seconds: float) -> None:
        """Wait, as the transport does."""
        self.transport.options.sleep(seconds)

    def ask(self, soql: str, *, deleted: bool = False) -> Found:
        """The first page of a query's rows, with those in the recycle bin where asked."""
        return found_in(self._rest("GET", "queryAll/" if deleted else "query/", {"q": soql}))

    def more(self, address: str) -> Found:
        """The next page. Raises Unreachable for one that is followed by itself."""
        answer = self.transport.send("GET", self.login.session().instance_url + address, headers=_JSON)
        found = found_in(answer.json())
        if found.more == address:
            raise Unreachable(System.SALESFORCE, "a query that repeats its pages")
        return found

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Row]]:
        """Pages of rows, with those in the recycle bin where asked."""
        found = self.ask(soql, deleted=deleted)
        yield found.rows
        while found.more:
            found = self.more(found.more)
            yield found.rows

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address; None for an empty one."""
        return self._rest(method, path, None, body)

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

    def _address(self, path: str) -> str:
        return self.login.session().instance_url + self.base + path

    def _post_login(self, url: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Any:
        sent = {"Accept": "application/json", **headers}
        return self.transport.send("POST", url, headers=sent, data=form, idempotent=True, authorized=False).json()

    def _rest(self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        sent = _JSON if body is None else _JSON | WRITE_HEADERS
        data = None if body is None else orjson.dumps(body)
        answer = self.transport.send(method, self._address(path), headers=sent, params=params, data=data)
        return answer.json() if answer.content else None

    def _hear(self, answer: Answer) -> None:
        told = limits_told(answer.headers)
        if told.used is not None and told.total is not None:
            self.usage = Usage(told.used, told.total)


def found_in(answer: Any) -> Found:
    """The page out of the answer to a query. Raises Unreachable for an answer without rows."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("records"), list):
        raise Unreachable(System.SALESFORCE, "a query was answered without records")
    rows = answer["records"]
    more = None if answer.get("done", True) else answer.get("nextRecordsUrl") or None
    return Found(rows, int(answer.get("totalSize") or len(rows)), more)


def _classify(answer: Answer) -> Verdict:
    login = urlsplit(answer.request.url or "").path == TOKEN_PATH
    return judge_login(answer) if login else classify(answer)


def _repeatable(request: requests.PreparedRequest) -> bool:
    """Whether a request may be sent twice: all but creates. Updates and upserts name their rows by Id or key, the
    POST that reads rows by id ends in the object's name, a composite only reads, and a job that was made twice has
    no rows until it gets them.
    """
    path = urlsplit(request.url or "").path
    return request.method in SAFE_METHODS or request.method == "PATCH" or not path.endswith("/composite/sobjects")
