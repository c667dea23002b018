"""Where HubSpot itself keeps the day on which a contact entered a stage. Pure."""

from __future__ import annotations

from collections.abc import Collection

from syncd.model.hubspot import HUBSPOT_STAGES, dates_of
from syncd.model.stage import Stage


def hubspot_date(stage: Stage, known: Collection[str]) -> str | None:
    """The contact property that holds when a stage was entered last, of those that the portal has (facts: hubspot B10);
    None where it has none, and for a stage that HubSpot does not know by itself.
    """
    for value, ours in HUBSPOT_STAGES.items():
        if ours == stage:
            return next((name for name in dates_of(value) if name in known), None)
    return None


def hubspot_dates(known: Collection[str]) -> list[str]:
    """These properties for all stages that HubSpot knows."""
    found = (hubspot_date(stage, known) for stage in dict.fromkeys(HUBSPOT_STAGES.values()))
    return [name for name in found if name]
