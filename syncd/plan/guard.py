"""The guards: a plan that changes more than a usual one waits for a person (design 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from decimal import Decimal

from syncd.files.service_file import Guards
from syncd.model.change import CREATE_LEAD, TASK, TELL, UPDATE, Plan
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage, label_of


@dataclass(frozen=True, slots=True)
class Held:
    """One guard that holds a plan back: its key in the config, and the arithmetic."""

    key: str
    says: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the guards compare with: live leads and contacts of Salesforce, live contacts of HubSpot, and sources that
    lost everything.

    `first_contact` is set until a first apply was finished: then shares of creates and of entries are not judged.
    `people` is everybody; `filled` has how many records had a value after the last apply and have one now, by property.
    `let_in` has how many people entered a stage lately and how many of them would by rules that are new, `leaving` how
    many stand in a stage and how many of them go back out of it, both by stage.
    """

    records: int
    emptied: Collection[str] = ()
    first_contact: bool = False
    contacts: int = 0
    people: int = 0
    filled: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    let_in: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    leaving: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def holding(plan: Plan, guards: Guards, known: Known, forced: Collection[str] = ()) -> tuple[Held, ...]:
    """Every guard that holds a plan and is not forced."""
    return tuple(one for one in _held(plan, guards, known) if one.key not in forced)


def way_on(held: Collection[Held], again: str) -> str:
    """How to look, and how to let a plan pass all the same: with `again`, the command that a person runs for it."""
    force = " ".join(dict.fromkeys(f"--force {one.key}" for one in held))
    return f"look at `syncd plan`, mend the cause, or let this one pass with `syncd {again} {force}`"


def _held(plan: Plan, guards: Guards, known: Known) -> Iterator[Held]:
    if guards.empty_source:
        for source in sorted(known.emptied):
            yield Held("empty_source", f"{source} has no records any more, though it had some before")
    for name, (before, now) in sorted(known.filled.items()):
        lost = before - now
        if lost >= max(guards.at_least, 1) and Decimal(lost) > guards.emptied * before:
            share = f"{Decimal(lost) / before:.1%}, more than {guards.emptied:.0%}"
            yield Held("emptied", f"{name} is empty in {lost} of {before} records that had it ({share})")
    yield from _stages(guards, known)
    creates = sum(one.purpose == CREATE_LEAD for one in plan.changes)
    if not known.first_contact:
        yield from _share("creates", creates, known.records, guards.creates, guards.at_least)
        for stage, count in sorted(_entering(plan).items()):
            label = f"entries into {label_of(Stage(stage))}"
            yield from _share("entries", count, known.people, guards.entries, guards.at_least, label, "people")
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


def _stages(guards: Guards, known: Known) -> Iterator[Held]:
    """A definition that lets nobody in any more, or everybody out."""
    for stage, (entered, would) in sorted(known.let_in.items()):
        lost, name = entered - would, label_of(Stage(stage))
        if lost >= max(guards.at_least, 1) and Decimal(lost) > guards.unmatched * entered:
            share = f"{Decimal(lost) / entered:.1%}, more than {guards.unmatched:.0%}"
            yield Held("unmatched", f"{lost} of the last {entered} people in {name} would not enter it now ({share})")
    for stage, (there, leaving) in sorted(known.leaving.items()):
        label = f"exits from {label_of(Stage(stage))}"
        yield from _share("exits", leaving, there, guards.exits, guards.at_least, label, "people")


def _entering(plan: Plan) -> Counter[str]:
    """How many people enter each stage by a definition that matches them, news to the plan."""
    return Counter(
        str(entry.stage)
        for one in plan.decisions
        for entry in {entry.stage: entry for entry in one.entries}.values()
        if entry.source == "definition" and entry.left_at is None
    )


def _share(
    key: str, count: int, of: int, limit: Decimal, at_least: int, what: str = "", among: str = "records"
) -> Iterator[Held]:
    if count < max(at_least, 1) or Decimal(count) <= limit * of:
        return
    share = f"{Decimal(count) / of:.1%}" if of else "all"
    yield Held(key, f"{what or key} are {count} of {of} {among} ({share}), more than {limit:.0%}")
