"""The search endpoint: strict about what it takes, honest about what it leaves out (facts: hubspot B5)."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.filters import Condition, comparable, compile_filter
from connectors.sandbox.hubspot.objects import known_names, shown
from connectors.sandbox.hubspot.schema import ObjectType
from connectors.sandbox.hubspot.table import Table
from connectors.sandbox.hubspot.wire import Bulk, body_of, integer, strings
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT = 200
RESULT_CAP = 10_000
GROUPS, FILTERS_PER_GROUP, FILTERS_IN_ALL = 5, 6, 18
QUERY_CHARACTERS = 3_000


@dataclass(frozen=True, slots=True)
class _Question:
    """A search as asked: any of the groups of conditions, the words of a query, one order."""

    groups: tuple[tuple[Condition, ...], ...]
    words: tuple[str, ...]
    sort: str
    descending: bool


class SearchRoute:
    """Searches; remembers the ids of the last question, so that paging through it costs no new search."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._asked: tuple[object, ...] = ()
        self._found: list[int] = []

    def search(self, request: Request, *, kind: ObjectType) -> Response:
        """One page of live records, filtered on the state that the index has, answered in their present state."""
        body = body_of(request)
        limit, offset = integer(body.get("limit"), "limit", 10), integer(body.get("after"), "after", 0)
        if not 0 <= limit <= PAGE_LIMIT:
            raise invalid(f"There was a problem with the request: limit must not exceed {PAGE_LIMIT}")
        # Paging ends at 10,000 results of one query, whatever `total` says.
        if offset < 0 or offset + limit > RESULT_CAP:
            raise invalid(f"There was a problem with the request: paging beyond {RESULT_CAP} results is not supported")
        table = self._portal.tables[kind.name]
        ids = self._matching(table, body)
        names = known_names(self._portal, kind, strings(body, "properties"))
        # Hits that are archived already fall out here: short, even empty pages with a cursor (facts: hubspot E12).
        page = [shown(kind, table.live[each], names) for each in ids[offset : offset + limit] if each in table.live]
        answer: dict[str, Any] = {"total": len(ids), "results": page}
        if offset + limit < len(ids):
            answer["paging"] = {"next": {"after": str(offset + limit)}}
        return Bulk(200, answer)

    def _matching(self, table: Table, body: Mapping[str, Any]) -> list[int]:
        """Ids in order. An id keyset asks the same question again but for the last id, so that one is cut off."""
        groups = _raw_groups(body)
        floor, groups = _without_id_floor(groups)
        key = (table, table.version, json.dumps([groups, body.get("sorts"), body.get("query")], sort_keys=True))
        if key != self._asked:
            self._found = self._search(table, self._question(table.kind, groups, body))
            self._asked = key
        if floor is None:
            return self._found
        return _above(self._found, floor, ordered=_by_id_ascending(body))

    def _question(self, kind: ObjectType, groups: list[list[dict[str, Any]]], body: Mapping[str, Any]) -> _Question:
        definitions = self._portal.properties[kind.name]
        query = body.get("query") or ""
        if not isinstance(query, str) or len(query) > QUERY_CHARACTERS:
            raise invalid(f"The query must be a text of at most {QUERY_CHARACTERS} characters")
        compiled = tuple(tuple(compile_filter(definitions, each) for each in group) for group in groups)
        sort, descending = _sort(body)
        if sort not in definitions:
            raise invalid("There was a problem with the request.")
        return _Question(compiled, tuple(query.lower().split()), sort, descending)

    def _search(self, table: Table, question: _Question) -> list[int]:
        by_id = question.sort == "hs_object_id"
        if by_id and len(question.groups) <= 1 and not (question.words or table.indexed):
            ids, untested = _candidates(table, question.groups[0] if question.groups else ())
            if not untested:
                return sorted(ids, reverse=question.descending)
        found: dict[int, Mapping[str, str]] = {}
        for group in question.groups or ((),):
            found |= _hits(table, group, question.words)
        if by_id:
            return sorted(found, reverse=question.descending)
        key = comparable(self._portal.properties[table.kind.name][question.sort])
        with_value = [(key(value), each) for each, values in found.items() if (value := values.get(question.sort))]
        with_value.sort(key=itemgetter(1))
        with_value.sort(key=itemgetter(0), reverse=question.descending)
        ordered = [each for _, each in with_value]
        present = set(ordered)
        return ordered + sorted(each for each in found if each not in present)


def _hits(table: Table, group: Sequence[Condition], words: tuple[str, ...]) -> dict[int, Mapping[str, str]]:
    """Ids and values of the records that satisfy a group, as the search index has them."""
    ids, untested = _candidates(table, group)
    live, behind = table.live, table.indexed

    def fits(values: Mapping[str, str], conditions: Sequence[Condition]) -> bool:
        return all(each.holds(values) for each in conditions) and _has_words(table.kind, values, words)

    current = ((each, live[each].values) for each in ids if each not in behind)
    found: dict[int, Mapping[str, str]] = {each: values for each, values in current if fits(values, untested)}
    # The index may still know records that are gone: they are hits, and missing in the answer.
    found |= {each: state for each, state in behind.items() if state is not None and fits(state, group)}
    return found


def _candidates(table: Table, group: Sequence[Condition]) -> tuple[Iterable[int], list[Condition]]:
    """The ids that can satisfy a group, and the conditions that they are yet to be tested by.

    Unique values and ids are looked up, a window of modified dates is a slice; anything else goes through all records.
    """
    for condition in group:
        if condition.keys is not None and (known := _looked_up(table, condition)) is not None:
            return known, [*group]
    dated = [each for each in group if each.name == table.kind.modified and (each.low_ms, each.high_ms) != (None, None)]
    if not dated:
        return table.ids, [*group]
    low = max((each.low_ms for each in dated if each.low_ms is not None), default=None)
    high = min((each.high_ms for each in dated if each.high_ms is not None), default=None)
    start = 0 if low is None else bisect_left(table.by_modified, (low, 0))
    stop = len(table.by_modified) if high is None else bisect_left(table.by_modified, (high + 1, 0))
    untested = [each for each in group if not (each.exact and each in dated)]
    if stop - start == len(table.ids):
        return table.ids, untested
    return [record_id for _, record_id in table.by_modified[start:stop]], untested


def _looked_up(table: Table, condition: Condition) -> Iterable[int] | None:
    keys = condition.keys or ()
    if condition.name == "hs_object_id":
        return [each for each in map(int, keys) if each in table.live]
    claims = table.unique.get(condition.name)
    if claims is None:
        return None
    holders = dict.fromkeys(claims[each] for each in keys if each in claims)
    return [each for each in holders if each in table.live]


def _has_words(kind: ObjectType, values: Mapping[str, str], words: tuple[str, ...]) -> bool:
    if not words:
        return True
    text = " ".join(values.get(name, "") for name in kind.searchable).lower()
    return all(word in text for word in words)


def _raw_groups(body: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The groups of filters, checked for number and form; a top-level `filters` is one group."""
    groups = _objects(body.get("filterGroups"), "filterGroups")
    if body.get("filters"):
        groups = [*groups, {"filters": body["filters"]}]
    lists = [_objects(group.get("filters"), "filters") for group in groups]
    most = max(map(len, lists), default=0)
    if len(lists) > GROUPS or most > FILTERS_PER_GROUP or sum(map(len, lists)) > FILTERS_IN_ALL:
        raise invalid(
            f"There was a problem with the request: at most {GROUPS} filterGroups, {FILTERS_PER_GROUP} filters in each "
            f"and {FILTERS_IN_ALL} filters in all are allowed"
        )
    return lists


def _objects(raw: object, name: str) -> list[dict[str, Any]]:
    found = raw or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise invalid(f"Invalid input JSON: {name} must be a list of objects")
    return found


def _without_id_floor(groups: list[list[dict[str, Any]]]) -> tuple[int | None, list[list[dict[str, Any]]]]:
    """Take `hs_object_id GT n` out of a lone group: compared as numbers, never as text."""
    if len(groups) != 1:
        return None, groups
    floors, rest = [], []
    for each in groups[0]:
        value = str(each.get("value", ""))
        is_floor = each.get("propertyName") == "hs_object_id" and each.get("operator") == "GT" and value.isdecimal()
        if is_floor:
            floors.append(int(value))
        else:
            rest.append(each)
    return (max(floors), [rest]) if floors else (None, groups)


def _above(ids: list[int], floor: int, *, ordered: bool) -> list[int]:
    return ids[bisect_right(ids, floor) :] if ordered else [each for each in ids if each > floor]


def _by_id_ascending(body: Mapping[str, Any]) -> bool:
    return _sort(body) == ("hs_object_id", False)


def _sort(body: Mapping[str, Any]) -> tuple[str, bool]:
    sorts = body.get("sorts") or []
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise invalid("There was a problem with the request: only one sort is allowed")
    if not sorts:
        return "hs_object_id", False
    if isinstance(sorts[0], str):
        return sorts[0].removeprefix("-"), sorts[0].startswith("-")
    if not isinstance(sorts[0], dict):
        raise invalid("Invalid input JSON: a sort is a property name or an object")
    direction = sorts[0].get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise invalid(f"Invalid input JSON: unknown direction {direction}")
    return str(sorts[0].get("propertyName")), direction == "DESCENDING"
