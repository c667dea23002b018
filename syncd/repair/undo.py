"""Taking back what a run wrote, where the value is still ours: the inverse plan, and what cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from connectors.records import JsonValue, System
from syncd.endings import NotThere
from syncd.model.change import ANCHOR, LIST, SETUP, TELL, TEND, UPDATE, Change, FieldChange, Plan
from syncd.model.dossier import Mirrored, Quarantined, case_id
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.plan.undone import UNDONE, fingerprint
from syncd.plan.values import same
from syncd.store import intents, ledger, mirror, people, quarantine, runs
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run
    from syncd.store.intents import Intent

INVERTED = (UPDATE, TELL, TEND)
"""What can be taken back; what was created stays, since syncd deletes nothing in a CRM."""

BY_HAND = "it was made, and stays: take it out there by hand if it should go"
MADE = {LIST: BY_HAND, SETUP: BY_HAND, ANCHOR: "it proves the ledger, which says what it said: it stays"}
"""What is made for good, and in no mirror, and why it stays."""


class NothingToUndo(NotThere):
    """No run has that id, or it wrote nothing."""

    code = "no_such_run"
    next_step = "`syncd status` and `syncd audit export` name the runs that wrote something"

    def __init__(self, run: str) -> None:
        super().__init__(f"there is no run {run} that wrote anything")


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a run wrote and that stays: where, and why."""

    system: str
    object: str
    id: str | None
    why: str
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Undoing:
    """The inverse plan of a run, and what it leaves."""

    run: str
    plan: Plan
    left: Sequence[Left]


@dataclass(slots=True)
class _Written:
    """One record as a run wrote it: by field what stood there before, and what it wrote last."""

    intent: Intent
    fields: dict[str, tuple[JsonValue, JsonValue]] = field(default_factory=dict)


def undoing(desk: Desk, run: str) -> Undoing:
    """What taking back a run would do, by what the mirror knows. Raises NothingToUndo."""
    with desk.store.reading() as tx:
        done = [one for one in intents.of_run(tx, run) if one.state == "done"]
        if runs.get(tx, run) is None or not done:
            raise NothingToUndo(run)
        left = [_stays(tx, one) for one in done if one.purpose not in INVERTED]
        changes = []
        for one in _by_record(done).values():
            record = mirror.get(tx, System(one.intent.system), one.intent.kind, [str(one.intent.record_id)])
            change, rest = _inverse(desk, one, record.get(str(one.intent.record_id)), run)
            changes += [change] if change else []
            left += rest
    # Steps back in HubSpot are made one way, and all else another: they do not mix in one call.
    changes.sort(key=lambda one: (one.purpose == TELL, one.purpose == TELL and one.demotes, one.object, one.id or ""))
    return Undoing(run, desk.plan_of(changes, desk.clock()), tuple(left))


def hold(desk: Desk, run: Run, undone: Undoing) -> None:
    """Keep the next cycle from writing the same again: everybody concerned stands in quarantine until something is
    different. Committed before the first write, so that a crash does not undo the undoing.
    """
    now = desk.clock()
    by_person = {one.person: one for one in reversed(undone.plan.changes) if one.person is not None}
    with desk.store.transaction() as tx:
        standing = people.verdicts(tx, by_person)
        rows = [
            _held(by_person[person], undone.run, fingerprint(*verdict, run.rules), now)
            for person, verdict in standing.items()
        ]
        quarantine.put(tx, rows, now)
        data = {"run": undone.run, "who": run.order.who, "why": run.order.why, "left": len(undone.left)}
        told = [LedgerItem(UNDONE, data, [About(person) for person in sorted(by_person)])]
        ledger.append(tx, run.id, now, [*told, *map(quarantine.noted, rows)])


def _by_record(done: Sequence[Intent]) -> dict[tuple[str, str, str | None], _Written]:
    """What was changed in each record, where it was changed more than once from the first value to the last."""
    found: dict[tuple[str, str, str | None], _Written] = {}
    for one in done:
        if one.purpose not in INVERTED:
            continue
        written = found.setdefault((one.system, one.kind, one.record_id), _Written(one))
        for name, value in one.fields.items():
            before = written.fields[name][0] if name in written.fields else one.before.get(name)
            written.fields[name] = (before, value)
    return found


def _inverse(desk: Desk, written: _Written, record: Mirrored | None, run: str) -> tuple[Change | None, list[Left]]:
    one = written.intent
    if record is None or record.deleted:
        return None, [Left(one.system, one.kind, one.record_id, "the record is not there any more")]
    schema = desk.schemas[System(one.system), one.kind]
    back, moved = [], []
    for name, (before, after) in written.fields.items():
        held, described = record.properties.get(name), schema.fields.get(name)
        if same(held, after, described):
            back.append(FieldChange(name, held, before))
        elif not same(held, before, described):
            moved.append(name)
    rest = [Left(one.system, one.kind, one.record_id, "somebody changed it since", tuple(moved))] if moved else []
    if not back or one.person is None:
        return None, rest
    names = desk.config.fields
    stages = {names.names.stage, str(names.back.stage)}
    change = Change(
        system=one.system,
        object=one.kind,
        purpose=str(one.purpose),
        person=one.person,
        id=one.record_id,
        key=None,
        fields=tuple(back),
        reason=f"run {run} is taken back",
        demotes=any(each.field in stages for each in back),
        overwrites=True,
    )
    return change, rest


def _stays(tx: Connection, one: Intent) -> Left:
    if one.purpose in MADE:
        return Left(one.system, one.kind, one.result_id or one.record_id, MADE[one.purpose])
    record_id = one.result_id or one.record_id
    held = mirror.get(tx, System(one.system), one.kind, [str(record_id)]).get(str(record_id))
    if held is None or held.deleted:
        return Left(one.system, one.kind, record_id, "it was created, and is not there any more")
    changed = [name for name, value in one.fields.items() if not same(held.properties.get(name), value, None)]
    if held.properties.get("IsConverted") is True:
        why = "it was created, and sales has converted it"
    elif changed:
        why = "it was created, and somebody has worked on it since"
    else:
        why = "it was created and stands untouched; syncd deletes nothing, so delete it there if it should go"
    return Left(one.system, one.kind, record_id, why, tuple(changed))


def _held(change: Change, run: str, digest: str, now: Instant) -> Quarantined:
    return Quarantined(
        id=case_id(UNDONE, change.person, digest),
        system=change.system,
        kind=change.object,
        record_id=change.id,
        person=change.person,
        cause=UNDONE,
        code=UNDONE,
        message=f"run {run} was taken back: nothing is written about this person until something is different",
        who="RevOps",
        digest=digest,
        first_at=now,
    )


def as_rows(left: Sequence[Left]) -> Iterator[dict[str, object]]:
    """What stays, as programs read it."""
    for one in left:
        yield {"system": one.system, "object": one.object, "id": one.id, "why": one.why, "fields": list(one.fields)}
