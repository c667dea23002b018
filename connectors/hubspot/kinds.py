"""Our words for what syncd reads in HubSpot, and where the API keeps each: paths by version, property names."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from connectors.errors import Missing
from connectors.records import System

VERSIONS = ("v3", "2026-03", "2026-09")
"""Generations of the API that are spoken here. v3 ends in September 2027 (facts: hubspot 0.1)."""

# The library knows the left ones only (facts: hubspot A3).
_DATED = MappingProxyType(
    {
        "/crm/v3/objects": "/crm/objects/{version}",
        "/crm/v3/properties": "/crm/properties/{version}",
        "/crm/v3/owners": "/crm/owners/{version}",
        "/account-info/v3": "/account-info/{version}",
        "/crm/v4/associations": "/crm/associations/{version}",
    }
)
FORMS = "/marketing/v3/forms"
FORMS_DATED = "/marketing/forms/2026-09-beta"
"""Where forms move to; still a beta in 2026-09, so the old place is asked first."""
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
"""The only place of form submissions, in every version (facts: hubspot B12)."""
ACCOUNT = "/account-info/v3/details"


def path_for(version: str, path: str) -> str:
    """A path of v3 in the given version of the API; a path that has no dated form stays as it is."""
    if version == "v3":
        return path
    for old, dated in _DATED.items():
        if path == old or path.startswith(old + "/"):
            return dated.format(version=version) + path.removeprefix(old).rstrip("/")
    return path


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of CRM record. `modified` is the property that moves with every change (facts: hubspot B7); `merged`
    are properties that list the ids of records merged into this one (B9).
    """

    word: str
    path: str
    modified: str
    merged: tuple[str, ...]

    @property
    def added(self) -> tuple[str, ...]:
        """The properties that we always ask for."""
        return (self.modified, *self.merged)

    @property
    def unasked(self) -> frozenset[str]:
        """Properties that come along although the caller may not have asked for them."""
        return frozenset((*self.added, "hs_object_id", "createdate"))


KINDS = MappingProxyType(
    {
        kind.word: kind
        for kind in (
            Kind("contact", "contacts", "lastmodifieddate", ("hs_merged_object_ids", "hs_calculated_merged_vids")),
            Kind("company", "companies", "hs_lastmodifieddate", ("hs_merged_object_ids",)),
        )
    }
)


def kind_of(word: str) -> Kind:
    """The kind of CRM record for one of our words. Raises Missing, which names the words there are, for any other."""
    try:
        return KINDS[word]
    except KeyError:
        told = f"no HubSpot object with properties is called {word!r}; known: {', '.join(KINDS)}"
        raise Missing(System.HUBSPOT, told) from None
