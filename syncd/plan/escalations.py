"""What happens when sales does not answer: reminders while there is time, and after it a task for somebody else,
another owner, or an alert. Each is done once per person and cycle, whatever people do later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from syncd.files.tasks_file import Escalation, Receiver, Task
from syncd.model.change import Change, FieldChange
from syncd.model.dossier import Mirrored
from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Touch
from syncd.plan.case import Case, Setting, task_key
from syncd.plan.made import handed_to, is_open, name_of, of_purpose, told_by, was_made
from syncd.plan.owners import owner_of
from syncd.plan.tasks import new_task, task_fields, tend

REACHED_OUT = ("call", "meeting", "email")
"""Touches by sales with which somebody was reached out to; a note need not be."""
SPOKEN = frozenset({"connected", "completed", "answered", "held", "interested", "meeting set"})
"""Outcomes of calls and meetings, in small letters, that say that both were there."""


@dataclass(slots=True)
class Late:
    """What follows from a person's clocks: changes, the names of clocks that ran out and that alerts tell of, the
    purposes of reminders that still have a reason, and when the next clock runs out.
    """

    changes: list[Change] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    standing: set[str] = field(default_factory=set)
    due_at: Instant = NEVER


def escalate(case: Case, record: Mirrored | None, setting: Setting) -> Late:
    """What is to be done about the tasks of a person that nobody answered. `record` is whom they are about.

    A clock that ran out long ago, as those do that a new rule starts over old tasks, is told and makes no flood.
    """
    late = Late()
    for task, rule in _tasks_of_now(case, setting):
        for one in setting.tasks.escalations:
            since = max(task.created_at or task.modified_at, case.current.at)
            if one.purpose != rule.purpose or _is_answered(case, task, one, since):
                continue
            due = setting.works(str(task.properties.get("OwnerId") or "")).due(since, one.after)
            if due > setting.now:
                late.due_at = min(late.due_at, due)
                continue
            late.standing |= {purpose for _, purpose in told_by(one)} | {handed_to(one)}
            if setting.now - due <= setting.tasks.not_older_than:
                late.changes += _effects(case, task, rule, one, record, setting)
            if "alerts" in one.tell:
                late.overdue.append(name_of(one))
    return late


def _tasks_of_now(case: Case, setting: Setting) -> Iterator[tuple[Mirrored, Task]]:
    """Our task of each purpose of the stage that the person is in now, with its rule: an open one before one that is
    done. One that somebody deleted is nobody's to answer.
    """
    for rule in setting.tasks.tasks:
        if rule.on == case.verdict.stage:
            made = [task for task in of_purpose(case, rule.purpose, setting) if not task.deleted]
            if made:
                yield min(made, key=lambda task: not is_open(task)), rule


def _is_answered(case: Case, task: Mirrored, one: Escalation, since: Instant) -> bool:
    """Whether sales did since the clock began what stops it. To tick the task off is an attempt, and no contact; the
    next stage stops all clocks.
    """
    touches = [touch for touch in case.facts.touches if touch.at >= since]
    if one.until == "touched":
        return not is_open(task) or any(touch.by == "sales" and touch.kind in REACHED_OUT for touch in touches)
    return one.until == "contacted" and any(map(was_spoken, touches))


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
    """What was not done yet of an escalation: the task of another, if there is anything left of it to do, and telling
    people by tasks of their own.
    """
    held = str(task.properties.get("OwnerId") or "")
    if one.reassign is not None and not was_made(case, handed_to(one), setting):
        owner = owner_of(case, (one.reassign,), held, setting)
        if owner is not None and owner[:15] != held[:15]:
            if is_open(task):
                key = ("syncd_key", task_key(case.facts.person, case.verdict.cycle, handed_to(one)))
                yield tend(case, task, [FieldChange("OwnerId", task.properties.get("OwnerId"), owner)], key)
            elif record is not None:
                yield _told(case, rule, one, (record.id, owner, handed_to(one)), setting)
    for listener, purpose in told_by(one):
        # Who has left is told nothing: then the fallback is, unless the fallback is told anyway.
        chain: tuple[Receiver, ...] = (listener,) if "fallback" in one.tell else (listener, "fallback")
        owner = owner_of(case, chain, held, setting)
        if record is not None and owner is not None and not was_made(case, purpose, setting):
            yield _told(case, rule, one, (record.id, owner, purpose), setting)


def _told(case: Case, rule: Task, one: Escalation, whom: tuple[str, str, str], setting: Setting) -> Change:
    """The task that says that another is not answered; `whom` is about which record, for which owner and purpose."""
    who, owner, purpose = whom
    still = setting.teller.words.say("Not answered yet")
    texts = (f"{still}: {rule.subject}", one.text or "{why}\n\n{touches}")
    when = (setting.works(owner).day_of(setting.now).isoformat(), "High")
    return new_task(case, purpose, tuple(task_fields(case, texts, when, who, owner, setting)), owner, setting)
