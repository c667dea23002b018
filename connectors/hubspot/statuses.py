"""What HubSpot's statuses mean, and what is done about each (facts: hubspot B3, B4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.errors import AuthFailed, ConnectorError, Forbidden, LimitReached, Missing, Refused, Unreachable
from connectors.http import Answer, Verdict, name_of, retry_after
from connectors.limits import Told, midnight, zone_of
from connectors.records import System

_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")
"""What may be repeated from a body: names and codes. Anything else could be somebody's data."""
_OBJECT_PATH = re.compile(r"/crm/(?:v3/)?(objects|properties)/(?:[^/]*\d[^/]*/)?(\w+)")


class Statuses:
    """HubSpot's classifier. `now` is HubSpot's clock; `time_zone` the portal's, once it is known: the daily limit
    starts anew at midnight there.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.time_zone: str | None = None

    def __call__(self, answer: Answer) -> Verdict:
        """What to do with this answer."""
        status = answer.status_code
        if status < 300:
            return Verdict.accept()
        body = _body(answer)
        where = _where(answer, body)
        if status == 429:
            return self._limited(answer, body, where)
        if status in (423, 408) or (status >= 500 and status != 530):
            # A locked record was not touched; what a server did before it failed, nobody knows.
            least = 2.0 if status == 423 else 0.0
            wait = max(least, retry_after(answer) or 0.0)
            return Verdict.retry(Unreachable(System.HUBSPOT, where), after=wait, untouched=status == 423)
        return Verdict.fail(_final(status, answer, body, where))

    def _limited(self, answer: Answer, body: Mapping[str, Any], where: str) -> Verdict:
        """By the limit that was hit. The search endpoints name theirs in the message only."""
        policy = f"{body.get('policyName', '')} {body.get('message', '')}".lower()
        if "daily" in policy or answer.headers.get("X-HubSpot-RateLimit-Daily-Remaining") == "0":
            return Verdict.fail(LimitReached(System.HUBSPOT, f"{where}: daily limit", self._next_midnight()))
        named_ten = "ten_secondly" in policy
        second = not named_ten and ("secondly" in policy or name_of(answer.request).endswith("/search"))
        ten = named_ten or (not second and answer.headers.get("X-HubSpot-RateLimit-Remaining") == "0")
        asked = retry_after(answer) or 0.0
        return Verdict.retry(
            Unreachable(System.HUBSPOT, f"{where}: too many calls"),
            after=max(10.0 if ten else 1.0 if second else 0.0, asked),
            untouched=True,
            growing=second and not asked,
            for_all=ten,
        )

    def _next_midnight(self) -> datetime | None:
        """Where the portal's zone is not known yet, the transport's limiter says when to look again."""
        return midnight(self._now(), self.time_zone) if zone_of(self.time_zone) else None


def limits_told(headers: Mapping[str, str]) -> Told:
    """What an answer's headers say of the limits: nothing in those of searches, and nothing of the day in those to
    an OAuth app (facts: hubspot B2).
    """
    burst, window, daily, left = (_number(headers.get(name)) for name in _LIMIT_HEADERS)
    return Told(
        burst=(burst, window / 1000) if burst and window else None,
        used=max(0, daily - left) if daily and left is not None else None,
        total=daily or None,
    )


_LIMIT_HEADERS = tuple(
    f"X-HubSpot-RateLimit-{name}" for name in ("Max", "Interval-Milliseconds", "Daily", "Daily-Remaining")
)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and text.isascii() else None


def _final(status: int, answer: Answer, body: Mapping[str, Any], where: str) -> ConnectorError:
    if status in (401, 530):
        return AuthFailed(System.HUBSPOT, f"{where}: the access token was refused")
    if status == 403:
        scope = ", ".join(_scopes(body)) or _likely_scope(name_of(answer.request))
        return Forbidden(System.HUBSPOT, f"{where}: the access token lacks {scope or 'a scope'}", scope)
    if status == 404:
        return Missing(System.HUBSPOT, f"{where}: not found")
    if status == 414:
        return Refused(System.HUBSPOT, f"{where}: too many properties or ids in one address")
    if status == 477:
        # HubSpot moves the portal to another region, which can take long: the next run tries again.
        return Unreachable(System.HUBSPOT, f"{where}: the portal is being moved")
    return Refused(System.HUBSPOT, f"{where}: {', '.join(_names(body)) or 'request refused'}")


def _body(answer: Answer) -> Mapping[str, Any]:
    """The error body; every field of it may be missing, and all of it may be a web page."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _where(answer: Answer, body: Mapping[str, Any]) -> str:
    correlation = (
        answer.headers.get("X-HubSpot-Correlation-Id") or body.get("correlationId") or body.get("correlationID")
    )
    told = [str(answer.status_code), *(part for part in (_plain(body.get("category")),) if part)]
    if _plain(correlation):
        told.append(f"correlation {correlation}")
    return f"{name_of(answer.request)}: {', '.join(told)}"


def _plain(value: object) -> str | None:
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _contexts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, value) pairs of the body's contexts that are safe to repeat."""
    errors = body.get("errors")
    for part in (body, *(errors if isinstance(errors, list) else ())):
        context = part.get("context") if isinstance(part, dict) else None
        for key, values in context.items() if isinstance(context, dict) else ():
            for value in values if isinstance(values, list) else (values,):
                if _plain(value):
                    yield key, value


def _scopes(body: Mapping[str, Any]) -> list[str]:
    return [value for key, value in _contexts(body) if "scope" in key.lower()]


def _likely_scope(where: str) -> str | None:
    """The scope that guards a path, for bodies that do not name it (facts: hubspot F)."""
    if found := _OBJECT_PATH.search(where):
        part = "schemas" if found.group(1) == "properties" else "objects"
        return f"crm.{part}.{found.group(2)}.read"
    if "/owners" in where:
        return "crm.objects.owners.read"
    return "forms" if "/form" in where else None


def _names(body: Mapping[str, Any]) -> list[str]:
    """Codes and property names that a refusal mentions; never its sentences, which quote values."""
    errors = body.get("errors")
    codes = (each.get("code") for each in (errors if isinstance(errors, list) else ()) if isinstance(each, dict))
    names = (value for key, value in _contexts(body) if key.lower() in ("propertyname", "name"))
    return list(dict.fromkeys(filter(None, (_plain(each) for each in (*codes, *names)))))
