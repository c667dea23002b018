"""Events in the order of time, read page by page from either end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Place = tuple[int, int]
LAST = 2**62


class Event(Protocol):
    """What has an instant in epoch ms, and a number that orders events of the same millisecond by arrival."""

    @property
    def at(self) -> int:
        """When it happened."""

    @property
    def number(self) -> int:
        """Its place among all events."""


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Window:
    """Which events are asked for: from `low` to `high` in epoch ms, both inside, beyond `after` in reading order."""

    low: int = 0
    high: int = LAST
    after: Place | None = None
    newest_first: bool = True


class Timeline(Generic[E]):
    """Events, oldest first. A page starts by bisection and looks at no more events than it must."""

    def __init__(self, events: Iterable[E] = ()) -> None:
        self._events = sorted(events, key=_place)

    def __iter__(self) -> Iterator[E]:
        return iter(self._events)

    def add(self, event: E) -> None:
        """Put an event at its place."""
        insort(self._events, event, key=_place)

    def drop(self, gone: Callable[[E], bool]) -> None:
        """Forget the events for which `gone` holds."""
        self._events = [each for each in self._events if not gone(each)]

    def page(self, window: Window, keep: Callable[[E], bool], limit: int) -> tuple[list[E], bool]:
        """Up to `limit` events of the window that `keep` holds for, in reading order, and whether there are more."""
        start = bisect_left(self._events, (window.low, 0), key=_place)
        stop = bisect_left(self._events, (window.high + 1, 0), key=_place)
        if window.after is not None and window.newest_first:
            stop = min(stop, bisect_left(self._events, window.after, key=_place))
        elif window.after is not None:
            start = max(start, bisect_right(self._events, window.after, key=_place))
        places = range(stop - 1, start - 1, -1) if window.newest_first else range(start, stop)
        found: list[E] = []
        for place in places:
            if keep(self._events[place]):
                if len(found) == limit:
                    return found, True
                found.append(self._events[place])
        return found, False


def _place(event: Event) -> Place:
    return event.at, event.number
