"""What comes back over HTTP, and the verdict on it that a CRM's classifier gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
import requests

from connectors.errors import ConnectorError, Unreachable
from connectors.nouns import dataclass
from connectors.records import System

_STRANGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading an answer raises that has not the form that we know."""


class Action(StrEnum):
    """What to do with an answer."""

    ACCEPT = "accept"
    RETRY = "retry"
    RENEW = "renew"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a CRM's classifier says about an answer.

    `error` is what is raised in the end when the answer is not accepted. `after` is the least number of seconds to
    wait before a repeat. `untouched` says that the CRM refused before it did anything (429, 423, 401), so that even a
    call that is not idempotent may be repeated. `growing`: wait as many times that long as there were tries. `for_all`:
    no other call may go out before then either.
    """

    action: Action
    error: ConnectorError | None = None
    after: float = 0.0
    untouched: bool = False
    growing: bool = False
    for_all: bool = False

    @classmethod
    def accept(cls) -> Self:
        """Hand the answer to the caller, whatever its status."""
        return cls(Action.ACCEPT)

    @classmethod
    def retry(
        cls,
        error: ConnectorError,
        *,
        after: float = 0.0,
        untouched: bool = False,
        growing: bool = False,
        for_all: bool = False,
    ) -> Self:
        """Try again, at the earliest after so many seconds; `error` when the tries are used up."""
        return cls(Action.RETRY, error, after, untouched, growing, for_all)

    @classmethod
    def renew(cls, error: ConnectorError) -> Self:
        """The credentials were refused: renew them once and try again, else `error`."""
        return cls(Action.RENEW, error)

    @classmethod
    def fail(cls, error: ConnectorError) -> Self:
        """Give up at once."""
        return cls(Action.FAIL, error)


class Answer(requests.Response):
    """A response that parses its JSON once, with orjson."""

    @classmethod
    def of(cls, response: requests.Response) -> Self:
        """The same response with the cheaper `json`."""
        answer = cls()
        answer.__dict__.update(response.__dict__)
        return answer

    def json(self, **options: Any) -> Any:
        """The body as JSON; raises ValueError when it is not. Parser options fall back to the library's own way."""
        if options:
            return super().json(**options)
        if "_parsed" not in self.__dict__:
            self._parsed = _parsed(self.content)
        return self._parsed


_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""With what is before it that is a backslash of the text itself."""


def _parsed(content: bytes) -> Any:
    """JSON, in which half a surrogate pair reads "?", and NUL, which PostgreSQL cannot keep, SUB: the character that
    stands for what cannot be. One person's cut-off emoji must not stop all others.
    """
    if rb"\u0000" in content:
        content = _NUL.sub(rb"\1\\u001a", content)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        if rb"\ud" not in content.lower():
            raise
        return orjson.loads(json.dumps(json.loads(content), ensure_ascii=False).encode("utf-8", "replace"))


def name_of(request: requests.PreparedRequest) -> str:
    """A request's method and path, for messages: never the query, which may hold personal data."""
    return f"{request.method} {urlsplit(request.url or '').path}"


def retry_after(answer: requests.Response, most: float = 120.0) -> float | None:
    """Seconds that the Retry-After header asks for, as a number or a date; None without one or outside 1..most."""
    text = answer.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until = http_date(text)
        at = http_date(answer.headers.get("Date", "")) or datetime.now(UTC)
        seconds = (until - at).total_seconds() if until else 0.0
    return seconds if 1 <= seconds <= most else None


def http_date(text: str) -> datetime | None:
    """The instant that an HTTP header such as Date names, in UTC; None when it names none."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def garbage(answer: Answer) -> str | None:
    """What is wrong with the body of a 2xx answer: a maintenance page, or JSON that was cut off (facts: hubspot A2)."""
    kind = answer.headers.get("Content-Type", "").lower()
    wanted = "json" in str(answer.request.headers.get("Accept", ""))
    if not answer.content:
        return "no body" if wanted and answer.status_code == HTTPStatus.OK else None
    if "html" in kind:
        return "a web page"
    if "json" not in kind and not wanted:
        return None
    try:
        answer.json()
    except ValueError:
        return "what is not JSON"
    return None


@contextmanager
def known_form(system: System, what: str) -> Iterator[None]:
    """Turns what goes wrong inside, because an answer has not the form that we know, into Unreachable."""
    try:
        yield
    except _STRANGE as fault:
        what = f"{what} is answered in a form that is not known ({type(fault).__name__})"
        raise Unreachable(system, what) from None
