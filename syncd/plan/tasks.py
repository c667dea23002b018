"""Tasks for sales: one per person, cycle and purpose, for news and not for history (design 3).

One that is still open from an earlier cycle is brought up to date instead of a second one, and what nobody needs any
more is closed, as long as it is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from connectors.records import FieldType, JsonValue
from syncd.files.tasks_file import Task
from syncd.model.change import NEW_LEAD, TASK, TEND, Change, FieldChange, Refusal
from syncd.model.dossier import Mirrored
from syncd.model.stage import Stage, label_of
from syncd.plan.case import Case, Setting, task_key
from syncd.plan.made import age, is_open, ours, was_made
from syncd.plan.owners import owner_of
from syncd.plan.ranks import rank_of
from syncd.plan.texts import fill, parsed, printable, unknown, words_for

SUBJECT_LENGTH = 255
KNOWN = ("Subject", "ActivityDate", "Priority")
"""What is read of a task and can be brought up to date: its description is never read, it belongs to people."""


def make_tasks(
    case: Case, record: Mirrored | None, lead: Change | None, setting: Setting, notes: Counter[str]
) -> Iterator[Change | Refusal]:
    """The tasks that a person's stage asks for and that were never made. `lead` is the new Lead they may hang on.

    A stage that was passed makes no task any more. What is left out for its age is counted in `notes`.
    """
    for rule in setting.tasks.tasks:
        if rule.on != case.verdict.stage or case.verdict.barred or was_made(case, rule.purpose, setting):
            continue
        if setting.now - case.current.at > setting.tasks.not_older_than:
            notes["no task, too long ago"] += 1
        elif case.is_bought and setting.rank(rule.on) < setting.rank(Stage.SQO):
            notes["no task, customer or open opportunity"] += 1
        elif case.past_in_hubspot(rule.on, setting):
            notes["no task, HubSpot is past the stage"] += 1
        elif (still_open := _of_earlier_cycle(case, rule, setting)) is not None:
            yield from _brought_up_to_date(case, rule, still_open, setting)
        else:
            yield _task(case, rule, record, lead, setting)


def close_tasks(case: Case, standing: AbstractSet[str], setting: Setting) -> Iterator[Change]:
    """Our open tasks that nobody needs any more: of somebody who was sent back or bought, the second of two that became
    one person's, and reminders that are not `standing` (by purpose): sales answered meanwhile. Each is closed once a
    cycle: one that somebody opens again stays open.
    """
    over = case.verdict.stage in setting.tasks.close_on
    wanted = {rule.purpose for rule in setting.tasks.tasks} | standing
    known = ours(case, setting)
    seen: set[tuple[int, str]] = set()
    for task in sorted(filter(is_open, case.dossier.tasks), key=age):
        held = str(task.properties.get(setting.fields.names.key))
        which = known.get(held)
        if which is None and over and held in case.dossier.done_keys:
            which = (case.verdict.cycle, held)  # of a purpose that the file has no more
        if which is None:
            continue
        key = task_key(case.facts.person, case.verdict.cycle, f"close {task.id}")
        if (over or which in seen or which[1] not in wanted) and key not in case.dossier.done_keys:
            change = FieldChange("Status", task.properties.get("Status"), setting.tasks.closed_status)
            yield tend(case, task, [change], ("syncd_key", key))
        seen.add(which)


def tend(case: Case, task: Mirrored, fields: list[FieldChange], key: tuple[str, str] | None = None) -> Change:
    """A change of a task of ours that is there. With a `key` of our own it is done once, whatever people do later."""
    return Change(
        system="salesforce",
        object="task",
        purpose=TEND,
        person=case.facts.person,
        id=task.id,
        key=key,
        fields=tuple(fields),
        reason=case.current.why,
        evidence=case.current.evidence,
        overwrites=True,
    )


def _of_earlier_cycle(case: Case, rule: Task, setting: Setting) -> Mirrored | None:
    """The open task of the same purpose that an earlier cycle left."""
    known = ours(case, setting) if case.dossier.tasks else {}
    for task in case.dossier.tasks:
        cycle, purpose = known.get(str(task.properties.get(setting.fields.names.key)), (0, ""))
        if purpose == rule.purpose and cycle < case.verdict.cycle and is_open(task):
            return task
    return None


def _brought_up_to_date(case: Case, rule: Task, task: Mirrored, setting: Setting) -> Iterator[Change]:
    owner = str(task.properties.get("OwnerId") or "")
    wanted = {one.field: one for one in _fields(case, rule, "", owner, setting)}
    key = task_key(case.facts.person, case.verdict.cycle, rule.purpose)
    fields = [wanted[name]._replace(before=task.properties.get(name)) for name in KNOWN]
    name = setting.fields.names.key
    yield tend(case, task, [*fields, FieldChange(name, task.properties.get(name), key)])


def _task(case: Case, rule: Task, record: Mirrored | None, lead: Change | None, setting: Setting) -> Change | Refusal:
    owned = record.properties.get("OwnerId") if record else lead.values.get("OwnerId") if lead else None
    owner = owner_of(case, rule.owner, str(owned or ""), setting)
    if owner is None:
        why = "nobody active can own the task; give the record an owner, or name `queue` or `fallback` in tasks.yaml"
        return Refusal(case.facts.person, "no owner", why, "RevOps", "salesforce", "task", None, quarantine=True)
    who = record.id if record else NEW_LEAD
    return new_task(case, rule.purpose, tuple(_fields(case, rule, who, owner, setting)), owner, setting)


def new_task(case: Case, purpose: str, fields: tuple[FieldChange, ...], owner: str, setting: Setting) -> Change:
    """The task of a person's cycle for a purpose; it also gets the person's rank where the org has a field for it."""
    rank, field = rank_of(case, setting), setting.field("task", setting.fields.names.rank)
    if field is not None and field.createable and field.type in (FieldType.NUMBER, FieldType.MONEY):
        fields = (*fields, FieldChange(field.name, None, rank, rendered=True))
    return Change(
        system="salesforce",
        object="task",
        purpose=TASK,
        person=case.facts.person,
        id=None,
        key=(setting.fields.names.key, task_key(case.facts.person, case.verdict.cycle, purpose)),
        fields=fields,
        reason=f"{label_of(case.current.stage)}: {case.current.why}",
        evidence=case.current.evidence,
        owner=owner,
        rank=rank,
    )


def _fields(case: Case, rule: Task, who: str, owner: str, setting: Setting) -> Iterator[FieldChange]:
    texts = (rule.subject, with_proof(rule.description))
    yield from task_fields(case, texts, (setting.due(rule, owner).isoformat(), rule.priority), who, owner, setting)


def task_fields(
    case: Case, texts: tuple[str, str], when: tuple[str, str], who: str, owner: str, setting: Setting
) -> Iterator[FieldChange]:
    """The fields of a task but its rank: `texts` are templates of subject and description, `when` its day, priority."""
    named = {name for text in texts for _, name in parsed(text) if name is not None}
    words = words_for(case, setting, named)
    limit = setting.field("task", "Description")
    subject, description = (fill(text, words, unknown(setting)) for text in texts)
    description = printable(description, keep_lines=True)
    values: list[tuple[str, JsonValue, bool]] = [
        ("Subject", printable(subject)[:SUBJECT_LENGTH], True),
        ("Description", description[: limit.length] if limit and limit.length else description, True),
        ("ActivityDate", when[0], True),
        ("Priority", when[1], False),
        ("WhoId", who, False),
        ("OwnerId", owner, False),
    ]
    for name, value, rendered in values:
        yield FieldChange(name, None, value, rendered)


def with_proof(template: str) -> str:
    """A description that carries the proof, the last touches and the BANT checklist, also where it names none."""
    missing = [part for part in ("{why}", "{touches}", "{bant}") if part not in template]
    return "\n\n".join([template, *missing])
