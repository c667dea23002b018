"""Where the routes of the API lie in each generation, and what a token and a portal need for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import invalid, missing_scopes
from connectors.sandbox.hubspot.limits import TIERS
from connectors.sandbox.hubspot.schema import ObjectType, object_type
from connectors.sandbox.hubspot.wire import Generation
from connectors.sandbox.server import Request, Response, Router

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

Handler = Callable[..., Response]
# Where the areas lie in v3 (v4 for associations), and in the dated generations (facts: hubspot A3).
PLACES = {
    "objects": ("/crm/v3/objects", "/crm/objects/{v}"),
    "links": ("/crm/v4/objects", "/crm/objects/{v}"),
    "associations": ("/crm/v4/associations", "/crm/associations/{v}"),
    "properties": ("/crm/v3/properties", "/crm/properties/{v}"),
    "pipelines": ("/crm/v3/pipelines", "/crm/pipelines/{v}"),
    "owners": ("/crm/v3/owners", "/crm/owners/{v}"),
    "lists": ("/crm/v3/lists", "/crm/lists/{v}"),
    "account": ("/account-info/v3", "/account-info/{v}"),
    "occurrences": ("/events/v3/events", "/events/event-occurrences/{v}"),
    "marketing events": ("/marketing/v3/marketing-events", "/marketing/marketing-events/{v}"),
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a call needs: any of the scopes (none: every token may call), and a portal of this tier or above."""

    scopes: Callable[..., tuple[str, ...]]
    tier: str = "free"


def of_everyone(*scopes: str, tier: str = "free") -> Needs:
    """The same needs whatever the path says."""
    return Needs(lambda **_: scopes, tier)


class Routes:
    """All routes of one portal. `listed` names them as (method, path pattern)."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._routers: dict[tuple[str, ...], Router] = defaultdict(Router)
        self.listed: list[tuple[str, str]] = []

    def add(self, method: str, area: str, rest: str, handler: Handler, needs: Needs) -> None:
        """Register a handler at the path of each generation, whose answers are all the same."""
        for generation in Generation:
            self.at(method, _place(area, generation) + rest, handler, needs)

    def add_by_generation(self, method: str, area: str, rest: str, handler: Handler, needs: Needs) -> None:
        """Register a handler that is told the generation, for its answers differ."""
        for generation in Generation:
            self.at(method, _place(area, generation) + rest, partial(handler, generation=generation), needs)

    def add_dated(self, method: str, area: str, rest: str, handler: Handler, needs: Needs) -> None:
        """Register a handler that v3 does not have."""
        for generation in (Generation.MARCH_2026, Generation.SEPTEMBER_2026):
            self.at(method, _place(area, generation) + rest, handler, needs)

    def at(self, method: str, path: str, handler: Handler, needs: Needs) -> None:
        """Register a handler at one path."""
        self.listed.append((method, path))
        self._routers[_area(path)].add(method, path, partial(self._guarded, handler, needs))

    def find(self, request: Request) -> tuple[Handler, dict[str, str]] | None:
        """The handler for a request and its path parameters, or None where no route fits."""
        router = self._routers.get(_area(request.path))
        return router.find(request) if router else None

    def _guarded(self, handler: Handler, needs: Needs, request: Request, **parameters: str) -> Response:
        """Call a handler with the kinds of records that the path names, if token and tier allow it."""
        known: dict[str, Any] = {
            name: kind_named(value) if name in ("kind", "from_type", "to_type") else value
            for name, value in parameters.items()
        }
        # A lead is an object of Sales Hub Professional (facts: hubspot B10), whatever the scopes say.
        kinds = [each for each in known.values() if isinstance(each, ObjectType)]
        tiers = [*TIERS]
        least = max([needs.tier, *(kind.tier for kind in kinds)], key=tiers.index)
        needed = needs.scopes(**known)
        # No token of a smaller portal can hold the scope, so the refusal is the same (facts: hubspot B4).
        allowed = not needed or self._portal.scopes.intersection(needed)
        if not allowed or tiers.index(self._portal.tier) < tiers.index(least):
            raise missing_scopes(needed)
        return handler(request, **known)


def kind_named(name: str) -> ObjectType:
    """The kind of record with this name or type id; ApiError 400 where there is none."""
    kind = object_type(name)
    if kind is None:
        raise invalid(f"Unable to infer object type from: {name}")
    return kind


def _place(area: str, generation: Generation) -> str:
    old, dated = PLACES[area]
    return old if generation is Generation.V3 else dated.format(v=generation.value)


def _area(path: str) -> tuple[str, ...]:
    """The first three segments, which no pattern has a parameter in: they find the few routes worth trying."""
    return tuple(path.split("/", 4)[1:4])
