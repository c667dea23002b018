"""What happens when sales does not answer: reminders while there is time, and after it a task for somebody else,
another owner, or an alert. Each is done once per person and cycle, whatever people do later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from syncd.files.tasks_file import Escalation, Task
from syncd.model.change import Change, FieldChange
from syncd.model.dossier import Mirrored
from syncd.model.instant import NEVER, Instant
from syncd.model.person import Touch
from syncd.plan.case import Case, Setting, task_key
from syncd.plan.owners import owner_of
from syncd.plan.tasks import is_open, new_task, task_fields, tend

REACHED_OUT = ("call", "meeting", "email")
"""Touches by sales with which somebody was reached out to; a note need not be."""
SPOKEN = frozenset({"connected", "completed", "answered", "held", "interested", "meeting set"})
"""Outcomes of calls and meetings, in small letters, that say that both were there."""


@dataclass(slots=True)
class Late:
    """What follows from a person's clocks: changes, the names of clocks that ran out and that alerts tell of, and when
    the next one runs out.
    """

    changes: list[Change] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    due_at: Instant = NEVER


def escalate(case: Case, record: Mirrored | None, setting: Setting) -> Late:
    """What is to be done about the open tasks of a person that nobody answered. `record` is whom they are about."""
    late = Late()
    for task, rule in _open_tasks(case, setting):
        for one in setting.tasks.escalations:
            if one.purpose != rule.purpose or _is_answered(case, task, one):
                continue
            due = setting.working.due(task.created_at or task.modified_at, one.after)
            if due > setting.now:
                late.due_at = min(late.due_at, due)
                continue
            late.changes += _effects(case, task, rule, one, record, setting)
            if "alerts" in one.tell:
                late.overdue.append(name_of(one))
    return late


def name_of(one: Escalation) -> str:
    """What an escalation is called in keys and alerts: the same as long as its purpose and time are."""
    time = f"{one.after.days}d" if one.after.days else f"{one.after.milliseconds // 60_000}min"
    return f"{one.purpose} after {time}"


def _open_tasks(case: Case, setting: Setting) -> Iterator[tuple[Mirrored, Task]]:
    """Our open tasks of the stage that the person is in now, with their rules."""
    persons = (case.facts.person, *case.dossier.former)
    for rule in setting.tasks.tasks:
        if rule.on != case.verdict.stage:
            continue
        keys = {task_key(person, case.verdict.cycle, rule.purpose) for person in persons}
        for task in case.dossier.tasks:
            if task.properties.get(setting.fields.names.key) in keys and is_open(task):
                yield task, rule


def _is_answered(case: Case, task: Mirrored, one: Escalation) -> bool:
    """Whether sales did since the task was made what stops the clock. The next stage stops all of them."""
    made = task.created_at or task.modified_at
    since = [touch for touch in case.facts.touches if touch.at >= made]
    if one.until == "touched":
        return any(touch.by == "sales" and touch.kind in REACHED_OUT for touch in since)
    return one.until == "contacted" and any(map(was_spoken, since))


def was_spoken(touch: Touch) -> bool:
    """Whether a touch says that a person and sales were in contact, beyond an attempt: a reply, or a call or meeting of
    sales at which both were there.
    """
    if touch.kind == "email_reply":
        return True
    said = str(touch.fields.get("outcome") or "").casefold()
    return touch.by == "sales" and touch.kind in ("call", "meeting") and said in SPOKEN


def _effects(
    case: Case, task: Mirrored, rule: Task, one: Escalation, record: Mirrored | None, setting: Setting
) -> Iterator[Change]:
    """What was not done yet of an escalation."""
    done = case.dossier.done_keys | {one.properties.get(setting.fields.names.key) for one in case.dossier.tasks}
    held = str(task.properties.get("OwnerId") or "")
    if one.reassign is not None:
        key = task_key(case.facts.person, case.verdict.cycle, f"{name_of(one)}: {one.reassign}")
        owner = owner_of(case, (one.reassign,), held, setting)
        if owner is not None and owner[:15] != held[:15] and key not in done:
            yield tend(case, task, [FieldChange("OwnerId", task.properties.get("OwnerId"), owner)], ("syncd_key", key))
    for listener in one.tell:
        if listener == "alerts" or record is None:
            continue
        purpose = f"{name_of(one)}: {listener}"
        owner = owner_of(case, (listener,), held, setting)
        if owner is not None and task_key(case.facts.person, case.verdict.cycle, purpose) not in done:
            still = setting.teller.words.say("Not answered yet")
            texts = (f"{still}: {rule.subject}", one.text or "{why}\n\n{touches}")
            when = (setting.working.day_of(setting.now).isoformat(), "High")
            fields = tuple(task_fields(case, texts, when, record.id, owner, setting))
            yield new_task(case, purpose, fields, owner, setting)
