"""What the files need of both CRMs: every field, of which type, with which values, and who relies on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.records import Field, FieldType, ObjectSchema, System
from syncd.definitions.language import (
    Definitions,
    Operator,
    OpportunityClause,
    clauses_of,
    leaves_of,
    property_clauses_of,
)
from syncd.definitions.order import order_of
from syncd.facts.activities import OUTCOMES
from syncd.files.audit_section import SALESFORCE
from syncd.files.fields_file import Kind, ReadName
from syncd.files.load import Config
from syncd.model.dossier import Who
from syncd.model.nouns import dataclass
from syncd.model.stage import SIDE_STAGES, label_of
from syncd.streams import names_in, used_names

Schemas = dict[tuple[System, str], ObjectSchema]

TEXT, NUMBER, MOMENT = FieldType.TEXT, FieldType.NUMBER, (FieldType.DATETIME, FieldType.DATE)
SPOKEN = (TEXT, FieldType.CHOICE)

OWN_FIELDS: dict[str, tuple[FieldType, ...]] = {
    "stage": SPOKEN,
    "cycle": (NUMBER, TEXT),
    "mql_at": MOMENT,
    "sql_at": MOMENT,
    "sqo_at": MOMENT,
    "customer_at": MOMENT,
    "recycled_at": MOMENT,
    "disqualified_at": MOMENT,
    "reject_reason": SPOKEN,
    "recycle_reason": SPOKEN,
    "recycle_until": (FieldType.DATE, FieldType.DATETIME),
    "why": (TEXT,),
    "definition": (TEXT,),
    "run": (TEXT,),
}
"""syncd's own fields on Lead and Contact by their name in fields.yaml, with the types that can hold them."""

ANSWERS: dict[str, tuple[FieldType, ...]] = {"reason": SPOKEN, "recycle_until": (FieldType.DATE, FieldType.DATETIME)}
"""The properties by which HubSpot is told why sales sent somebody back, and until when: by their name in fields.yaml,
the type that they are made as first.
"""

FITTING: dict[Kind, frozenset[FieldType]] = {
    "number": frozenset({NUMBER, FieldType.MONEY, TEXT}),
    "money": frozenset({NUMBER, FieldType.MONEY, TEXT}),
    "date": frozenset({*MOMENT, TEXT}),
    "datetime": frozenset({*MOMENT, TEXT}),
    "boolean": frozenset({FieldType.BOOLEAN, FieldType.CHOICE, TEXT}),
}
"""From which types a name of a type can be read, and to which written; all others from and to any."""

KEY_LENGTH, LINE_LENGTH = 64, 600
"""Characters that a key of ours takes, and a checkpoint."""


@dataclass(frozen=True, slots=True)
class Need:
    """One field that somebody relies on. `types` empty: any will do; `values` must be among a picklist's.

    `required` says that something does not work without it; else it is left out where it is missing. `written` must be
    open to changes, `made` to new records alone.
    """

    system: System
    kind: str
    field: str
    why: str
    required: bool
    types: Sequence[FieldType] = ()
    length: int | None = None
    key: bool = False
    written: bool = False
    made: bool = False
    values: Sequence[str] = ()

    @property
    def compared(self) -> bool:
        """Whether only a clause relies on the values: the field is read all the same."""
        return self.required and bool(self.values) and not self.written


def needs_of(config: Config, definitions: Definitions, schemas: Schemas) -> list[Need]:
    """Everything that is needed, by system, object and field."""
    found = [
        *_keys(config),
        *_own(config, definitions),
        *_of_tasks(config),
        *_written(config),
        *_reasons(definitions),
        *_read(config, definitions, schemas),
        *_values(config, definitions, schemas),
        *_asked(definitions),
        *_told(config, definitions),
        *_lists(config),
        *_checkpoints(config),
    ]
    return sorted(found, key=lambda need: (need.system, need.kind, need.field, not need.required))


def _keys(config: Config) -> Iterator[Need]:
    names = config.fields.names
    wanted = [(kind, names.hubspot_id) for kind in ("lead", "contact", "account")] + [("task", names.key)]
    for kind, name in wanted:
        why = "no task is made twice by it" if kind == "task" else "records are found again by it"
        yield Need(System.SALESFORCE, kind, name, why, True, (TEXT,), KEY_LENGTH, key=True, written=True)  # noqa: FBT003


def _own(config: Config, definitions: Definitions) -> Iterator[Need]:
    labels = [label_of(stage) for stage in (*order_of(definitions), *SIDE_STAGES)]
    names = config.fields.names.model_dump()
    for kind in ("lead", "contact"):
        for key, types in OWN_FIELDS.items():
            values = labels if key == "stage" else ()
            why = "syncd writes it; without it that is left out"
            yield Need(System.SALESFORCE, kind, names[key], why, False, types, written=True, values=values)  # noqa: FBT003


def _of_tasks(config: Config) -> Iterator[Need]:
    why = "syncd writes who comes first; without it only the texts of tasks can say it"
    yield Need(System.SALESFORCE, "task", config.fields.names.rank, why, False, (NUMBER,), written=True)  # noqa: FBT003


def _written(config: Config) -> Iterator[Need]:
    for path, rule in config.fields.write.items():
        why, read = f"fields.yaml writes {rule.from_} to it", config.fields.reads.get(rule.from_)
        types = () if read is None or rule.values else tuple(sorted(FITTING.get(read.kind, ())))
        values = tuple(dict.fromkeys(map(str, rule.values.values())))
        yield Need(System(path.system), path.object, path.field, why, True, types, written=True, values=values)  # noqa: FBT003


def _reasons(definitions: Definitions) -> Iterator[Need]:
    for rule in definitions.returns:
        if rule.reason:
            why = f"it says why somebody was {rule.stage}"
            yield Need(System.SALESFORCE, "lead", rule.reason, why, False)  # noqa: FBT003


def _read(config: Config, definitions: Definitions, schemas: Schemas) -> Iterator[Need]:
    relied_on = names_in(definitions) | config.fields.read.keys()
    relied_on |= {rule.from_ for rule in config.fields.write.values()}
    seen = {system for system, _ in schemas}
    for name in used_names(config):
        readable = any(
            System(source.system) not in seen or _field(schemas, name, index) is not None
            for index, source in enumerate(name.sources)
        )
        for source in name.sources:
            required = name.name in relied_on and not readable
            why = f"{name.name} is read from it"
            types = tuple(sorted(FITTING.get(name.kind, ())))
            if name.derived:
                types = ()
            yield Need(System(source.system), source.object, source.field, why, required, types)


def _field(schemas: Schemas, name: ReadName, index: int) -> Field | None:
    source = name.sources[index]
    schema = schemas.get((System(source.system), source.object))
    return schema.fields.get(source.field) if schema else None


def _values(config: Config, definitions: Definitions, schemas: Schemas) -> Iterator[Need]:
    """Values that clauses compare with, of the first source that is a picklist: a typo would never come true."""
    for clause in property_clauses_of(definitions):
        name = config.fields.reads.get(clause.name)
        values = [
            str(value)
            for test in clause.tests
            if test.operator in (Operator.IS, Operator.ANY_OF)
            for value in (test.operand if isinstance(test.operand, tuple) else (test.operand,))
            if isinstance(value, str)
        ]
        if name is None or not values:
            continue
        for index, source in enumerate(name.sources):
            field = _field(schemas, name, index)
            if field is not None and field.type in (FieldType.CHOICE, FieldType.CHOICES):
                why = f"{clause.place} compares {clause.name} with it"
                yield Need(System(source.system), source.object, source.field, why, True, values=values)  # noqa: FBT003
                break


def _asked(definitions: Definitions) -> Iterator[Need]:
    """What clauses ask of records without a name in fields.yaml: how calls and meetings ended, and amounts."""
    signals = definitions.signals.values()
    ended = {kind for signal in signals if any(test.name == "outcome" for test in signal.where) for kind in signal.of}
    fields = [(System.HUBSPOT, kind, OUTCOMES[kind]) for kind in sorted(ended & OUTCOMES.keys())]
    fields += [(System.SALESFORCE, "task", "CallDisposition")] if "call" in ended else []
    for system, kind, field in fields:
        yield Need(system, kind, field, "the definitions ask how it ended", False)  # noqa: FBT003
    leaves = (leaf for clause in clauses_of(definitions) for leaf in leaves_of(clause))
    if any(isinstance(leaf, OpportunityClause) and leaf.amount for leaf in leaves):
        yield Need(System.SALESFORCE, "opportunity", "Amount", "the definitions ask for it", False)  # noqa: FBT003


def _told(config: Config, definitions: Definitions) -> Iterator[Need]:
    """Values that HubSpot is told. What the files name has to be there; of our own defaults the rest is left out."""
    back = config.fields.back
    used = {*order_of(definitions), *SIDE_STAGES}
    for part, field, values in (("stages", back.stage, back.stages), ("statuses", back.status, back.statuses)):
        wanted = [value for stage, value in values.items() if stage in used]
        if field and wanted:
            said = part in back.model_fields_set
            why = "HubSpot is told of stages by it; which have no value there are not told"
            yield Need(System.HUBSPOT, "contact", field, why, said, written=True, values=wanted)
    for part, types in ANSWERS.items():
        said, why = part in back.model_fields_set, "HubSpot is told of sales' answer by it"
        if said or definitions.returns:
            yield Need(System.HUBSPOT, "contact", getattr(back, part), why, said, types, written=True)


FILLED = {
    "lead": frozenset({"LastName", "Company"}),
    "task": frozenset({"Subject", "ActivityDate", "Priority", "WhoId", "WhatId", "OwnerId", "Status"}),
}
"""What a new lead and a new task have always."""


def unfilled(config: Config, schemas: Schemas) -> Iterator[tuple[str, Field]]:
    """Fields that new leads and tasks must have and that nothing fills, by kind: every new one would be refused."""
    for kind, filled in FILLED.items():
        schema = schemas.get((System.SALESFORCE, kind))
        if schema is None or (kind == "lead" and config.service.create.stage is None):
            continue
        mapped = {path.field for path in config.fields.write if (path.system, path.object) == ("salesforce", kind)}
        names = set(config.fields.names.model_dump().values())
        for field in schema.fields.values():
            if field.required and field.name not in filled | mapped | names:
                yield kind, field


def _lists(config: Config) -> Iterator[Need]:
    """The lists that people are put on, where they were looked at."""
    if lists := sorted(set(config.fields.back.lists.values())):
        yield Need(System.HUBSPOT, "list", "id", "whom sales sends back joins it", False, values=lists)  # noqa: FBT003


def _checkpoints(config: Config) -> Iterator[Need]:
    """The fields of a checkpoint, where Salesforce keeps them."""
    names, why = config.service.audit.salesforce, "syncd keeps checkpoints of the ledger there"
    if SALESFORCE not in config.service.audit.send_to:
        return
    yield Need(System.SALESFORCE, names.object, names.key, why, True, (TEXT,), KEY_LENGTH, key=True, made=True)  # noqa: FBT003
    for name, types in ((names.entries, (NUMBER, TEXT)), (names.at, (FieldType.DATETIME, TEXT)), (names.line, (TEXT,))):
        length = LINE_LENGTH if name == names.line else None
        yield Need(System.SALESFORCE, names.object, name, why, True, types, length, made=True)  # noqa: FBT003


def admin_of(system: System) -> Who:
    """Who can change a CRM's setup."""
    return "Salesforce admin" if system is System.SALESFORCE else "HubSpot admin"
