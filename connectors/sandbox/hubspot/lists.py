"""Lists of records (segments, as HubSpot's pages call them) and who is on them (facts: hubspot B12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import ApiError, invalid, not_found
from connectors.sandbox.hubspot.schema import OBJECT_TYPES, ObjectType
from connectors.sandbox.hubspot.values import iso

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PROCESSING = ("MANUAL", "SNAPSHOT", "DYNAMIC")


@dataclass(slots=True)
class RecordList:
    """One list. `members` maps record ids to when they joined (epoch ms); `first` keeps when they first did."""

    id: str
    name: str
    kind: ObjectType
    processing: str
    created: int
    members: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    deleted: int | None = None

    def shown(self, size: int) -> dict[str, Any]:
        """The list as the API answers it."""
        body: dict[str, Any] = {
            "listId": self.id,
            "listVersion": 1,
            "name": self.name,
            "objectTypeId": self.kind.type_id,
            "processingType": self.processing,
            "processingStatus": "COMPLETE",
            "createdAt": iso(self.created),
            "updatedAt": iso(self.created),
            "size": size,
        }
        return body | ({"deletedAt": iso(self.deleted)} if self.deleted is not None else {})

    def membership(self, record_id: int) -> dict[str, Any]:
        """What the memberships of one record say of this list."""
        return {
            "listId": self.id,
            "listVersion": 1,
            "firstAddedTimestamp": iso(self.first[record_id]),
            "lastAddedTimestamp": iso(self.members[record_id]),
        }


class Lists:
    """The portal's lists."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._lists: dict[str, RecordList] = {}

    def add(self, name: str, object_type: str, at: int, processing: str = "MANUAL") -> RecordList:
        """Make a list; ApiError 400 for a name that another list of the same kind has."""
        kind = OBJECT_TYPES[object_type]
        if processing not in PROCESSING:
            raise invalid(f"Invalid input JSON: unknown processingType {processing}")
        if self.named(kind, name):
            raise invalid(f"A list named {name} already exists")
        made = RecordList(str(len(self._lists) + 1), name, kind, processing, at)
        self._lists[made.id] = made
        return made

    def live(self, list_id: str) -> RecordList:
        """A list that is not deleted; ApiError 404 where there is none."""
        found = self._lists.get(list_id)
        if found is None or found.deleted is not None:
            raise not_found(f"List does not exist with ID {list_id}.")
        return found

    def deleted(self, list_id: str) -> RecordList:
        """A list, deleted or not; ApiError 404 where there never was one."""
        found = self._lists.get(list_id)
        if found is None:
            raise not_found(f"List does not exist with ID {list_id}.")
        return found

    def named(self, kind: ObjectType, name: str) -> RecordList | None:
        """The live list of this kind and name; names are told apart without case."""
        for each in self.all():
            if each.kind is kind and each.name.lower() == name.lower():
                return each
        return None

    def all(self) -> list[RecordList]:
        """All live lists, oldest first."""
        return [each for each in self._lists.values() if each.deleted is None]

    def members(self, chosen: RecordList) -> dict[int, int]:
        """Who is on a list since when (epoch ms); archived records are on none as long as they are."""
        live = self._portal.tables[chosen.kind.name].live
        return {record_id: at for record_id, at in chosen.members.items() if record_id in live}

    def shown(self, chosen: RecordList) -> dict[str, Any]:
        """A list as the API answers it."""
        return chosen.shown(len(self.members(chosen)))

    def join(self, chosen: RecordList, raw_ids: Iterable[str], at: int) -> tuple[list[str], list[str]]:
        """Put records on a list; returns the ids that are new there and those of no record."""
        added, missing = [], []
        for raw in raw_ids:
            record = self._portal.tables[chosen.kind.name].find(raw)
            if record is None:
                missing.append(raw)
            elif record.id not in chosen.members:
                chosen.members[record.id] = at
                chosen.first.setdefault(record.id, at)
                added.append(str(record.id))
        return added, missing

    def leave(self, chosen: RecordList, raw_ids: Iterable[str]) -> list[str]:
        """Take records off a list; returns the ids that were on it."""
        found = [self._portal.tables[chosen.kind.name].find(raw) for raw in raw_ids]
        gone = [each.id for each in found if each is not None and each.id in chosen.members]
        for record_id in gone:
            del chosen.members[record_id]
        return [str(each) for each in gone]

    def of(self, kind: ObjectType, record_id: int) -> list[dict[str, Any]]:
        """The memberships of one record."""
        return [each.membership(record_id) for each in self.all() if each.kind is kind and record_id in each.members]

    def move(self, object_type: str, old_ids: Sequence[int], new_id: int) -> None:
        """Give the memberships of merged records to the new one."""
        for each in self._of_kind(object_type):
            for places in (each.members, each.first):
                times = [places.pop(old) for old in old_ids if old in places]
                if times:
                    places[new_id] = min(times)

    def forget(self, object_type: str, record_id: int) -> None:
        """Take a record that is gone off all lists."""
        for each in self._of_kind(object_type):
            each.members.pop(record_id, None)
            each.first.pop(record_id, None)

    def _of_kind(self, object_type: str) -> list[RecordList]:
        return [each for each in self._lists.values() if each.kind.name == object_type]


def refuse_unless_manual(chosen: RecordList) -> None:
    """Raise ApiError (400) for a list whose members follow from filters: nobody puts records on it by hand."""
    if chosen.processing == "DYNAMIC":
        message = f"List memberships of the list {chosen.id} cannot be changed: its processing type is DYNAMIC"
        raise ApiError(400, "VALIDATION_ERROR", message)
