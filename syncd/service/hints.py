"""Hints that something changed in HubSpot: a cycle now, and another once HubSpot's search must show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from syncd.model.instant import HOUR, SECOND, Instant
from syncd.store import hints

if TYPE_CHECKING:
    from syncd.store.database import Store

AGAIN = 5 * SECOND
"""HubSpot's search shows a change moments after it was made (facts: hubspot B5), which is after its webhook."""
APART = 3 * SECOND
"""A flood of hints starts no more cycles than one in so long."""
TOLD_APART = HOUR
"""Anybody may call the address: what is refused is told no more often than this."""
REFUSED = (
    "a webhook was refused: HubSpot did not sign it just now, as far as we can tell; next: if your app did, see that"
    " SYNCD_HUBSPOT__WEBHOOK_SECRET is the app's client secret, SYNCD_HUBSPOT__WEBHOOK_URL the address that HubSpot"
    " calls, and this machine's clock right"
)


class Hints:
    """Follows the hints in the store, which any service of it may have taken."""

    def __init__(
        self,
        store: Store,
        hurry: Callable[[], None],
        clock: Callable[[], Instant],
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`warn` tells the operator something."""
        self._store, self._hurry, self._clock, self._warn = store, hurry, clock, warn
        self._heard: Instant = clock()
        self._due: list[Instant] = []
        self._last = Instant(0)
        self._told = Instant(-TOLD_APART)

    def refuse(self) -> None:
        """A webhook was not let in, which a wrong secret looks like."""
        now = self._clock()
        if now - self._told >= TOLD_APART:
            self._told = now
            self._warn(REFUSED)

    def take(self, ids: Sequence[str]) -> None:
        """Keep hints for whoever leads. Raises StoreError."""
        with self._store.transaction() as tx:
            hints.note(tx, ids, self._clock())

    def follow(self) -> None:
        """Hurry where a hint came, and once more some seconds later. Raises StoreError."""
        with self._store.reading() as tx:
            latest = hints.latest(tx)
        now = self._clock()
        if latest is not None and latest > self._heard:
            self._heard = latest
            self._due = [now, Instant(now + AGAIN)]
        if self._due and self._due[0] <= now and now - self._last >= APART:
            self._due.pop(0)
            self._last = now
            self._hurry()
