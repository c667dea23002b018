"""Tasks for sales: one per person, cycle and purpose, for news and not for history (design 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from connectors.records import JsonValue
from syncd.files.tasks_file import Task
from syncd.model.change import NEW_LEAD, TASK, Change, FieldChange, Refusal
from syncd.model.dossier import Mirrored
from syncd.model.stage import Stage, label_of
from syncd.plan.case import Case, Setting, task_key
from syncd.plan.texts import fill, parsed, printable, unknown, words_for

SUBJECT_LENGTH = 255


def make_tasks(
    case: Case, record: Mirrored | None, lead: Change | None, setting: Setting, notes: Counter[str]
) -> Iterator[Change | Refusal]:
    """The tasks that a person's stage asks for and that were never made. `lead` is the new Lead they may hang on.

    A stage that was passed makes no task any more. What is left out for its age is counted in `notes`.
    """
    for rule in setting.tasks.tasks:
        if rule.on != case.verdict.stage or case.verdict.barred:
            continue
        if _has_task(case, rule, setting):
            continue
        if setting.now - case.current.at > setting.tasks.not_older_than:
            notes["no task, too long ago"] += 1
        elif case.is_bought and setting.rank(rule.on) < setting.rank(Stage.SQO):
            notes["no task, customer or open opportunity"] += 1
        else:
            yield _task(case, rule, record, lead, setting)


def _has_task(case: Case, rule: Task, setting: Setting) -> bool:
    """Whether the task was ever made: open, closed or deleted, and for whoever turned out to be this person."""
    persons = (case.facts.person, *case.dossier.former)
    keys = {task_key(person, case.verdict.cycle, rule.purpose) for person in persons}
    known = {task.properties.get(setting.fields.names.key) for task in case.dossier.tasks}
    return not keys.isdisjoint(known | case.dossier.done_keys)


def _task(case: Case, rule: Task, record: Mirrored | None, lead: Change | None, setting: Setting) -> Change | Refusal:
    owned = record.properties.get("OwnerId") if record else lead.values.get("OwnerId") if lead else None
    owner = _owner(rule, str(owned or ""), setting)
    if owner is None:
        why = "nobody active can own the task; give the record an owner, or name `queue` or `fallback` in tasks.yaml"
        return Refusal(case.facts.person, "no owner", why, "RevOps", "salesforce", "task", None, quarantine=True)
    who = record.id if record else NEW_LEAD
    return Change(
        system="salesforce",
        object="task",
        purpose=TASK,
        person=case.facts.person,
        id=None,
        key=(setting.fields.names.key, task_key(case.facts.person, case.verdict.cycle, rule.purpose)),
        fields=tuple(_fields(case, rule, who, owner, setting)),
        reason=f"{label_of(rule.on)}: {case.current.why}",
        evidence=case.current.evidence,
        owner=owner,
    )


def _fields(case: Case, rule: Task, who: str, owner: str, setting: Setting) -> Iterator[FieldChange]:
    template = with_proof(rule.description)
    named = {name for text in (rule.subject, template) for _, name in parsed(text) if name is not None}
    words = words_for(case, setting, named)
    limit = setting.field("task", "Description")
    description = printable(fill(template, words, unknown(setting)), keep_lines=True)
    values: tuple[tuple[str, JsonValue, bool], ...] = (
        ("Subject", printable(fill(rule.subject, words, unknown(setting)))[:SUBJECT_LENGTH], True),
        ("Description", description[: limit.length] if limit and limit.length else description, True),
        ("ActivityDate", setting.due(rule).isoformat(), True),
        ("Priority", rule.priority, False),
        ("WhoId", who, False),
        ("OwnerId", owner, False),
    )
    for name, value, rendered in values:
        yield FieldChange(name, None, value, rendered)


def with_proof(template: str) -> str:
    """A description that carries the proof, the last touches and the BANT checklist, also where it names none."""
    missing = [part for part in ("{why}", "{touches}", "{bant}") if part not in template]
    return "\n\n".join([template, *missing])


def _owner(rule: Task, record_owner: str, setting: Setting) -> str | None:
    """The first of the chain who exists and is active; never an integration's user (facts: market 5).

    A queue takes tasks only where tasks.yaml names it: one that owns leads need not be open to tasks.
    """
    directory = setting.directory
    for receiver in rule.owner:
        if receiver == "record_owner" and (seller := directory.active(record_owner)):
            return seller.id
        if receiver == "queue" and (queue := directory.queues.get((setting.tasks.queue or "").casefold())):
            return queue
        if receiver == "fallback" and (seller := directory.by_email(setting.tasks.fallback)):
            return seller.id
    return None
