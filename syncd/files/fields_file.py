"""fields.yaml: which fields a name is read from, what is written where, and what syncd's own fields are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field, PrivateAttr, WithJsonSchema

from syncd.files.problem import Wrong, choose, shown
from syncd.files.scalars import Phrase, Word, Written
from syncd.files.section import Section, said
from syncd.files.told import API_NAME, ApiName, BackToHubSpot, ListId, Names

Kind: TypeAlias = Literal["text", "number", "money", "date", "datetime", "boolean", "choice", "choices"]
Owner: TypeAlias = Literal["hubspot_wins", "salesforce_wins", "newest_wins", "fill_empty", "forward_only"]
Answer: TypeAlias = Literal["budget", "authority", "need", "timeline"]
TouchKind: TypeAlias = Literal[
    "page_view", "web_visit", "form_submission", "email_open", "email_click", "email_reply", "list_join", "campaign",
    "event", "status_change", "none",
]  # fmt: skip
EventStream: TypeAlias = Literal["page_view", "custom_event", "marketing_event", "email_event"]

ANSWERS: tuple[str, ...] = get_args(Answer)

OBJECTS = {
    "hubspot": ("contact", "company"),
    "salesforce": ("lead", "contact", "account", "opportunity"),
}
OF_DEALS = "opportunity."
"""Before the names that are read from opportunities, where names that can be tested are listed."""


@dataclass(frozen=True, slots=True, order=True)
class CrmField:
    """One field of one object of one CRM, written as `salesforce.lead.Title`. Objects are in small letters."""

    system: str
    object: str
    field: str

    def __str__(self) -> str:
        """As the file writes it."""
        return f"{self.system}.{self.object}.{self.field}"


def crm_field_of(text: str) -> CrmField:
    """The field that a path names. Raises Wrong for an unknown system or object and for no API name."""
    system, _, rest = text.strip().partition(".")
    name, _, field = rest.partition(".")
    if system not in OBJECTS:
        raise Wrong(f"{shown(text)} names no CRM", "begin with hubspot. or salesforce., such as hubspot.contact.phone")
    if name not in OBJECTS[system]:
        options = [f"{system}.{each}.{field or 'FIELD'}" for each in OBJECTS[system]]
        raise Wrong(f"{shown(text)} names no object of {system} that syncd reads", choose(text, options))
    if not API_NAME.fullmatch(field):
        raise Wrong(f"{shown(text)} names no field", f"write {system}.{name}. and the API name of the field")
    return CrmField(system, name, field)


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


_PATH_PATTERN = r"^(hubspot\.(contact|company)|salesforce\.(lead|contact|account|opportunity))\.[A-Za-z][A-Za-z0-9_]*$"
_PATH_SCHEMA: dict[str, Any] = {"type": "string", "pattern": _PATH_PATTERN, "examples": ["hubspot.contact.jobtitle"]}

Path: TypeAlias = Annotated[CrmField, Written(crm_field_of, CrmField, _PATH_SCHEMA)]
Paths: TypeAlias = Annotated[
    tuple[Path, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_PATH_SCHEMA, {"type": "array", "items": _PATH_SCHEMA, "minItems": 1}]}),
]


@dataclass(frozen=True, slots=True)
class ReadName:
    """A name that definitions may test: the fields it is read from, first one that holds a value wins, and its type.

    `derived` names how the value is made where it is not the field's own: "email_domain" (what follows the @) or
    "owner_email" (the e-mail address of the owner whose id the field holds).
    """

    name: str
    sources: tuple[CrmField, ...]
    kind: Kind = "text"
    derived: str | None = None

    @property
    def of_deals(self) -> bool:
        """Whether it says something about an opportunity, and not about a person."""
        return _of_deals(self.sources)


def _of_deals(sources: Sequence[CrmField]) -> bool:
    return all(each.object == "opportunity" for each in sources)


def tested_as(name: str, sources: Sequence[CrmField]) -> str:
    """How a name is known to clauses: with OF_DEALS before it where it is read from opportunities."""
    return f"{OF_DEALS}{name}" if _of_deals(sources) else name


def _built_in(name: str, *paths: str, kind: Kind = "text", derived: str | None = None) -> ReadName:
    return ReadName(name, tuple(map(crm_field_of, paths)), kind, derived)


_MAIL = ("hubspot.contact.email", "salesforce.contact.Email", "salesforce.lead.Email")
_OWNER = ("salesforce.contact.OwnerId", "salesforce.lead.OwnerId", "hubspot.contact.hubspot_owner_id")

BUILT_IN: Mapping[str, ReadName] = {
    each.name: each
    for each in (
        _built_in("email", *_MAIL),
        _built_in("email_domain", *_MAIL, derived="email_domain"),
        _built_in(
            "first_name", "hubspot.contact.firstname", "salesforce.contact.FirstName", "salesforce.lead.FirstName"
        ),
        _built_in("last_name", "hubspot.contact.lastname", "salesforce.contact.LastName", "salesforce.lead.LastName"),
        _built_in("job_title", "hubspot.contact.jobtitle", "salesforce.contact.Title", "salesforce.lead.Title"),
        _built_in("phone", "hubspot.contact.phone", "salesforce.contact.Phone", "salesforce.lead.Phone"),
        _built_in(
            "company_name",
            "hubspot.contact.company",
            "hubspot.company.name",
            "salesforce.lead.Company",
            "salesforce.account.Name",
        ),
        _built_in(
            "country",
            "hubspot.contact.country",
            "hubspot.company.country",
            "salesforce.contact.MailingCountry",
            "salesforce.lead.Country",
        ),
        _built_in(
            "city",
            "hubspot.contact.city",
            "hubspot.company.city",
            "salesforce.contact.MailingCity",
            "salesforce.lead.City",
        ),
        _built_in("website", "hubspot.contact.website", "hubspot.company.website", "salesforce.lead.Website"),
        _built_in("lifecycle_stage", "hubspot.contact.lifecyclestage", kind="choice"),
        _built_in("lead_status", "salesforce.lead.Status", kind="choice"),
        _built_in("hubspot_lead_status", "hubspot.contact.hs_lead_status", kind="choice"),
        _built_in("owner_email", *_OWNER, derived="owner_email"),
        _built_in("created_at", "hubspot.contact.createdate", "salesforce.lead.CreatedDate", kind="datetime"),
    )
}
"""Names that exist without being written; the file may give them other sources of the same type."""

KINDS_OF_FIELDS: Mapping[str, Kind] = {
    **{str(source): each.kind for each in BUILT_IN.values() for source in each.sources},
    "hubspot.company.numberofemployees": "number",
    "hubspot.company.annualrevenue": "money",
    "salesforce.lead.NumberOfEmployees": "number",
    "salesforce.lead.AnnualRevenue": "money",
    "salesforce.account.NumberOfEmployees": "number",
    "salesforce.account.AnnualRevenue": "money",
    "salesforce.opportunity.Amount": "money",
    "salesforce.opportunity.CloseDate": "date",
}
"""Types of well-known standard fields, to find a read of the wrong type before a CRM is asked."""


_ALIKE = ({"text", "choice", "choices"}, {"number", "money"}, {"date", "datetime"}, {"boolean"})


def alike(one: str, other: str) -> bool:
    """Whether a value of one type can be read as the other."""
    return any({one, other} <= each for each in _ALIKE)


class ReadField(Section):
    """Where a name is read from."""

    from_: Paths = Field(
        alias="from",
        description="One field, or several: the first one that holds a value wins.",
        examples=["hubspot.company.numberofemployees"],
    )
    type: Kind | None = Field(
        default=None,
        description="What the value is; it decides which tests fit. Unless said, the CRM's own description of the "
        "field says it.",
        examples=["number"],
    )

    def kind_as(self, name: str) -> Kind | None:
        """The type that is said, else that of a built-in name or a well-known field; None where a CRM has to tell."""
        if self.type is not None or name in BUILT_IN:
            return self.type or BUILT_IN[name].kind
        known = (KINDS_OF_FIELDS.get(str(source)) for source in self.from_)
        return next((each for each in known if each), None)


class AnswerField(Section):
    """Where one of the four BANT answers is read from."""

    from_: Paths = Field(
        alias="from",
        description="One field, or several: one that holds a value is an answer.",
        examples=[["salesforce.lead.Budget__c", "salesforce.contact.Budget__c"]],
    )


class Bant(Section):
    """Budget, authority, need and timeline: the four answers of sales."""

    budget: AnswerField = Field(
        default=said({"from": ["salesforce.contact.Budget__c", "salesforce.lead.Budget__c"]}),
        description="What they can spend.",
        examples=[{"from": ["salesforce.lead.Budget__c"]}],
    )
    authority: AnswerField = Field(
        default=said({"from": ["salesforce.contact.Authority__c", "salesforce.lead.Authority__c"]}),
        description="Who decides.",
        examples=[{"from": ["salesforce.lead.Authority__c"]}],
    )
    need: AnswerField = Field(
        default=said({"from": ["salesforce.contact.Need__c", "salesforce.lead.Need__c"]}),
        description="What they need it for.",
        examples=[{"from": ["salesforce.lead.Need__c"]}],
    )
    timeline: AnswerField = Field(
        default=said({"from": ["salesforce.contact.Timeline__c", "salesforce.lead.Timeline__c"]}),
        description="When they want it.",
        examples=[{"from": ["salesforce.lead.Timeline__c"]}],
    )


class WriteField(Section):
    """What a field is written from, and who wins when both CRMs hold a value."""

    from_: Word = Field(alias="from", description="A name that is read, or a built-in one.", examples=["job_title"])
    owner: Owner = Field(
        default="fill_empty",
        description="Whose value stands; fill_empty writes only where nothing is, forward_only only further on.",
        examples=["fill_empty", "hubspot_wins"],
    )
    values: Mapping[Phrase, Phrase] = Field(
        default={},
        description="Values that are called differently on the other side.",
        examples=[{"Deutschland": "DE"}],
    )


class TouchRule(Section):
    """What a change of a contact property tells of."""

    kind: TouchKind = Field(
        description="The kind of touch that a change is; none where it shall be none.", examples=["page_view"]
    )
    takes: Word | None = Field(
        default=None,
        description="The field of the touch that takes the new value; without it the property is a counter.",
        examples=["url"],
    )


TOUCHES: Mapping[str, TouchRule] = {
    "hs_analytics_last_url": TouchRule(kind="page_view", takes="url"),
    "recent_conversion_event_name": TouchRule(kind="form_submission", takes="form"),
    "hs_email_click": TouchRule(kind="email_click"),
    "hs_email_open": TouchRule(kind="email_open"),
    "hs_email_replied": TouchRule(kind="email_reply"),
    "hs_analytics_num_visits": TouchRule(kind="web_visit"),
    "hs_analytics_last_touch_converting_campaign": TouchRule(kind="campaign", takes="campaign"),
    "hs_lead_status": TouchRule(kind="status_change", takes="to"),
}
"""What changes of contact properties tell of, on every tier of HubSpot, unless the file says otherwise (facts: hubspot
B10 to B12).
"""

EVENTS: Mapping[str, tuple[str, ...]] = {
    "page_view": ("page_view",),
    "email_event": ("email_open", "email_click"),
    "custom_event": (),
    "marketing_event": (),
}
"""Kinds of touches that events tell of instead of properties."""


class SalesFields(Section):
    """Fields in which sales says what Salesforce itself has no field for."""

    event_outcome: ApiName | None = Field(
        default=None,
        description="Field of an event that says how it ended. Without one, an event that was not deleted counts as "
        "COMPLETED from its start on.",
        examples=["Meeting_Outcome__c"],
    )
    lost_reason: ApiName = Field(
        default="Loss_Reason__c",
        description="Field of an opportunity that says why it was lost.",
        examples=["Loss_Reason__c"],
    )


class FieldsFile(Section):
    """The whole of fields.yaml."""

    read: Mapping[Word, ReadField] = Field(
        default={},
        description="Names for definitions, beside the built-in ones.",
        examples=[{"company_size": {"from": "hubspot.company.numberofemployees", "type": "number"}}],
    )
    bant: Bant = Field(
        default=Bant(),
        description="The four answers of sales.",
        examples=[{"budget": {"from": "salesforce.lead.Budget__c"}}],
    )
    write: Mapping[Path, WriteField] = Field(
        default={},
        description="Fields that are kept in step, beside stages and stamps.",
        examples=[{"salesforce.lead.Title": {"from": "job_title", "owner": "fill_empty"}}],
    )
    back: BackToHubSpot = Field(
        default=BackToHubSpot(),
        description="What HubSpot is told of stages and of sales' answer.",
        examples=[{"backward": "never", "lists": {"nurture": "42"}}],
    )
    touches: Mapping[ApiName, TouchRule] = Field(
        default={},
        description="Contact properties whose changes are touches, beside the well-known ones.",
        examples=[{"hs_latest_source": {"kind": "web_visit", "takes": "source"}}],
    )
    joins: tuple[ListId, ...] = Field(
        default=(),
        description="Numbers of HubSpot lists of contacts: to join one is a touch, list_join. A list is read hourly, "
        "250 members a call.",
        examples=[["42"]],
    )
    events: tuple[EventStream, ...] = Field(
        default=(),
        description="Events to read one by one, where the tier of HubSpot has them: page_view and custom_event need "
        "Enterprise, and each contact whose counter moved costs a call; of marketing events each contact that moved, "
        "or each event, whichever are fewer, and all events once a day.",
        examples=[["page_view"], ["marketing_event", "email_event"]],
    )
    sales: SalesFields = Field(
        default=SalesFields(),
        description="Fields of Salesforce that sales fills in.",
        examples=[{"event_outcome": "Meeting_Outcome__c"}],
    )
    names: Names = Field(
        default=Names(), description="API names of syncd's own fields.", examples=[{"stage": "Lifecycle_Stage__c"}]
    )

    _told: Mapping[str, Kind] = PrivateAttr(default={})

    def told(self, kinds: Mapping[str, Kind]) -> FieldsFile:
        """The same file, with the types of some names for which it says none."""
        known = self.model_copy()
        given = {name: kind for name, kind in kinds.items() if name in self.open_names}
        known._told = {**self._told, **given}  # noqa: SLF001 - a copy of our own
        return known

    @property
    def open_names(self) -> Mapping[str, Paths]:
        """The names for which the file says no type, with the fields that they are read from."""
        return {name: each.from_ for name, each in self.read.items() if each.kind_as(name) is None}

    @property
    def reads(self) -> dict[str, ReadName]:
        """Every name that can be read: built-in ones, the BANT answers, and those of this file, which win."""
        answers = {name: ReadName(name, getattr(self.bant, name).from_) for name in ANSWERS}
        own = {
            name: ReadName(name, each.from_, each.kind_as(name) or self._told.get(name, "text"))
            for name, each in self.read.items()
        }
        return {**BUILT_IN, **answers, **own}

    @property
    def touch_rules(self) -> dict[str, TouchRule]:
        """The contact properties whose changes are touches: the well-known ones and the file's, which win. Kinds that
        events tell of are left to these, or each page would count twice.
        """
        by_events = {kind for stream in self.events for kind in EVENTS[stream]}
        rules = {**TOUCHES, **self.touches}
        return {name: rule for name, rule in rules.items() if rule.kind != "none" and rule.kind not in by_events}
