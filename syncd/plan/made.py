"""Which tasks are ours: by the keys that syncd can have given them, for each purpose and escalation of tasks.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.files.scalars import WorkingDuration
from syncd.files.tasks_file import Escalation, Receiver, TasksFile
from syncd.model.dossier import Mirrored
from syncd.model.instant import HOUR, MINUTE
from syncd.plan.case import Case, Setting, task_key


def ours(case: Case, setting: Setting) -> dict[str, tuple[int, str]]:
    """(cycle, purpose) by key, of every task that syncd can have made for a person by the file as it is."""
    purposes = list(purposes_of(setting.tasks))
    return {
        key: (cycle, purpose)
        for purpose in purposes
        for cycle in range(1, case.verdict.cycle + 1)
        for key in keys_of(case, purpose, cycle)
    }


def keys_of(case: Case, purpose: str, cycle: int | None = None) -> set[str]:
    """The keys of a purpose in a cycle (None: the present one): the person's, and of who turned out to be them."""
    persons = (case.facts.person, *case.dossier.former)
    return {task_key(person, cycle or case.verdict.cycle, purpose) for person in persons}


def of_purpose(case: Case, purpose: str, setting: Setting) -> list[Mirrored]:
    """The tasks of the present cycle that were made for a purpose, whatever became of them; the oldest first."""
    keys = keys_of(case, purpose)
    found = [task for task in case.dossier.tasks if task.properties.get(setting.fields.names.key) in keys]
    return sorted(found, key=age)


def was_made(case: Case, purpose: str, setting: Setting) -> bool:
    """Whether that was ever done for a purpose in the present cycle, also if nothing is left of it."""
    if not case.dossier.done_keys and not case.dossier.tasks:  # as of most: no keys are worked out
        return False
    return not keys_of(case, purpose).isdisjoint(case.dossier.done_keys) or bool(of_purpose(case, purpose, setting))


def purposes_of(tasks: TasksFile) -> Iterator[str]:
    """What tasks are made for: each of the file's own, and each escalation's."""
    for rule in tasks.tasks:
        yield rule.purpose
    for one in tasks.escalations:
        yield from (purpose for _, purpose in told_by(one))
        if one.reassign is not None:
            yield handed_to(one)


def told_by(one: Escalation) -> Iterator[tuple[Receiver, str]]:
    """(listener, purpose) of each task that an escalation makes to tell somebody."""
    for listener in one.tell:
        if listener != "alerts":
            yield listener, f"{name_of(one)}: {listener}"


def handed_to(one: Escalation) -> str:
    """The purpose under which an escalation hands a task over."""
    return f"{name_of(one)}: to {one.reassign}"


def name_of(one: Escalation) -> str:
    """What an escalation is called in keys and alerts: the same as long as its purpose, time and answer are."""
    return f"{one.purpose} not {one.until} after {_length(one.after)}"


def _length(given: WorkingDuration) -> str:
    working = "working " if given.working else ""
    if given.days:
        return f"{given.days} {working}d"
    if given.milliseconds % HOUR == 0:
        return f"{given.milliseconds // HOUR} {working}h"
    return f"{given.milliseconds // MINUTE} {working}min"


def is_open(task: Mirrored) -> bool:
    """Whether a task waits for somebody."""
    return not task.deleted and task.properties.get("IsClosed") is not True


def age(task: Mirrored) -> tuple[int, str]:
    """By which tasks are put in order, the oldest first."""
    return task.created_at or task.modified_at, task.id
