"""Which records belong together, where no property says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from connectors.answers import known_form
from connectors.errors import Unreachable
from connectors.hubspot.client import Api, Json, next_cursor, results
from connectors.hubspot.kinds import Kind
from connectors.onward import Onward
from connectors.records import System

AT_ONCE = 1_000
"""Ids in one call (facts: hubspot B6)."""
_NOT_FOUND = ("OBJECT_NOT_FOUND", "NO_ASSOCIATIONS_FOUND")


def related(api: Api, kind: Kind, ids: Collection[str], to_kind: Kind) -> Mapping[str, Sequence[str]]:
    """Ids of associated records by id, the primary one first; a record without any is left out. A record with more
    than one page of them is asked for again, together with the others like it.

    Raises Unreachable when a record was refused for another reason than that it, or what it belongs to, is not there.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        inputs: list[Json] = [{"id": each} for each in wanted[start : start + AT_ONCE]]
        walks: dict[str, Onward] = {}
        while inputs:
            body = api.associated(kind.path, to_kind.path, inputs)
            _require_answered(body, kind)
            with known_form(System.HUBSPOT, "association"):
                inputs = [*_gather(results(body), found, walks)]
    with known_form(System.HUBSPOT, "association"):
        return {one: _ids(to) for one, to in found.items() if to}


def _gather(
    rows: Iterable[Json], found: dict[str, list[Mapping[str, Any]]], walks: dict[str, Onward]
) -> Iterable[Json]:
    """Adds what the rows tell; the inputs that ask for the rest. Each record has a walk of its own."""
    for row in rows:
        one, to = str(row["from"]["id"]), row.get("to") or ()
        found.setdefault(one, []).extend(to)
        if after := next_cursor(row):
            walks.setdefault(one, Onward(System.HUBSPOT, "the list of a record's associations")).look(to, after)
            yield {"id": one, "after": after}


def _ids(to: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    if len(to) == 1:
        return [str(to[0]["toObjectId"])]
    return list(dict.fromkeys(str(one["toObjectId"]) for one in sorted(to, key=lambda one: not _is_primary(one))))


def _is_primary(one: Mapping[str, Any]) -> bool:
    return any(str(kind.get("label") or "").casefold() == "primary" for kind in one.get("associationTypes") or ())


def _require_answered(body: Json, kind: Kind) -> None:
    errors = body.get("errors")
    for each in errors if isinstance(errors, list) else ():
        told = f"{each.get('category')} {each.get('subCategory')}" if isinstance(each, Mapping) else ""
        if not any(name in told for name in _NOT_FOUND):
            raise Unreachable(System.HUBSPOT, f"the associations of some {kind.path} were not answered")
