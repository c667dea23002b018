"""Hints that something changed in HubSpot: a cycle now, and another once HubSpot's search must show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from syncd.model.instant import SECOND, Instant
from syncd.store import hints

if TYPE_CHECKING:
    from syncd.store.database import Store

AGAIN = 5 * SECOND
"""HubSpot's search shows a change moments after it was made (facts: hubspot B5), which is after its webhook."""
APART = 3 * SECOND
"""A flood of hints starts no more cycles than one in so long."""


class Hints:
    """Follows the hints in the store, which any service of it may have taken."""

    def __init__(self, store: Store, hurry: Callable[[], None], clock: Callable[[], Instant]) -> None:
        self._store, self._hurry, self._clock = store, hurry, clock
        self._heard: Instant = clock()
        self._due: list[Instant] = []
        self._last = Instant(0)

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
