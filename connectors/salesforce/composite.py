"""Several reads in one call, and one that is too long for an address (facts: salesforce B2, B7)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import quote_plus

import orjson

from connectors.answers import Action, Answer, Verdict, known_form
from connectors.errors import Forbidden, Missing, Refused
from connectors.records import System
from connectors.salesforce.answers import classify, judged

MOST_QUERIES, MOST_REQUESTS = 5, 25  # in one composite
MOST_IN_ADDRESS = 12_000
"""Characters: address and headers together may have 16,384 bytes, and a session can be some thousand of them. What is
longer goes in the body of a composite, as Salesforce itself advises (help article 000386264), and is one call too.
"""
PATH = "/composite"
"""How the address of a composite ends."""
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


def query_address(soql: str, *, deleted: bool) -> str:
    """Where a query is asked, below the versioned address."""
    head, where, terms = soql.partition(" WHERE ")
    return f"{'queryAll' if deleted else 'query'}/?q={_quoted(head)}{_quoted(where + terms)}"


@lru_cache(maxsize=64)
def _quoted(part: str) -> str:
    """A part of a query as an address has it: a hundred fields, the same each time, or the window of several kinds."""
    return quote_plus(part)


def read_in_body(caller: Caller, address: str) -> Any:
    """The answer to one GET below the versioned address, however long that is. Raises, and is tried again, as the GET
    itself would be.
    """
    return _answers(caller.rest("POST", "composite", _order(caller, {"r0": address})))["r0"].body


def verdict_on(answer: Answer) -> Verdict:
    """The verdict on a whole composite. The part of one that has no other is judged as if it had been asked for by
    itself: what is transient is tried again, by the rules of all calls, and a session that is over is renewed.
    """
    verdict = classify(answer)
    asked = orjson.loads(answer.request.body or b"{}").get("compositeRequest", ())
    if verdict.action is not Action.ACCEPT or len(asked) != 1:
        return verdict
    part = _answers(answer.json()).get(asked[0]["referenceId"], Part(0, None))
    return verdict if part.status == OK else judged(f"GET {asked[0]['url'].partition('?')[0]}", part.status, part.body)


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
    order = _order(caller, {reference: addresses[name] for reference, name in names.items()})
    try:
        told = caller.rest("POST", "composite", order)
    except (Refused, Missing, Forbidden):
        return {}
    return {names[reference]: part for reference, part in _answers(told).items() if reference in names}


def _order(caller: Caller, addresses: Mapping[str, str]) -> Mapping[str, Any]:
    requests = [
        {"method": "GET", "url": caller.base + address, "referenceId": reference}
        for reference, address in addresses.items()
    ]
    return {"allOrNone": False, "compositeRequest": requests}


def _answers(told: Any) -> dict[str, Part]:
    """The parts of a composite's answer, by reference. Raises Unreachable for one with a status that is none."""
    entries: Sequence[Any] = (told.get("compositeResponse") if isinstance(told, Mapping) else None) or ()
    with known_form(System.SALESFORCE, "a composite"):
        return {
            str(entry.get("referenceId")): Part(int(entry.get("httpStatusCode") or 0), entry.get("body"))
            for entry in entries
            if isinstance(entry, Mapping)
        }
