"""Bottlenecks out of the store: two periods of the same length, and the people who wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.journey.behind import Behind, Counted, people_behind
from syncd.journey.bottlenecks import Bottleneck, bottlenecks
from syncd.journey.counted import Funnel, count_funnel
from syncd.journey.funnel_data import at_data, person_data, query_of, seconds
from syncd.journey.population import Asked, Scope
from syncd.journey.units import OPEN, STALLED
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

NAMES = ("owner",)
"""Behind whom people wait, where nothing else is asked."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The answer: the funnel of the period, the places that lose most, and when the period before began (None: there
    was no period, so nothing came before it).
    """

    funnel: Funnel
    places: Sequence[Bottleneck]
    before_since: Instant | None


def find_bottlenecks(tx: Connection, config: Config, asked: Asked, scope: Scope) -> Waited:
    """Where people wait, against the period of the same length before. Raises NoSuchName.

    The period before is seen as it stood when it was as old as this one is now, so that both had the same time.
    """
    asked = replace(asked, by=asked.by or NAMES, basis="cohort", flow=False)
    found = count_funnel(tx, config, asked, scope)
    if asked.since is None:
        return Waited(found, bottlenecks(found.whole, found.groups, None, ()), None)
    end = asked.until if asked.until is not None else scope.at
    length = max(1, end - asked.since)
    since = Instant(asked.since - length)
    then = replace(scope, at=Instant(scope.at - length))
    earlier = count_funnel(tx, config, replace(asked, since=since, until=asked.since), then)
    return Waited(found, bottlenecks(found.whole, found.groups, earlier.whole, earlier.groups), since)


def people_waiting(tx: Connection, config: Config, found: Waited, place: Bottleneck) -> list[Counted]:
    """Who waits at a place, those who have waited longest first."""
    asked, scope = found.funnel.asked, found.funnel.scope
    if place.name:
        asked = replace(asked, where={**asked.where, place.name: place.value})
    some = [
        one
        for outcome in (OPEN, STALLED)
        for one in people_behind(tx, config, asked, scope, Behind(place.stage, outcome))
    ]
    return sorted(some, key=lambda one: (one.at, one.person, one.cycle))


def as_data(found: Waited, waiting: Sequence[Sequence[Counted]]) -> dict[str, Any]:
    """Bottlenecks as `--json` prints them, each with the people who wait there."""
    funnel = found.funnel
    return {
        "query": query_of(
            "bottlenecks", funnel.asked, funnel.scope, funnel.definitions, funnel.time_zone, funnel.cut_off
        ),
        "before_from": at_data(found.before_since),
        "places": [
            {**_place_data(place), "people": [person_data(one) for one in people]}
            for place, people in zip(found.places, waiting, strict=False)
        ],
    }


def _place_data(one: Bottleneck) -> dict[str, Any]:
    before = one.before
    return {
        "stage": one.stage,
        "to": one.after,
        "name": one.name or None,
        "value": one.value or None,
        "rate": {"n": one.rate.n, "of": one.rate.of},
        "waiting": one.waiting,
        "stalled": one.stalled,
        "left": [{"reason": reason, "n": n} for reason, n in one.left.items()],
        "median_seconds": seconds(one.median),
        "survival_median_seconds": seconds(one.survival),
        "lost": round(one.lost, 2),
        "before": None
        if before is None
        else {
            "rate": {"n": before.rate.n, "of": before.rate.of},
            "median_seconds": seconds(before.median),
            "waiting": before.waiting,
        },
    }
