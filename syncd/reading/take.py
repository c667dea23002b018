"""Take what was read into the store: what says something new, and what follows from it, with the cursor (design 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from connectors.records import Page, Record, Source, System
from syncd.facts.histories import FOLDED, TELLING, moves_of
from syncd.facts.references import about, naming, references_of
from syncd.facts.touches import evidence_of
from syncd.links.keys import KEYED, LINKED, keys_of
from syncd.model.dossier import Reference
from syncd.model.instant import instant_of
from syncd.model.nouns import dataclass
from syncd.privacy.erased import ask_to_forget
from syncd.privacy.kept_away import about_others, of_others
from syncd.reading.employers import AT_ONCE as EMPLOYERS_AT_ONCE
from syncd.reading.employers import follow, let_wait, near, relate
from syncd.reading.untold import note_shown
from syncd.store import mirror, people, references, streams, suppression
from syncd.store.affected import affected
from syncd.store.mirrored import UNSEEN
from syncd.streams import ACTIVITIES, ERASED, GONE, HUBSPOT_ACTIVITIES, Stream, overlap_of, touch_rules

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Order, Run
    from syncd.model.person import PersonId

Named: TypeAlias = "dict[str, tuple[Reference, ...]]"
"""What records name, by record id."""

AT_ONCE, AT_ONCE_IN_HISTORY = 600, 400
"""Records that are taken in one transaction: three pages of a search, in a backfill, which looks at more of them ahead,
two. Of more, those on their way would be most of what a pull needs in memory; each takes six KB. Of fewer, what each
transaction costs by itself would be more than a twentieth of a pull.
"""

RELATED_AT_ONCE = 1_000
"""The same of records of which the CRM is asked whom they are about: a call tells it of so many (facts: hubspot B6).
They are small.
"""

POINTING = ACTIVITIES | {"task", "opportunity_contact_role"}
"""Kinds of records that are about people, and can come to be about others."""

ASSOCIATED: dict[System, dict[str, tuple[str, ...]]] = {
    System.HUBSPOT: dict.fromkeys(HUBSPOT_ACTIVITIES, ("contact",)),
    System.SALESFORCE: {"email_message": ("contact", "lead")},
}
"""Activities that name nobody themselves, and the kinds of records that the CRM associates them with."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Records that say something new, beside what the mirror has of them, what they name, and for which of them the CRM
    was asked for that.
    """

    records: Sequence[Record]
    compared: mirror.Compared
    named: Named
    asked: AbstractSet[str]

    @property
    def new(self) -> set[str]:
        """The ids of those that the mirror does not have."""
        return {one for one, old in self.compared.kept.items() if old is None}

    @property
    def unlinked(self) -> set[str]:
        """The ids of those that it has, and that are nobody's."""
        return {one for one, old in self.compared.kept.items() if old is not None and old.person is None}

    @property
    def whose(self) -> dict[str, PersonId | None]:
        """The persons of those that were compared, by record id."""
        return {one: None if old is None else old.person for one, old in self.compared.kept.items()}

    @property
    def made(self) -> set[str]:
        """The ids of those that we made ourselves, and that are seen for the first time."""
        return {one for one, old in self.compared.kept.items() if old is not None and old.modified_at == UNSEEN}

    def differing(self, names: AbstractSet[str]) -> list[Record]:
        """Those that are new, that we wrote to, that were merged, or that give another value under one of the names."""
        kept, moved = self.compared.kept, self.compared.moved
        return [
            one
            for one in self.records
            if (old := kept.get(one.id)) is None
            or old.amended
            or one.replaces
            or one.merged_into != old.merged_into
            or not names.isdisjoint(moved[one.id])
        ]


@dataclass(frozen=True, slots=True)
class Read:
    """A page, and all that is to be known before it can be taken: what it says that is new, with histories.
    `cost_calls` says that the CRM was asked for some of it.
    """

    page: Page
    fresh: _Fresh
    cost_calls: bool


def at_once(stream: Stream, order: Order) -> int:
    """How many records of a stream are taken in one transaction."""
    if stream.kind in ASSOCIATED.get(stream.system, ()):
        return RELATED_AT_ONCE
    return AT_ONCE_IN_HISTORY if order.is_history else AT_ONCE


def read_up(desk: Desk, stream: Stream, page: Page, *, again: bool = False) -> Read:
    """Look what of a page is new, and ask the CRM for what it does not say itself. Writes nothing.

    With `again`, HubSpot is asked whom activities are about that say nothing new, too: to hang one on somebody else
    moves no date (facts: hubspot B7). Else only of those that are about nobody: a program that logs one may say a
    moment later whom it is about, and windows overlap.
    """
    with desk.store.reading() as tx:
        away = suppression.load(tx)
        records = _as_known(tx, stream, page.records) if stream.kind in GONE else page.records
        records = of_others(away, stream.system, records, desk.config.fields.names.hubspot_id)
        compared = mirror.compare(tx, stream.system, _kind(stream), records)
        before = _about_before(tx, stream, records, compared)
    fresh = compared.news(records)
    watched = frozenset(stream.watched)
    unread = [one for one in fresh if compared.differs(one, watched)] if watched else []
    if unread:
        fresh = _with_history(desk.crm(stream.system), stream, fresh, unread)
    unsaid = _unsaid(records, fresh, before, again=again)
    named, asked = _named(desk, stream, [*fresh, *unsaid])
    fresh += [one for one in unsaid if {*named[one.id]} != before[one.id]]
    fresh = list(about_others(away, stream.system, fresh, named))
    taken = _Fresh(fresh, compared, {one.id: named[one.id] for one in fresh}, asked)
    return Read(page, taken, cost_calls=bool(unread or asked))


def take(desk: Desk, run: Run, stream: Stream, read: Read, state: streams.StreamState) -> int:
    """Take one page: its records, what follows from them, and the cursor, in one transaction. How many were news."""
    fresh = read.fresh
    with desk.store.transaction() as tx:
        if fresh.records and stream.kind not in FOLDED:
            _save(tx, desk, stream, fresh)
            _note_news(run, stream, fresh)
        if stream.kind in TELLING:
            _tell(tx, desk, stream, read.page.records)
        if stream.kind in ERASED:
            erased = [one.id for one in fresh.records if one.deleted]
            ask_to_forget(tx, desk, run, stream.system, GONE[stream.kind], erased)
        streams.save(tx, state)
        alone = [one for one, companies in fresh.named.items() if not companies] if _may_be_alone(stream) else []
        let_wait(tx, alone)
    if alone:
        relate(desk, least=EMPLOYERS_AT_ONCE)
    return len(fresh.records)


def _note_news(run: Run, stream: Stream, fresh: _Fresh) -> None:
    """Note what happened since a backfill began: it is for the next cycle, which would have been shown it as well."""
    if run.order.begun is None:
        return
    since = run.order.begun - overlap_of(stream, run.order.begun, run.order.begun)
    news = {one.id: fresh.named[one.id] for one in fresh.records if instant_of(one.modified_at) >= since}
    run.happened.setdefault((stream.system, _kind(stream)), {}).update(news)


def _about_before(
    tx: Connection, stream: Stream, records: Sequence[Record], compared: mirror.Compared
) -> dict[str, set[Reference]]:
    """Whom activities in HubSpot are about as far as the mirror knows, by the ids of those that it has."""
    if stream.system is not System.HUBSPOT or stream.kind not in HUBSPOT_ACTIVITIES:
        return {}
    there = [one.id for one in records if compared.kept[one.id] is not None and not one.deleted]
    named = references.named(tx, stream.system, stream.kind, there) if there else {}
    return {one: {*named.get(one, ())} for one in there}


def _unsaid(
    records: Sequence[Record], fresh: Sequence[Record], before: Mapping[str, set[Reference]], *, again: bool
) -> list[Record]:
    """The records that say nothing new, and of which is asked all the same whom they are about."""
    if not before:
        return []
    said = {one.id for one in fresh}
    return [one for one in records if one.id in before and one.id not in said and (again or not before[one.id])]


def _may_be_alone(stream: Stream) -> bool:
    """Whether a stream gives contacts that may be associated with a company that they do not name."""
    return (stream.system, stream.kind) == (System.HUBSPOT, "contact")


def _tell(tx: Connection, desk: Desk, stream: Stream, rows: Sequence[Record]) -> None:
    """Date what other records said by the rows of a history. Rows that come again say nothing new."""
    note_shown(tx, stream, rows)
    parent, _ = TELLING[stream.kind]
    told = mirror.tell(tx, stream.system, parent, moves_of(stream.kind, rows), desk.clock())
    people.mark_dirty(tx, affected(tx, stream.system, parent, dict.fromkeys(told, ())), kept=desk.keeps)


def _kind(stream: Stream) -> str:
    """The kind of the records that a stream gives."""
    return GONE.get(stream.kind, stream.kind)


def _as_known(tx: Connection, stream: Stream, gone: Sequence[Record]) -> list[Record]:
    """The gone that the mirror has, with the values that they had and whom they became, which no list shows; who came
    back as it shows.
    """
    known = mirror.get(tx, stream.system, GONE[stream.kind], [record.id for record in gone])
    ours = [one for one in gone if one.id in known]
    return [_still(one, known[one.id]) if one.deleted else one for one in ours]


def _still(one: Record, known: mirror.Mirrored) -> Record:
    return replace(one, properties=known.properties, merged_into=known.merged_into)


def _with_history(source: Source, stream: Stream, fresh: Sequence[Record], unread: Sequence[Record]) -> list[Record]:
    """The records with the history of those whose watched properties moved; only that is asked for. One that vanished
    meanwhile stays as it is, one that was merged is read whole.
    """
    found = dict(source.read(stream.kind, [record.id for record in unread], (), stream.watched))
    merged = [asked for asked, record in found.items() if record.id != asked]
    if merged:
        found |= source.read(stream.kind, merged, stream.properties, stream.watched)
    return [_with(record, found.get(record.id)) for record in fresh]


def _with(record: Record, found: Record | None) -> Record:
    """A record with the history that was found under its id, or what took its place."""
    if found is None or found.id != record.id:
        return found or record
    return replace(record, history=found.history)


def _named(desk: Desk, stream: Stream, records: Sequence[Record]) -> tuple[Named, AbstractSet[str]]:
    """What records name: by their properties, and by what the CRM associates them with; and of which it was asked."""
    named = {record.id: references_of(stream.system, record) for record in records}
    source = desk.crm(stream.system)
    if stream.kind in ASSOCIATED.get(stream.system, ()):
        for kind in ASSOCIATED[stream.system][stream.kind]:
            found = source.related(stream.kind, list(named), kind)
            named |= {one: (*named[one], *(about(kind, other) for other in others)) for one, others in found.items()}
        return named, named.keys()
    return named, frozenset()


def _save(tx: Connection, desk: Desk, stream: Stream, fresh: _Fresh) -> None:
    """Take records that say something new into the store, with what follows from the values that differ."""
    system, kind, named = stream.system, _kind(stream), fresh.named
    # Whom a task or a role was about before: they lose it.
    before = references.named(tx, system, kind, named) if kind in POINTING else {}
    left = near(tx, desk, system, kind, named)  # whom those who move to another company leave behind
    rules = touch_rules(desk.config)
    evidence = {one.id: shown for one in fresh.records if (shown := evidence_of(system, one, rules))}
    hubspot_id = desk.config.fields.names.hubspot_id
    keys = {
        one.id: keys_of(system, kind, one.id, one.properties, one.replaces, hubspot_id, one.merged_into)
        for one in fresh.differing({*KEYED, hubspot_id})
        if kind in LINKED
    }
    due = keys.keys() | fresh.unlinked if kind in LINKED else frozenset()
    watched = frozenset(stream.kept)
    records = [keeping(one, watched) if one.history else one for one in fresh.records]
    mirror.save(tx, system, records, desk.clock(), stream.properties, evidence, due, fresh.compared)
    people.save_keys(tx, system, kind, keys, fresh.new)
    renamed = {one.id for one in fresh.differing({*naming(system, kind)})} | fresh.asked
    references.refer(tx, system, kind, {one: named[one] for one in renamed if one in named})
    if (system, kind) == (System.HUBSPOT, "company"):
        follow(tx, fresh.records)
    made = {one: named[one] for one in fresh.made if one in named}
    seen = affected(tx, system, kind, made, fresh.whose) if made else set()
    moved = affected(tx, system, kind, {one: named[one] for one in named if one not in made}, fresh.whose)
    moved |= affected(tx, system, kind, before)
    people.mark_dirty(tx, moved | left | near(tx, desk, system, kind, named, moved | seen), kept=desk.keeps)
    people.mark_seen(tx, seen - moved)


def keeping(record: Record, kept: AbstractSet[str]) -> Record:
    """The record with the history that the mirror keeps."""
    return replace(record, history={name: past for name, past in record.history.items() if name in kept})
