"""Carry out a plan: the only code that writes to a CRM.

An intent is committed before each call, together with the decisions that it follows from, and the result after it
(design 3). The unit of retry is one collection call of up to 200 rows, or one Bulk job where thousands wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from connectors.errors import Forbidden, Missing, Refused, Unreachable
from connectors.halves import NO_ANSWER
from connectors.records import Recovery, RowError, System, Write, WriteResult
from syncd.brakes import pause
from syncd.brakes.budget import bounds_of
from syncd.model.change import (
    ANCHOR,
    CREATE_LEAD,
    LIST,
    NEW_LEAD,
    SETUP,
    TASK,
    TELL,
    TEND,
    UPDATE,
    Change,
    FieldChange,
    Plan,
)
from syncd.model.mapping import without
from syncd.plan.lane import fitting
from syncd.plan.render import forecast
from syncd.store import intents, mirror, people
from syncd.store.intents import Intent
from syncd.writing import closed
from syncd.writing.aside import refusal_of, refused_mappings
from syncd.writing.canary import CANARY, CANARY_FROM, CANARY_TO, CanaryFailed, prove
from syncd.writing.moved import as_it_stands, is_set
from syncd.writing.remember import Memory

if TYPE_CHECKING:
    from connectors.records import Destination
    from syncd.desk import Desk, Run
    from syncd.model.person import PersonId
    from syncd.store.intents import Operation

ATTEMPTS = 3
"""How often a row is sent that fails for a passing reason, such as a lock."""
MOST_IN_TURN = 1_000
"""Rows of a backfill that are written before others have their turn: a Bulk job of so many where the org takes any."""
OPERATIONS: dict[str, Operation] = {
    UPDATE: "update", CREATE_LEAD: "upsert", TASK: "upsert", TEND: "update", TELL: "update", LIST: "update",
    ANCHOR: "upsert", SETUP: "create",
}  # fmt: skip
KEYED = (CREATE_LEAD, TASK, ANCHOR)
"""What is made new, and found again by its key."""
NAMES = {System.HUBSPOT: "HubSpot", System.SALESFORCE: "Salesforce"}

Item = TypeVar("Item")
Leads: TypeAlias = "dict[PersonId | None, str]"
"""The ids of the leads that were made, by person."""


def apply(desk: Desk, run: Run, plan: Plan, *, settle: bool = True) -> None:
    """Write what the plan says, and remember what was decided, for everybody in it.

    With `settle` the plan is of this very run, so that nobody in it needs another look before something happens.
    Raises CanaryFailed, Stopped, and the connectors' errors when a CRM does not answer; what is done by then is
    remembered, and what was under way is finished by the next cycle.
    """
    memory = Memory(desk, run, plan, settles=settle)
    memory.note_forced()
    memory.finish_quiet_ones()
    leads: Leads = {}
    going = _fitting(desk, memory, plan)
    of, done = Counter(change.system for change in going), Counter[str]()
    for (_, group), some in groupby(going, key=_together):
        changes = list(some)
        for sent in _carry_out(desk, memory, group, changes, leads):
            done[group.system] += sent
            desk.progress.count(f"writing to {NAMES[group.system]}", done[group.system], of[group.system])
    memory.finish()


def _fitting(desk: Desk, memory: Memory, plan: Plan) -> Sequence[Change]:
    """The changes for which there are calls, told before the first is made; whoever waits is planned anew."""
    if not plan.changes or not memory.run.order.brakes:
        return plan.changes
    budgets = desk.config.service.budgets
    bounds = {str(one.system): bounds_of(budgets, one) for one in (desk.hubspot, desk.salesforce)}
    going, waiting = fitting(plan.changes, bounds, budgets.hot_from)
    for system, calls in forecast(plan).items():
        if calls and (most := bounds[system].anybody) is not None:
            desk.progress.step(
                f"{calls:,} calls to write to {NAMES[System(system)]}, of {most:,} that this run may make"
            )
    if waiting:
        people = len({one.person for one in waiting if one.person is not None})
        desk.progress.step(
            f"{people:,} people wait for calls: the hottest go first, a part of the day is kept for them"
        )
        memory.put_off(waiting)
        memory.run.waiting = people
    return going


def _carry_out(desk: Desk, memory: Memory, group: Group, changes: list[Change], leads: Leads) -> Iterator[int]:
    """Write some changes of one group, batch by batch; how many are done with each. New leads are added to `leads`.

    HubSpot is told what Salesforce has by then: what it does not take is set aside, and holds up nothing else.
    """
    canary, left = len(changes) >= CANARY_FROM, changes
    for batch in _batches(desk.crm(group.system), changes, shared=memory.run.order.is_history):
        _go_on(desk, memory.run)
        ours = memory.still_ours(batch)
        allowed = [less for change in ours if (less := without(change, memory.stopped)) is not None]
        try:
            sent = _write(desk, memory, group, _ready(desk, memory, group, allowed, leads))
        except Forbidden as error:
            _shut_out(desk, memory, group, left, error)
            yield len(left)
            return
        if group.system is System.HUBSPOT and any(result.error is None for _, result in sent):
            closed.open_again(desk, group.kind)
        left = left[len(batch) :]
        if canary and len(sent) > 1 and all(_is_refused(result) for _, result in sent):
            if group.system is System.SALESFORCE:
                codes = sorted({result.error.code for _, result in sent if result.error})
                raise CanaryFailed(group.kind, len(sent), codes)
            memory.refuse_alike(left, sent[-1][1])
            yield len(batch) + len(left)
            return
        if canary and sent:
            prove(desk, memory, group.system, group.kind, sent)
            canary = False
        if group.purpose == CREATE_LEAD:
            leads |= {change.person: result.id for change, result in sent if result.id and not result.error}
        yield len(batch)


def _shut_out(desk: Desk, memory: Memory, group: Group, left: Sequence[Change], error: Forbidden) -> None:
    """Set aside what is left of a kind that is shut to us: once for HubSpot, which is told only what Salesforce has,
    and row by row for Salesforce, where something is missing then.
    """
    if group.system is System.HUBSPOT:
        closed.close(desk, memory.run, group.kind, error)
    else:
        memory.refuse_alike(left, WriteResult(None, error=refusal_of(error)))


def _go_on(desk: Desk, run: Run) -> None:
    """Let others write who wait for it. Raise Stopped or Paused where somebody wants no more calls."""
    desk.may_end()
    desk.give_way()
    if run.order.brakes and (held := pause.look(desk.store, desk.config.directory, desk.clock())):
        raise pause.Paused(held)


class Group(NamedTuple):
    """Changes that go out together: where, what for, and to which kind of record."""

    system: System
    purpose: str
    kind: str


def _together(change: Change) -> tuple[bool, Group]:
    """What sets apart the calls of a plan. A step back in HubSpot is three, and stands alone."""
    group = Group(System(change.system), change.purpose, change.object)
    return change.demotes and change.purpose == TELL, group


def as_of_now(desk: Desk, run: Run, plan: Plan) -> Plan:
    """The plan without what was written before, without new leads of whom somebody made one meanwhile, and without
    people who were forgotten, or turned out to be somebody else: who they are now is judged anew.

    A plan file that is applied twice makes nothing twice, and none makes a second lead.
    """
    keys = [change.key[1] for change in plan.changes if change.key]
    with desk.store.reading() as tx:
        done = intents.done_keys(tx, keys)
        wanted = [one for one in plan.changes if not one.key or one.key[1] not in done]
        made = [one.person for one in wanted if one.purpose == CREATE_LEAD and one.person is not None]
        records = mirror.of_persons(tx, made)
        standing = people.standing(tx, [one.person for one in plan.decisions])
    known = {person for person, some in records.items() if any(one.system is System.SALESFORCE for one in some)}
    kept = [
        one
        for one in wanted
        if one.person is None or (one.person in standing and (one.purpose != CREATE_LEAD or one.person not in known))
    ]
    run.moved += len(wanted) - len(kept)
    return replace(
        plan,
        changes=tuple(kept),
        refusals=tuple(one for one in plan.refusals if one.person in standing),
        decisions=tuple(one for one in plan.decisions if one.person in standing),
    )


def _batches(crm: Destination, changes: list[Change], *, shared: bool) -> Iterator[list[Change]]:
    """What goes out together: the first batch shows whether it can be done, the rest is as large as the CRM likes, and
    where others want their turn in between no larger than they can wait for.
    """
    first = CANARY if CANARY_FROM <= len(changes) <= CANARY_TO else crm.most_rows(1)
    yield changes[:first]
    rest = changes[first:]
    most = crm.most_rows(len(rest))
    yield from _slices(rest, min(most, MOST_IN_TURN) if shared else most)


def _slices(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _ready(desk: Desk, memory: Memory, group: Group, batch: list[Change], leads: Leads) -> list[Change]:
    """The changes that can be sent as they are: moved ones are left out, tasks get the id of their new lead.

    What is about a record that just refused its stage, or is gone, waits until that is mended: a task, and HubSpot,
    which is told what Salesforce has.
    """
    if group.purpose in (TELL, LIST):
        memory.put_off([change for change in batch if change.person in memory.failed])
        batch = [change for change in batch if change.person not in memory.failed]
    if group.purpose in (UPDATE, TELL, TEND):
        return as_it_stands(desk, memory, group.system, group.kind, batch)
    if group.purpose == TASK:
        ready = [
            None if change.person in memory.failed else with_lead(change, leads.get(change.person)) for change in batch
        ]
        memory.put_off([change for change, there in zip(batch, ready, strict=True) if there is None])
        return [change for change in ready if change is not None]
    return batch


def with_lead(change: Change, lead: str | None) -> Change | None:
    """A task about the lead that was just made, or about a record that was there; None when the lead was not made."""
    if not any(one.field == "WhoId" and one.after == NEW_LEAD for one in change.fields):
        return change
    return None if lead is None else change.having("WhoId", lead)


def _write(desk: Desk, memory: Memory, group: Group, changes: list[Change]) -> list[tuple[Change, WriteResult]]:
    """Send some changes in one call, and again the rows that failed for a passing reason, or for a field that they can
    do without: these go without it, each as a write of its own.
    """
    if not changes:
        return []
    rows = [(_intent(memory, change), change) for change in changes]
    memory.open([intent for intent, _ in rows])
    results = _sent(desk, memory, group, rows)
    _put_back(desk, memory, group, rows, results)
    keys = (desk.config.fields.names.hubspot_id, desk.config.fields.names.key)
    ended, lesser = [], []
    for (intent, change), result in zip(rows, results, strict=True):
        guilty = refused_mappings(change, result.error, keys) if result.error else []
        less = without(change, set(guilty)) if guilty else None
        if result.error and less is not None:
            lesser.append((intent, change, result.error, guilty, less))
        else:
            ended.append((intent, change, result))
    if ended:
        memory.close(ended)
    done = [(change, result) for _, change, result in ended]
    if not lesser:
        return done
    memory.leave_out([row[:3] for row in lesser], [row[3] for row in lesser])
    return done + _write(desk, memory, group, [row[4] for row in lesser])


def _put_back(
    desk: Desk, memory: Memory, group: Group, rows: Sequence[tuple[Intent, Change]], results: Sequence[WriteResult]
) -> None:
    """Whose earlier stage HubSpot refused gets the one back that was cleared for it: nobody is left with none."""
    stage = str(desk.config.fields.back.stage)
    lost = [
        replace(change, fields=(FieldChange(stage, None, before),), demotes=False)
        for (intent, change), result in zip(rows, results, strict=True)
        if group.purpose == TELL and change.demotes and _is_refused(result) and (before := intent.before.get(stage))
    ]
    _write(desk, memory, group, lost)


def _sent(desk: Desk, memory: Memory, group: Group, rows: Sequence[tuple[Intent, Change]]) -> Sequence[WriteResult]:
    """What became of each row of one call, those sent again that failed for a passing reason."""
    results: list[WriteResult] = [_NOT_SENT] * len(rows)
    waiting = list(range(len(rows)))
    for attempt in range(ATTEMPTS):
        if attempt:
            desk.sleep(0.5 * 2**attempt)
        for place, result in zip(waiting, _send(desk, memory, group, [rows[at] for at in waiting]), strict=True):
            results[place] = result
        waiting = [at for at in waiting if (error := results[at].error) and error.recovery is Recovery.RETRY]
        if not waiting:
            break
    silent = [result.error for result in results if result.error and result.error.code == NO_ANSWER]
    if group.purpose in KEYED and len(silent) == len(rows):
        raise Unreachable(group.system, silent[0].message)  # not about these rows: nothing that is made gets through
    return results


_NOT_SENT = WriteResult(None)


def _is_refused(result: WriteResult) -> bool:
    """Whether a row failed for good; a locked row says nothing about the others."""
    return result.error is not None and result.error.recovery is not Recovery.RETRY


def _send(desk: Desk, memory: Memory, group: Group, rows: Sequence[tuple[Intent, Change]]) -> Sequence[WriteResult]:
    crm = desk.crm(group.system)
    # What has an id is found by it: its key is only ours, by which it is done once.
    writes = [Write(group.kind, intent.fields, change.id, None if change.id else change.key) for intent, change in rows]
    try:
        if group.purpose == TELL and rows[0][1].demotes:
            stage = str(desk.config.fields.back.stage)
            return _set_back(crm, group.kind, writes, stage)
        results = list(crm.write(group.kind, writes))
    except (Forbidden, Missing, Refused) as error:
        if group.system is System.HUBSPOT and isinstance(error, Forbidden):
            memory.give_up([intent for intent, _ in rows])
            raise
        # A call that is refused as a whole is about its kind of record: others are written all the same.
        refused = refusal_of(error)
        return [WriteResult(None, error=refused)] * len(rows)
    return _found_again(crm, group.kind, writes, results) if group.system is System.SALESFORCE else results


def _set_back(crm: Destination, kind: str, writes: Sequence[Write], stage: str) -> Sequence[WriteResult]:
    """Clear what HubSpot would not lower, set it, and read it back: it passes over a step back without an error."""
    lower = [replace(write, fields={stage: None}) for write in writes if stage in write.fields]
    cleared = {one.id: one.error for one in crm.write(kind, lower) if one.error} if lower else {}
    results = list(crm.write(kind, writes))
    live = crm.read(kind, [str(write.id) for write in lower], [stage])
    for place, write in enumerate(writes):
        if stage not in write.fields or results[place].error is not None:
            continue
        if write.id in cleared:
            results[place] = WriteResult(write.id, error=cleared[write.id])
        elif not is_set(live.get(str(write.id)), stage, write.fields[stage]):
            told = RowError("NOT_SET_BACK", f"HubSpot did not take the earlier {stage}", Recovery.MAPPING, (stage,))
            results[place] = WriteResult(write.id, error=told)
    return results


def _found_again(crm: Destination, kind: str, writes: Sequence[Write], results: list[WriteResult]) -> list[WriteResult]:
    """An upsert repeated at once can be told that its own key is taken: then it is there (facts: reliability 2.1). One
    without an answer may be there too, and somebody may have worked on it since: it is not written over.
    """
    doubted = {
        write.key[1]: place
        for place, (write, result) in enumerate(zip(writes, results, strict=True))
        if write.key and result.error and result.error.code in ("DUPLICATE_VALUE", NO_ANSWER)
    }
    if not doubted:
        return results
    field = next(write.key[0] for write in writes if write.key)
    for record in crm.find(kind, field, doubted, [field]):
        place = doubted.get(str(record.properties.get(field)))
        if place is not None:
            results[place] = WriteResult(record.id)
    return results


def _intent(memory: Memory, change: Change) -> Intent:
    return Intent(
        id=memory.next_id(),
        run=memory.run.id,
        person=change.person,
        system=System(change.system),
        kind=change.object,
        op=OPERATIONS[change.purpose],
        record_id=change.id,
        key=change.key,
        fields=change.values,
        before={one.field: one.before for one in change.fields} if change.id else {},
        purpose=change.purpose,
        state="open",
        result_id=None,
        code=None,
        created_at=memory.now(),
        ended_at=None,
    )
