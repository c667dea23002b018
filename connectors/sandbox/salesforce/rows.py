"""The rules that a row must pass to be written, in the order in which the org applies them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.salesforce.automation import Automation
from connectors.sandbox.salesforce.errors import Refusal, no_such_column, unwritable
from connectors.sandbox.salesforce.ids import POD, SHORT, make_id
from connectors.sandbox.salesforce.schema import Field, Schema, SObject
from connectors.sandbox.salesforce.tables import Row, Tables
from connectors.sandbox.salesforce.values import Value, coerce

_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_PARENTS = ("AccountId", "WhoId", "WhatId", "OpportunityId", "ContactId")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes and how. `at` is the stored form of the time. An admin may set what the API may not."""

    user_id: str
    at: str
    admin: bool = False
    auto_assign: bool = False
    allow_duplicates: bool = False
    record_details: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Refuses a row that equals a living one in all `fields`. `allow_save` false is a rule that always blocks."""

    sobject: str
    fields: Sequence[str]
    allow_save: bool = True


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """`breaks(new row, old row or None)` says whether a row is refused with the admin's own message."""

    sobject: str
    message: str
    breaks: Callable[[Row, Row | None], bool]
    field: str | None = None


class Writer:
    """Creates, changes and deletes rows of one org."""

    def __init__(self, schema: Schema, tables: Tables, automation: Automation) -> None:
        self._schema = schema
        self._tables = tables
        self._automation = automation
        self._numbers: dict[str, int] = {}
        self.duplicate_rules: list[DuplicateRule] = []
        self.validation_rules: list[ValidationRule] = []
        self.locks: dict[str, int] = {}
        self.assignment: dict[str, str] = {}
        """Object name to the owner that its active assignment rule picks."""
        self.pods: Sequence[str] = (POD,)
        """Six characters each that new ids go through in turn: with several, ids are not in the order of creation."""
        self.edit_converted = False
        """Whether our user has the permission View and Edit Converted Leads (facts: salesforce 0.9)."""
        self.duplicate_key = "duplicateResut"
        """How the result of a duplicate rule is spelt; elsewhere it is duplicateResult (facts: salesforce 0.12)."""

    def insert(self, sobject: SObject, data: Mapping[str, Any], actor: Actor) -> str:
        """Create a row; returns its 18-character id. Raises Refusal."""
        given = self._given(sobject, data, actor, None)
        row: dict[str, Any] = {"Id": None, **_defaults(sobject, actor), **given}
        self._automation.before(sobject.name, row, None, actor.at)
        self._check(sobject, row, given, None, actor)
        self._assign(sobject, row, actor)
        row["Id"] = self._next_id(sobject)
        self._tables.put(sobject.name, row)
        self._automation.after(self, sobject.name, row, None, actor)
        return str(row["Id"])

    def update(self, sobject: SObject, record_id: str, data: Mapping[str, Any], actor: Actor) -> None:
        """Change a row. Its SystemModstamp moves even when no value does (facts: salesforce B9). Raises Refusal."""
        old = self._tables[sobject.name].rows.get(record_id)
        if old is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if old.get("IsDeleted"):
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
        if old.get("IsConverted") and sobject.name == "Lead" and not actor.admin and not self.edit_converted:
            raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        given = self._given(sobject, data, actor, old)
        row = {**old, **_touched(actor), **given}
        self._automation.before(sobject.name, row, old, actor.at)
        self._check(sobject, row, given, old, actor)
        self._assign(sobject, row, actor)
        self._tables.put(sobject.name, row)
        self._automation.after(self, sobject.name, row, old, actor)

    def delete(self, sobject: SObject, record_id: str, actor: Actor, master_id: str | None = None) -> None:
        """Put a row into the recycle bin, with the rows that cannot be without it. Raises Refusal."""
        row = self._tables[sobject.name].rows.get(record_id)
        if row is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
        if row.get("IsDeleted"):
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
        self._unlocked(record_id, row)
        gone = {"IsDeleted": True, "MasterRecordId": master_id}
        self._tables.put(sobject.name, {**row, **_touched(actor), **gone})
        for child, field in self._automation.dependents(sobject.name):
            for each in self._tables[child].equal(field, record_id):
                if not each.get("IsDeleted"):
                    self.delete(self._schema.any(child), each["Id"], actor)

    def append(self, sobject: SObject, values: Mapping[str, Value], actor: Actor) -> str:
        """What the org itself creates: no rule is asked. Returns the id."""
        row: dict[str, Any] = {**_defaults(sobject, actor), **values}
        row["Id"] = self._next_id(sobject)
        self._tables.put(sobject.name, row)
        return str(row["Id"])

    def _next_id(self, sobject: SObject) -> str:
        number = self._numbers[sobject.prefix] = self._numbers.get(sobject.prefix, 0) + 1
        return make_id(sobject.prefix, number, self.pods[number % len(self.pods)])

    def set_quietly(self, sobject: str, record_id: str, changes: Mapping[str, Value], actor: Actor) -> None:
        """What the org itself changes: no rule is asked, but the stamps move."""
        row = self._tables[sobject].rows[record_id]
        self._tables.put(sobject, {**row, **_touched(actor), **changes})

    def _given(self, sobject: SObject, data: Mapping[str, Any], actor: Actor, old: Row | None) -> dict[str, Value]:
        """The stored form of what was sent, under the fields' own names."""
        given: dict[str, Value] = {}
        closed: list[str] = []
        for name, value in data.items():
            field = sobject.fields.get(name.lower())
            if field is None:
                field, value = self._by_relationship(sobject, name, value)  # noqa: PLW2901  the reference in its place
            writable = field.createable if old is None else field.updateable
            if not actor.admin and (field.hidden or not writable):
                closed.append(field.name)
            else:
                given[field.name] = coerce(field, value)
        if closed:
            raise unwritable(closed)
        return given

    def _by_relationship(self, sobject: SObject, name: str, value: object) -> tuple[Field, str | None]:
        """The reference meant by {"Account": {"HubSpot_Id__c": "7"}}: a parent named by its external id."""
        reference = sobject.referring(name)
        if reference is None or not isinstance(value, dict):
            raise no_such_column(name, sobject.name)
        keys = {key: each for key, each in value.items() if key not in {"attributes", "type"}}
        target = self._schema.any(reference.refers_to[0])
        for key, each in keys.items():
            field = target.field(key)
            if len(keys) != 1 or field is None or not field.indexed:
                raise no_such_column(key, target.name)
            rows = [row for row in self._tables[target.name].equal(field.name, each) if not row.get("IsDeleted")]
            if len(rows) != 1:
                message = f"Foreign key external ID: {each} not found for field {field.name} in entity {target.name}"
                raise Refusal("INVALID_FIELD", message)
            return reference, str(rows[0]["Id"])
        return reference, None

    def _check(
        self, sobject: SObject, row: Mapping[str, Any], given: Mapping[str, Value], old: Row | None, actor: Actor
    ) -> None:
        asked = sobject.fields.values() if old is None else [sobject.fields[name.lower()] for name in given]
        missing = [
            field.name for field in asked if not field.nillable and field.createable and row.get(field.name) is None
        ]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refusal("REQUIRED_FIELD_MISSING", message, tuple(missing))
        changed = [name for name in given if old is None or old.get(name) != row.get(name)]
        self._references(sobject, row, changed, actor)
        if not actor.admin:
            self._unlocked(row["Id"], row)
        self._unique(sobject, row, changed)
        if not actor.admin:
            self._automation.permit(sobject.name, row, old)
            self._validate(sobject, row, old)
            self._duplicates(sobject, row, old, changed, actor)

    def _references(self, sobject: SObject, row: Mapping[str, Any], changed: Iterable[str], actor: Actor) -> None:
        for name in changed:
            field, value = sobject.fields[name.lower()], row.get(name)
            if field.type != "reference" or value is None:
                continue
            target = self._schema.of_id(value)
            if target is None or target.name not in field.refers_to:
                # facts: salesforce B6, Task: an Account as WhoId
                message = f"{field.label}: id value of incorrect type: {value}"
                raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, (name,))
            found = self._tables[target.name].rows.get(value)
            if found is None:
                raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (name,))
            if found.get("IsDeleted"):
                raise Refusal("ENTITY_IS_DELETED", "entity is deleted", (name,))
            if found.get("IsConverted") and target.name == "Lead" and not actor.admin:
                raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", (name,))
            if name == "OwnerId" and found.get("IsActive") is False:
                text = "operation performed with inactive user [" + value[:SHORT] + "]"
                raise Refusal("INACTIVE_OWNER_OR_USER", f"{text} as owner of {sobject.name.lower()}", (name,))
            if name == "OwnerId" and target.name == "Group" and not self._serves(value, sobject):  # believed
                raise Refusal("FIELD_INTEGRITY_EXCEPTION", "Queue not associated with this SObject type", (name,))

    def _serves(self, queue_id: str, sobject: SObject) -> bool:
        return any(
            each["SobjectType"] == sobject.name for each in self._tables["QueueSobject"].equal("QueueId", queue_id)
        )

    def _unlocked(self, record_id: str | None, row: Mapping[str, Any]) -> None:
        for each in (record_id, *(row.get(name) for name in _PARENTS)):
            if each and self.locks.get(each, 0) > 0:
                self.locks[each] -= 1
                message = f"unable to obtain exclusive access to this record or 1 records: {each}"
                raise Refusal("UNABLE_TO_LOCK_ROW", message)

    def require_unique(self, sobject: SObject, row: Row) -> None:
        """Raise Refusal where a living row has a unique value of this one."""
        self._unique(sobject, row, [field.name for field in sobject.fields.values() if field.unique])

    def _unique(self, sobject: SObject, row: Mapping[str, Any], changed: Iterable[str]) -> None:
        table = self._tables[sobject.name]
        for name in changed:
            field, value = sobject.fields[name.lower()], row.get(name)
            if not field.unique or value is None:
                continue
            for other in table.equal(name, value):
                if other["Id"] != row["Id"] and not other.get("IsDeleted"):
                    # The id in the text has 15 characters.
                    text = f"duplicate value found: {name} duplicates value on record with id: {other['Id'][:SHORT]}"
                    raise Refusal("DUPLICATE_VALUE", text)

    def _validate(self, sobject: SObject, row: Mapping[str, Any], old: Row | None) -> None:
        for rule in self.validation_rules:
            if rule.sobject == sobject.name and rule.breaks(row, old):
                raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, (rule.field,) if rule.field else ())

    def _duplicates(
        self, sobject: SObject, row: Mapping[str, Any], old: Row | None, changed: Sequence[str], actor: Actor
    ) -> None:
        for rule in self.duplicate_rules:
            if rule.sobject != sobject.name or not set(rule.fields) & set(changed):
                continue
            if (rule.allow_save and actor.allow_duplicates) or any(row.get(name) is None for name in rule.fields):
                continue
            matches = [each for each in self._alike(sobject, rule, row) if old is None or each["Id"] != old["Id"]]
            if matches:
                shown = [_match(sobject, each, rule.fields if actor.record_details else ()) for each in matches]
                raise _detected(sobject, rule, shown, self.duplicate_key)

    def _alike(self, sobject: SObject, rule: DuplicateRule, row: Mapping[str, Any]) -> Iterable[Row]:
        table, first = self._tables[sobject.name], rule.fields[0]
        rows = table.equal(first, row[first]) if table.is_indexed(first) else table.rows.values()
        fields = [sobject.fields[name.lower()] for name in rule.fields]
        for other in rows:
            same = all(field.key(other.get(field.name)) == field.key(row.get(field.name)) for field in fields)
            if same and not other.get("IsDeleted"):
                yield other

    def _assign(self, sobject: SObject, row: dict[str, Any], actor: Actor) -> None:
        # Without `Sforce-Auto-Assign: FALSE` creates and updates run assignment rules (facts: salesforce B3).
        if actor.auto_assign and sobject.name in self.assignment:
            row["OwnerId"] = self.assignment[sobject.name]


def _touched(actor: Actor) -> dict[str, str]:
    return {"LastModifiedDate": actor.at, "SystemModstamp": actor.at, "LastModifiedById": actor.user_id}


def _defaults(sobject: SObject, actor: Actor) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(_STAMPS, actor.at)
    values |= {"CreatedById": actor.user_id, "LastModifiedById": actor.user_id}
    values |= sobject.blank()
    if "OwnerId" in values:
        values["OwnerId"] = actor.user_id
    return values


def _match(sobject: SObject, row: Row, names: Sequence[str]) -> dict[str, Any]:
    """One record that is alike: its Id, and with includeRecordDetails the fields that were compared."""
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": sobject.name}, "Id": row["Id"], **{name: row.get(name) for name in names}},
    }


def _detected(sobject: SObject, rule: DuplicateRule, records: Sequence[Mapping[str, Any]], key: str) -> Refusal:
    message = "Use one of these records?"
    result = {
        "entityType": sobject.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": list(records),
        "rule": f"Standard_{sobject.name}_Match_Rule_v1_0",
        "size": len(records),
        "success": True,
    }
    detected = {
        "allowSave": rule.allow_save,
        "duplicateRule": f"Standard_{sobject.name}_Duplicate_Rule",
        "duplicateRuleEntityType": sobject.name,
        "errorMessage": message,
        "matchResults": [result],
    }
    return Refusal("DUPLICATES_DETECTED", message, extra={key: detected})
