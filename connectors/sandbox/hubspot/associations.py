"""Which records belong together, and what an association changes in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.link_types import ASSOCIATION_TYPES, PRIMARY_TYPES
from connectors.sandbox.hubspot.rules import without_backward_stage
from connectors.sandbox.hubspot.schema import ACTIVITIES, ObjectType, object_type
from connectors.sandbox.hubspot.table import Record, Source
from connectors.sandbox.hubspot.values import instant_ms, iso
from connectors.sandbox.hubspot.wire import integer

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

_TYPE_ENDS = {
    **{type_id: ends for ends, type_id in ASSOCIATION_TYPES.items()},
    **{type_id: ends for ends, type_id in PRIMARY_TYPES.items()},
}
_CONTACTING = frozenset({"calls", "meetings", "emails"})


@dataclass(frozen=True, slots=True)
class Link:
    """An association to be made: to which record of which kind, and of which type."""

    to_type: str
    to: Record
    type_id: int


class Associations:
    """Which records belong together, kept in both directions."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._links: dict[tuple[str, str], dict[int, dict[int, set[int]]]] = defaultdict(lambda: defaultdict(dict))

    def add(
        self, from_type: str, first: Record, to_type: str, second: Record, at: int, type_id: int | None = None
    ) -> None:
        """Associate two records both ways with HubSpot's default type, and `type_id` besides when given."""
        ends = (from_type, to_type)
        known = bool(self._links[ends][first.id].get(second.id))
        self._link(ends, first.id, second.id, type_id)
        self._link(ends[::-1], second.id, first.id, None)
        if known:
            return
        if ends in PRIMARY_TYPES:
            self._make_primary(ends, first, second)
        for activity, activity_type, other, other_type in (
            (first, from_type, second, to_type),
            (second, to_type, first, from_type),
        ):
            if activity_type in ACTIVITIES and other_type == "contacts":
                self._note_activity(activity_type, activity, other, at)
            if activity_type == "deals" and other_type in ("contacts", "companies"):
                self._advance(activity, other_type, other, at)

    def load(self, from_type: str, to_type: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Associate many records at once, by their ids and the default types, and change nothing else in them.

        The first company of a contact becomes its primary one.
        """
        ends = (from_type, to_type)
        there, back = self._links[ends], self._links[ends[::-1]]
        for first, second in ((int(first), int(second)) for first, second in pairs):
            primary = from_type == "contacts" and to_type == "companies" and not there[first]
            for links, one, other, way in ((there, first, second, ends), (back, second, first, ends[::-1])):
                types = {ASSOCIATION_TYPES[way]} if way in ASSOCIATION_TYPES else set()
                links[one][other] = types | ({PRIMARY_TYPES[way]} if primary else set())

    def remove(self, from_type: str, first: int, to_type: str, second: int) -> None:
        """Part two records. A contact that loses its primary company shows none; no date moves (facts: hubspot B7)."""
        types = self.of(from_type, first, to_type).get(second, set())
        for ends, one, other in (((from_type, to_type), first, second), ((to_type, from_type), second, first)):
            self._links[ends].get(one, {}).pop(other, None)
        if types.intersection(PRIMARY_TYPES.values()):
            contact = self._portal.tables["contacts"].live[first if from_type == "contacts" else second]
            contact.values.pop("associatedcompanyid", None)
            self._portal.tables["contacts"].version += 1

    def of(self, from_type: str, record_id: int, to_type: str) -> dict[int, set[int]]:
        """Ids of the associated records with the association types, in order of association."""
        return self._links[from_type, to_type].get(record_id, {})

    def living(self, from_type: str, record_id: int, to_type: str) -> dict[int, set[int]]:
        """The same without archived records, which the API does not show: they come back with a restore."""
        live = self._portal.tables[to_type].live
        return {other: types for other, types in self.of(from_type, record_id, to_type).items() if other in live}

    def carry_stage(self, deal: Record, at: int) -> None:
        """Carry the new stage of a deal to its contacts and companies, where the portal lets deals do so."""
        for other_type in ("contacts", "companies"):
            for other in self.living("deals", deal.id, other_type):
                self._advance(deal, other_type, self._portal.tables[other_type].live[other], at)

    def move(self, kind: str, old_ids: Sequence[int], new_id: int) -> None:
        """Give the associations of merged records to the new one."""
        for (from_type, to_type), links in [*self._links.items()]:
            if from_type != kind:
                continue
            for old in old_ids:
                for other, types in links.pop(old, {}).items():
                    links[new_id].setdefault(other, set()).update(types)
                    back = self._links[to_type, from_type][other]
                    back.setdefault(new_id, set()).update(back.pop(old, set()))

    def forget(self, kind: str, record_id: int) -> None:
        """Drop all associations of a record that is gone."""
        for (from_type, to_type), links in [*self._links.items()]:
            if from_type == kind:
                for other in links.pop(record_id, {}):
                    self._links[to_type, from_type][other].pop(record_id, None)

    def inline(self, kind: ObjectType, record: Record, wanted: Sequence[str]) -> dict[str, Any]:
        """The `associations` of a listed record, as v3 writes them; only of the kinds that it has any of."""
        found = {}
        for name in wanted:
            to = object_type(name)
            if to is None:
                raise invalid(f"Unable to infer object type from: {name}")
            if links := self.living(kind.name, record.id, to.name):
                label = f"{kind.singular}_to_{to.singular}"
                found[to.name] = {"results": [{"id": str(other), "type": label} for other in links]}
        return found

    def asked_for(self, kind: ObjectType, specs: object) -> list[Link]:
        """The associations that a create asks for; the type ids say to which kind of record they lead.

        Raises ApiError 400 for malformed ones and types that do not start at this kind, 404 for unknown records.
        """
        if not isinstance(specs, list | None):
            raise invalid("Invalid input JSON: associations must be a list")
        return [self._link_of(kind, each, spec) for each in specs or () for spec in _specs_of(each)]

    def add_all(self, kind: ObjectType, record: Record, links: Iterable[Link], at: int) -> None:
        """Make associations that were asked for."""
        for link in links:
            self.add(kind.name, record, link.to_type, link.to, at, link.type_id)

    def _link_of(self, kind: ObjectType, asked: dict[str, Any], spec: dict[str, Any]) -> Link:
        type_id, to_type = type_of(kind.name, spec)
        return Link(to_type, self._portal.record(to_type, str(asked["to"].get("id"))), type_id)

    def _link(self, ends: tuple[str, str], first: int, second: int, type_id: int | None) -> None:
        types = self._links[ends][first].setdefault(second, set())
        types.update(each for each in (ASSOCIATION_TYPES.get(ends), type_id) if each is not None)

    def _make_primary(self, ends: tuple[str, str], first: Record, second: Record) -> None:
        contact, company = (first, second) if ends[0] == "contacts" else (second, first)
        if contact.values.get("associatedcompanyid"):
            return
        self._links["contacts", "companies"][contact.id][company.id].add(PRIMARY_TYPES["contacts", "companies"])
        self._portal.tables["contacts"].version += 1
        self._links["companies", "contacts"][company.id][contact.id].add(PRIMARY_TYPES["companies", "contacts"])
        # An association moves no modified date, so neither does the property that shows it (facts: hubspot B7).
        contact.values["associatedcompanyid"] = str(company.id)

    def _advance(self, deal: Record, object_type: str, record: Record, at: int) -> None:
        """Move a stage on to opportunity, or to customer once the deal is won; never back (facts: hubspot B10)."""
        stage = {"lifecyclestage": "customer" if deal.values.get("hs_is_closed_won") == "true" else "opportunity"}
        definitions = self._portal.properties[object_type]
        if self._portal.deals_move_stages and without_backward_stage(definitions, record, stage):
            self._portal.change(object_type, record, stage, at, Source("DEALS", str(deal.id)))

    def _note_activity(self, kind: str, activity: Record, contact: Record, at: int) -> None:
        moment = activity.values.get("hs_timestamp") or iso(at)
        counted = {"num_notes": "notes_last_updated"}
        if kind in _CONTACTING:
            counted["num_contacted_notes"] = "notes_last_contacted"
        values = {"hs_last_sales_activity_timestamp": moment} if kind in _CONTACTING else {}
        if kind == "meetings":
            values |= {"engagements_last_meeting_booked": moment, "hs_latest_meeting_activity": moment}
        if activity.values.get("hs_email_direction") == "INCOMING_EMAIL":
            values["hs_sales_email_last_replied"] = moment
        for count, latest in counted.items():
            values[count] = str(int(contact.values.get(count) or 0) + 1)
            present = contact.values.get(latest)
            values[latest] = moment if not present or instant_ms(moment) > instant_ms(present) else present
        # A logged activity moves the contact's modified date (facts: hubspot B7).
        self._portal.change("contacts", contact, values, at, Source("ENGAGEMENTS", str(activity.id)))


def type_of(from_type: str, spec: dict[str, Any]) -> tuple[int, str]:
    """The association type that a spec names and the kind of record it leads to; ApiError 400 for no type from here."""
    type_id = integer(spec.get("associationTypeId"), "associationTypeId", 0)
    ends = _TYPE_ENDS.get(type_id)
    if ends is None or ends[0] != from_type:
        raise invalid(f"No association type {type_id} exists from {from_type}")
    return type_id, ends[1]


def _specs_of(asked: object) -> list[dict[str, Any]]:
    if isinstance(asked, dict) and isinstance(asked.get("to"), dict):
        types = asked.get("types")
        if isinstance(types, list) and all(isinstance(each, dict) for each in types):
            return types
    raise invalid("Invalid input JSON: an association needs `to` and `types`")
