"""Where HubSpot itself keeps the day on which a contact entered a stage. Pure."""

from __future__ import annotations

from collections.abc import Collection

from syncd.facts.build import HUBSPOT_STAGES
from syncd.model.stage import Stage


def hubspot_date(stage: Stage, known: Collection[str]) -> str | None:
    """The contact property that holds when a stage was entered last, of those that the portal has (facts: hubspot B10);
    None where it has none, and for a stage that HubSpot does not know by itself.
    """
    for value, ours in HUBSPOT_STAGES.items():
        if ours == stage:
            names = (f"hs_v2_date_entered_{value}", f"hs_lifecyclestage_{value}_date")
            return next((name for name in names if name in known), None)
    return None


def hubspot_dates(known: Collection[str]) -> list[str]:
    """These properties for all stages that HubSpot knows."""
    found = (hubspot_date(stage, known) for stage in dict.fromkeys(HUBSPOT_STAGES.values()))
    return [name for name in found if name]
