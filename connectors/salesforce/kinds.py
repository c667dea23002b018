"""Our words for what syncd reads and writes in Salesforce, and what the API calls them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from connectors.errors import Missing
from connectors.records import System


@dataclass(frozen=True, slots=True)
class Kind:
    """One object: its name in the API, and which of the system fields it has.

    `bin` says that deleted rows lie in the recycle bin with IsDeleted set, `merges` that a row that lost a merge
    names the winner in MasterRecordId (facts: salesforce B5). Custom fields are made on `custom_fields_on`, which
    for a Task is Activity (facts: salesforce 0.7).
    """

    word: str
    api_name: str
    bin: bool = True
    merges: bool = False
    custom_fields_on: str = ""

    @property
    def system_fields(self) -> tuple[str, ...]:
        """The fields that every read selects, because a record's instants and its fate are made of them."""
        optional = (("IsDeleted",) if self.bin else ()) + (("MasterRecordId",) if self.merges else ())
        return ("Id", "SystemModstamp", "CreatedDate", *optional)

    @property
    def metadata_name(self) -> str:
        """The object on which an admin makes a custom field for this kind."""
        return self.custom_fields_on or self.api_name


KINDS = MappingProxyType(
    {
        kind.word: kind
        for kind in (
            Kind("lead", "Lead", merges=True),
            Kind("contact", "Contact", merges=True),
            Kind("account", "Account", merges=True),
            Kind("opportunity", "Opportunity"),
            Kind("opportunity_contact_role", "OpportunityContactRole"),
            Kind("task", "Task", custom_fields_on="Activity"),
            Kind("user", "User", bin=False),
            Kind("group", "Group", bin=False),
        )
    }
)


def kind_of(word: str) -> Kind:
    """The kind for one of our words. Raises Missing, which names the words there are, for any other."""
    try:
        return KINDS[word]
    except KeyError:
        raise Missing(System.SALESFORCE, f"no object is called {word!r}; known: {', '.join(KINDS)}") from None
