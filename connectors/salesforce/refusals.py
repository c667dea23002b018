"""What to do about a row that Salesforce refused (facts: salesforce B3, B7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connectors.halves import NO_ANSWER
from connectors.records import Recovery, RowError
from connectors.salesforce.ids import long_id

MESSAGE_LENGTH = 300  # characters of the CRM's text that are kept
UNPROCESSED = "UNPROCESSED"
SEVERAL_MATCHES = "DUPLICATE_EXTERNAL_ID"

_RECOVERIES = MappingProxyType(
    {
        Recovery.RETRY: (
            "UNABLE_TO_LOCK_ROW",
            "SERVER_UNAVAILABLE",
            "QUERY_TIMEOUT",
            "REQUEST_RUNNING_TOO_LONG",
            # not the culprit: a neighbour was
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "PROCESSING_HALTED",
            NO_ANSWER,
            UNPROCESSED,  # its job ended before it came to this row
        ),
        Recovery.DUPLICATE: ("DUPLICATE_VALUE", "DUPLICATES_DETECTED", SEVERAL_MATCHES),
        Recovery.MAPPING: (
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "INVALID_FIELD",
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
        ),
        Recovery.PERMISSION: (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "STORAGE_LIMIT_EXCEEDED",
        ),
        Recovery.CONVERTED: ("CANNOT_UPDATE_CONVERTED_LEAD",),
        Recovery.GONE: ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"),
    }
)
_BY_CODE = MappingProxyType({code: recovery for recovery, codes in _RECOVERIES.items() for code in codes})
_IN_A_TABLE = re.compile(r"([A-Z][A-Z0-9_]+):(.*?)(?::([\w.,; ]*?)\s*--)?\s*", re.DOTALL)
"""CODE:message:field,field --"""
_NAMING = MappingProxyType(
    {
        "INVALID_FIELD": re.compile(r"No such column '(\w+)'"),
        "INVALID_FIELD_FOR_INSERT_UPDATE": re.compile(r"fields: ([\w, ]+)\."),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": re.compile(r"^(\w+): bad value"),
    }
)
_HOLDER = re.compile(r"record with id: ([A-Za-z0-9]{18}|[A-Za-z0-9]{15})\b")


def row_error(error: Mapping[str, Any]) -> RowError:
    """The error of one row, given one of its `errors` (statusCode in collections, errorCode elsewhere)."""
    code = str(error.get("statusCode") or error.get("errorCode") or "UNKNOWN")
    message = " ".join((str(error.get("message") or ""), *sorted(set(_matches(error))))).strip()
    fields = tuple(str(each) for each in error.get("fields") or ()) or _named(code, message)
    return RowError(code, message[:MESSAGE_LENGTH], _recovery(code, message, fields), fields, _holder(code, error))


def row_error_in(cell: str) -> RowError:
    """The error of one row, given what a Bulk job's table of failures says of it (facts: salesforce B7)."""
    told = _IN_A_TABLE.fullmatch(cell)
    if not told:
        return row_error({"message": cell})
    code, message, fields = told.groups()
    return row_error({"statusCode": code, "message": message, "fields": re.findall(r"[\w.]+", fields or "")})


def _named(code: str, message: str) -> tuple[str, ...]:
    """The fields that a text names, where the error itself lists none (facts: salesforce B7)."""
    told = _NAMING[code].search(message) if code in _NAMING else None
    return tuple(re.findall(r"\w+", told.group(1))) if told else ()


def _recovery(code: str, message: str, fields: Sequence[str]) -> Recovery:
    if code.startswith("INSUFFICIENT_ACCESS"):
        return Recovery.PERMISSION
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        return Recovery.RETRY  # the lock was missed inside a trigger of the admin's
    recovery = _BY_CODE.get(code, Recovery.REJECT)
    if recovery is Recovery.GONE and any(field != "Id" for field in fields):
        return Recovery.REJECT  # what it refers to (say, its owner) is gone; the record itself lives
    return recovery


def _holder(code: str, error: Mapping[str, Any]) -> str | None:
    """The one record that stands in the way. None where none or several are named: nobody guesses between two."""
    if code == "DUPLICATE_VALUE":
        found = set(_HOLDER.findall(str(error.get("message") or "")))
    elif code == "DUPLICATES_DETECTED":
        found = set(_matches(error))
    else:
        return None
    return long_id(found.pop()) if len(found) == 1 else None


def _matches(error: Mapping[str, Any]) -> Iterator[str]:
    # The first spelling is what orgs were seen to send, the second what the documentation says.
    detected = error.get("duplicateResut") or error.get("duplicateResult") or {}
    for result in detected.get("matchResults") or ():
        for match in result.get("matchRecords") or ():
            if found := (match.get("record") or {}).get("Id"):
                yield str(found)
