"""Answers parsed queries out of the tables: checks every name and type, finds rows, sorts and renders them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import ge, gt, itemgetter, le, lt
from typing import Any, TypeAlias

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.finding import candidates, operand
from connectors.sandbox.salesforce.schema import NUMERIC, Field, Schema, SObject, tracked_as
from connectors.sandbox.salesforce.soql import Comparison, Condition, Literal, Order, Path, Query
from connectors.sandbox.salesforce.tables import Row, Table, Tables

MOST_OFFSET = 2_000  # facts: salesforce B4
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
# What a query may ask of a reference that can point to several kinds of record; the rest needs TYPEOF.
_OF_A_NAME = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Username", "IsActive", "Alias", "Type")

Getter: TypeAlias = Callable[[Row], Any]
Test: TypeAlias = Callable[[Row], bool]
Render: TypeAlias = Callable[[Row], dict[str, Any]]


class Evaluator:
    """Runs queries against one org's rows as our user sees them."""

    def __init__(self, schema: Schema, tables: Tables) -> None:
        self._schema = schema
        self._tables = tables

    def run(self, query: Query, *, deleted: bool, version: str, bin_since: str = "") -> tuple[Sequence[Row], Render]:
        """The rows that a query finds, in order, and what turns one of them into JSON. Raises Refusal.

        Deleted rows are among them where asked for, unless they were deleted before `bin_since`.
        """
        sobject = self._schema.find(query.source)
        if sobject is None:
            raise unsupported(query.source)
        if query.offset > MOST_OFFSET:
            raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MOST_OFFSET}")
        render = self.renderer(query, sobject, version)
        rows = self._rows(query, sobject, self._tables[sobject.name], _shows(deleted=deleted, bin_since=bin_since))
        end = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : end], render

    def _rows(self, query: Query, sobject: SObject, table: Table, shows: Test) -> list[Row]:
        test = self._test(query.where, sobject) if query.where else None
        keys = [(order, self._sortable(order, sobject)) for order in query.order]
        found = candidates(query.where, sobject, table, query.order)
        passing: Iterable[Row] = table.rows.values() if found is None else found.rows
        passing = filter(shows, passing)
        if told := self._told(sobject):
            passing = filter(told, passing)
        if test:
            passing = filter(test, passing)
        if found is not None and found.suits(query.order):
            return list(islice(passing, None if query.limit is None else query.offset + query.limit))
        rows = sorted(passing, key=itemgetter("Id"))  # without an order they come by id
        for order, key in reversed(keys):
            _sort(rows, order, key)
        return rows

    def _told(self, sobject: SObject) -> Test | None:
        """Which rows of a field history our user may see: none of a hidden field (facts: salesforce B6)."""
        parent = "Opportunity" if sobject.name == "OpportunityFieldHistory" else sobject.name.removesuffix("History")
        if "field" not in sobject.fields or parent == sobject.name:
            return None
        hidden = frozenset(tracked_as(field) for field in self._schema.any(parent).fields.values() if field.hidden)
        return (lambda row: row["Field"] not in hidden) if hidden else None

    def _sortable(self, order: Order, sobject: SObject) -> Getter:
        field, getter = self._resolve(order.path, sobject)
        if not field.filterable:
            raise Refusal("INVALID_FIELD", f"field '{field.name}' can not be sorted in a query call")
        return _keyed(field, getter)

    def _resolve(self, path: Path, sobject: SObject) -> tuple[Field, Getter]:
        """The field at the end of a path, and what gets its value starting from a row."""
        if path[0].lower() == sobject.name.lower() and len(path) > 1:
            path = path[1:]
        if len(path) == 1:
            field = sobject.field(path[0])
            if field is None:
                raise no_such_column(path[0], sobject.name)
            name = field.name
            return field, lambda row: row.get(name)
        reference = sobject.referring(path[0])
        if reference is None:
            raise Refusal(
                "INVALID_FIELD",
                f"Didn't understand relationship '{path[0]}' in field path. If you are attempting to use a custom "
                "relationship, be sure to append the '__r' after the custom relationship name.",
            )
        return self._beyond(reference, path[1:])

    def _beyond(self, reference: Field, path: Path) -> tuple[Field, Getter]:
        follow = self._follow(reference)
        if len(reference.refers_to) > 1:
            return self._of_a_name(path, follow)
        target = self._schema.find(reference.refers_to[0])
        if target is None:
            raise no_such_column(path[0], reference.refers_to[0])
        field, getter = self._resolve(path, target)
        return field, lambda row: None if (parent := follow(row)) is None else getter(parent)

    def _of_a_name(self, path: Path, follow: Callable[[Row], Row | None]) -> tuple[Field, Getter]:
        name = next((known for known in _OF_A_NAME if known.lower() == path[0].lower()), None)
        if name is None or len(path) > 1:
            raise no_such_column(path[0], "Name")
        if name == "Type":
            return Field("Type", "Type", "picklist", 40), lambda row: self._kind(follow(row))
        kind = "id" if name == "Id" else "boolean" if name == "IsActive" else "string"
        field = Field(name, name, kind, 121, exact=kind != "string")
        return field, lambda row: None if (parent := follow(row)) is None else parent.get(name)

    def _kind(self, row: Row | None) -> str | None:
        """What Who.Type says. A queue says Queue, not Group."""
        sobject = self._schema.of_id(row["Id"]) if row else None
        if row is None or sobject is None:
            return None
        return str(row.get("Type")) if sobject.name == "Group" else sobject.name

    def _follow(self, reference: Field) -> Callable[[Row], Row | None]:
        def parent(row: Row) -> Row | None:
            record_id = row.get(reference.name)
            sobject = self._schema.of_id(record_id) if record_id else None
            return None if sobject is None else self._tables[sobject.name].rows.get(str(record_id))

        return parent

    def _test(self, condition: Condition, sobject: SObject) -> Test:
        if isinstance(condition, Comparison):
            return self._comparison(condition, sobject)
        first, *others = [self._test(part, sobject) for part in condition.parts]
        if condition.operator == "NOT":
            return lambda row: not first(row)
        for other in others:
            first = _both(first, other) if condition.operator == "AND" else _either(first, other)
        return first

    def _comparison(self, condition: Comparison, sobject: SObject) -> Test:
        field, getter = self._resolve(condition.path, sobject)
        if not field.filterable:
            raise Refusal("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
        values = [operand(field, literal) for literal in condition.values]
        operator = condition.operator
        if operator == "LIKE":
            return _like(field, getter, condition.values[0])
        if operator in {"=", "IN", "!=", "NOT IN"}:
            wanted, keyed = frozenset(values), _keyed(field, getter)
            # A null is unequal to every value, so it passes != and NOT IN.
            if operator in {"=", "IN"}:
                return lambda row: keyed(row) in wanted
            return lambda row: keyed(row) not in wanted
        if field.type == "boolean" or values[0] is None:
            raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field")
        compare, limit, keyed = _COMPARE[operator], values[0], _keyed(field, getter)
        return lambda row: (value := keyed(row)) is not None and compare(value, limit)

    def renderer(self, query: Query, sobject: SObject, version: str) -> Render:
        """What turns a row into JSON with the fields that a query selects. Raises Refusal for unknown ones."""
        plain: list[str] = []
        nested: dict[str, tuple[Field, list[Path]]] = {}
        children: list[tuple[str, Callable[[Row], Any]]] = []
        seen: set[Path] = set()
        for item in query.select:
            if isinstance(item, Query):
                children.append(self._children(item, sobject, version))
                continue
            field, _ = self._resolve(item, sobject)
            lowered = tuple(part.lower() for part in item)
            if lowered in seen:
                raise Refusal("INVALID_FIELD", f"duplicate field selected: {'.'.join(item)}")
            seen.add(lowered)
            if len(item) == 1:
                plain.append(field.name)
            elif (reference := sobject.referring(item[0])) and reference.relationship:
                nested.setdefault(reference.relationship, (reference, []))[1].append(item[1:])
        nodes = [*((name, self._parent(*parts, version)) for name, parts in nested.items()), *children]
        kind, base = sobject.name, f"/services/data/v{version}/sobjects/{sobject.name}/"

        def render(row: Row) -> dict[str, Any]:
            shown: dict[str, Any] = {"attributes": {"type": kind, "url": base + row["Id"]}}
            for name in plain:
                shown[name] = row.get(name)
            for name, get in nodes:
                shown[name] = get(row)
            return shown

        return render

    def _parent(self, reference: Field, paths: list[Path], version: str) -> Callable[[Row], Any]:
        follow = self._follow(reference)
        single = len(reference.refers_to) == 1
        renders: dict[str, Render] = {}
        getters = [] if single else [(path[0], self._of_a_name(path, lambda row: row)) for path in paths]

        def shown(row: Row) -> dict[str, Any] | None:
            parent = follow(row)
            if parent is None:  # an empty lookup is null (facts: salesforce B4)
                return None
            sobject = self._schema.of_id(parent["Id"])
            assert sobject is not None  # noqa: S101  its row was found by its prefix
            if single:
                if sobject.name not in renders:
                    renders[sobject.name] = self.renderer(Query(tuple(paths), sobject.name), sobject, version)
                return renders[sobject.name](parent)
            url = f"/services/data/v{version}/sobjects/{sobject.name}/{parent['Id']}"
            values = {field.name: getter(parent) for _, (field, getter) in getters}
            return {"attributes": {"type": "Name", "url": url}, **values}

        return shown

    def check(self, query: Query, sobject: SObject) -> None:
        """Refuse what `run` would refuse, without looking at a row."""
        self.renderer(query, sobject, "0.0")
        if query.where:
            self._test(query.where, sobject)
        for order in query.order:
            self._sortable(order, sobject)

    def columns(self, query: Query) -> tuple[tuple[str, ...], Callable[[Row], tuple[Any, ...]]]:
        """The selected paths under their own names, and what gets a row's values in that order. Raises Refusal."""
        sobject = self._schema.find(query.source)
        if sobject is None:
            raise unsupported(query.source)
        paths = [item for item in query.select if not isinstance(item, Query)]
        getters = [self._resolve(path, sobject)[1] for path in paths]
        return tuple(self._named(path, sobject) for path in paths), lambda row: tuple(get(row) for get in getters)

    def _named(self, path: Path, sobject: SObject) -> str:
        field, _ = self._resolve(path, sobject)
        reference = sobject.referring(path[0]) if len(path) > 1 else None
        if reference is None or reference.relationship is None:
            return field.name
        target = self._schema.find(reference.refers_to[0])
        single = len(reference.refers_to) == 1 and target is not None
        rest = self._named(path[1:], target) if single and target else field.name
        return f"{reference.relationship}.{rest}"

    def _children(self, query: Query, sobject: SObject, version: str) -> tuple[str, Callable[[Row], Any]]:
        for child in self._schema:
            for field in child.visible():
                name = child_relationship(child, field, sobject.name)
                if name and name.lower() == query.source.lower():
                    return name, self._child_rows(query, child, field.name, version)
        raise Refusal("INVALID_TYPE", f"Didn't understand relationship '{query.source}' in FROM part of query call.")

    def _child_rows(self, query: Query, child: SObject, field: str, version: str) -> Callable[[Row], Any]:
        render = self.renderer(query, child, version)
        test = self._test(query.where, child) if query.where else None
        keys = [(order, self._sortable(order, child)) for order in query.order]
        table = self._tables[child.name]

        told = self._told(child)

        def shown(row: Row) -> dict[str, Any] | None:
            rows = [each for each in table.equal(field, row["Id"]) if not each.get("IsDeleted")]
            rows = [each for each in rows if told(each)] if told else rows
            rows = [each for each in rows if test(each)] if test else rows
            for order, key in reversed(keys):
                _sort(rows, order, key)
            rows = rows[query.offset :][: query.limit]
            if not rows:  # null, not an empty list (facts: salesforce B4)
                return None
            return {"totalSize": len(rows), "done": True, "records": [render(each) for each in rows]}

        return shown


def _shows(*, deleted: bool, bin_since: str) -> Test:
    """Which rows a query looks at: the living, or those in the recycle bin and the archived too."""
    if not deleted:  # archived activities are found by queryAll only (believed, facts: salesforce B6)
        return lambda row: not row.get("IsDeleted") and not row.get("IsArchived")
    return lambda row: not row.get("IsDeleted") or row["SystemModstamp"] >= bin_since


def child_relationship(child: SObject, field: Field, parent: str) -> str | None:
    """The name under which a parent's query reaches rows of `child` that refer to it by `field`; None for none."""
    if parent not in field.refers_to or not field.indexed or f"{child.name}.{field.name}" in _NO_CHILDREN:
        return None
    own = _CHILDREN.get(child.name)
    if own is None and child.name.endswith("History"):
        return "Histories"
    return own or re.sub("y$", "ie", child.name) + "s"


_CHILDREN = {
    "EmailMessage": "Emails",
    "OpportunityFieldHistory": "Histories",
    "OpportunityHistory": "OpportunityHistories",
    "CampaignMemberStatus": "CampaignMemberStatuses",
    "GroupMember": "GroupMembers",
    "QueueSobject": "QueueSobjects",
}
_NO_CHILDREN = frozenset({"Task.AccountId", "Event.AccountId"})
"""References that no relationship name leads back over, as in the recorded describes."""


def unsupported(name: str) -> Refusal:
    """The refusal of an object that there is not."""
    return Refusal(
        "INVALID_TYPE",
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
    )


def no_such_column(name: str, entity: str) -> Refusal:
    """The refusal of a field that a query names and the object has not, or not for our user."""
    return Refusal(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append "
        "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate "
        "names.",
    )


def _like(field: Field, getter: Getter, literal: Literal) -> Test:
    if field.type in {"id", "reference"}:
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field")
    if not isinstance(literal.value, str) or field.type in {*NUMERIC, "boolean", "date", "datetime"}:
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field")
    pieces = re.findall(r"\\.|.", literal.value, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(piece) or re.escape(piece[-1]) for piece in pieces)
    pattern = re.compile(expression, re.IGNORECASE | re.DOTALL)
    return lambda row: (value := getter(row)) is not None and pattern.fullmatch(str(value)) is not None


def _keyed(field: Field, getter: Getter) -> Getter:
    """What gets the key of a field's value: the value itself where case means nothing."""
    key = field.key
    return getter if field.exact else lambda row: key(getter(row))


def _both(first: Test, second: Test) -> Test:
    return lambda row: first(row) and second(row)


def _either(first: Test, second: Test) -> Test:
    return lambda row: first(row) or second(row)


def _sort(rows: list[Row], order: Order, key: Getter) -> None:
    keyed = [(key(row), row) for row in rows]
    filled = [each for each in keyed if each[0] is not None]
    filled.sort(key=itemgetter(0), reverse=order.descending)
    empty = [row for value, row in keyed if value is None]
    full = [row for _, row in filled]
    rows[:] = [*full, *empty] if order.nulls_last else [*empty, *full]
