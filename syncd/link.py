"""Find out which pulled records are one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from connectors.records import System
from syncd.links.decide import Ambiguous, Linked, Party, decide, new_person
from syncd.links.keys import HUBSPOT_ID, MAILED, sort_of
from syncd.model.dossier import Quarantined, case_id
from syncd.model.instant import Instant
from syncd.model.person import PersonId
from syncd.store import labels, ledger, people, quarantine
from syncd.store.ledger import About, LedgerItem
from syncd.store.people import Due

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run

Row: TypeAlias = "tuple[System, str, str]"
"""A record by CRM, kind and id."""

BATCH = 2_000
"""Records that are linked in one transaction."""


def link(desk: Desk, run: Run) -> None:
    """Link every record that is new or whose keys changed, in one order, whatever order they were pulled in.

    What was ambiguous before is asked again: an admin may have merged or named the records.
    """
    with desk.store.reading() as tx:
        asked = [(row.system, row.kind, row.record_id) for row in quarantine.questions(tx) if row.record_id]
        if not asked and not people.is_link_due(tx):
            return
    with desk.store.transaction() as tx:
        people.relink(tx, asked)
        done, of = 0, people.count_link_due(tx)
    while True:
        with desk.store.transaction() as tx:
            due = people.link_due(tx, BATCH)
            if not due:
                return
            _Linker(desk, run, tx).link_all(due)
        done += len(due)
        if of > BATCH:
            desk.progress.count("linking records", done, max(done, of))
        desk.give_way()


class _Linker:
    """Links one batch inside one transaction. What it decides about one record holds for the next."""

    def __init__(self, desk: Desk, run: Run, tx: Connection) -> None:
        self._desk, self._run, self._tx = desk, run, tx
        self._now = desk.clock()
        self._keys: dict[Row, tuple[str, ...]] = {}
        self._parties: dict[Row, Party] = {}
        self._sharing: dict[str, list[Row]] = {}
        self._waiting: set[Row] = set()
        self._questions: dict[Row, list[Quarantined]] = {}
        self._linked: list[About] = []
        self._items: list[LedgerItem] = []
        self._born: dict[PersonId, Instant] = {}
        self._links: list[tuple[System, str, str, PersonId]] = []
        self._assigned: set[Row] = set()
        self._dirty: set[PersonId] = set()
        self._same: set[PersonId] = set()

    def link_all(self, due: Sequence[Due]) -> None:
        """Link these records and keep all that follows."""
        self._gather(due)
        for record in due:
            if record.kind in MAILED:
                self._attach(record)
            else:
                self._link(record)
        self._keep()
        people.unqueue(self._tx, [row for record in due if (row := _row_of(record)) not in self._assigned])
        people.mark_dirty(self._tx, self._dirty, kept=self._desk.keeps)
        people.mark_seen(self._tx, self._same - self._dirty)
        if self._linked:
            self._items.append(LedgerItem("linked", {}, self._linked))
        ledger.append(self._tx, self._run.id, self._now, self._items)

    def _keep(self) -> None:
        """Keep what was decided so far: persons, and whose records are."""
        people.create_many(self._tx, self._born, kept=self._desk.keeps)
        people.assign(self._tx, self._links)
        self._assigned.update((system, kind, record_id) for system, kind, record_id, _ in self._links)
        self._born, self._links = {}, []

    def _gather(self, due: Sequence[Due]) -> None:
        """Read, in a few queries, who shares a key with whom."""
        records = {_row_of(record): record for record in due}
        self._keys = _keys(self._tx, records)
        shared = people.shared(self._tx, {key for keys in self._keys.values() for key in keys})
        for key, holder in people.sharing(self._tx, shared):
            row = _row_of(holder)
            self._sharing.setdefault(key, []).append(row)
            records.setdefault(row, holder)
        keys = self._keys | _keys(self._tx, records.keys() - self._keys.keys())
        self._parties = {row: _party(record, keys.get(row, ())) for row, record in records.items()}
        for question in quarantine.questions(self._tx):
            asked = (System(question.system), question.kind, question.record_id or "")
            self._questions.setdefault(asked, []).append(question)
        self._waiting = {row for row, one in records.items() if one.kind in MAILED and not one.person}

    def _holders(self, key: str) -> Sequence[Row]:
        """The records that have a key, where there are several."""
        return self._sharing.get(key, ())

    def _link(self, record: Due) -> None:
        row = _row_of(record)
        party = self._parties[row]
        held = ((key, other) for key in self._keys.get(row, ()) for other in self._holders(key))
        shared = [(key, self._parties[other]) for key, other in held if other[1] not in MAILED]
        decision = decide(party, shared, self._desk.config.service.match)
        if isinstance(decision, Linked):
            self._answer(self._questions.get(row, ()))
            self._settle(record, decision)
        elif record.system == System.HUBSPOT:
            # Marketing's story of this contact goes on; only nothing is written to Salesforce before the answer.
            person = party.person or new_person(party)
            self._settle(record, Linked(person, "new"))
            self._ask(record, decision, [person])
        else:
            self._ask(record, decision, [one.person for one in decision.candidates if one.person])

    def _settle(self, record: Due, decision: Linked) -> None:
        row, person = _row_of(record), decision.person
        if decision.rule == "new":
            self._born[person] = record.born
        if decision.absorbs:
            self._absorb(person, decision.absorbs)
        if record.person != person:
            self._links.append((*row, person))
            if record.person is not None:
                labels.let_go(self._tx, [record.person])
            data = {"system": record.system.value, "kind": record.kind, "id": record.id, "rule": decision.rule}
            self._linked.append(About(person, data))
            self._parties[row] = self._parties[row].of(person)
            self._dirty.add(person)
        self._same.add(person)
        if self._waiting and record.system is System.HUBSPOT:
            self._claim_submissions(row, person)

    def _absorb(self, person: PersonId, others: Sequence[PersonId]) -> None:
        """Others turned out to be this person, who gets all that they have, also what is not kept yet."""
        self._keep()
        for other in others:
            people.merge(self._tx, other, person, self._now)
            self._items.append(LedgerItem("merged", {}, [About(other, {"into": person})]))
        for row, party in self._parties.items():
            if party.person in others:
                self._parties[row] = party.of(person)

    def _claim_submissions(self, contact: Row, person: PersonId) -> None:
        """Submissions that came before their contact was known are now the contact's."""
        for key in self._keys.get(contact, ()):
            for row in self._holders(key):
                if row in self._waiting:
                    self._waiting.remove(row)
                    self._links.append((*row, person))

    def _attach(self, submission: Due) -> None:
        """A submission belongs to the contact at its address; without one it waits for the contact to come."""
        row = _row_of(submission)
        for key in self._keys.get(row, ()):
            for other in self._holders(key):
                person = self._parties[other].person
                if other[:2] == (System.HUBSPOT, "contact") and person is not None and row in self._waiting:
                    self._waiting.remove(row)
                    self._links.append((*row, person))
                    self._dirty.add(person)

    def _answer(self, questions: Sequence[Quarantined]) -> None:
        """These questions are open no more: whoever waited for the answer is looked at again."""
        if not questions:
            return
        quarantine.resolve(self._tx, [question.id for question in questions], self._now)
        self._dirty |= {question.person for question in questions if question.person}

    def _ask(self, record: Due, decision: Ambiguous, persons: Sequence[PersonId]) -> None:
        """Set a question to people aside: nothing is written about those concerned until it is answered."""
        concerned = [self._parties[_row_of(record)], *decision.candidates]
        ids = ", ".join(sorted(f"{one.system}:{one.kind}:{one.id}" for one in concerned))
        message = f"{decision.why}: {ids}. Merge them, or name one by HubSpot's id in Salesforce"
        rows = [
            Quarantined(
                id=_question_id(record, person),
                system=str(record.system),
                kind=record.kind,
                record_id=record.id,
                person=person,
                cause="link",
                code="ambiguous",
                message=message,
                who="Salesforce admin",
                first_at=self._now,
            )
            for person in dict.fromkeys(persons)
        ]
        asked = {question.id: question for question in self._questions.get(_row_of(record), ())}
        news = [row for row in rows if row.id not in asked]
        quarantine.put(
            self._tx, [row for row in rows if row.id not in asked or asked[row.id].message != message], self._now
        )
        self._answer([question for one, question in asked.items() if one not in {row.id for row in rows}])
        self._run.quarantined += len(news)
        self._dirty |= {row.person for row in news if row.person}
        if news:
            self._items.append(LedgerItem("ambiguous", {"records": ids, "why": decision.why}))


def _row_of(record: Due) -> Row:
    return record.system, record.kind, record.id


def _keys(tx: Connection, rows: Iterable[Row]) -> dict[Row, tuple[str, ...]]:
    groups: dict[tuple[System, str], list[str]] = {}
    for system, kind, record_id in rows:
        groups.setdefault((system, kind), []).append(record_id)
    return {
        (system, kind, record_id): keys
        for (system, kind), ids in groups.items()
        for record_id, keys in people.keys_of(tx, system, kind, ids).items()
    }


def _party(record: Due, keys: Sequence[str]) -> Party:
    claimed = (key.partition(":")[2] for key in keys if sort_of(key) == HUBSPOT_ID)
    claims = next(claimed, None) if record.system is System.SALESFORCE else None
    return Party(record.system, record.kind, record.id, record.person, claims, record.inert)


def _question_id(record: Due, person: PersonId) -> str:
    return case_id("link", record.system, record.kind, record.id, person)
