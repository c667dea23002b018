"""Values as small numbers: what is counted by millions is a number, and gets its name back in the end. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeAlias, TypeVar

from syncd.journey.units import Unit
from syncd.model.instant import Instant

Item = TypeVar("Item")


class Codes(dict[str, int]):
    """A number for each value of a name, in the order in which they came: `list` gives them by number."""

    def __missing__(self, value: str) -> int:
        return self.setdefault(value, len(self))


CodesOf: TypeAlias = "Callable[[Unit, Sequence[Instant] | None, int], Sequence[int]]"
"""The codes of so many units of which one is given, by when they entered the first stage of the chain (None: never)."""


class Dated(NamedTuple):
    """A name that tells units apart by their entries, and not people by what they are."""

    codes: Codes
    of: CodesOf


def those_at(places: Sequence[int]) -> Callable[[Sequence[Item]], Sequence[Item]]:
    """What takes the items at some places out of a sequence: a quarter of what a loop costs, and used many times."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: [items[place] for place in places]
