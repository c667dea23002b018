"""What a Salesforce admin deploys for syncd: fields, a permission set and list views in the CLI's source format. Pure.

What metadata cannot say, such as the mapping of fields at lead conversion, is in the README that comes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

from syncd.definitions.order import order_of
from syncd.files.audit_section import SALESFORCE
from syncd.model.stage import SIDE_STAGES, Stage, label_of

if TYPE_CHECKING:
    from syncd.definitions.language import Definitions
    from syncd.files.audit_section import Audit
    from syncd.files.load import Config

Element: TypeAlias = "tuple[str, str | Sequence[Element]]"
"""A name with its text, or with the elements inside."""

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
BASE = "force-app/main/default"
PERMISSIONS = "Syncd"
PEOPLE = ("Lead", "Contact")
REASONS = ("No budget", "No need", "Bad timing", "Wrong person", "Competitor", "Not reachable")
"""Reasons to begin with; the picklists take others too."""
LABELS = {
    "stage": "Lifecycle stage",
    "cycle": "Lifecycle cycle",
    "mql_at": "MQL at",
    "sql_at": "SQL at",
    "sqo_at": "SQO at",
    "customer_at": "Customer at",
    "recycled_at": "Recycled at",
    "disqualified_at": "Disqualified at",
    "reject_reason": "Reject reason",
    "recycle_reason": "Recycle reason",
    "recycle_until": "Recycle until",
    "why": "Why this stage",
    "definition": "Definitions",
    "run": "Run",
}
"""syncd's own fields on Lead and Contact by their name in fields.yaml, as people see them (design 9)."""
OBJECTS = {"Account": "read", "Campaign": "read", "Contact": "edit", "Lead": "create", "Opportunity": "read"}
"""What our user may do; tasks go by a permission of their own."""
READ = ("allowRead",)
RIGHTS = {
    "read": READ,
    "edit": (*READ, "allowEdit"),
    "create": (*READ, "allowEdit", "allowCreate"),
    "add": (*READ, "allowCreate"),
}
STANDARD = {
    "Lead": ("Email", "FirstName", "Phone", "Title", "Website"),
    "Contact": ("Email", "FirstName", "Phone", "Title"),
}
"""Fields of Salesforce that the files may write to, and that are not everybody's by themselves."""


def package_of(config: Config, definitions: Definitions, api_version: str) -> dict[str, str]:
    """The files of the package by their paths, as text; the version is that of the API, such as 66.0."""
    names = config.fields.names.model_dump()
    fields = {**_keys(names), **_rank(names), **_own(names, definitions)}
    files = {
        f"{BASE}/objects/{place}/fields/{name}.field-meta.xml": _document("CustomField", elements)
        for (place, name), elements in fields.items()
    }
    kept = _checkpoints(config.service.audit) if SALESFORCE in config.service.audit.send_to else {}
    files |= {f"{BASE}/objects/{path}": text for path, text in kept.items()}
    files[f"{BASE}/permissionsets/{PERMISSIONS}.permissionset-meta.xml"] = _document(
        "PermissionSet", _permissions(config, [*fields])
    )
    for stage in (Stage.MQL, Stage.RECYCLED):
        view = f"Syncd_{label_of(stage).replace(' ', '_')}"
        files[f"{BASE}/objects/Lead/listViews/{view}.listView-meta.xml"] = _document(
            "ListView", _view(view, stage, names)
        )
    files["sfdx-project.json"] = _project(api_version)
    files["README.md"] = _readme(names, [*fields])
    return files


def _keys(names: Mapping[str, str]) -> dict[tuple[str, str], list[Element]]:
    """External ids: by them records are found again, and nothing is made twice."""
    places = [(place, names["hubspot_id"], "HubSpot id") for place in ("Lead", "Contact", "Account")]
    places.append(("Activity", names["key"], "syncd key"))
    what = "Written by syncd: by it a record is found again and nothing is made twice."
    return {
        (place, name): [
            ("fullName", name),
            ("caseSensitive", "true"),
            ("description", what),
            ("externalId", "true"),
            ("label", label),
            ("length", "64"),
            ("required", "false"),
            ("type", "Text"),
            ("unique", "true"),
        ]
        for place, name, label in places
    }


def _rank(names: Mapping[str, str]) -> dict[tuple[str, str], list[Element]]:
    """Who comes first, on tasks."""
    elements: list[Element] = [
        ("fullName", names["rank"]),
        ("description", "Written by syncd: from 0 to 100, who is called first."),
        ("label", "Rank"),
        ("precision", "3"),
        ("required", "false"),
        ("scale", "0"),
        ("type", "Number"),
    ]
    return {("Activity", names["rank"]): elements}


def _own(names: Mapping[str, str], definitions: Definitions) -> dict[tuple[str, str], list[Element]]:
    stages = [label_of(stage) for stage in (*order_of(definitions), *SIDE_STAGES)]
    kinds: dict[str, list[Element]] = {
        "stage": _picklist(stages, restricted=True),
        "cycle": [("precision", "4"), ("scale", "0"), ("type", "Number")],
        "reject_reason": _picklist(REASONS, restricted=False),
        "recycle_reason": _picklist(REASONS, restricted=False),
        "recycle_until": [("type", "Date")],
        "why": [("length", "4000"), ("type", "LongTextArea"), ("visibleLines", "5")],
        "definition": [("length", "64"), ("type", "Text")],
        "run": [("length", "64"), ("type", "Text")],
    }
    made = {}
    for place in PEOPLE:
        for key, label in LABELS.items():
            name = names[key]
            elements: list[Element] = [
                ("description", "Written by syncd."),
                ("label", label),
                *([] if key == "why" else [("required", "false")]),
                *kinds.get(key, [("type", "DateTime")]),
            ]
            made[place, name] = [("fullName", name), *sorted(elements, key=lambda one: one[0])]
    return made


def _checkpoints(audit: Audit) -> dict[str, str]:
    """The object that keeps checkpoints of the ledger. Our user may add to it, and change nothing."""
    names = audit.salesforce
    what = "Written by syncd: a checkpoint of its ledger, by which a past that was rewritten is found."
    object_: list[Element] = [
        ("deploymentStatus", "Deployed"),
        ("description", what),
        ("label", "syncd checkpoint"),
        ("nameField", [("displayFormat", "CP-{000000}"), ("label", "Number"), ("type", "AutoNumber")]),
        ("pluralLabel", "syncd checkpoints"),
        ("sharingModel", "Private"),
    ]
    fields: dict[str, list[Element]] = {
        names.key: [
            ("caseSensitive", "true"), ("externalId", "true"), ("label", "Entry and head"), ("length", "64"),
            ("required", "false"), ("type", "Text"), ("unique", "true"),
        ],
        names.entries: [
            ("label", "Entries"), ("precision", "18"), ("required", "false"), ("scale", "0"), ("type", "Number"),
        ],
        names.at: [("label", "Made at"), ("required", "false"), ("type", "DateTime")],
        names.line: [
            ("label", "Checkpoint"), ("length", "4000"), ("type", "LongTextArea"), ("visibleLines", "5"),
        ],
    }  # fmt: skip
    files = {
        f"{names.object}/fields/{name}.field-meta.xml": _document("CustomField", [("fullName", name), *elements])
        for name, elements in fields.items()
    }
    return {f"{names.object}/{names.object}.object-meta.xml": _document("CustomObject", object_), **files}


def _picklist(values: Sequence[str], *, restricted: bool) -> list[Element]:
    listed: list[Element] = [
        ("value", [("fullName", value), ("default", "false"), ("label", value)]) for value in values
    ]
    definition: Element = ("valueSetDefinition", [("sorted", "false"), *listed])
    return [("type", "Picklist"), ("valueSet", [("restricted", str(restricted).lower()), definition])]


def _permissions(config: Config, fields: Sequence[tuple[str, str]]) -> list[Element]:
    """Read what is read, edit what is written. An activity's fields are granted on Task, where they show."""
    granted = {f"{'Task' if place == 'Activity' else place}.{name}" for place, name in fields}
    granted |= {f"{place}.{name}" for place, names in STANDARD.items() for name in names}
    granted |= {
        f"{path.object.capitalize()}.{path.field}"
        for path in config.fields.write
        if path.system == "salesforce" and path.field.endswith("__c")
    }
    audit, allowed_on = config.service.audit, dict(OBJECTS)
    if SALESFORCE in audit.send_to:
        names = audit.salesforce
        granted |= {f"{names.object}.{name}" for name in (names.key, names.entries, names.at, names.line)}
        allowed_on[names.object] = "add"
    objects: list[Element] = []
    for name, right in sorted(allowed_on.items()):
        allowed = {flag: str(flag in RIGHTS[right]).lower() for flag in RIGHTS["create"]}
        flags = {"allowDelete": "false", "modifyAllRecords": "false", "viewAllRecords": "true", "object": name}
        objects.append(("objectPermissions", sorted({**allowed, **flags}.items())))
    users = [("userPermissions", [("enabled", "true"), ("name", name)]) for name in ("ApiEnabled", "EditTask")]
    return [
        ("description", "What syncd's user needs: to read people and deals, and to write stages and tasks."),
        *(
            ("fieldPermissions", [("editable", "true"), ("field", name), ("readable", "true")])
            for name in sorted(granted)
        ),
        ("hasActivationRequired", "false"),
        ("label", PERMISSIONS),
        *objects,
        *users,
    ]


def _granted(name: str) -> Element:
    return ("fieldPermissions", [("editable", "true"), ("field", name), ("readable", "true")])


def _view(name: str, stage: Stage, names: Mapping[str, str]) -> list[Element]:
    since = names["recycled_at"] if stage is Stage.RECYCLED else names["mql_at"]
    columns = ("FULL_NAME", "LEAD.COMPANY", "LEAD.STATUS", names["stage"], since)
    of_stage: Element = (
        "filters",
        [("field", names["stage"]), ("operation", "equals"), ("value", label_of(stage))],
    )
    return [
        ("fullName", name),
        *(("columns", column) for column in columns),
        ("filterScope", "Everything"),
        of_stage,
        ("label", f"{label_of(stage)} (syncd)"),
    ]


def _document(kind: str, elements: Sequence[Element]) -> str:
    inside = "\n".join(_lines(elements, "    "))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">\n{inside}\n</{kind}>\n'


def _lines(elements: Sequence[Element], indent: str) -> Iterator[str]:
    for name, inside in elements:
        if isinstance(inside, str):
            yield f"{indent}<{name}>{escape(inside)}</{name}>"
        else:
            yield f"{indent}<{name}>"
            yield from _lines(inside, indent + "    ")
            yield f"{indent}</{name}>"


def _project(api_version: str) -> str:
    return (
        '{\n  "packageDirectories": [{"path": "force-app", "default": true}],\n  "name": "syncd",\n'
        f'  "namespace": "",\n  "sourceApiVersion": "{api_version}"\n}}\n'
    )


def _readme(names: Mapping[str, str], fields: Sequence[tuple[str, str]]) -> str:
    listed = "\n".join(f"- {place}: `{name}`" for place, name in fields)
    own = [name for place, name in fields if place == "Lead"]
    mapped = "\n".join(f"- `{name}` on Lead to `{name}` on Contact" for name in own)
    mapped += "\n- what sales fills in on leads and your files read, such as budget and need; `syncd doctor` names them"
    return f"""# What syncd needs in Salesforce
Written by `syncd doctor --salesforce-package`. Deploy it with the Salesforce CLI, as an admin, first to a sandbox org:

1. `sf org login web --alias our-org`
2. `sf project deploy start --source-dir force-app --target-org our-org`
3. `sf org assign permset --name {PERMISSIONS} --target-org our-org --on-behalf-of USERNAME-OF-SYNCD`

It makes these fields; one that is there already is changed to what stands here, so compare first with `syncd doctor`:
{listed}

## By hand, since metadata cannot say it
**Mapping at lead conversion.** Setup, Object Manager, Lead, Fields & Relationships, Map Lead Fields. Without it what
is in these fields of a lead is lost to sales when it is converted, until syncd writes its own anew; metadata could say
it only by replacing the mapping that you have. Map
{mapped}

**Lead statuses.** Setup, Object Manager, Lead, Status: the values that your definitions name, such as Recycle and
Disqualified, not marked as converted. `syncd doctor` names those that are missing.

**Page layouts.** Put `{names["stage"]}`, `{names["why"]}` and the reasons onto the layouts of Lead and Contact, for
people to see them.

**Field history.** Set History Tracking of Lead for Status and Owner: how fast sales picks up is measured by it.

**The app that syncd logs in with.** Setup, External Client App Manager, New: OAuth with the scopes `api` and
`refresh_token`, the client credentials flow with a user to run as, or the JWT bearer flow with a certificate. Its
consumer key goes to `SYNCD_SALESFORCE__CLIENT_ID`.
"""
