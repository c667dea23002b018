"""HubSpot's own words for stages, and where it dates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.model.stage import Stage

HUBSPOT_STAGES: Mapping[str, Stage] = {
    "subscriber": Stage.SUBSCRIBER,
    "lead": Stage.LEAD,
    "marketingqualifiedlead": Stage.MQL,
    "salesqualifiedlead": Stage.SQL,
    "opportunity": Stage.SQO,
    "customer": Stage.CUSTOMER,
    "evangelist": Stage.CUSTOMER,
}
"""HubSpot's own lifecycle stages as ours (facts: hubspot B10). `other` and a portal's own stages say nothing."""


def dates_of(value: str) -> Sequence[str]:
    """The contact properties that hold when one of its stages was entered last, the current one first (facts: hubspot
    B10).
    """
    return f"hs_v2_date_entered_{value}", f"hs_lifecyclestage_{value}_date"
