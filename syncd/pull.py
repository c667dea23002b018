"""Read both CRMs into the mirror: fixed windows, pages with their cursor in one transaction (design 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from connectors.errors import ConnectorError, Forbidden, Missing, Refused
from connectors.records import Ask, Page, Record, Source, System, Window
from connectors.walked import Pages
from syncd.desk import TurnOver
from syncd.facts.histories import TELLING
from syncd.facts.references import OF_CONTACTS
from syncd.model.instant import DAY, MINUTE, NEVER, SECOND, Instant, datetime_of, instant_of
from syncd.model.nouns import dataclass
from syncd.privacy.erased import unseen_contacts
from syncd.reading.ahead import APART, BEGINS, in_order, may_go_ahead, may_go_on
from syncd.reading.by_contact import of_contacts
from syncd.reading.employers import do_wait, relate, relate_again, were_refused
from syncd.reading.listed import read_list
from syncd.reading.take import Read, at_once, read_up, take
from syncd.reading.untold import untold
from syncd.reading.watched import behind, note_watched, read_past
from syncd.store import ledger, mirror, people, streams
from syncd.store.canonical import from_text, to_text
from syncd.store.database import OF_READING, noted, set_meta
from syncd.store.ledger import LedgerItem
from syncd.streams import AUTHORS, GONE, HUBSPOT_OVERLAP, Stream, overlap_of

if TYPE_CHECKING:
    from syncd.desk import Desk, Order, Run

CORRELATION = re.compile(r", correlation [\w-]+")
"""HubSpot's id of one refusal. A gap is the same gap at the next refusal, and is told once."""

SENT_BY_CONTACTS = ("form_submission", *OF_CONTACTS)
"""Kinds of which a contact that moved may have made some: each moves a counter of the contact."""

ASKED = f"{OF_READING}asked "
"""What a stream's properties are noted under, from when it was last read from the beginning."""

OWNER = ("hubspot_owner_id",)
"""Who works a record in HubSpot."""


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

    @property
    def looks_back(self) -> bool:
        """Whether this window reaches further back than most: seldom enough to ask again what was asked before."""
        since, read = self.state.since, self.state.watermark
        return since is not None and read is not None and read - since > HUBSPOT_OVERLAP


def pull(desk: Desk, run: Run) -> None:
    """Bring the mirror up to date. What could not be read for want of a permission leaves a gap, and is told.

    Raises the connectors' errors, Forbidden and Missing only for streams without which nothing can be decided, and
    after a page Stopped where somebody wants the work to end, TurnOver at the end of a slice.
    """
    listed = [one for one in desk.streams if one.system in run.order.reads]
    if run.order.is_history:  # most of its calls are about people: the others find room between them
        listed.sort(key=lambda one: not one.needed)
    places = _places(desk)
    try:
        for number, stream in enumerate(listed):
            if run.order.is_history:
                places.following[:] = [one for one in listed[number + 1 :] if may_go_ahead(one)]
            if stream.system is System.HUBSPOT and _is_due(desk, run, stream, places):
                if stream.kind == "unseen_contact":  # which goes by how far contacts were read
                    _keep(desk, places.quiet)
                    places.quiet.clear()
                _read(desk, run, _begun(desk, run, stream, places), places)
        if run.order.since is None:
            near = [stream for stream in listed if stream.system is System.HUBSPOT]
            _read_what_windows_miss(desk, run, near, places.notes)
        far = [stream for stream in listed if stream.system is System.SALESFORCE]
        _read_together(desk, run, [stream for stream in far if _is_due(desk, run, stream, places)], places)
        _read_together(desk, run, [stream for stream in far if _tells_of_news(desk, run, stream)], places)
    finally:
        _keep(desk, places.quiet)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where every stream stood when the pull began, what each was asked for, what else was noted by then, and those
    that had nothing new since: they are kept together at the end, since an idle cycle is mostly them. In a backfill,
    the streams that follow.
    """

    states: dict[tuple[str, str], streams.StreamState]
    asked: Mapping[str, set[str]]
    notes: Mapping[str, str]
    quiet: list[streams.StreamState] = field(default_factory=list)
    following: list[Stream] = field(default_factory=list)

    def state(self, order: Order, stream: Stream) -> streams.StreamState:
        """Where a stream stood; one never read has nothing but its name."""
        key = (str(stream.system), key_of(order, stream))
        return self.states.get(key) or streams.StreamState(*key)

    def asks_more(self, stream: Stream) -> bool:
        """Whether a property is asked for that was not when all was read."""
        asked = self.asked.get(stream.name)
        return asked is None or not asked.issuperset(stream.properties)


def _places(desk: Desk) -> _Places:
    with desk.store.reading() as tx:
        states = {(one.system, one.kind): one for one in streams.all(tx)}
        notes = noted(tx, OF_READING)
    asked = {key.removeprefix(ASKED): set(from_text(text)) for key, text in notes.items() if key.startswith(ASKED)}
    return _Places(states, asked, notes)


def _keep(desk: Desk, states: Sequence[streams.StreamState]) -> None:
    if states:
        with desk.store.transaction() as tx:
            streams.save_many(tx, states)


def _tells_of_news(desk: Desk, run: Run, stream: Stream) -> bool:
    """Whether a slow stream that is not read yet may tell of what was: histories date what moved, and who acted is a
    user, of whom only their own record says whether they are a person.
    """
    if stream.name in run.pulled:
        return False
    if stream.kind == "user":
        if not run.authors:
            return False
        with desk.store.reading() as tx:
            return bool(run.authors - mirror.get(tx, System.SALESFORCE, "user", run.authors).keys())
    return stream.kind in TELLING and bool(run.pulled.get(f"salesforce.{TELLING[stream.kind][0]}"))


def _read_together(desk: Desk, run: Run, due: Sequence[Stream], places: _Places) -> None:
    begun = [_begun(desk, run, stream, places) for stream in due]
    desk.salesforce.prefetch([Ask(one.stream.kind, one.window, one.stream.properties) for one in begun])
    for one in begun:
        _read(desk, run, one, places)


def _read(desk: Desk, run: Run, reading: _Reading, places: _Places) -> None:
    try:
        _pull_stream(desk, run, reading, places)
    except (Forbidden, Missing, Refused) as error:
        # Not every object has a feed of deletions, and an org says so as if the call were wrong.
        if reading.stream.needed or (isinstance(error, Refused) and reading.stream.kind not in GONE):
            raise
        _note_gap(desk, run, reading.stream, CORRELATION.sub("", error.what))


def _read_what_windows_miss(desk: Desk, run: Run, near: Sequence[Stream], notes: Mapping[str, str]) -> None:
    """Read the past of what began to be watched, and once a week HubSpot's whole list of contacts."""
    for stream in behind(notes, [stream for stream in near if stream.watched]):
        _read_past(desk, run, stream)
    for stream in near:
        if stream.kind == "contact":
            read_list(desk, run, stream, notes)


def _read_past(desk: Desk, run: Run, stream: Stream) -> None:
    try:
        read_past(desk, run, stream)
    except (Forbidden, Missing):
        if stream.needed:
            raise
        # else the stream itself tells what may not be read


def _is_due(desk: Desk, run: Run, stream: Stream, places: _Places) -> bool:
    """Slow things are read hourly; submissions also when a contact moved, since each submission moves one.

    Who sells is read at once when a contact names an owner who is not known: a Lead is given to its owner only once.
    """
    if run.order.since is not None:
        return is_unread(desk, run.order, stream)
    if run.order.sweeps and stream.every >= DAY:
        return True
    state = places.state(run.order, stream)
    if (stream.quiet or stream.kind in TELLING) and state.gap is not None:
        return desk.clock() - (state.checked_at or 0) >= stream.every
    if state.watermark is None or state.until is not None or state.gap is not None or places.asks_more(stream):
        return True
    if stream.kind in SENT_BY_CONTACTS and run.pulled.get("hubspot.contact", 0) > 0:
        return True
    if stream.kind == "owner" and _names_new_owner(desk, run):
        return True
    if stream.kind == "user" and run.pulled.get("hubspot.owner"):
        return True
    since = instant_of(desk.crm(stream.system).now()) - state.watermark
    was_wrong = since < -MINUTE  # a clock of theirs
    return not stream.every or was_wrong or since >= stream.every


def is_unread(desk: Desk, order: Order, stream: Stream) -> bool:
    """Whether a backfill has not read a stream to its end yet, or has not found that it cannot."""
    with desk.store.reading() as tx:
        state = streams.get(tx, stream.system, key_of(order, stream))
    if order.begun is None or state.until is not None or state.checked_at is None:
        return True
    return state.checked_at < order.begun


def _names_new_owner(desk: Desk, run: Run) -> bool:
    if not run.owners:
        return False
    with desk.store.reading() as tx:
        return bool(run.owners - mirror.get(tx, System.HUBSPOT, "owner", run.owners).keys())


def _pull_stream(desk: Desk, run: Run, reading: _Reading, places: _Places) -> None:
    stream, state = reading.stream, reading.state
    full = state.since is None and state.after_id is None
    seen = run.pulled.setdefault(stream.name, 0)
    for number, read in enumerate(_looked_at(desk, run, reading)):
        page = read.page
        state = replace(state, after_id=page.after_id)
        run.pulled[stream.name] += take(desk, run, stream, read, state)
        names, found = (AUTHORS, run.authors) if stream.system is System.SALESFORCE else (OWNER, run.owners)
        found |= {str(who) for name in names for one in page.records if (who := one.properties.get(name))}
        seen += len(page.records)
        desk.progress.count(f"reading {stream.name}", seen)
        desk.may_end()
        if number >= BEGINS and number % APART == 0:
            _set_off(desk, run, places.following[(number - BEGINS) // APART :][:1], places)
    if stream.name == "hubspot.company" and (state.gap is not None or were_refused(places.notes)):
        relate_again(desk)
    if stream.name == "hubspot.contact" and (seen or do_wait(places.notes)):
        relate(desk)
    _finish(desk, run, stream, state, places)
    if full and seen == 0:
        run.unseen.add(stream.name)


def _looked_at(desk: Desk, run: Run, reading: _Reading) -> Iterator[Read]:
    """The pages of a stream, looked at; each is kept before the next is asked for. Raises TurnOver at the end of a
    slice; the next one goes on with the pages that are on their way by then.
    """
    place, reached = (reading.state.system, reading.state.kind), reading.state.after_id
    begins, pages = desk.left_off.pop(place, (None, None))
    if pages is None or begins != reached:  # what came before them was not kept
        pages = Pages(_joined(_pages(desk, reading), at_once(reading.stream, run.order)))
    look = partial(read_up, desk, reading.stream, again=reading.looks_back)
    paced = desk.crm(reading.stream.system).paced(reading.stream.kind)
    with closing(in_order(run.order, pages.walk(), look, desk.turn_over, paced=paced)) as reads:
        try:
            for read in reads:
                yield read
                pages.keep()
                reached = read.page.after_id
                may_go_on(desk.turn_over)
        except TurnOver:
            desk.left_off[place] = (reached, pages)
            raise


def _set_off(desk: Desk, run: Run, following: Sequence[Stream], places: _Places) -> None:
    """Ask for the first pages of streams that follow in a backfill while another one is being read: by themselves they
    would leave most of what the limits allow unused.
    """
    begun: list[streams.StreamState] = []
    for stream in following:
        place = (str(stream.system), key_of(run.order, stream))
        if place in desk.left_off or not is_unread(desk, run.order, stream):
            continue
        reading = _begun(desk, run, stream, places)
        places.states[place] = reading.state
        begun.append(reading.state)
        pages = Pages(_joined(_pages(desk, reading), at_once(reading.stream, run.order)))
        pages.hurry()
        desk.left_off[place] = (reading.state.after_id, pages)
    _keep(desk, begun)


def _pages(desk: Desk, reading: _Reading) -> Iterator[Page]:
    stream = reading.stream
    if stream.kind == "unseen_contact":
        return unseen_contacts(desk, stream.properties)
    if stream.kind not in OF_CONTACTS:
        return desk.crm(stream.system).pull(stream.kind, reading.window, stream.properties)
    return of_contacts(desk, stream.kind, reading.state, reading.window)


def _joined(pages: Iterator[Page], most: int) -> Iterator[Page]:
    """The same pages, small ones together as long as they stay within what is taken at once.

    What was read before something went wrong is handed on before that is raised.
    """
    held: list[Record] = []
    after = None
    try:
        for page in pages:
            held, after = [*held, *page.records], page.after_id
            if len(held) + len(page.records) > most:
                yield Page(held, after)
                held, after = [], None
    except ConnectorError:
        if held:
            yield Page(held, after)
        raise
    if after is not None or held:
        yield Page(held, after)


def _begun(desk: Desk, run: Run, stream: Stream, places: _Places) -> _Reading:
    """The window to read, and its end: the one that was left off, else the next; all there is where more is asked for.

    A property that was never read is not missing, it is not known yet: so everything is read once more with it.
    """
    asked = set(stream.properties)
    state = places.state(run.order, stream)
    anew = run.order.since is None and places.asks_more(stream)
    known = run.order.since is not None or places.asked.get(stream.name) == asked
    if state.until is None or anew:
        until = _until(run, desk.crm(stream.system))
        since = None if anew else _since(run, stream, state.watermark, until)
        state = replace(state, since=since, until=until, after_id=None)
    if not known:
        with desk.store.transaction() as tx:
            streams.save(tx, state)
            set_meta(tx, ASKED + stream.name, to_text(sorted(asked)))
            if stream.watched and anew:
                note_watched(tx, stream, places.asked.get(stream.name, ()))
    return _Reading(stream, state, state.until or NEVER)


def _since(run: Run, stream: Stream, watermark: Instant | None, until: Instant) -> Instant | None:
    if run.order.since is not None:
        return run.order.since
    return None if watermark is None else Instant(watermark - overlap_of(stream, watermark, until))


def _until(run: Run, source: Source) -> Instant:
    """The end of a window, by the CRM's own clock (design 6), the second that it tells of included."""
    now = Instant(instant_of(source.now()) + SECOND)
    return now if run.order.until is None else min(run.order.until, now)


def key_of(order: Order, stream: Stream) -> str:
    """A backfill keeps its own place, so that it can be resumed and does not move the live cursor."""
    if order.since is None:
        return stream.kind
    return f"{stream.kind}@{order.since}" + (f"-{order.until}" if order.until is not None else "")


def _finish(desk: Desk, run: Run, stream: Stream, state: streams.StreamState, places: _Places) -> None:
    """Note that a stream was read to the end of its window. In a live cycle, one without news waits for the others."""
    gap = untold(desk, stream)
    at = desk.clock()
    ended = replace(state, watermark=state.until, since=None, until=None, after_id=None, gap=gap, checked_at=at)
    if gap is not None:
        run.gaps[stream.name] = gap
    if not run.pulled[stream.name] and state.gap == gap and run.order.since is None:
        places.quiet.append(ended)
        return
    with desk.store.transaction() as tx:
        if state.gap != gap:
            # What was unknown for want of this stream is not any more, or is from now on.
            people.mark_all_dirty(tx, kept=desk.keeps)
        streams.save(tx, ended)
        data = {"stream": stream.name, "news": run.pulled[stream.name], "until": state.until}
        if run.pulled[stream.name]:
            ledger.append(tx, run.id, desk.clock(), [LedgerItem("pulled", data)])


def _note_gap(desk: Desk, run: Run, stream: Stream, what: str) -> None:
    """Note what could not be read. Of a stream that no rule counts only the journey lacks something: nobody is told."""
    if not stream.quiet:
        run.gaps[stream.name] = what
    with desk.store.transaction() as tx:
        state = streams.get(tx, stream.system, key_of(run.order, stream))
        if state.gap != what:
            if state.until is not None and state.since is None:
                set_meta(tx, ASKED + stream.name, "[]")  # everything is still to be read
            if not stream.quiet:
                people.mark_all_dirty(tx, kept=desk.keeps)
                ledger.append(tx, run.id, desk.clock(), [LedgerItem("gap", {"stream": stream.name, "what": what})])
        streams.save(tx, replace(state, gap=what, since=None, until=None, after_id=None, checked_at=desk.clock()))
