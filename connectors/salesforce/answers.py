"""What a whole answer of Salesforce means (facts: salesforce B2, B7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from connectors.errors import AuthFailed, Forbidden, LimitReached, Missing, Refused, Unreachable, Unserved
from connectors.http import Answer, Verdict, name_of, retry_after
from connectors.limits import Day, Limiter, Rate, Told
from connectors.records import System
from connectors.salesforce.refusals import SEVERAL_MATCHES

_US = System.SALESFORCE
_TRANSIENT_STATUSES = frozenset({406, 408, 420, 429})
_TRANSIENT_CODES = frozenset({"SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "REQUEST_RUNNING_TOO_LONG"})
_FORBIDDEN_CODES = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "FUNCTIONALITY_NOT_ENABLED"})
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,79}")
_USAGE = re.compile(r"(?<![-\w])api-usage=([0-9]{1,12})/([0-9]{1,12})")
_COLUMN = re.compile(r"No such column '([A-Za-z0-9_.]{1,80})'")


class QueryTimedOut(Unreachable):
    """A query took the org too long; a smaller one may not."""


class CursorLost(Unreachable):
    """The org no longer knows where a query stopped."""


class Declined(Refused):
    """A refusal with its status, its code, and the CRM's own text, which may hold personal data: never show that."""

    def __init__(self, where: str, status: int, code: str, message: str) -> None:
        named = _COLUMN.search(message)
        self.field = named.group(1) if named else None
        super().__init__(_US, f"{where}: {code}" + (f", no field {self.field}" if self.field else ""))
        self.status = status
        self.code = code
        self.message = message


_FOR_THE_READER = MappingProxyType({"QUERY_TIMEOUT": QueryTimedOut, "INVALID_QUERY_LOCATOR": CursorLost})


def polite() -> Limiter:
    """An org's limits: the last fifth of its day is left to other programs. Salesforce has no burst limit (facts:
    salesforce B2); ours is far above what a run needs, and only stops a loop gone wild.
    """
    return Limiter(Rate(1000, 1.0), day=Day(share=0.8, rolls=True), read=limits_told)


def limits_told(headers: Mapping[str, str]) -> Told:
    """The org's calls of the last 24 hours, by all programs, and how many it may make: on every answer."""
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    used, total = (int(each) for each in found.groups()) if found else (0, 0)
    return Told(used=used, total=total) if total else Told()


def classify(answer: Answer) -> Verdict:
    """The verdict on an answer of the data API. A body that is not what the API promises is judged by its status."""
    if answer.status_code < 300:
        return Verdict.accept()
    try:
        body = answer.json()
    except ValueError:
        body = None
    where = name_of(answer.request)
    if answer.status_code == 401 or answer.content.startswith(b"Bad_OAuth_Token"):
        return _session_refused(where)
    return judged(where, answer.status_code, body, retry_after(answer) or 0.0)


def judged(where: str, status: int, body: Any, after: float = 0.0) -> Verdict:
    """The verdict on a refusal, which may be that of a part of a composite; with status 0 there was no answer."""
    code, message = _told(body)
    if code == "INVALID_SESSION_ID":
        return _session_refused(where)
    if code in _FOR_THE_READER:
        return Verdict.fail(_FOR_THE_READER[code](_US, f"{where}: {code}"))
    # Too many long calls now, not too many a day.
    if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" in message.casefold():
        return Verdict.retry(Unreachable(_US, f"{where}: too many calls at a time"), untouched=True)
    if not status or status >= 500 or status in _TRANSIENT_STATUSES or code in _TRANSIENT_CODES:
        error = Unreachable(_US, f"{where}: answered {status}" + (f" {code}" if code else ""))
        return Verdict.retry(error, after=after, untouched=status in (420, 429))
    return _final(where, status, code, message)


def _session_refused(where: str) -> Verdict:
    return Verdict.renew(AuthFailed(_US, f"{where}: the session was refused, after a new login too"))


def _final(where: str, status: int, code: str, message: str) -> Verdict:
    """What no repeat will mend."""
    if code == "REQUEST_LIMIT_EXCEEDED":
        return Verdict.fail(LimitReached(_US, f"{where}: the org's calls of the last 24 hours are used up"))
    if status == 300:
        return Verdict.fail(Declined(where, status, SEVERAL_MATCHES, message))
    if status == 403 or code.startswith("INSUFFICIENT_ACCESS") or code in _FORBIDDEN_CODES:
        return Verdict.fail(Forbidden(_US, f"{where}: {code or 'forbidden'}"))
    if status == 410:
        return Verdict.fail(Unserved(_US, f"{where}: this API version is no longer served"))
    if status == 404 or code == "INVALID_TYPE":
        return Verdict.fail(Missing(_US, f"{where}: {code or 'not found'}"))
    return Verdict.fail(Declined(where, status, code or str(status), message))


def _told(body: Any) -> tuple[str, str]:
    """The first error's code and text; empty for a body that is no list of errors (HTML, `Bad_OAuth_Token`)."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return "", ""
    code = str(first.get("errorCode") or "")
    return (code if _CODE.fullmatch(code) else ""), str(first.get("message") or "")
