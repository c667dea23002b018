"""A person who became an MQL an hour ago, and a small Salesforce, for planning tests to vary."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from connectors.records import Field, FieldType, ObjectSchema, Option, System
from syncd.definitions.language import AllOf, Definitions, ReturnRule, StageRule
from syncd.files.fields_file import FieldsFile
from syncd.files.service_file import ServiceFile
from syncd.files.tasks_file import TasksFile
from syncd.model.change import Change, Refusal
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import BEGINNING, DAY, HOUR, NEVER, Instant, parse_iso
from syncd.model.person import Entry, Facts, Opportunity, PersonId, Property, Unknown, Verdict
from syncd.model.stage import LABELS, Stage
from syncd.plan.build import build_plan
from syncd.plan.case import Case, Directory, Seller, Setting

NOW = parse_iso("2026-06-10T09:00:00Z")
ANNA = PersonId("p-anna")
SELLER, DESK = "005000000000001AAA", "005000000000002AAA"
SOURCE = "hubspot:contact:1:x"


def text(name: str, length: int | None = 255, **more) -> Field:
    return Field(name, name, FieldType.TEXT, length, **more)


def picklist(name: str, *values: str, **more) -> Field:
    return Field(name, name, FieldType.CHOICE, options=[Option(value, value) for value in values], **more)


def people_fields() -> dict[str, Field]:
    stamps = ("MQL", "SQL", "SQO", "Customer", "Recycled", "Disqualified")
    fields = [
        *(text(name) for name in ("FirstName", "LastName", "Company", "Email", "OwnerId", "Title", "HubSpot_Id__c")),
        *(text(name) for name in ("Syncd_Why__c", "Syncd_Definition__c", "Syncd_Run__c")),
        picklist("Lifecycle_Stage__c", *LABELS.values(), restricted=True),
        Field("Lifecycle_Cycle__c", "", FieldType.NUMBER),
        *(Field(f"{stage}_At__c", "", FieldType.DATETIME) for stage in stamps),
        Field("Recycle_Until__c", "", FieldType.DATE),
        picklist("Rating", "Cold", "Warm", "Hot"),
    ]
    return {field.name: field for field in fields}


SCHEMAS = {
    "lead": ObjectSchema("lead", people_fields()),
    "contact": ObjectSchema("contact", people_fields()),
    "task": ObjectSchema("task", {field.name: field for field in (text("Subject"), text("Description", 32_000))}),
}
DEFINITIONS = Definitions(
    "d1",
    stages=[StageRule(Stage.MQL, AllOf(())), StageRule(Stage.SQL, AllOf(()))],
    returns=[ReturnRule(Stage.RECYCLED, AllOf(()), requalify_after=30 * DAY)],
)
TASKS = TasksFile.model_validate(
    {
        "tasks": [{"on": "mql", "purpose": "follow_up", "subject": "MQL: {first_name} {last_name}"}],
        "fallback": "anna@us.example",
    }
)


def setting(**changes) -> Setting:
    given = Setting(
        definitions=DEFINITIONS,
        service=ServiceFile(),
        fields=FieldsFile(),
        tasks=TASKS,
        schemas=SCHEMAS,
        directory=Directory(sellers={SELLER[:15]: Seller(SELLER, "anna@us.example", active=True, human=True)}),
        now=NOW,
        run="run-1",
    )
    return replace(given, **changes)


def writing(**rules) -> FieldsFile:
    """fields.yaml with salesforce.lead.NAME written from the name `given`."""
    read = {"given": {"from": "hubspot.contact.given"}}
    write = {f"salesforce.lead.{name}": {"from": "given", "owner": owner} for name, owner in rules.items()}
    return FieldsFile.model_validate({"read": read, "write": write})


def record(system: System = System.SALESFORCE, kind: str = "lead", id: str = "00Q1", **properties) -> Mirrored:  # noqa: A002
    return Mirrored(
        system=system,
        kind=kind,
        id=id,
        person=ANNA,
        created_at=Instant(NOW - 40 * DAY),
        modified_at=Instant(NOW - 2 * HOUR),
        known_at=Instant(NOW - HOUR),
        deleted=properties.pop("deleted", False),
        merged_into=None,
        properties=properties,
    )


def hubspot(id: str = "1", **properties) -> Mirrored:  # noqa: A002
    return record(System.HUBSPOT, "contact", id, **properties)


def lead(**properties) -> Mirrored:
    return record(**({"OwnerId": SELLER} | properties))


def entry(stage: Stage = Stage.MQL, ago: int = HOUR, cycle: int = 1, **more) -> Entry:
    said = {"source": "definition", "why": "looked at the prices", "evidence": ("t1",), "definition": "d1"}
    return Entry(stage, cycle, Instant(NOW - ago), **(said | more))


def case(*records: Mirrored, entries: list[Entry] | None = None, barred: str | None = None, **more) -> Case:
    """Anna: HubSpot contact 1 unless records say otherwise; in the stage of the last entry."""
    values = {"first_name": "Anna", "last_name": "Ash", "email": "anna@acme.example", "company_name": "Acme"}
    values |= more.pop("values", {})
    sources = more.pop("sources", {})
    born = Entry(Stage.SUBSCRIBER, 1, Instant(NOW - 40 * DAY), "record", "known since then")
    entries = [born, *([entry()] if entries is None else entries)]
    last = entries[-1]
    facts = Facts(
        person=ANNA,
        born=born.at,
        properties={
            name: Property(((BEGINNING, Unknown("is missing") if value is None else value),), sources.get(name, SOURCE))
            for name, value in values.items()
        },
        touches=more.pop("touches", ()),
        opportunities=more.pop("opportunities", ()),
        floor=more.pop("floor", ()),
        held=more.pop("held", ()),
    )
    verdict = Verdict(ANNA, last.stage, last.cycle, last.at, entries, barred, (), NEVER)
    if not any(one.system == "hubspot" for one in records):
        records = (*records, hubspot())
    return Case(Dossier(ANNA, records=records, **more), facts, verdict)


def open_deal() -> Opportunity:
    return Opportunity("006", Instant(NOW - DAY), None, False, "Open", None, None, None, False)  # noqa: FBT003


def planned(one: Case, given: Setting | None = None) -> tuple[list[Change], list[Refusal], Counter[str]]:
    plan = build_plan([one], given or setting(), "c1", ("portal", "org"))
    return list(plan.changes), list(plan.refusals), Counter(plan.notes)
