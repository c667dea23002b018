"""Who gets a task: the first of a chain who exists and is active, and never an integration's user (facts: market 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from syncd.files.tasks_file import Receiver
from syncd.model.person import Unknown
from syncd.plan.case import Case, Setting


def owner_of(case: Case, chain: Sequence[Receiver], record_owner: str, setting: Setting) -> str | None:
    """The Salesforce id of the first receiver of a chain who is there; None where nobody is."""
    found = (RECEIVERS[receiver](case, record_owner, setting) for receiver in chain)
    return next((one for one in found if one), None)


def _record_owner(_case: Case, record_owner: str, setting: Setting) -> str | None:
    seller = setting.directory.active(record_owner)
    return seller.id if seller else None


def _territory(case: Case, _owner: str, setting: Setting) -> str | None:
    """Whoever the first territory names that the person is in."""
    for rule in setting.tasks.territories:
        known = case.facts.properties.get(rule.where)
        value = known.timeline[-1][1] if known else None
        if value is None or isinstance(value, Unknown):
            continue
        said = value if isinstance(value, frozenset) else {str(value)}
        wanted = {one.strip().casefold() for one in rule.any_of}
        if not wanted.isdisjoint(one.strip().casefold() for one in said):
            seller = setting.directory.by_email(rule.owner)
            return seller.id if seller else None
    return None


def _rota(case: Case, _owner: str, setting: Setting) -> str | None:
    """One of the rota who is active: always the same for a person, shared evenly. Who leaves hands on only theirs."""
    found = [one for one in map(setting.directory.by_email, setting.tasks.rota) if one is not None]
    drawn = {hashlib.sha256(f"{case.facts.person} {one.id}".encode()).digest(): one.id for one in found}
    return drawn[max(drawn)] if drawn else None


def _queue(_case: Case, _owner: str, setting: Setting) -> str | None:
    """A queue takes tasks only where tasks.yaml names it, one that owns leads need not be open to tasks; and where the
    org lets queues own tasks at all.
    """
    field = setting.field("task", "OwnerId")
    if field is not None and field.refers_to and "Group" not in field.refers_to:
        return None
    return setting.directory.queues.get((setting.tasks.queue or "").casefold())


def _fallback(_case: Case, _owner: str, setting: Setting) -> str | None:
    seller = setting.directory.by_email(setting.tasks.fallback)
    return seller.id if seller else None


RECEIVERS: Mapping[Receiver, Callable[[Case, str, Setting], str | None]] = {
    "record_owner": _record_owner,
    "territory": _territory,
    "rota": _rota,
    "queue": _queue,
    "fallback": _fallback,
}
