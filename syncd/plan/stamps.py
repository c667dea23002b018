"""Stage, stamps and mapped fields of a record that Salesforce has."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import FieldType, JsonValue
from syncd.model.change import UPDATE, Change, FieldChange, Refusal
from syncd.model.dossier import Mirrored
from syncd.model.instant import NEVER, Instant
from syncd.model.person import Entry
from syncd.model.stage import SIDE_STAGES, Stage, label_of
from syncd.plan.case import Case, Setting
from syncd.plan.mapped import mapped_fields
from syncd.plan.taken import taken
from syncd.plan.texts import printable, why
from syncd.plan.values import same, stamp

STAMPED = tuple((Stage(name), f"{name}_at") for name in ("mql", "sql", "sqo", "customer", "recycled", "disqualified"))
"""Stages that have a field for their date, with how fields.yaml calls it."""


def update_record(case: Case, record: Mirrored, setting: Setting) -> Iterator[Change | Refusal]:
    """The change that a record needs, if any; what it may not take is refused."""
    changes: list[FieldChange] = []
    for name, value in stage_fields(case, record, setting).items():
        _add(changes, record, name, value, setting)
    core = changes
    if _is_demotion(record, case, setting):
        core = [change for change in changes if change.field != setting.fields.names.stage]
        if len(core) < len(changes):
            yield _ahead(case, record, setting)
    if any(change.field != setting.fields.names.hubspot_id for change in core):
        for name, value in proof_fields(case, record.kind, setting).items():
            _add(core, record, name, value, setting, rendered=True)
    for name, value in mapped_fields(case, ("salesforce", record.kind), record, setting):
        _add(core, record, name, value, setting)
    yield from checked(case, core, record, setting)


def _ahead(case: Case, record: Mirrored, setting: Setting) -> Refusal:
    said = record.properties.get(setting.fields.names.stage)
    why = f"Salesforce already says {said}, syncd {label_of(case.verdict.stage)}: nobody is set back"
    return Refusal(case.facts.person, "ahead", why, "RevOps", "salesforce", record.kind, record.id)


def checked(case: Case, changes: list[FieldChange], record: Mirrored, setting: Setting) -> Iterator[Change | Refusal]:
    """The change, unless one of its values would be refused: then the whole record is set aside with the reason. A
    value that a picklist does not offer stops its own mapping only.
    """
    fields, refusals = taken(case, ("salesforce", record.kind, record.id), changes, setting)
    yield from refusals
    if all(one.rendered for one in fields):
        return
    yield Change(
        system="salesforce",
        object=record.kind,
        purpose=UPDATE,
        person=case.facts.person,
        id=record.id,
        key=None,
        fields=tuple(fields),
        reason=case.current.why,
        evidence=case.current.evidence,
        demotes=_lowers(record, case, setting) and any(one.field == setting.fields.names.stage for one in fields),
        overwrites=any(one.before not in (None, "") for one in fields),
    )


def stage_fields(case: Case, record: Mirrored | None, setting: Setting) -> dict[str, JsonValue]:
    """Link, stage, cycle and stamps as they shall be, by field name; only fields that our user can write.

    A stamp is cleared only when it is left over from an earlier cycle.
    """
    names, verdict = setting.fields.names, case.verdict
    kind = record.kind if record else "lead"
    wanted: dict[str, JsonValue] = {}
    contact = case.hubspot_contact
    if record and contact and _may_claim(record, case, names.hubspot_id):
        wanted[names.hubspot_id] = contact.id
    if not unlisted_stage(case, kind, setting):
        wanted[names.stage] = label_of(verdict.stage)
    number = setting.field(kind, names.cycle)
    wanted[names.cycle] = str(verdict.cycle) if number and number.type is FieldType.TEXT else verdict.cycle
    entered = {entry.stage: entry for entry in verdict.entries if entry.cycle == verdict.cycle}
    stale = bool(record) and _cycle_of(record, names.cycle) not in (None, verdict.cycle)
    for stage, at in STAMPED:
        if stage in entered and (field := setting.field(kind, getattr(names, at))):
            wanted[getattr(names, at)] = stamp(entered[stage].at, field)
        elif stale:
            wanted[getattr(names, at)] = None
    if stale:
        wanted[names.recycle_until] = None
    wanted |= _until(case.current, kind, setting)
    return {name: value for name, value in wanted.items() if _writable(kind, name, setting, new=record is None)}


def unlisted_stage(case: Case, kind: str, setting: Setting) -> str | None:
    """The stage's label where the picklist does not offer it: then only this mapping stops, the stamps are written."""
    return setting.unlisted(kind, case.verdict.stage)


def proof_fields(case: Case, kind: str, setting: Setting) -> dict[str, JsonValue]:
    """Why, by which version and in which run a stage was written. Our own text is cut to what fits."""
    names = setting.fields.names
    wanted: dict[str, str | None] = {
        names.why: why(case, setting),
        names.definition: case.current.definition or None,
        names.run: setting.run,
    }
    fitting: dict[str, JsonValue] = {}
    for name, value in wanted.items():
        field = setting.field(kind, name)
        if field and field.updateable:
            text = None if value is None else printable(value)
            fitting[name] = text[: field.length] if text and field.length else text
    return fitting


def _add(
    changes: list[FieldChange],
    record: Mirrored,
    name: str,
    value: JsonValue,
    setting: Setting,
    *,
    rendered: bool = False,
) -> None:
    field = setting.field(record.kind, name)
    before = record.properties.get(name)
    if field is not None and field.updateable and not same(before, value, field):
        changes.append(FieldChange(name, before, value, rendered))


def _writable(kind: str, name: str, setting: Setting, *, new: bool) -> bool:
    field = setting.field(kind, name)
    return field is not None and (field.createable if new else field.updateable)


def _may_claim(record: Mirrored, case: Case, name: str) -> bool:
    """Whether a record may receive HubSpot's id: it has none, or that of a contact that was merged into this one."""
    given = record.properties.get(name)
    own = {one.id for one in case.dossier.records if one.system == "hubspot"}
    return not given or str(given) in own


def _until(entry: Entry, kind: str, setting: Setting) -> dict[str, JsonValue]:
    rule = next((rule for rule in setting.definitions.returns if rule.stage == entry.stage), None)
    field = setting.field(kind, setting.fields.names.recycle_until)
    if rule is None or field is None or not rule.requalify_after:
        return {}
    until = entry.at + rule.requalify_after
    return {field.name: stamp(Instant(until), field)} if until < NEVER else {}


def _cycle_of(record: Mirrored | None, name: str) -> int | None:
    value = record.properties.get(name) if record else None
    if isinstance(value, str):
        return int(value) if value.isdecimal() else None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _stage_of(record: Mirrored, setting: Setting) -> Stage | None:
    return setting.labelled.get(str(record.properties.get(setting.fields.names.stage)))


def _lowers(record: Mirrored, case: Case, setting: Setting) -> bool:
    """Whether a record's stage would go back within the funnel."""
    said = _stage_of(record, setting)
    wanted = case.verdict.stage
    return said is not None and wanted not in SIDE_STAGES and setting.rank(wanted) < setting.rank(said)


def _is_demotion(record: Mirrored, case: Case, setting: Setting) -> bool:
    """Whether writing the stage would set somebody back whom no rule of the config sets back."""
    if not _lowers(record, case, setting):
        return False
    began_again = (_cycle_of(record, setting.fields.names.cycle) or 1) < case.verdict.cycle
    left = {entry.stage for entry in case.verdict.entries if entry.left_at is not None}
    return not began_again and _stage_of(record, setting) not in left
