"""What a run keeps while it writes: decisions, intents and their ends, quarantine, and the ledger of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connectors.records import Recovery, RowError, System, WriteResult
from syncd.journey.values import fields_kept
from syncd.model.change import CREATE_LEAD, MEMBERSHIP, TASK, TEND, UPDATE, Change, Decision, Plan, Refusal
from syncd.model.dossier import Quarantined
from syncd.model.instant import Instant, instant_of
from syncd.model.mapping import Mapped, mappings_in
from syncd.plan.undone import UNDONE
from syncd.store import entries as entry_rows
from syncd.store import intents, labels, ledger, mirror, overdue, people, quarantine
from syncd.store.batches import batches
from syncd.store.database import get_meta, set_meta
from syncd.store.intents import Intent
from syncd.store.ledger import About, LedgerItem
from syncd.writing.aside import held_by_plan, mapping_case, mapping_of, refused_row, retries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run
    from syncd.model.person import Entry, PersonId

APPLIED_ONCE, RULES_IN_FORCE = "applied_once", "rules_in_force"
"""Notes in the store: a first apply was finished; the rules by which everybody was last judged (see `rules_of`)."""

REFUSED = "refused"
"""The code of an intent whose whole call was refused."""

PEOPLE_AT_ONCE = 500
"""Decisions that are kept in one transaction, in order of person: neighbours share the pages that they are kept on.
Two thousand at once took 9 MB more.
"""

WRITES_AT_ONCE = 500
"""Writes that are kept in one transaction: ten thousand of a job at once took 60 MB more."""


def rules_of(desk: Desk, now: Instant) -> str:
    """What everybody is judged by: the files, and the version of the definitions that is in force at an instant."""
    return f"{desk.config.hash} {desk.config.definitions_at(now).hash}"


class Memory:
    """The store's side of one plan being carried out.

    `settles` says that the plan was made of all that is known by now, so that nobody in it needs another look.
    """

    def __init__(self, desk: Desk, run: Run, plan: Plan, *, settles: bool = True) -> None:
        self.run = run
        self._desk = desk
        self._plan = plan
        self._decisions: dict[PersonId, Decision] = {one.person: one for one in plan.decisions}
        self._settles = settles
        self._kept: set[PersonId] = set()
        self._finished: set[PersonId] = set()
        self._again: set[PersonId | None] = set()
        self.failed: set[PersonId | None] = set()
        """Whose record took no stage: refused, or gone."""
        self.stopped: set[Mapped] = set()
        """Mappings that this run was refused for: what comes after goes without them."""
        self._refusals: dict[PersonId, list[Refusal]] = {}
        for refusal in plan.refusals:
            self._refusals.setdefault(refusal.person, []).append(refusal)
        self._wanted = {(change.person, change.system, change.object) for change in plan.changes}
        self._count = 0

    def now(self) -> Instant:
        """The present, for what is noted down."""
        return self._desk.clock()

    def next_id(self) -> str:
        """An id for an intent of this run."""
        self._count += 1
        return f"{self.run.id}:{self._count:06d}"

    def note_forced(self) -> None:
        """Note who let which guards pass."""
        order = self.run.order
        if order.forced:
            data = {"guards": sorted(order.forced), "who": order.who, "why": order.why}
            with self._desk.store.transaction() as tx:
                ledger.append(tx, self.run.id, self.now(), [LedgerItem("forced", data)])

    def finish_quiet_ones(self) -> None:
        """Finish with everybody for whom nothing is to be written."""
        busy = {change.person for change in self._plan.changes}
        self._finish([one.person for one in self._plan.decisions if one.person not in busy])

    def still_ours(self, changes: Sequence[Change]) -> Sequence[Change]:
        """The changes, without those of people to whom something happened while a backfill let others write: they were
        judged anew, or will be.
        """
        if not self.run.order.is_history:
            return changes
        with self._desk.store.reading() as tx:
            kept = people.still_kept(tx, [one.person for one in changes if one.person is not None])
        return [one for one in changes if one.person is None or one.person in kept]

    def open(self, opened: Sequence[Intent]) -> None:
        """Commit to some writes, together with the decisions that they follow from."""
        for some in batches(opened, WRITES_AT_ONCE):
            self._open(some)

    def _open(self, opened: Sequence[Intent]) -> None:
        where = {"system": str(opened[0].system), "kind": opened[0].kind}
        meant = [
            (
                one.person,
                {"intent": one.id, "id": one.record_id, "fields": sorted(one.fields), **_named(one)},
                intents.sealed(one),
            )
            for one in opened
        ]
        with self._desk.store.transaction() as tx:
            decided = self._keep(tx, list(dict.fromkeys(one.person for one in opened if one.person is not None)))
            intents.open_many(tx, opened)
            ledger.append(tx, self.run.id, self.now(), [*decided, *ledger.items_of("intent", where, meant)])

    def close(self, rows: Sequence[tuple[Intent, Change, WriteResult]]) -> None:
        """Note what became of some writes: in the mirror, the quarantine and the ledger."""
        for some in batches(rows, WRITES_AT_ONCE):
            self._close(some)

    def _close(self, rows: Sequence[tuple[Intent, Change, WriteResult]]) -> None:
        now = self.now()
        done = [row for row in rows if row[2].error is None]
        failed = [(change, result.error) for _, change, result in rows if result.error is not None]
        with self._desk.store.transaction() as tx:
            intents.finish(tx, [_end(intent, result) for intent, _, result in rows], now)
            self._mirror(tx, done, now)
            self._resolve(tx, [change for _, change, _ in done], now)
            aside = self._set_aside(tx, [refused_row(change, error, now) for change, error in failed], now)
            ledger.append(tx, self.run.id, now, [*aside, *_told(rows)])
        self._again |= {
            change.person for change, error in failed if error.recovery in (Recovery.CONVERTED, Recovery.GONE)
        }
        self.failed |= {change.person for change, _ in failed if change.purpose not in (TASK, TEND)}
        self.run.applied.update(change.purpose for _, change, _ in done)

    def leave_out(self, rows: Sequence[tuple[Intent, Change, RowError]], guilty: Sequence[Sequence[Mapped]]) -> None:
        """Some rows were refused for mappings that each can do without: these are set aside, once for everybody."""
        now = self.now()
        told = [(intent, change, WriteResult(None, error=error)) for intent, change, error in rows]
        with self._desk.store.transaction() as tx:
            intents.finish(tx, [(intent.id, "failed", None, error.code) for intent, _, error in rows], now)
            for (_, change, error), some in zip(rows, guilty, strict=True):
                self._stop(tx, change, error, some, now)
            ledger.append(tx, self.run.id, now, _told(told))

    def leave_unread(self, change: Change, error: RowError, guilty: Sequence[Mapped]) -> None:
        """What stands in a field may not be read any more: it is not written over unseen, and set aside as well."""
        with self._desk.store.transaction() as tx:
            self._stop(tx, change, error, guilty, self.now())

    def _stop(self, tx: Connection, change: Change, error: RowError, guilty: Sequence[Mapped], now: Instant) -> None:
        cases = [mapping_case(one, change, error, now) for one in guilty if one not in self.stopped]
        self.stopped |= set(guilty)
        ledger.append(tx, self.run.id, now, self._set_aside(tx, cases, now))

    def give_up(self, opened: Sequence[Intent]) -> None:
        """The CRM refused a whole call: nothing of it was written."""
        now = self.now()
        refused = [(one.person, {"intent": one.id, "id": one.record_id}, None) for one in opened]
        items = ledger.items_of("refused", {"kind": opened[0].kind, "code": REFUSED}, refused)
        with self._desk.store.transaction() as tx:
            intents.finish(tx, [(one.id, "failed", None, REFUSED) for one in opened], now)
            ledger.append(tx, self.run.id, now, items)

    def refuse_alike(self, changes: Sequence[Change], result: WriteResult) -> None:
        """What the first of some met, the rest would meet too: they are set aside with the same cause, unsent."""
        if result.error is None:
            return
        now = self.now()
        with self._desk.store.transaction() as tx:
            rows = [refused_row(change, result.error, now) for change in changes]
            ledger.append(tx, self.run.id, now, self._set_aside(tx, rows, now))
        self.failed |= {change.person for change in changes if change.purpose not in (TASK, TEND)}

    def note_gone(self, change: Change) -> None:
        """The record was deleted, or is hidden from us: nothing is sent until we see that, or some time has passed."""
        self.run.moved += 1
        self.failed.add(change.person)
        now = self.now()
        error = RowError("GONE", "the record is not there any more", Recovery.GONE)
        with self._desk.store.transaction() as tx:
            aside = self._set_aside(tx, [refused_row(change, error, now)], now)
            ledger.append(tx, self.run.id, now, [_moved(change, list(change.values)), *aside])

    def note_moved(self, change: Change, fields: Sequence[str]) -> None:
        """Somebody changed these fields since the plan was made: they are left as they are, and looked at again."""
        self.run.moved += 1
        self._again.add(change.person)
        with self._desk.store.transaction() as tx:
            ledger.append(tx, self.run.id, self.now(), [_moved(change, fields)])

    def put_off(self, changes: Sequence[Change]) -> None:
        """What these changes hang on was not made: they are planned anew next time."""
        self._again |= {change.person for change in changes}

    def finish(self) -> None:
        """Everything is written: finish with the rest, also where a change was moved, done already or put off."""
        self._finish([person for person in self._decisions if person not in self._finished])
        with self._desk.store.reading() as tx:
            over = [row for row in quarantine.of_nobody(tx) if self._is_over(row)]
            news = {}
            if self._settles and self.run.rules_before != self.run.rules:
                news[RULES_IN_FORCE] = self.run.rules
            if get_meta(tx, APPLIED_ONCE) is None and intents.any_ever(tx):
                news[APPLIED_ONCE] = "yes"
        if over or news:
            with self._desk.store.transaction() as tx:
                self._end(tx, over, self.now())
                for key, text in news.items():
                    set_meta(tx, key, text)

    def _finish(self, persons: Sequence[PersonId]) -> None:
        """Keep what was decided about some, who then need no other look, but for those who were put off."""
        self._finished |= set(persons)
        done = 0
        for batch in batches(persons, PEOPLE_AT_ONCE):
            self._desk.give_way()
            with self._desk.store.transaction() as tx:
                some = sorted(people.still_kept(tx, batch)) if self.run.order.is_history else batch
                ledger.append(tx, self.run.id, self.now(), self._keep(tx, some))
                if self._settles:
                    self._settle(tx, [person for person in some if person not in self._again])
            done += len(batch)
            self._desk.progress.count("keeping what was decided", done, len(persons))

    def _keep(self, tx: Connection, persons: Sequence[PersonId]) -> list[LedgerItem]:
        """Keep what was decided about some, once; what there is to tell of it is for the ledger."""
        now = self.now()
        fresh = [
            self._decisions[person] for person in persons if person in self._decisions and person not in self._kept
        ]
        self._kept |= {one.person for one in fresh}
        rows = [(one.person, one.entries) for one in fresh if one.entries]
        news = entry_rows.record_many(tx, self.run.id, rows, now)
        told = [_decided(news)] if news else []
        return told + self._keep_refusals(tx, [one.person for one in fresh], now)

    def _keep_refusals(self, tx: Connection, persons: Sequence[PersonId], now: Instant) -> list[LedgerItem]:
        """Set aside what the plan refused, and close what it neither refuses nor wants any more."""
        rows = [
            held_by_plan(refusal, now)
            for person in persons
            for refusal in self._refusals.get(person, ())
            if refusal.quarantine
        ]
        still = {row.id for row in rows}
        before = quarantine.open_ones(tx, persons)
        self._end(tx, [row for row in before if row.id not in still and self._is_over(row)], now)
        # What somebody dropped stays dropped for as long as it is the same case.
        known = {row.id for row in quarantine.standing_ones(tx, persons)} if rows else set()
        return self._set_aside(tx, [row for row in rows if row.id not in known], now)

    def _is_over(self, row: Quarantined) -> bool:
        """Whether what was set aside has no cause any more: a refused row that is due and that no plan wants."""
        if row.cause == "data":
            return True
        if row.cause == UNDONE:
            refused = self._refusals.get(row.person, ()) if row.person else ()
            return all(one.code != UNDONE for one in refused)
        due = row.next_at is not None and row.next_at <= self.run.now
        if (mapped := mapping_of(row)) is not None:
            return due and not any(
                mapped in mappings_in(change) for change in self._plan.changes if change.person == row.person
            )
        return bool(row.digest) and due and (row.person, row.system, row.kind) not in self._wanted

    def _set_aside(self, tx: Connection, rows: Sequence[Quarantined], now: Instant) -> list[LedgerItem]:
        quarantine.put(tx, rows, now)
        self.run.quarantined += len(rows)
        return list(map(quarantine.noted, rows))

    def _settle(self, tx: Connection, persons: Sequence[PersonId]) -> None:
        again = retries(quarantine.open_ones(tx, persons), self.run.now)
        rows = []
        for one in (self._decisions[person] for person in persons):
            due = min(one.due_at, again.get(one.person, one.due_at))
            rows.append((one.person, due, str(one.stage), one.cycle, one.since))
        people.settle(tx, rows)
        labels.keep(tx, persons, fields_kept(self._desk.config))
        overdue.keep(tx, {person: self._decisions[person].overdue for person in persons}, self.run.now)

    def _mirror(self, tx: Connection, done: Sequence[tuple[Intent, Change, WriteResult]], now: Instant) -> None:
        by_kind: dict[tuple[str, str, bool], list[tuple[str, dict[str, Any], PersonId | None]]] = {}
        for intent, change, result in done:
            record_id = result.id or change.id
            if record_id is not None and change.person is not None and change.object != MEMBERSHIP:
                named = {change.key[0]: change.key[1]} if change.key and change.id is None else {}
                values = dict(intent.fields) | named
                owner = change.person if change.purpose in (CREATE_LEAD, UPDATE) else None
                where = (change.system, change.object, change.id is None)
                by_kind.setdefault(where, []).append((record_id, values, owner))
        for (system, kind, created), rows in by_kind.items():
            at = instant_of(self._desk.crm(System(system)).now())
            mirror.amend_many(tx, System(system), kind, rows, now, created=created, at=at)

    def _resolve(self, tx: Connection, changes: Sequence[Change], now: Instant) -> None:
        kinds = {(change.person, change.system, change.object) for change in changes}
        waiting = quarantine.open_ones(tx, {change.person for change in changes if change.person is not None})
        waiting = [row for row in waiting if row.cause != UNDONE]
        if any(change.person is None for change in changes):
            waiting += quarantine.of_nobody(tx)
        mapped = any(mapping_of(row) for row in waiting)
        taken = {(change.person, one) for change in changes for one in mappings_in(change)} if mapped else set()
        over = [
            row
            for row in waiting
            if (row.person, mapping_of(row)) in taken
            or (mapping_of(row) is None and row.digest and (row.person, row.system, row.kind) in kinds)
        ]
        self._end(tx, over, now)

    def _end(self, tx: Connection, over: Sequence[Quarantined], now: Instant) -> None:
        """Close cases. Whom a mapping was kept from is looked at again once it is taken."""
        quarantine.resolve(tx, [row.id for row in over], now)
        if any(mapping_of(row) for row in over):
            people.mark_all_dirty(tx)


def _named(one: Intent) -> dict[str, str]:
    """What names a write about nobody: of a person, that is sealed."""
    return {"key": one.key[1]} if one.person is None and one.key else {}


def _end(intent: Intent, result: WriteResult) -> tuple[str, Any, str | None, str | None]:
    if result.error is None:
        return intent.id, "done", result.id or intent.record_id, None
    return intent.id, "failed", None, result.error.code


def _told(rows: Sequence[tuple[Intent, Change, WriteResult]]) -> list[LedgerItem]:
    """What became of the rows of one call: those written, and those refused."""
    written, refused = [], []
    for intent, change, result in rows:
        data: dict[str, Any] = {"intent": intent.id, "id": result.id or change.id}
        if result.error is None:
            written.append((change.person, data | {"created": result.created}, None))
        else:
            told = {"code": result.error.code, "fields": list(result.error.fields)}
            refused.append((change.person, data | told, None))
    kind = {"kind": rows[0][1].object} if rows else {}
    return [*ledger.items_of("written", kind, written), *ledger.items_of("refused", kind, refused)]


def _moved(change: Change, fields: Sequence[str]) -> LedgerItem:
    data = {"system": change.system, "kind": change.object, "id": change.id, "fields": list(fields)}
    return LedgerItem("moved", data, [About(change.person)] if change.person is not None else [])


def _decided(news: Sequence[tuple[PersonId, Entry]]) -> LedgerItem:
    """The entries of some people, one part a person. Where everybody starts is nothing personal, and is not sealed."""
    by_person: dict[PersonId, list[Entry]] = {}
    for person, entry in news:
        by_person.setdefault(person, []).append(entry)
    about = []
    for person, entries in by_person.items():
        data = [
            {
                "stage": str(entry.stage),
                "cycle": entry.cycle,
                "at": entry.at,
                "left_at": entry.left_at,
                "source": entry.source,
                "definition": entry.definition,
            }
            for entry in entries
        ]
        proofs = [[entry.why, list(entry.evidence), entry.reason] for entry in entries]
        personal = any(entry.source != "record" for entry in entries)
        about.append(About(person, {"entries": data}, {"proofs": proofs} if personal else None))
    return LedgerItem("decided", {}, about)
