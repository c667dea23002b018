"""Where HubSpot itself keeps the day on which a contact entered a stage. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from syncd.model.hubspot import dates_of
from syncd.model.stage import Stage


def hubspot_date(stage: Stage, values: Mapping[str, Stage], known: Collection[str]) -> str | None:
    """The contact property that holds when a stage was entered last, of those that the portal has (facts: hubspot B10).

    `values` are the portal's lifecycle stages as ours (`syncd.model.hubspot.named`); of several the first counts. None
    where the portal has none.
    """
    dates = (name for value, ours in values.items() if ours == stage for name in dates_of(value))
    return next((name for name in dates if name in known), None)


def hubspot_dates(values: Mapping[str, Stage], known: Collection[str]) -> list[str]:
    """These properties for all stages of the portal's."""
    found = (hubspot_date(stage, values, known) for stage in dict.fromkeys(values.values()))
    return [name for name in found if name]
