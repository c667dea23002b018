"""The store against its ledger: what the ledger tells is told anew, and compared with what the tables say.

Entries, intents, quarantine and the index of who is in which entry follow from the ledger, and courses from entries.
The mirror does not: it is a copy of the CRMs, and a pull makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from hashlib import sha256
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import exc, func, select

from syncd.model.instant import HOUR
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import courses, entries, intents, ledger, quarantine, tables
from syncd.store.canonical import from_text, to_sorted_bytes
from syncd.store.courses import course_of
from syncd.store.ledger import LedgerRow, Told

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.store.intents import Intent

SHOWN = 50
"""Differences that are told one by one; the rest is counted."""
PEOPLE_AT_ONCE = 200_000
"""Whose entries are in memory at a time: with more people the ledger is read several times."""
WORDS = 2**128
ONE_COMMIT = HOUR
"""Milliseconds between a row and its entry in the ledger at most: both are of one transaction."""
NOBODY = PersonId("")

Standing: TypeAlias = "dict[tuple[str, int], list[tuple[int, int | None]]]"
"""What stands of one person, by stage and cycle: (at, left at) each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the tables do not say as the ledger tells it: which table, about what, and how."""

    table: str
    about: str
    says: str


@dataclass(slots=True)
class Compared:
    """What came of comparing: how many rows of each table were looked at, how many differ, and the first of those."""

    checked: dict[str, int] = field(default_factory=lambda: {"entry": 0, "intent": 0, "quarantine": 0})
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the tables say what the ledger tells."""
        return not self.differing

    def differ(self, table: str, about: str, says: str) -> None:
        """Note one difference."""
        self.differing += 1
        if len(self.differences) < SHOWN:
            self.differences.append(Difference(table, about, says))


def compare(tx: Connection) -> Compared:
    """Tell the tables anew from the ledger and compare. Who was forgotten has no rows, and is not compared."""
    found = Compared()
    forgotten = {told.person for row in ledger.read(tx, kind="forgotten") for told in row.about}
    closed = {told.person for row in ledger.read(tx, kind="closed") for told in row.about}
    checks: dict[str, Callable[[], None]] = {
        "ledger_person": lambda: _compare_index(tx, found),
        "person_key": lambda: _compare_keys(tx, found, forgotten | closed),
        "intent": lambda: _compare_intents(tx, found, forgotten),
        "quarantine": lambda: _compare_quarantine(tx, found),
        "course": lambda: _compare_courses(tx, found),
    }
    for table, check in checks.items():
        _run(found, table, check)
    total = int(tx.execute(select(func.count()).select_from(tables.person)).scalar_one())
    parts = 1 + total // PEOPLE_AT_ONCE
    for part in range(parts):
        _run(found, "entry", partial(_compare_entries, tx, found, forgotten, partial(_is_in, part, parts)))
    return found


def _run(found: Compared, table: str, check: Callable[[], None]) -> None:
    """Compare a table. What cannot even be read as what syncd writes there differs, too."""
    try:
        check()
    except (ValueError, KeyError, TypeError) as error:
        found.differ(table, "all", f"cannot be read ({type(error).__name__})")
    except exc.OperationalError as error:
        if "decode" not in str(error.orig):
            raise
        found.differ(table, "all", "cannot be read as text")


def _is_in(part: int, parts: int, person: str) -> bool:
    return parts == 1 or int.from_bytes(sha256(person.encode()).digest()[:4], "big") % parts == part


def _compare_index(tx: Connection, found: Compared) -> None:
    """Whether the index names exactly the persons of each entry. Sums of hashes need no order and no memory."""
    told = told_count = kept = kept_count = 0
    for row in ledger.raw(tx):
        for person in {one["person"] for one in from_text(row["body"]).get("about", ())}:
            told, told_count = (told + _word(person, row["seq"])) % WORDS, told_count + 1
    c = tables.ledger_person.c
    with tx.execute(select(c.person_id, c.seq).execution_options(yield_per=5000)) as rows:
        for person, seq in rows:
            kept, kept_count = (kept + _word(person, seq)) % WORDS, kept_count + 1
    if (told, told_count) != (kept, kept_count):
        found.differ("ledger_person", "all", f"names {kept_count} persons of entries, the ledger {told_count}")


def _compare_keys(tx: Connection, found: Compared, closed: set[Any]) -> None:
    """Whether what is sealed can be opened, but for those whose key was told to be destroyed: without it nobody sees
    whether tables were altered.
    """
    shut = {told.person for row in ledger.read(tx) for told in row.about if told.forgotten} - closed
    for person in sorted(shut):
        found.differ("person_key", person, "does not open what was sealed, and nobody destroyed it")


def _word(person: str, seq: int) -> int:
    return int.from_bytes(sha256(f"{person}:{seq}".encode()).digest()[:16], "big")


def _compare_intents(tx: Connection, found: Compared, forgotten: set[Any]) -> None:
    """Follow each write from what was meant to what became of it."""
    pending: dict[str, tuple[LedgerRow, Told]] = {}
    seen = 0
    for row in ledger.read(tx):
        if row.kind == "intent":
            meant = {str(one.data["intent"]): (row, one) for one in _told(row) if one.person not in forgotten}
            pending.update(meant)
            seen += len(meant)
        elif row.kind in ("written", "refused", "recovered"):
            ended = {str(one.data["intent"]): _end(row, one) for one in _told(row) if "intent" in one.data}
            _compare_some(tx, found, pending, ended)
    _compare_some(tx, found, pending, dict.fromkeys(pending, ("open", None, None)))
    there = int(tx.execute(select(func.count()).select_from(tables.intent)).scalar_one())
    found.checked["intent"] = there
    if there != seen:
        found.differ("intent", "all", f"has {there} writes, the ledger tells of {seen}")


def _told(row: LedgerRow) -> Sequence[Told]:
    """What an entry says of each write: by person, or, of a property that was made, of nobody."""
    return row.about or (Told(NOBODY, row.data, None, forgotten=False),)


def _end(row: LedgerRow, told: Told) -> tuple[str, str | None, str | None]:
    """How a write ended: state, the CRM's id, the CRM's code."""
    if row.kind == "written":
        return "done", told.data.get("id"), None
    if row.kind == "refused":
        return "failed", None, told.data.get("code", row.data.get("code"))
    return told.data["state"], told.data["id"], None


def _compare_some(
    tx: Connection,
    found: Compared,
    pending: dict[str, tuple[LedgerRow, Told]],
    ended: Mapping[str, tuple[str, str | None, str | None]],
) -> None:
    known = {one.id: one for one in intents.some(tx, ended)}
    for name, end in ended.items():
        if name not in pending:
            continue
        meant, told = pending.pop(name)
        row = known.get(name)
        if row is None:
            found.differ("intent", name, "is missing")
        elif problem := _differs(row, meant, told, end):
            found.differ("intent", name, problem)


def _differs(row: Intent, meant: LedgerRow, told: Told, end: tuple[str, str | None, str | None]) -> str | None:
    if (row.run, row.system, row.kind) != (meant.run, meant.data["system"], meant.data["kind"]):
        return "is of another run or kind"
    if row.record_id != told.data.get("id") or sorted(row.fields) != list(told.data["fields"]):
        return "would write something else"
    if told.sealed is not None and _plain(intents.sealed(row)) != _plain(told.sealed):
        return "would write something else, or take something else back"
    state, result, code = end
    if row.state != state or row.code != code or (state == "done" and result and row.result_id != result):
        return f"ended as {row.state}, the ledger says {state}"
    return None


def _plain(value: object) -> bytes:
    return to_sorted_bytes(value)


def _compare_quarantine(tx: Connection, found: Compared) -> None:
    """Every case that stands was told when it was set aside; questions of links and erasure are told by records."""
    told = {
        str(row.data["id"]): (row.data["cause"], row.data["code"], row.data["kind"])
        for row in ledger.read(tx, kind="quarantined")
    }
    for row in quarantine.standing_ones(tx):
        found.checked["quarantine"] += 1
        if row.cause not in ("link", "forget") and told.get(row.id) != (row.cause, row.code, row.kind):
            found.differ("quarantine", row.id, "is not what was set aside")


def _compare_courses(tx: Connection, found: Compared) -> None:
    """Whether reports count by the entries that stand."""
    kept = (row for some in courses.walk(tx) for row in zip(*some, strict=True))
    standing = entries.walk(tx)
    for row, told in zip_longest(kept, standing):
        if row is None or told is None or row[0] != told[0]:
            found.differ("course", str((row or told)[0]), "is there without entries, or entries without it")
            return
        person, *course = row
        if tuple(course) != course_of(told[1]):
            found.differ("course", person, "is not what the entries say")


class _Retold:
    """The entries of some persons as the ledger tells them, with the digests of all that was ever told of each, and
    when.
    """

    def __init__(self, mine: Callable[[str], bool], forgotten: set[Any]) -> None:
        self._mine, self._forgotten = mine, forgotten
        self.standing: dict[str, Standing] = {}
        self.told: dict[str, dict[bytes, list[int]]] = {}
        self._into: dict[str, str] = {}

    def decided(self, told: Told, at: int) -> None:
        """Those told of one stage and cycle are all there are of it."""
        person = self.now(str(told.person))
        if person in self._forgotten or not self._mine(person):
            return
        standing, digests = self.standing.setdefault(person, {}), self.told.setdefault(person, {})
        proofs = told.sealed["proofs"] if told.sealed else [None] * len(told.data["entries"])
        fresh: Standing = {}
        for entry, proof in zip(told.data["entries"], proofs, strict=True):
            fresh.setdefault((entry["stage"], entry["cycle"]), []).append((entry["at"], entry["left_at"]))
            facts = [entry[name] for name in ("stage", "cycle", "at", "left_at", "source", "definition")]
            digests.setdefault(_digest([*facts, proof]), []).append(at)
        standing |= fresh

    def merged(self, loser: str, winner: str) -> None:
        """All that one had is the other's; of each stage and cycle the earliest entry stands (`people.merge`)."""
        loser, winner = self.now(loser), self.now(winner)
        if loser == winner or not self._mine(loser):
            return
        self._into[loser] = winner
        ours, theirs = self.standing.setdefault(winner, {}), self.standing.pop(loser, {})
        kept = self.told.setdefault(winner, {})
        for digest, times in self.told.pop(loser, {}).items():
            kept.setdefault(digest, []).extend(times)
        for key in ours.keys() | theirs.keys():
            ours[key] = [min([*ours.get(key, ()), *theirs.get(key, ())], key=lambda one: one[0])]

    def now(self, person: str) -> str:
        """Who a person is by now."""
        while person in self._into:
            person = self._into[person]
        return person


def _compare_entries(tx: Connection, found: Compared, forgotten: set[Any], mine: Callable[[str], bool]) -> None:
    into = {str(one.person): str(one.data["into"]) for row in ledger.read(tx, kind="merged") for one in row.about}
    # A part holds everybody who ends as one of its persons.
    retold = _Retold(lambda person: mine(_last(into, person)), forgotten)
    for row in ledger.read(tx):
        for told in row.about if row.kind in ("decided", "merged") else ():
            if row.kind == "decided":
                retold.decided(told, row.at)
            else:
                retold.merged(str(told.person), str(told.data["into"]))
    for person, rows in _entry_rows(tx):
        if mine(person) and person not in forgotten:
            found.checked["entry"] += len(rows)
            _compare_person(found, person, rows, retold)
    for person, standing in retold.standing.items():
        if any(standing.values()):
            found.differ("entry", person, "has no entries, the ledger tells of some")


def _last(into: Mapping[str, str], person: str) -> str:
    seen = {person}
    while person in into and into[person] not in seen:
        person = into[person]
        seen.add(person)
    return person


def _entry_rows(tx: Connection) -> Iterator[tuple[str, list[Any]]]:
    statement = select(tables.entry).order_by(tables.entry.c.person_id, tables.entry.c.seq)
    person, some = None, []
    with tx.execute(statement.execution_options(yield_per=2000)) as rows:
        for row in rows:
            if row.person_id != person and person is not None:
                yield person, some
                some = []
            person = row.person_id
            some.append(row)
    if person is not None:
        yield person, some


def _compare_person(found: Compared, person: str, rows: Sequence[Any], retold: _Retold) -> None:
    standing: dict[tuple[str, int], list[tuple[int, int | None]]] = {}
    digests = retold.told.get(person, {})
    for row in rows:
        facts = [row.stage, row.cycle, row.at, row.left_at, row.source, row.definition]
        proof = [row.why, from_text(row.evidence), row.reason]
        times = [at for shown in (proof, None) for at in digests.get(_digest([*facts, shown]), ())]
        if not times:
            found.differ("entry", f"{person} {row.stage} {row.cycle}", "is not what was decided")
        elif all(abs(row.recorded_at - at) > ONE_COMMIT for at in times):
            found.differ(
                "entry", f"{person} {row.stage} {row.cycle}", "was recorded at another time than the ledger says"
            )
        if row.superseded_at is None:
            standing.setdefault((row.stage, row.cycle), []).append((row.at, row.left_at))
    told = retold.standing.pop(person, {})
    if {key: sorted(some, key=str) for key, some in standing.items()} != {
        key: sorted(some, key=str) for key, some in told.items() if some
    }:
        found.differ("entry", person, "has other standing entries than were decided")


def _digest(value: object) -> bytes:
    return sha256(to_sorted_bytes(value)).digest()[:12]
