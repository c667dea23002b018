"""Why HubSpot refused a row, a batch, or a change of a list, and what to do about it (facts: hubspot B4, E7, G)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connectors.answers import Action
from connectors.errors import Refused
from connectors.halves import NO_ANSWER
from connectors.http import Answer, Verdict
from connectors.records import Recovery, RowError, System

MESSAGE_LENGTH = 300  # characters of the CRM's text that are kept
_OF_THE_ROWS = frozenset({400, 404, 409, 413})
"""Statuses of a whole batch that one row of it can cause."""
_WRITES = ("/batch/create", "/batch/update", "/batch/upsert", "/memberships/add", "/memberships/remove")
_RECOVERIES = MappingProxyType(
    {
        "CONFLICT": Recovery.DUPLICATE,
        "OBJECT_NOT_FOUND": Recovery.GONE,
        "MISSING_SCOPES": Recovery.PERMISSION,
        "FORBIDDEN": Recovery.PERMISSION,
        "PERMISSION_DENIED": Recovery.PERMISSION,
        "RATE_LIMITS": Recovery.RETRY,
        "RATE_LIMIT": Recovery.RETRY,
        "INTERNAL_ERROR": Recovery.RETRY,
        "LOCKED": Recovery.RETRY,
        NO_ANSWER: Recovery.RETRY,
    }
)
_OF_THE_CONFIGURATION = frozenset({"INVALID_OPTION", "PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""What is wrong with a value for every row alike: an option, a property, or the right to set it."""
_TAKEN = "CONFLICTING_UNIQUE_VALUE"
_EXISTING = re.compile(r"Existing ID: ?(\d+)|(\d+) already has that value")
_CODE = re.compile(r'"error":"([A-Z][A-Z0-9_]+)"')
_NAME = re.compile(r'"name":"([A-Za-z0-9_]+)"')
_PLAIN_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,79}")


class Declined(Refused):
    """A batch that was refused whole, for what may be in one row. `body` is what HubSpot answered, and may hold
    personal data: never show it.
    """

    def __init__(self, what: str, body: Mapping[str, Any]) -> None:
        super().__init__(System.HUBSPOT, what)
        self.body = body


def judged(statuses: Callable[[Answer], Verdict], answer: Answer) -> Verdict:
    """The verdict on an answer: that of `statuses`, except for a refused batch of writes, which keeps its body."""
    verdict = statuses(answer)
    if verdict.action is not Action.FAIL or verdict.error is None or answer.status_code not in _OF_THE_ROWS:
        return verdict
    path = (answer.request.path_url or "").partition("?")[0]
    body = _body(answer)
    if not path.endswith(_WRITES) or (answer.status_code == 404 and body.get("category") != "OBJECT_NOT_FOUND"):
        return verdict  # a 404 without a category is an address that is not there
    return Verdict.fail(Declined(verdict.error.what, body))


def row_error(error: Mapping[str, Any]) -> RowError:
    """The error of one row, given its entry among a batch's `errors`, or the body of a batch refused whole. Every
    field of it may be missing; what is wrong with a value may stand in the text only.
    """
    category, message = str(error.get("category") or ""), str(error.get("message") or "")
    codes = codes_of(error)
    code = next(iter(codes), category or "UNKNOWN")
    recovery = _recovery(error, category, codes)
    found = _EXISTING.search(message) if recovery is Recovery.DUPLICATE else None
    return RowError(
        code,
        message[:MESSAGE_LENGTH],
        recovery,
        names_of(error),
        found.group(1) or found.group(2) if found else None,
    )


def no_answer() -> RowError:
    """The error of a row that HubSpot said nothing of: it may or may not be written."""
    return row_error({"category": NO_ANSWER, "message": "the answer has no such row"})


def _recovery(error: Mapping[str, Any], category: str, codes: Sequence[str]) -> Recovery:
    if known := _RECOVERIES.get(category):
        return known
    if _TAKEN in codes:
        return Recovery.DUPLICATE
    if _OF_THE_CONFIGURATION.intersection(codes):
        return Recovery.MAPPING
    status = str(error.get("status") or "")
    if status == "403":
        return Recovery.PERMISSION
    return Recovery.RETRY if status in ("423", "429") or status.startswith("5") else Recovery.REJECT


def codes_of(error: Mapping[str, Any]) -> Sequence[str]:
    """The codes of what is wrong, each once, out of the nested errors or the text."""
    told = [str(each.get("code") or "") for each in _nested(error)]
    told += _CODE.findall(str(error.get("message") or ""))
    return [each for each in dict.fromkeys(told) if _PLAIN_CODE.fullmatch(each)]


def names_of(error: Mapping[str, Any]) -> Sequence[str]:
    """The properties that an error names, each once, out of contexts or the text."""
    told = [name for part in (error, *_nested(error)) for name in context_of(part, "propertyName")]
    return tuple(dict.fromkeys([*told, *_NAME.findall(str(error.get("message") or ""))]))


def context_of(error: Mapping[str, Any], key: str) -> Sequence[str]:
    """What the context of an error lists under a key, as texts."""
    context = error.get("context")
    listed = context.get(key) if isinstance(context, Mapping) else None
    if listed is None:
        return ()
    return [str(each) for each in listed] if isinstance(listed, list) else (str(listed),)


def _nested(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    nested = error.get("errors")
    return (each for each in (nested if isinstance(nested, list) else ()) if isinstance(each, Mapping))


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}
