"""What is read from both CRMs: the streams, their properties, and what the config needs of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.records import ObjectSchema, System
from syncd.definitions.language import BantClause, Definitions, clauses_of, leaves_of, property_clauses_of
from syncd.facts.activities import OUTCOMES
from syncd.facts.conversions import OPTED_OUT
from syncd.facts.entered import hubspot_dates
from syncd.facts.histories import TELLING
from syncd.facts.references import COUNTERS, NAMING_CONTACT
from syncd.facts.touches import STREAM_KINDS, TouchProperty
from syncd.files.audit_section import SALESFORCE
from syncd.files.fields_file import ANSWERS, ReadName
from syncd.files.load import Config
from syncd.files.tasks_file import placeholders_of
from syncd.model.hubspot import LIFECYCLE, named
from syncd.model.instant import DAY, HOUR, MINUTE, Instant
from syncd.model.nouns import dataclass

HUBSPOT_OVERLAP = 5 * MINUTE
"""How far a window reaches back into the one before: HubSpot's index is late (facts: hubspot B8)."""

LATE = ("company", "contact", "call", "meeting", "email", "note", "task", "form_submission")
"""Kinds that HubSpot gives by its search index, and forms, which may be told of as late as that is and cost no more
calls for it. E-mail events would: a newsletter makes a hundred thousand.
"""
LOOKED_BACK = (2 * DAY, 2 * HOUR)
"""How far the first window of a day, and that of an hour, reach back besides: an index that is an hour late costs two
hours at most, one that is a day late two days, and nothing is lost.
"""

SALESFORCE_OVERLAP = 15 * MINUTE
"""The same for Salesforce, whose commits are late (facts: salesforce B4)."""

# fmt: off
CONTACT = (
    "email", "firstname", "lastname", "jobtitle", "phone", "company", "country", "city", "website", "lifecyclestage",
    "hs_lead_status", "hubspot_owner_id", "associatedcompanyid", "createdate", "lastmodifieddate",
    "hs_additional_emails", "hs_merged_object_ids", "hs_calculated_merged_vids", "salesforcecontactid",
    "salesforceleadid", "num_conversion_events", "recent_conversion_date",
)
COMPANY = ("name", "domain", "country", "city", "website", "hs_lastmodifieddate")
PERSON = ("OwnerId", "FirstName", "LastName", "Email", "Title", "Phone", OPTED_OUT)
LEAD = (
    *PERSON, "Company", "Website", "Country", "City", "Status", "IsConverted", "ConvertedDate", "ConvertedContactId",
    "ConvertedOpportunityId", "CurrencyIsoCode",
)
SALES_CONTACT = (*PERSON, "CurrencyIsoCode", "AccountId", "MailingCountry", "MailingCity")
AUTHORS = ("CreatedById", "LastModifiedById")
TASK = (
    "WhoId", "OwnerId", "Subject", "Status", "IsClosed", "Priority", "ActivityDate", "CompletedDateTime",
    "TaskSubtype", "Type", "CallDisposition", *AUTHORS,
)
OPPORTUNITY = (
    "AccountId", "Name", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "LastStageChangeDate",
    "LastModifiedById", "CreatedById", "CurrencyIsoCode",
)
OPPORTUNITY_HISTORIES: Mapping[str, Sequence[str]] = {
    "opportunity_history": ("OpportunityId", "StageName", "Amount", "CloseDate", "CreatedById"),
    "opportunity_field_history": ("OpportunityId", "Field", "OldValue", "NewValue", "CreatedById"),
}
ACCOUNT = ("Name", "CurrencyIsoCode")
USER = ("Email", "IsActive", "UserType", "Name")
GROUP = ("Name", "DeveloperName", "Type")
ROLE = ("OpportunityId", "ContactId", "Role", "IsPrimary")
CAMPAIGN = ("Name", "Type")

HUBSPOT_ACTIVITIES: Mapping[str, Sequence[str]] = {
    "call": (
        "hs_timestamp", "hs_call_title", "hs_call_disposition", "hs_call_status", "hs_call_direction",
        "hs_activity_type", "hubspot_owner_id", "hs_object_source",
    ),
    "meeting": (
        "hs_timestamp", "hs_meeting_title", "hs_meeting_outcome", "hs_meeting_start_time", "hs_activity_type",
        "hubspot_owner_id", "hs_object_source",
    ),
    "email": (
        "hs_timestamp", "hs_email_subject", "hs_email_direction", "hs_email_status", "hubspot_owner_id",
        "hs_object_source",
    ),
    "note": ("hs_timestamp", "hubspot_owner_id", "hs_object_source"),
    "task": (
        "hs_timestamp", "hs_task_subject", "hs_task_status", "hs_task_type", "hs_task_completion_date",
        "hubspot_owner_id", "hs_object_source",
    ),
}
"""What sellers do in HubSpot, and the properties that tell of it. Texts of notes and mails are never read."""

SALESFORCE_ACTIVITIES: Mapping[str, Sequence[str]] = {
    "event": (
        "WhoId", "OwnerId", "Subject", "Type", "EventSubtype", "StartDateTime", "ActivityDateTime", "ActivityDate",
        *AUTHORS,
    ),
    "email_message": ("Incoming", "Subject", "Status", "MessageDate", "CreatedById", "ActivityId"),
    "campaign_member": ("LeadId", "ContactId", "CampaignId", "Status", "HasResponded", "FirstRespondedDate"),
    "lead_history": ("LeadId", "Field", "OldValue", "NewValue", "CreatedById"),
    "contact_history": ("ContactId", "Field", "OldValue", "NewValue", "CreatedById"),
}
"""The same in Salesforce."""
# fmt: on
ERASED = ("unseen_contact", "deleted_lead", "deleted_contact")
"""Lists of people who are gone for good, with no word of it in any window."""
PURGED = ("opportunity", "opportunity_contact_role", "task", "event")
"""Kinds of Salesforce of which the feed of deletions is read besides."""
GONE: Mapping[str, str] = {
    kind: kind.partition("_")[2]
    for kind in (
        *ERASED,
        *(f"archived_{kind}" for kind in ("contact", *HUBSPOT_ACTIVITIES)),
        *(f"deleted_{kind}" for kind in PURGED),
    )
}
"""Lists of what is gone, and of which kind it was: archiving moves no modified date in HubSpot, and what was purged
from Salesforce's recycle bin is in no query (facts: hubspot B7, salesforce B5).
"""
ACTIVITIES = frozenset((*HUBSPOT_ACTIVITIES, *SALESFORCE_ACTIVITIES, *NAMING_CONTACT))
"""Kinds of records that are about people, and touches of their own."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record that is read from a CRM.

    `watched` are properties whose history is read where they changed, `kept` those of them whose versions the mirror
    keeps: the others are kept as the touches that they are evidence of. `needed` says that nothing can be decided
    without it; else a missing permission leaves a gap that is reported, unless the stream is `quiet`: then no rule
    counts what it gives. `every` is the least time, in milliseconds, between two readings of what moves slowly, or of
    what no rule waits for.
    """

    system: System
    kind: str
    properties: Sequence[str]
    watched: Sequence[str] = ()
    needed: bool = False
    every: int = 0
    kept: Sequence[str] = ()
    quiet: bool = False

    @property
    def name(self) -> str:
        """As it stands in messages: hubspot.contact."""
        return f"{self.system}.{self.kind}"


def streams_for(config: Config, schemas: Mapping[tuple[System, str], ObjectSchema]) -> list[Stream]:
    """The streams in the order in which they are read, with those properties only that the CRM has for us."""
    used = used_names(config)
    touched = [rule.name for rule in touch_rules(config)]
    dated = _dated_names(config)
    kept = [LIFECYCLE, "hs_lead_status", *_fields(dated, "hubspot", "contact"), *_newest(config)]
    contact = [*CONTACT, *touched, *kept, *_stage_dates(config, schemas), *_told(config)]
    contact += [*_fields(used, "hubspot", "contact"), *(COUNTERS.get(kind, "") for kind in config.fields.events)]
    company, past = _fields(used, "hubspot", "company"), _fields(dated, "hubspot", "company")
    own = list(config.fields.names.model_dump().values())
    reasons = [rule.reason for version in config.versions for rule in version.returns if rule.reason]
    mapped = {
        kind: [path.field for path in config.fields.write if (path.system, path.object) == ("salesforce", kind)]
        for kind in ("lead", "contact", "account")
    }

    def sold(kind: str, base: Sequence[str], *more: str) -> list[str]:
        return [*base, *mapped.get(kind, []), *_fields(used, "salesforce", kind), *more]

    hubspot, salesforce = System.HUBSPOT, System.SALESFORCE
    listed = [
        Stream(hubspot, "company", [*COMPANY, *company], past, kept=past),
        Stream(hubspot, "contact", contact, [*touched, *kept], needed=True, kept=kept),
        Stream(hubspot, "archived_contact", (), every=DAY),
        Stream(hubspot, "unseen_contact", contact, every=DAY, quiet=True),
        Stream(hubspot, "form_submission", (), every=HOUR),
        Stream(hubspot, "owner", (), every=HOUR),
        Stream(salesforce, "user", USER, every=HOUR),
        Stream(salesforce, "group", GROUP, every=HOUR),
        Stream(salesforce, "account", sold("account", ACCOUNT, config.fields.names.hubspot_id), every=HOUR),
        Stream(salesforce, "contact", sold("contact", SALES_CONTACT, *own, *reasons), needed=True),
        Stream(salesforce, "lead", sold("lead", LEAD, *own, *reasons), needed=True),
        *(Stream(salesforce, f"deleted_{kind}", (), every=DAY, quiet=True) for kind in ("contact", "lead", *PURGED)),
        Stream(salesforce, "opportunity", sold("opportunity", OPPORTUNITY, config.fields.sales.lost_reason)),
        Stream(salesforce, "opportunity_contact_role", ROLE),
        *(Stream(salesforce, kind, told, every=HOUR, quiet=True) for kind, told in OPPORTUNITY_HISTORIES.items()),
        Stream(salesforce, "task", [*TASK, config.fields.names.key]),
        *_activities(config),
    ]
    return [_fitting(stream, schemas.get((stream.system, stream.kind))) for stream in listed]


def overlap_of(stream: Stream, begins: Instant, until: Instant) -> int:
    """How far a window reaches back into those before it, in milliseconds, which would begin and end at instants.

    One that ended later than this one does was cut by a clock that went wrong, so nobody knows what was read past.
    """
    if until < begins:
        return begins - until + LOOKED_BACK[0]
    if stream.kind in (*GONE, *COUNTERS, "list_join"):  # a counter, or a rule that fills a list, may be late
        return DAY
    if stream.system is System.SALESFORCE:
        return SALESFORCE_OVERLAP
    if stream.kind in LATE:
        for span, back in zip((DAY, HOUR), LOOKED_BACK, strict=True):
            if begins // span < until // span:
                return back + HUBSPOT_OVERLAP
    return HUBSPOT_OVERLAP


def _told(config: Config) -> Iterator[str]:
    """The properties of a HubSpot contact that syncd writes."""
    rule = config.fields.back
    yield from (rule.status, rule.reason, rule.recycle_until)
    if rule.stage:
        yield rule.stage
    yield from (path.field for path in config.fields.write if (path.system, path.object) == ("hubspot", "contact"))


def _newest(config: Config) -> Iterator[str]:
    """The properties of a HubSpot contact that give way to what is newer: their own past says when that is."""
    for path, rule in config.fields.write.items():
        if rule.owner == "newest_wins" and (path.system, path.object) == ("hubspot", "contact"):
            yield path.field


def _stage_dates(config: Config, schemas: Mapping[tuple[System, str], ObjectSchema]) -> Sequence[str]:
    """The properties in which HubSpot dates the stages, as far as the portal has them."""
    portal = schemas.get((System.HUBSPOT, "contact"))
    if portal is None:
        return ()
    stage = portal.fields.get(LIFECYCLE)
    options = [(one.value, one.label) for one in stage.options] if stage else []
    return hubspot_dates(named(options, config.fields.back.stages), portal.fields)


def touch_rules(config: Config) -> list[TouchProperty]:
    """The contact properties whose changes are touches."""
    return [TouchProperty(name, rule.kind, rule.takes) for name, rule in config.fields.touch_rules.items()]


def described_for(config: Config) -> list[tuple[System, str]]:
    """What else is looked at before anything is read: Salesforce's activities, which one call describes and whose
    fields are an admin's choice, those of HubSpot's that a rule counts, for their picklists, and the object for
    checkpoints where they go there.
    """
    audit = config.service.audit
    return [
        (one.system, one.kind)
        for one in _activities(config)
        if one.system is System.SALESFORCE or (one.kind in HUBSPOT_ACTIVITIES and not one.quiet)
    ] + ([(System.SALESFORCE, audit.salesforce.object)] if SALESFORCE in audit.send_to else [])


def _activities(config: Config) -> Iterator[Stream]:
    """Streams of what people did: at once where a rule counts it, hourly where journeys only show it."""
    counted = {kind for version in config.versions for signal in version.signals.values() for kind in signal.of}
    listed = ((System.HUBSPOT, HUBSPOT_ACTIVITIES), (System.SALESFORCE, SALESFORCE_ACTIVITIES))
    for system, kinds in listed:
        for kind, properties in kinds.items():
            waited = not counted.isdisjoint(STREAM_KINDS[f"{system}.{kind}"])
            at_once = waited and kind not in TELLING  # a history is read when what it tells of has moved
            own = config.fields.sales.event_outcome if kind == "event" else None
            asked = (*properties, own) if own else properties
            ended = [OUTCOMES[kind]] if waited and system is System.HUBSPOT and kind in OUTCOMES else []
            yield Stream(system, kind, asked, ended, every=0 if at_once else HOUR, kept=ended, quiet=not waited)
            if waited and system is System.HUBSPOT:
                yield Stream(system, f"archived_{kind}", (), every=DAY, quiet=True)
    yield Stream(System.SALESFORCE, "campaign", CAMPAIGN, every=HOUR, quiet="campaign" not in counted)
    for kind in config.fields.events:
        yield Stream(System.HUBSPOT, kind, ())
    if config.fields.joins:  # their ids stand where others have properties: one that is new is read from the beginning
        yield Stream(System.HUBSPOT, "list_join", config.fields.joins, every=HOUR, quiet="list_join" not in counted)


def _fitting(stream: Stream, schema: ObjectSchema | None) -> Stream:
    def there(names: Collection[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name and (schema is None or name in schema.fields)]

    return replace(stream, properties=there(stream.properties), watched=there(stream.watched), kept=there(stream.kept))


def used_names(config: Config) -> list[ReadName]:
    """The names that the files read or use, and those without which no lead can be made. Reports split by any."""
    reads = config.fields.reads
    wanted = {"email", "first_name", "last_name", "company_name", "lifecycle_stage", "lead_status", "owner_email"}
    wanted |= _tested(config) | config.fields.read.keys()
    wanted |= {rule.from_ for rule in config.fields.write.values()}
    wanted |= {rule.where for rule in config.tasks.territories}
    for task in config.tasks.tasks:
        wanted |= {*placeholders_of(task.subject), *placeholders_of(task.description)} & reads.keys()
    wanted |= {*ANSWERS}
    return [reads[name] for name in sorted(wanted & reads.keys())]


def _dated_names(config: Config) -> list[ReadName]:
    """The names whose past counts: what definitions test, what RevOps reads, and where the newer value wins.

    History costs HubSpot half as many records a call, so nobody's is read that only fills in a text.
    """
    reads = config.fields.reads
    newest = {rule.from_ for rule in config.fields.write.values() if rule.owner == "newest_wins"}
    wanted = _tested(config) | config.fields.read.keys() | newest
    return [reads[name] for name in sorted(wanted & reads.keys())]


def dated_fields(config: Config, system: System, kind: str) -> list[str]:
    """The fields of a kind of records whose past counts: those that `_dated_names` are read from."""
    return _fields(_dated_names(config), system, kind)


def _tested(config: Config) -> set[str]:
    """The names that any version tests: an older one may still be in force, and decides about the past."""
    return {name for version in config.versions for name in names_in(version)}


def names_in(definitions: Definitions) -> set[str]:
    """Every property that some clause tests or that dates an entry."""
    names = {clause.name for clause in property_clauses_of(definitions)}
    leaves = (leaf for clause in clauses_of(definitions) for leaf in leaves_of(clause))
    if any(isinstance(leaf, BantClause) for leaf in leaves):
        names |= {*ANSWERS}
    return names | {rule.entered_at for rule in definitions.stages if rule.entered_at}


def _fields(names: Sequence[ReadName], system: str, kind: str) -> list[str]:
    return [one.field for name in names for one in name.sources if (one.system, one.object) == (system, kind)]
