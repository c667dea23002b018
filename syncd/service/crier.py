"""Tells people what is wrong, when it begins and when it is over: at least once, under an id that stays."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from syncd.endings import Told
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.service.alerts import KINDS, Alert
from syncd.store import notices
from syncd.store.errors import StoreError
from syncd.store.notices import NoticeRow

if TYPE_CHECKING:
    from syncd.service.journal import Journal
    from syncd.store.database import Store

LOOK_SECONDS = 60.0
"""How often it looks for what has changed, and tries again what did not go out."""
OPENED, CLOSED = "opened", "closed"
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


class UnknownAddress(Told):
    """An address of `alerts` names a setting that is not there."""

    code = "settings"
    next_step = "set it in the environment, in .env or as a systemd credential"

    def __init__(self, name: str) -> None:
        super().__init__(f"${{{name}}} stands in `alerts` of syncd.yaml, and SYNCD_ALERTS__{name.upper()} is not set")


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out of one notice: that it began, or that it is over."""

    title: str
    body: str


class Crier:
    """Looks once a minute, in a thread of its own, so that a receiver that hangs holds up nothing else.

    `look` gives what is wrong now, None where this service does not lead; `addresses` where it is told, complete.
    """

    def __init__(
        self,
        store: Store,
        look: Callable[[], Sequence[Alert] | None],
        addresses: Callable[[], Sequence[str]],
        clock: Callable[[], Instant],
        journal: Journal,
    ) -> None:
        self._store, self._look, self._addresses, self._clock, self._journal = store, look, addresses, clock, journal
        self._over, self._now = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="syncd-crier", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def hurry(self) -> None:
        """Look now."""
        self._now.set()

    def stop(self) -> None:
        """Look no more; what is going out just now is not waited for."""
        self._over.set()
        self._now.set()

    def cry(self) -> None:
        """Look once, keep what has changed, and send what has not gone out. Raises StoreError."""
        found = self._look()
        if found is None:
            return
        waiting = self._keep(found)
        addresses = self._addresses() if waiting else ()
        for notice in waiting:
            self._send(notice, addresses)

    def _watch(self) -> None:
        while not self._over.is_set():
            self._now.wait(LOOK_SECONDS)
            self._now.clear()
            if self._over.is_set():
                return
            try:
                self.cry()
            except StoreError as error:
                self._journal.error(f"alerts could not be looked at: {error}")
            except UnknownAddress as error:
                self._journal.error(f"alerts cannot be sent: {error}")
            except Exception as error:  # noqa: BLE001  a receiver's own trouble must not end the telling for good
                self._journal.error(f"alerts could not be looked at: {type(error).__name__}")

    def _keep(self, found: Sequence[Alert]) -> Sequence[NoticeRow]:
        """Open what is new, and close what is over: what there is to send. What others put there is theirs to close."""
        now = self._clock()
        with self._store.reading() as tx:
            waiting = notices.unsettled(tx)
        standing = {one.about: one for one in waiting if one.closed_at is None and one.about in KINDS}
        new = [one for one in found if one.about not in standing]
        over = [one for about, one in standing.items() if about not in {each.about for each in found}]
        if not new and not over:
            return waiting
        with self._store.transaction() as tx:
            for one in new:
                notices.open_one(tx, NoticeRow(id_of(one.about, now), one.about, one.said, one.next_step, now))
            for notice in over:
                notices.close(tx, notice.id, now)
            waiting = notices.unsettled(tx)
        for one in new:
            self._journal.warning(f"alert: {one.said}", about=one.about, next_step=one.next_step)
        for notice in over:
            self._journal.info(f"alert is over: {notice.said}", about=notice.about)
        return waiting

    def _send(self, notice: NoticeRow, addresses: Sequence[str]) -> None:
        """Send a notice's messages to every address that has not had them. What does not go out is tried again."""
        sent = list(notice.sent)
        due = [OPENED] if notice.closed_at is None else [OPENED, CLOSED]
        for address in addresses:
            mark = mark_of(address)
            for which in due:
                if f"{which} {mark}" in sent:
                    continue
                if not deliver(address, message_of(notice, which), over=which == CLOSED):
                    self._journal.error("an alert could not be delivered and is sent again", notice=notice.id, to=mark)
                    break
                sent.append(f"{which} {mark}")
        wanted = {f"{which} {mark_of(address)}" for address in addresses for which in due}
        settled = notice.closed_at is not None and wanted <= set(sent)
        if settled or sent != list(notice.sent):
            with self._store.transaction() as tx:
                notices.mark_sent(tx, notice.id, sent, settled=settled)


def id_of(about: str, opened_at: Instant) -> str:
    """The id of one occurrence of something: the same on every machine."""
    return f"{about}-{hashlib.sha256(f'{about} {opened_at}'.encode()).hexdigest()[:12]}"


def mark_of(address: str) -> str:
    """What an address is noted by: it may hold a secret."""
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def message_of(notice: NoticeRow, which: str) -> Message:
    """The words that go out. The id stands in both messages of a notice, so that a program can pair them."""
    said, step = notice.said.rstrip("."), notice.next_step.rstrip(".")
    if which == OPENED:
        body = f"{said}.\nNext: {step}.\nSince {iso(notice.opened_at)}. Notice {notice.id}."
        return Message(f"syncd: {notice.about}", body)
    until = iso(notice.closed_at) if notice.closed_at is not None else ""
    body = f"Over: {said}.\nFrom {iso(notice.opened_at)} to {until}. Notice {notice.id}."
    return Message(f"syncd: {notice.about} is over", body)


def deliver(address: str, message: Message, *, over: bool) -> bool:
    """Whether a message went out to an apprise address; places that have colours show it as wrong, or as over."""
    import apprise  # noqa: PLC0415  a hundred services' plug-ins, only where something is wrong

    kind = apprise.NotifyType.SUCCESS if over else apprise.NotifyType.FAILURE
    out = apprise.Apprise()
    return bool(out.add(address)) and bool(out.notify(title=message.title, body=message.body, notify_type=kind))


def misunderstood(addresses: Sequence[str], secrets: Mapping[str, str]) -> list[str]:
    """A sentence for each address of `alerts` to which nothing will ever go out. None tells the address: it may hold a
    secret.
    """
    import apprise  # noqa: PLC0415  as in `deliver`

    logging.getLogger("apprise").disabled = True  # it would print the address
    told = []
    for place, address in enumerate(addresses, 1):
        try:
            if not apprise.Apprise().add(filled([address], secrets)[0]):
                told.append(f"address {place} of `alerts` in syncd.yaml is none that apprise knows")
        except UnknownAddress as error:
            told.append(error.message)
    return told


def filled(addresses: Sequence[str], secrets: Mapping[str, str]) -> list[str]:
    """Addresses with `${name}` replaced by the setting SYNCD_ALERTS__NAME. Raises UnknownAddress."""
    return [_PLACEHOLDER.sub(lambda found: _secret(found.group(1), secrets), address) for address in addresses]


def _secret(name: str, secrets: Mapping[str, str]) -> str:
    found = secrets.get(name.casefold())
    if found is None:
        raise UnknownAddress(name)
    return found
