"""Several reads in one call (facts: salesforce B2, B7)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from connectors.errors import Forbidden, Missing, Refused

MOST_QUERIES, MOST_REQUESTS = 5, 25  # in one composite
MOST_ENCODED = 15_000  # characters of one address, as for a call of its own
OK, NOT_FOUND = 200, 404

Name = TypeVar("Name", bound=Hashable)


class Part(NamedTuple):
    """The answer to one request of a composite."""

    status: int
    body: Any


class Caller(Protocol):
    """The call that a composite is; `connectors.salesforce.api.Api` makes it."""

    base: str

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call below the versioned address."""
        ...


def query_address(soql: str, *, deleted: bool) -> str | None:
    """Where a query is asked, below the versioned address; None for one too long for a composite."""
    address = f"{'queryAll' if deleted else 'query'}/?{urlencode({'q': soql})}"
    return address if len(address) <= MOST_ENCODED else None


def read_together(caller: Caller, addresses: Mapping[Name, str], most: int) -> Mapping[Name, Part]:
    """The answers to several GETs below the versioned address, by the given names, `most` to a call.

    What the org refuses takes nothing from the others: its status says so. Nothing is there for one that would be
    alone in its call, nor where the org takes no composites at all: these are to be asked by themselves.
    """
    answers: dict[Name, Part] = {}
    names = list(addresses)
    for start in range(0, len(names), most):
        chunk = names[start : start + most]
        if len(chunk) > 1:
            answers |= _answered(caller, {f"r{place}": name for place, name in enumerate(chunk)}, addresses)
    return answers


def _answered(caller: Caller, names: Mapping[str, Name], addresses: Mapping[Name, str]) -> dict[Name, Part]:
    requests = [
        {"method": "GET", "url": caller.base + addresses[name], "referenceId": reference}
        for reference, name in names.items()
    ]
    try:
        told = caller.rest("POST", "composite", {"allOrNone": False, "compositeRequest": requests})
    except (Refused, Missing, Forbidden):
        return {}
    entries: Sequence[Any] = (told.get("compositeResponse") if isinstance(told, Mapping) else None) or ()
    return {
        names[entry["referenceId"]]: Part(int(entry.get("httpStatusCode") or 0), entry.get("body"))
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("referenceId") in names
    }
