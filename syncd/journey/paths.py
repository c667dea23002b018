"""Where people went from each stage: the streams between stages, and what they came to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from syncd.model.nouns import dataclass
from syncd.model.stage import SIDE_STAGES, Stage


@dataclass(frozen=True, slots=True)
class Path:
    """So many went from one stage to another. `to` None: they are still in `source`, the furthest they got."""

    source: Stage
    to: Stage | None
    n: int


def paths(journeys: Mapping[frozenset[Stage], int], chain: Sequence[Stage]) -> list[Path]:
    """The streams between the stages of a chain, in its order. A journey has the stages of one person in one cycle, and
    so many had the same.

    It leads through the stages that were had, in the order of the chain whatever their dates say, so that no stream
    runs in circles; then to where it returned to, or it still is there. Of every stage but the last, what comes in or
    begins there also goes out. Who had none of the stages is in none.
    """
    counts: Counter[tuple[Stage, Stage | None]] = Counter()
    for stages, n in journeys.items():
        had = [stage for stage in chain if stage in stages]
        for step in pairwise(had):
            counts[step] += n
        if had and had[-1] != chain[-1]:
            counts[had[-1], next((side for side in SIDE_STAGES if side in stages), None)] += n
    places: dict[Stage | None, int] = {stage: place for place, stage in enumerate((*chain, *SIDE_STAGES))}
    ordered = sorted(counts, key=lambda pair: (places[pair[0]], places.get(pair[1], len(places))))
    return [Path(source, to, counts[source, to]) for source, to in ordered]
