"""Our words for what syncd reads and writes in Salesforce, and what the API calls them."""

from __future__ import annotations

from types import MappingProxyType

from connectors.errors import Missing
from connectors.nouns import dataclass
from connectors.records import System

CHANGED, CREATED = "SystemModstamp", "CreatedDate"


@dataclass(frozen=True, slots=True)
class Kind:
    """One object: its name in the API, and which of the system fields it has.

    `window` is the field that windows are cut by: rows of a history are never changed, and have the instant they were
    made at only (facts: salesforce B6). `bin` says that deleted rows lie in the recycle bin with IsDeleted set,
    `merges` that a row that lost a merge names the winner in MasterRecordId (facts: salesforce B5). `tracked` objects
    exist only where an admin has switched field tracking on: elsewhere they have no rows. `whole` ones are a handful
    of rows, always read without a window. Custom fields are made on `custom_fields_on`, which for a Task is Activity
    (facts: salesforce 0.7).
    """

    word: str
    api_name: str
    window: str = CHANGED
    bin: bool = True
    merges: bool = False
    tracked: bool = False
    whole: bool = False
    custom_fields_on: str = ""

    @property
    def system_fields(self) -> tuple[str, ...]:
        """The fields that every read selects, because a record's instants and its fate are made of them."""
        instants = (CREATED,) if self.window == CREATED else (self.window, CREATED)
        optional = (("IsDeleted",) if self.bin else ()) + (("MasterRecordId",) if self.merges else ())
        return ("Id", *instants, *optional)

    @property
    def metadata_name(self) -> str:
        """The object on which an admin makes a custom field for this kind."""
        return self.custom_fields_on or self.api_name


def _tracked(word: str, api_name: str) -> Kind:
    return Kind(word, api_name, window=CREATED, bin=False, tracked=True)


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
            Kind("event", "Event", custom_fields_on="Activity"),
            Kind("email_message", "EmailMessage"),
            Kind("campaign", "Campaign"),
            Kind("campaign_member", "CampaignMember"),
            Kind("opportunity_history", "OpportunityHistory", window=CREATED, bin=False),
            _tracked("lead_history", "LeadHistory"),
            _tracked("contact_history", "ContactHistory"),
            _tracked("account_history", "AccountHistory"),
            _tracked("opportunity_field_history", "OpportunityFieldHistory"),
            Kind("opportunity_stage", "OpportunityStage", bin=False, whole=True),
            Kind("lead_status", "LeadStatus", bin=False, whole=True),
            Kind("task_status", "TaskStatus", bin=False, whole=True),
            Kind("user", "User", bin=False),
            Kind("group", "Group", bin=False),  # a queue is a group whose Type is Queue
        )
    }
)


def kind_of(word: str) -> Kind:
    """The kind for one of our words, or for a custom object by its name in the API. Raises Missing, which names the
    words there are, for any other.
    """
    if word.endswith("__c"):
        return Kind(word, word)
    try:
        return KINDS[word]
    except KeyError:
        raise Missing(System.SALESFORCE, f"no object is called {word!r}; known: {', '.join(KINDS)}") from None
