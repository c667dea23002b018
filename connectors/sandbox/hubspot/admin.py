"""What an admin of the portal sets up, and the knobs of the emulation, in a form that JSON can say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.hubspot.errors import invalid
from connectors.sandbox.hubspot.limits import TIERS, limits_of
from connectors.sandbox.hubspot.rules import Demand

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal


class Admin:
    """The admin of one portal. Raises KeyError for unknown names, ApiError for what makes no sense."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def add_owner(
        self, email: str, first_name: str, last_name: str, *, team: str | None = None, archived: bool = False
    ) -> str:
        """Add a user who can own records; returns the owner id."""
        return self._portal.add_owner(email, first_name, last_name, team=team, archived=archived)

    def add_form(self, name: str) -> str:
        """Publish a form; returns its guid."""
        return self._portal.add_form(name)

    def add_property(
        self,
        object_type: str,
        name: str,
        label: str | None = None,
        *,
        type: str = "string",  # noqa: A002  HubSpot's own word
        field_type: str = "text",
        options: Sequence[str] = (),
        unique: bool = False,
    ) -> None:
        """Define a custom property; `options` are values, each its own label."""
        pairs = [(each, each) for each in options]
        self._portal.define_property(
            object_type, name, label, type=type, field_type=field_type, options=pairs, unique=unique
        )

    def set_options(self, object_type: str, name: str, options: Sequence[str]) -> None:
        """Replace the options of a property; each is `value=label`, or a value that is its own label."""
        pairs = [each.partition("=") for each in options]
        self._portal.set_options(object_type, name, [(value, label or value) for value, _, label in pairs])

    def demand(
        self, object_type: str, needs: Sequence[str], when: str | None = None, values: Sequence[str] = ()
    ) -> None:
        """Demand properties of every new record, or of each record whose property `when` has one of `values`."""
        definitions = self._portal.properties[object_type]
        named = [definitions[each].name for each in (*needs, *([when] if when else []))]
        if when is None:
            before = self._portal.required_on_create.get(object_type, frozenset())
            self._portal.required_on_create[object_type] = before | frozenset(named)
        else:
            rule = Demand(when, frozenset(values), frozenset(needs))
            self._portal.demands.setdefault(object_type, []).append(rule)

    def grant(self, scopes: Sequence[str]) -> None:
        """Let the token do what these scopes allow, and nothing else."""
        self._portal.scopes = frozenset(scopes)

    def limit(
        self,
        burst: int | None = None,
        daily: int | None = None,
        searches: int | None = None,
        retry_after: int | None = None,
        packs: int = 0,
    ) -> None:
        """Enforce the limits of the tier, with packs of the API limit increase, or lower ones where they are given."""
        chosen = replace(limits_of(self._portal.tier, packs), retry_after=retry_after)
        self._portal.limits = replace(
            chosen, burst=burst or chosen.burst, daily=daily or chosen.daily, searches=searches or chosen.searches
        )

    def unlimit(self) -> None:
        """Enforce no limits."""
        self._portal.limits = None

    def tune(
        self, tier: str | None = None, index_lag_seconds: float | None = None, echo_seconds: float | None = None
    ) -> None:
        """Turn knobs: the tier, how late the search sees a change, how long after its creation a record moves again."""
        portal = self._portal
        if tier is not None and tier not in TIERS:
            raise invalid(f"There is no tier {tier}; there are {', '.join(TIERS)}")
        portal.tier = tier or portal.tier
        if index_lag_seconds is not None:
            portal.index_lag = timedelta(seconds=index_lag_seconds)
        if echo_seconds is not None:
            portal.echo_after_create = timedelta(seconds=echo_seconds)
