"""Where people went from each stage: the streams between stages, and what they came to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from syncd.journey.funnel import Unit
from syncd.model.stage import SIDE_STAGES, Stage


@dataclass(frozen=True, slots=True)
class Flow:
    """So many units went from one stage to another. `to` None: they are still in `source`, the furthest they got."""

    source: Stage
    to: Stage | None
    n: int


def flows(units: Iterable[Unit], chain: Sequence[Stage]) -> list[Flow]:
    """The streams between the stages of a chain, in its order.

    A unit flows through the stages that it had, in the order of the chain whatever their dates say, so that no stream
    runs in circles; then to where it returned to, or it is still there. Of every stage but the last, what flows in or
    begins there also flows out. Who had none of the stages is in none.
    """
    counts: Counter[tuple[Stage, Stage | None]] = Counter()
    for unit in units:
        had = [stage for stage in chain if stage in unit.first]
        counts.update(pairwise(had))
        if had and had[-1] != chain[-1]:
            counts[had[-1], next((side for side in SIDE_STAGES if side in unit.first), None)] += 1
    places: dict[Stage | None, int] = {stage: place for place, stage in enumerate((*chain, *SIDE_STAGES))}
    ordered = sorted(counts, key=lambda pair: (places[pair[0]], places.get(pair[1], len(places))))
    return [Flow(source, to, counts[source, to]) for source, to in ordered]
