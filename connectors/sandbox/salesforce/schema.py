"""Objects and fields of the emulated org: what each field is, takes and refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from connectors.sandbox.salesforce import catalog

Names: TypeAlias = tuple[str, ...]

NUMERIC = frozenset({"int", "double", "currency", "percent"})
_EXACT = frozenset({"id", "reference", "date", "datetime", "boolean", *NUMERIC})
INDEXED_REFERENCES = frozenset(
    {
        *("WhoId", "WhatId", "OpportunityId", "ContactId", "AccountId", "LeadId", "CampaignId", "ActivityId"),
        *("EmailMessageId", "RelationId", "RelatedToId", "QueueId", "GroupId"),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `options` are the values of a picklist, `default` the one that a create without it gets.

    `hidden` is field-level security that closes the field for our user: it is as if it were not there. `exact` values
    are equal as they stand: no text, or a text in which case counts.
    """

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = False
    updateable: bool = False
    defaulted: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    restricted: bool = False
    filterable: bool = True
    options: Names = ()
    default: str | None = None
    refers_to: Names = ()
    hidden: bool = False
    exact: bool = False

    @property
    def custom(self) -> bool:
        """Whether an admin made it."""
        return self.name.endswith("__c")

    @property
    def relationship(self) -> str | None:
        """The name under which queries reach the record that it refers to."""
        if not self.refers_to:
            return None
        return self.name[:-1] + "r" if self.custom else self.name.removesuffix("Id")

    @property
    def indexed(self) -> bool:
        """Whether the store finds rows by it without walking all of them."""
        return self.external_id or self.unique or self.id_lookup or self.name in INDEXED_REFERENCES

    def key(self, value: object) -> object:
        """What two values must share to be equal: text is compared without case unless the field says so."""
        return value.lower() if isinstance(value, str) and not self.exact else value


@dataclass(slots=True)
class SObject:
    """One object. Fields are kept by lower-case name, because the API takes names in any case."""

    name: str
    prefix: str
    label: str
    plural: str
    writable: bool
    mergeable: bool
    undeletable: bool
    fields: dict[str, Field]
    _blank: dict[str, str | bool | None] | None = None

    def blank(self) -> Mapping[str, str | bool | None]:
        """What a new row has without being told: false, the default of a picklist, no owner yet."""
        if self._blank is None:
            self._blank = {}
            for field in self.fields.values():
                if field.type == "boolean":
                    self._blank[field.name] = field.name == "IsActive" and self.name == "User"
                elif field.defaulted and field.default is not None:
                    self._blank[field.name] = field.default
                elif field.name == "OwnerId":
                    self._blank[field.name] = None
        return self._blank

    def set(self, field: Field) -> None:
        """Add a field, or put it in the place of the one of that name."""
        self.fields[field.name.lower()] = field
        self._blank = None

    def drop(self, name: str) -> None:
        """Remove a field. Raises KeyError when there is none."""
        del self.fields[name.lower()]
        self._blank = None

    def field(self, name: str) -> Field | None:
        """The field of that name as our user sees it; None when there is none or it is hidden."""
        found = self.fields.get(name.lower())
        return found if found and not found.hidden else None

    @property
    def stamped_by(self) -> str:
        """The field that tells when a row changed last. Rows of a history never change: it is CreatedDate."""
        return "SystemModstamp" if "lastmodifieddate" in self.fields else "CreatedDate"

    def visible(self) -> list[Field]:
        """The fields that our user may see, in the order of the layout."""
        return [field for field in self.fields.values() if not field.hidden]

    def referring(self, relationship: str) -> Field | None:
        """The field behind a relationship name such as Owner."""
        wanted = relationship.lower()
        return next((f for f in self.visible() if f.relationship and f.relationship.lower() == wanted), None)


def tracked_as(field: Field) -> str:
    """What a field history calls a field: a standard reference by its relationship, as Owner (believed)."""
    return field.name if field.custom else field.relationship or field.name


class Schema:
    """All objects of one org. Starts from the catalog; an admin may add, remove, hide or freeze fields."""

    def __init__(self) -> None:
        self._objects = {sobject.name.lower(): sobject for sobject in _parse(catalog.OBJECTS)}
        self._by_prefix = {sobject.prefix: sobject for sobject in reversed(self._objects.values())}
        self.unavailable = {"leadhistory", "contacthistory", "accounthistory", "opportunityfieldhistory"}
        """Lower-case names of history objects whose tracking is switched off (facts: salesforce B6)."""

    def __iter__(self) -> Iterator[SObject]:
        return (sobject for sobject in self._objects.values() if sobject.name.lower() not in self.unavailable)

    def find(self, name: str) -> SObject | None:
        """The object of that name in any case; None when there is none."""
        return None if name.lower() in self.unavailable else self._objects.get(name.lower())

    def any(self, name: str) -> SObject:
        """The object of that name for the admin, tracked or not. Raises KeyError when there is none."""
        return self._objects[name.lower()]

    def of_id(self, record_id: str) -> SObject | None:
        """The object whose records' ids begin like this one."""
        return self._by_prefix.get(record_id[:3])

    def change(self, sobject: str, name: str, **changes: bool) -> None:
        """Replace attributes of one field. Activity stands for Task and Event (facts: salesforce 0.7)."""
        for target in self._targets(sobject):
            target.set(replace(target.fields[name.lower()], **changes))  # type: ignore[arg-type]  # only flags

    def add(self, sobject: str, line: str) -> None:
        """Add a field given as a line of the catalog."""
        for target in self._targets(sobject):
            target.set(_parse_field(target.name, line))

    def add_object(self, text: str) -> SObject:
        """Add an object given as a block of the catalog."""
        (made,) = _parse(text)
        self._objects[made.name.lower()] = self._by_prefix[made.prefix] = made
        return made

    def remove_object(self, name: str) -> None:
        """Remove an object. Raises KeyError when there is none."""
        del self._by_prefix[self._objects.pop(name.lower()).prefix]

    def remove(self, sobject: str, name: str) -> None:
        """Remove a field. Raises KeyError when there is none."""
        for target in self._targets(sobject):
            target.drop(name)

    def _targets(self, sobject: str) -> list[SObject]:
        return [self.any(name) for name in (("Task", "Event") if sobject == "Activity" else (sobject,))]


def _parse(text: str) -> Iterator[SObject]:
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.strip().split("\n")
        words, label, plural = (part.strip() for part in head.split("|"))
        name, prefix, flags = [*words.split(), ""][:3]
        expanded = "\n".join(catalog.MACROS.get(line, line) for line in lines)
        fields = [_parse_field(name, line) for line in expanded.split("\n") if line.strip()]
        by_name = {field.name.lower(): field for field in fields}
        yield SObject(name, prefix, label, plural, "w" in flags, "m" in flags, "t" in flags, by_name)


def _parse_field(sobject: str, line: str) -> Field:
    name, kind, flags, options = [*(part.strip() for part in line.split("|")), ""][:4]
    kind, *details = kind.split()
    values = tuple(option.strip() for option in options.split(";") if option.strip())
    length = int(details[0]) if details and details[0].isdigit() else 18 if kind == "reference" else 0
    precision, scale = map(int, details[0].split(".")) if details and "." in details[0] else (0, 0)
    return Field(
        name=name,
        label=catalog.LABELS.get(f"{sobject}.{name}") or _label(sobject, name),
        type=kind,
        length=length,
        precision=precision,
        scale=scale,
        nillable="r" not in flags,
        createable="c" in flags,
        updateable="u" in flags,
        defaulted="d" in flags,
        external_id="x" in flags,
        unique="q" in flags,
        case_sensitive="s" in flags,
        id_lookup="i" in flags,
        restricted="p" in flags,
        filterable="n" not in flags,
        options=tuple(value.removesuffix("*") for value in values),
        default=next((value[:-1] for value in values if value.endswith("*")), None),
        refers_to=tuple(details) if kind == "reference" else (),
        exact="s" in flags or kind in _EXACT,
    )


def _label(sobject: str, name: str) -> str:
    if name == "Id":
        return f"{sobject} ID"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " "))
    return re.sub(r"\bId\b", "ID", words)
