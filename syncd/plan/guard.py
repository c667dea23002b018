"""The guards: a plan that changes more than a usual one waits for a person (design 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from syncd.files.service_file import Guards
from syncd.model.change import CREATE_LEAD, TASK, TELL, UPDATE, Plan


@dataclass(frozen=True, slots=True)
class Held:
    """One guard that holds a plan back: its key in the config, and the arithmetic."""

    key: str
    says: str

    @property
    def override(self) -> str:
        """What to type to let this plan pass all the same."""
        return f"--force {self.key}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the guards compare with: live leads and contacts of Salesforce, live contacts of HubSpot, and sources that
    lost everything.

    `first_contact` is set until a first apply was finished: then the share of creates is not judged.
    """

    records: int
    emptied: Collection[str] = ()
    first_contact: bool = False
    contacts: int = 0


class UnsafePlan(Exception):
    """A plan that no guard may let pass by itself. Nothing was written."""

    code = "guard"
    exit_code = 4

    def __init__(self, held: list[Held]) -> None:
        self.held = tuple(held)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """All guards that hold, with their numbers."""
        return "; ".join(one.says for one in self.held)

    @property
    def next_step(self) -> str:
        """How to look, and how to override."""
        force = " ".join(one.override for one in self.held)
        return f"look at `syncd plan`, mend the cause, or let this one pass with `syncd apply {force}`"


def check(plan: Plan, guards: Guards, known: Known, forced: Collection[str] = ()) -> None:
    """Raise UnsafePlan with every guard that holds and is not forced."""
    held = [one for one in _held(plan, guards, known) if one.key not in forced]
    if held:
        raise UnsafePlan(held)


def _held(plan: Plan, guards: Guards, known: Known) -> Iterator[Held]:
    if guards.empty_source:
        for source in sorted(known.emptied):
            yield Held("empty_source", f"{source} has no records any more, though it had some before")
    creates = sum(one.purpose == CREATE_LEAD for one in plan.changes)
    if not known.first_contact:
        yield from _share("creates", creates, known.records, guards.creates, guards.at_least)
    for purpose, records in ((UPDATE, known.records), (TELL, known.contacts)):
        changed = [one for one in plan.changes if one.purpose == purpose]
        overwritten, lowered = sum(one.overwrites for one in changed), sum(one.demotes for one in changed)
        yield from _share("updates", overwritten, records, guards.updates, guards.at_least)
        yield from _share("demotions", lowered, records, guards.demotions, guards.at_least)
    for owner, count in sorted(Counter(one.owner for one in plan.changes if one.purpose == TASK).items(), key=str):
        if count > guards.tasks_per_owner:
            yield Held(
                "tasks_per_owner", f"{count} new tasks for the one owner {owner}, more than {guards.tasks_per_owner}"
            )


def _share(key: str, count: int, of: int, limit: Decimal, at_least: int) -> Iterator[Held]:
    if count < max(at_least, 1) or Decimal(count) <= limit * of:
        return
    share = f"{Decimal(count) / of:.1%}" if of else "all"
    yield Held(key, f"{key} are {count} of {of} records ({share}), more than {limit:.0%}")
