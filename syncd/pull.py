"""Read both CRMs into the mirror: fixed windows, pages with their cursor in one transaction (design 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from connectors.errors import Forbidden, Missing
from connectors.records import Ask, Page, Record, Source, System, Window
from syncd.definitions.language import counts_colleagues
from syncd.erased import ask_to_forget, unseen_contacts
from syncd.facts.histories import FOLDED, TELLING, moves_of
from syncd.facts.references import OF_CONTACTS, about, references_of
from syncd.facts.touches import evidence_of
from syncd.kept_away import about_others, of_others
from syncd.links.keys import keys_of
from syncd.model.dossier import Reference
from syncd.model.instant import DAY, NEVER, SECOND, Instant, datetime_of, instant_of
from syncd.store import colleagues, ledger, mirror, people, references, streams, suppression
from syncd.store.affected import affected
from syncd.store.batches import batches
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.store.ledger import LedgerItem
from syncd.streams import (
    ACTIVITIES,
    AUTHORS,
    ERASED,
    GONE,
    HUBSPOT_ACTIVITIES,
    HUBSPOT_OVERLAP,
    SALESFORCE_OVERLAP,
    Stream,
    streams_for,
    touch_rules,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run
    from syncd.model.person import PersonId

Named: TypeAlias = "dict[str, tuple[Reference, ...]]"
"""What records name, by record id."""

CORRELATION = re.compile(r", correlation [\w-]+")
"""HubSpot's id of one refusal. A gap is the same gap at the next refusal, and is told once."""

AT_ONCE = 1_000
"""Records that are taken in one transaction: the most whose associations one call tells (facts: hubspot B6)."""

POINTING = ACTIVITIES | {"task", "opportunity_contact_role"}
"""Kinds of records that are about people, and can come to be about others."""

SENT_BY_CONTACTS = ("form_submission", *OF_CONTACTS)
"""Kinds of which a contact that moved may have made some: each moves a counter of the contact."""

ASKED = "asked "
"""What a stream's properties are noted under, from when it was last read from the beginning."""

ASSOCIATED: dict[System, dict[str, tuple[str, ...]]] = {
    System.HUBSPOT: dict.fromkeys(HUBSPOT_ACTIVITIES, ("contact",)),
    System.SALESFORCE: {"email_message": ("contact", "lead")},
}
"""Activities that name nobody themselves, and the kinds of records that the CRM associates them with."""

OVERLAP = {System.HUBSPOT: HUBSPOT_OVERLAP, System.SALESFORCE: SALESFORCE_OVERLAP}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A stream that is to be read, where it stands, and the end of its window."""

    stream: Stream
    state: streams.StreamState
    until: Instant

    @property
    def window(self) -> Window:
        """What to ask for."""
        since = None if self.state.since is None else datetime_of(self.state.since)
        return Window(since, datetime_of(self.until), self.state.after_id)


def pull(desk: Desk, run: Run) -> None:
    """Bring the mirror up to date. What could not be read for want of a permission leaves a gap, and is told.

    Raises the connectors' errors, Forbidden and Missing only for streams without which nothing can be decided, and
    Stopped after a page where somebody wants the work to end.
    """
    listed = [one for one in streams_for(desk.config, desk.schemas) if one.system in run.order.reads]
    for stream in listed:
        if stream.system is System.HUBSPOT and _is_due(desk, run, stream):
            _read(desk, run, _begun(desk, run, stream))
    far = [stream for stream in listed if stream.system is System.SALESFORCE]
    _read_together(desk, run, [stream for stream in far if _is_due(desk, run, stream)])
    _read_together(desk, run, [stream for stream in far if _tells_of_news(desk, run, stream)])


def _tells_of_news(desk: Desk, run: Run, stream: Stream) -> bool:
    """Whether a slow stream that is not read yet may tell of what was: histories date what moved, and who acted is a
    user, of whom only their own record says whether they are a person.
    """
    if stream.name in run.pulled:
        return False
    if stream.kind == "user":
        with desk.store.reading() as tx:
            return bool(run.authors - mirror.get(tx, System.SALESFORCE, "user", run.authors).keys())
    return stream.kind in TELLING and bool(run.pulled.get(f"salesforce.{TELLING[stream.kind][0]}"))


def _read_together(desk: Desk, run: Run, due: Sequence[Stream]) -> None:
    begun = [_begun(desk, run, stream) for stream in due]
    desk.salesforce.prefetch([Ask(one.stream.kind, one.window, one.stream.properties) for one in begun])
    for one in begun:
        _read(desk, run, one)


def _read(desk: Desk, run: Run, reading: _Reading) -> None:
    try:
        _pull_stream(desk, run, reading)
    except (Forbidden, Missing) as error:
        if reading.stream.needed:
            raise
        _note_gap(desk, run, reading.stream, CORRELATION.sub("", error.what))


def _is_due(desk: Desk, run: Run, stream: Stream) -> bool:
    """Slow things are read hourly; submissions also when a contact moved, since each submission moves one.

    Who sells is read at once when a contact names an owner who is not known: a Lead is given to its owner only once.
    """
    if run.order.since is not None or (run.order.sweeps and stream.every >= DAY):
        return True
    with desk.store.reading() as tx:
        state = streams.get(tx, stream.system, _key(run, stream))
        if stream.quiet and state.gap is not None:
            return desk.clock() - (state.checked_at or 0) >= stream.every
        if state.watermark is None or state.until is not None or state.gap is not None or _asks_more(tx, stream):
            return True
    if stream.kind in SENT_BY_CONTACTS and run.pulled.get("hubspot.contact", 0) > 0:
        return True
    if stream.kind == "owner" and _names_new_owner(desk, run):
        return True
    if stream.kind == "user" and run.pulled.get("hubspot.owner"):
        return True
    source = desk.crm(stream.system)
    return not stream.every or instant_of(source.now()) - state.watermark >= stream.every


def _names_new_owner(desk: Desk, run: Run) -> bool:
    with desk.store.reading() as tx:
        return bool(run.owners - mirror.get(tx, System.HUBSPOT, "owner", run.owners).keys())


def _pull_stream(desk: Desk, run: Run, reading: _Reading) -> None:
    stream, state = reading.stream, reading.state
    full = state.since is None and state.after_id is None
    seen = run.pulled.setdefault(stream.name, 0)
    for page in _joined(_pages(desk, reading)):
        state = replace(state, after_id=page.after_id)
        run.pulled[stream.name] += _take(desk, run, stream, page, state)
        for names, found in ((("hubspot_owner_id",), run.owners), (AUTHORS, run.authors)):
            found |= {str(who) for one in page.records for name in names if (who := one.properties.get(name))}
        seen += len(page.records)
        desk.progress.count(f"reading {stream.name}", seen)
        desk.may_end()
    if state.gap is not None and (stream.system, stream.kind) == (System.HUBSPOT, "company"):
        _relate_again(desk)
    _finish(desk, run, stream, state, reading.until)
    if full and seen == 0:
        run.unseen.add(stream.name)


def _pages(desk: Desk, reading: _Reading) -> Iterator[Page]:
    stream = reading.stream
    if stream.kind == "unseen_contact":
        return unseen_contacts(desk, stream.properties)
    if stream.kind not in OF_CONTACTS:
        return desk.crm(stream.system).pull(stream.kind, reading.window, stream.properties)
    with desk.store.reading() as tx:
        moved = mirror.known_since(tx, System.HUBSPOT, "contact", reading.state.checked_at)
    return desk.hubspot.of_contacts(stream.kind, moved, reading.window)


def _joined(pages: Iterable[Page]) -> Iterator[Page]:
    """The same pages, small ones together as long as they stay within what is taken at once."""
    held: list[Record] = []
    after = None
    for page in pages:
        if held and len(held) + len(page.records) > AT_ONCE:
            yield Page(held, after)
            held = []
        held, after = [*held, *page.records], page.after_id
    if after is not None or held:
        yield Page(held, after)


def _begun(desk: Desk, run: Run, stream: Stream) -> _Reading:
    """The window to read, and its end: the one that was left off, else the next; all there is where more is asked for.

    A property that was never read is not missing, it is not known yet: so everything is read once more with it.
    """
    asked = to_text(sorted(stream.properties))
    with desk.store.reading() as tx:
        state = streams.get(tx, stream.system, _key(run, stream))
        anew = run.order.since is None and _asks_more(tx, stream)
        noted = run.order.since is not None or get_meta(tx, ASKED + stream.name) == asked
    if state.until is None or anew:
        since = None if anew else _since(run, stream, state.watermark)
        state = replace(state, since=since, until=_until(run, desk.crm(stream.system)), after_id=None)
    if not noted:
        with desk.store.transaction() as tx:
            streams.save(tx, state)
            set_meta(tx, ASKED + stream.name, asked)
    return _Reading(stream, state, state.until or NEVER)


def _asks_more(tx: Connection, stream: Stream) -> bool:
    """Whether a property is asked for that was not when all was read."""
    asked = get_meta(tx, ASKED + stream.name)
    return asked is None or not set(stream.properties) <= set(from_text(asked))


def _since(run: Run, stream: Stream, watermark: Instant | None) -> Instant | None:
    if run.order.since is not None:
        return run.order.since
    overlap = DAY if stream.kind in GONE else OVERLAP[stream.system]
    return None if watermark is None else Instant(watermark - overlap)


def _until(run: Run, source: Source) -> Instant:
    """The end of a window, by the CRM's own clock (design 6), the second that it tells of included."""
    now = Instant(instant_of(source.now()) + SECOND)
    return now if run.order.until is None else min(run.order.until, now)


def _key(run: Run, stream: Stream) -> str:
    """A backfill keeps its own place, so that it can be resumed and does not move the live cursor."""
    since = run.order.since
    return stream.kind if since is None else f"{stream.kind}@{since}"


def _take(desk: Desk, run: Run, stream: Stream, page: Page, state: streams.StreamState) -> int:
    """Take one page: its records, what follows from them, and the cursor, in one transaction. How many were news."""
    with desk.store.reading() as tx:
        away = suppression.load(tx)
        records = _as_known(tx, stream, page.records) if stream.kind in GONE else page.records
        records = of_others(away, stream.system, records, desk.config.fields.names.hubspot_id)
        fresh, unread = mirror.changed(tx, stream.system, records, stream.watched)
    if stream.watched and unread:
        fresh = _with_history(desk.crm(stream.system), stream, fresh, unread)
    named = _named(desk, stream, fresh)
    fresh = list(about_others(away, stream.system, fresh, named))
    with desk.store.transaction() as tx:
        if fresh and stream.kind not in FOLDED:
            _save(tx, desk, stream, fresh, named)
        if stream.kind in TELLING:
            _tell(tx, desk, stream, page.records)
        if stream.kind in ERASED:
            erased = [one.id for one in fresh if one.deleted]
            ask_to_forget(tx, desk, run, stream.system, GONE[stream.kind], erased)
        streams.save(tx, state)
    return len(fresh)


def _tell(tx: Connection, desk: Desk, stream: Stream, rows: Sequence[Record]) -> None:
    """Date what other records said by the rows of a history. Rows that come again say nothing new."""
    parent, _ = TELLING[stream.kind]
    told = mirror.tell(tx, stream.system, parent, moves_of(stream.kind, rows), desk.clock())
    people.mark_dirty(tx, affected(tx, stream.system, parent, dict.fromkeys(told, ())))


def _as_known(tx: Connection, stream: Stream, gone: Sequence[Record]) -> list[Record]:
    """The gone that the mirror has, with the values that they had, which no list shows; who came back as it shows."""
    known = mirror.get(tx, stream.system, GONE[stream.kind], [record.id for record in gone])
    ours = [one for one in gone if one.id in known]
    return [replace(one, properties=known[one.id].properties) if one.deleted else one for one in ours]


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


def _named(desk: Desk, stream: Stream, records: Sequence[Record]) -> Named:
    """What the records name: by their properties, else by what the CRM associates them with.

    A contact that names no company may still be associated with one.
    """
    named = {record.id: references_of(stream.system, record) for record in records}
    source = desk.crm(stream.system)
    if stream.kind in ASSOCIATED.get(stream.system, ()):
        for kind in ASSOCIATED[stream.system][stream.kind]:
            found = source.related(stream.kind, list(named), kind)
            named |= {one: (*named[one], *(about(kind, other) for other in others)) for one, others in found.items()}
    alone = [one for one, companies in named.items() if not companies]
    if alone and (stream.system, stream.kind) == (System.HUBSPOT, "contact"):
        try:
            found = desk.hubspot.related("contact", alone, "company")
        except (Forbidden, Missing):
            return named  # the stream of companies tells that they can't be read
        named |= {one: (Reference("company", "company", companies[0]),) for one, companies in found.items()}
    return named


def _relate_again(desk: Desk) -> None:
    """Ask for the companies of contacts that name none. Nobody could tell while companies were not readable."""
    with desk.store.reading() as tx:
        contacts = mirror.iterate(tx, System.HUBSPOT, "contact")
        alone = [one.id for one in contacts if not (one.deleted or one.properties.get("associatedcompanyid"))]
    for batch in batches(alone, AT_ONCE):
        found = desk.hubspot.related("contact", batch, "company")
        named: Named = {one: (Reference("company", "company", companies[0]),) for one, companies in found.items()}
        with desk.store.transaction() as tx:
            references.refer(tx, System.HUBSPOT, "contact", named)
            people.mark_dirty(tx, affected(tx, System.HUBSPOT, "contact", named))


def _save(tx: Connection, desk: Desk, stream: Stream, records: Sequence[Record], named: Named) -> None:
    system, kind = stream.system, GONE.get(stream.kind, stream.kind)
    # Whom a task or a role was about before: they lose it.
    before = references.named(tx, system, kind, named) if kind in POINTING else {}
    hubspot_id = desk.config.fields.names.hubspot_id
    keys = {
        one.id: found
        for one in records
        if (found := keys_of(system, kind, one.id, one.properties, one.replaces, hubspot_id, one.merged_into))
    }
    rules = touch_rules(desk.config)
    evidence = {one.id: shown for one in records if (shown := evidence_of(system, one, rules))}
    if stream.watched:
        kept = frozenset(stream.kept)
        records = [_keeping(one, kept) if one.history else one for one in records]
    near = _near(tx, desk, system, kind, named)  # whom those who move to another company leave behind
    new = mirror.save(tx, system, records, desk.clock(), named, stream.properties, evidence, keys)
    if keys:
        people.save_keys(tx, system, kind, keys, new)
    moved = affected(tx, system, kind, named) | affected(tx, system, kind, before)
    people.mark_dirty(tx, moved | near | _near(tx, desk, system, kind, named, moved))


def _near(
    tx: Connection, desk: Desk, system: System, kind: str, named: Named, moved: AbstractSet[PersonId] = frozenset()
) -> set[PersonId]:
    """The colleagues of who is affected, and of contacts that are nobody's yet; nobody where no rule counts them."""
    if not any(map(counts_colleagues, desk.config.versions)) or kind in ("company", "account", "opportunity"):
        return set()
    at_work = colleagues.of_persons(tx, moved).values()
    others = colleagues.of_contacts(tx, system, named) if kind == "contact" else set()
    return others.union(*(one for one in at_work if one is not None))


def _keeping(record: Record, kept: AbstractSet[str]) -> Record:
    """The record with the history that the mirror keeps."""
    return replace(record, history={name: past for name, past in record.history.items() if name in kept})


def _finish(desk: Desk, run: Run, stream: Stream, state: streams.StreamState, until: Instant) -> None:
    with desk.store.transaction() as tx:
        if state.gap is not None:
            people.mark_all_dirty(tx)  # what was unknown for want of this stream is not any more
        state = replace(state, watermark=until, since=None, until=None, after_id=None, gap=None)
        streams.save(tx, replace(state, checked_at=desk.clock()))
        data = {"stream": stream.name, "news": run.pulled[stream.name], "until": until}
        if run.pulled[stream.name]:
            ledger.append(tx, run.id, desk.clock(), [LedgerItem("pulled", data)])


def _note_gap(desk: Desk, run: Run, stream: Stream, what: str) -> None:
    """Note what could not be read. Of a stream that no rule counts only the journey lacks something: nobody is told."""
    if not stream.quiet:
        run.gaps[stream.name] = what
    with desk.store.transaction() as tx:
        state = streams.get(tx, stream.system, _key(run, stream))
        if state.gap != what:
            if state.until is not None and state.since is None:
                set_meta(tx, ASKED + stream.name, "[]")  # everything is still to be read
            if not stream.quiet:
                people.mark_all_dirty(tx)
                ledger.append(tx, run.id, desk.clock(), [LedgerItem("gap", {"stream": stream.name, "what": what})])
        streams.save(tx, replace(state, gap=what, since=None, until=None, after_id=None, checked_at=desk.clock()))
