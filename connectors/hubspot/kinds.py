"""Our words for what syncd reads in HubSpot as CRM records, and what the API calls each."""

from __future__ import annotations

from types import MappingProxyType

from connectors.errors import Missing
from connectors.nouns import dataclass
from connectors.records import System


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of CRM record. `modified` is the property that moves with every change (facts: hubspot B7); `merged`
    are properties that list the ids of records merged into this one (B9). `to_contact` is the type of association
    that a new record of this kind gets to a contact (B12), None where we make none.
    """

    word: str
    path: str
    modified: str = "hs_lastmodifieddate"
    merged: tuple[str, ...] = ()
    to_contact: int | None = None

    @property
    def added(self) -> tuple[str, ...]:
        """The properties that we always ask for."""
        return (self.modified, *self.merged)

    @property
    def unasked(self) -> frozenset[str]:
        """Properties that come along although the caller may not have asked for them."""
        return frozenset((*self.added, "hs_object_id", "createdate", "hs_createdate"))


_MERGED = "hs_merged_object_ids"
KINDS = MappingProxyType(
    {
        kind.word: kind
        for kind in (
            Kind("contact", "contacts", "lastmodifieddate", (_MERGED, "hs_calculated_merged_vids")),
            Kind("company", "companies", merged=(_MERGED,)),
            Kind("deal", "deals", merged=(_MERGED,)),
            Kind("call", "calls", to_contact=194),
            Kind("meeting", "meetings", to_contact=200),
            Kind("email", "emails", to_contact=198),
            Kind("note", "notes", to_contact=202),
            Kind("task", "tasks", to_contact=204),
        )
    }
)
WRITABLE = frozenset({"contact", "company", "call", "meeting", "note", "task"})
"""What may be written. Deals are the sellers' own and e-mails are sent, not written."""


def kind_of(word: str) -> Kind:
    """The kind of CRM record for one of our words. Raises Missing, which names the words there are, for any other."""
    try:
        return KINDS[word]
    except KeyError:
        told = f"no HubSpot object with properties is called {word!r}; known: {', '.join(KINDS)}"
        raise Missing(System.HUBSPOT, told) from None
