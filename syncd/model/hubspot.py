"""HubSpot's own words for stages, and where it dates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.model.stage import FUNNEL, Stage

LIFECYCLE = "lifecyclestage"
"""The property of a contact that holds HubSpot's stage."""
HUBSPOT_STAGES: Mapping[str, Stage] = {
    "subscriber": Stage.SUBSCRIBER,
    "lead": Stage.LEAD,
    "marketingqualifiedlead": Stage.MQL,
    "salesqualifiedlead": Stage.SQL,
    "opportunity": Stage.SQO,
    "customer": Stage.CUSTOMER,
    "evangelist": Stage.CUSTOMER,
}
"""HubSpot's own lifecycle stages as ours (facts: hubspot B10). `other` says nothing; `stages_of` has a portal's own."""


def stages_of(options: Sequence[tuple[str, str]], told: Mapping[Stage, str]) -> Mapping[str, Stage]:
    """What each of a portal's lifecycle stages says, by its internal value; one that is not in it says nothing.

    `options` are (value, label) in the portal's order, `told` is how fields.yaml calls our stages there: that goes
    before HubSpot's own meaning. A stage of the portal's own has a number for a value (facts: hubspot B10), and says
    that the last known stage before it was reached. Behind all known ones it says nothing: it may well mean a customer
    who left.
    """
    known = named(options, told)
    found, reached = dict(known), None
    places = [place for place, (value, _) in enumerate(options) if value in known]
    for place, (value, _) in enumerate(options):
        if value in known:
            reached = max(known[value], reached or known[value], key=FUNNEL.index)
        elif reached is not None and value.isdecimal() and place < places[-1]:
            found[value] = reached
    return found


def named(options: Sequence[tuple[str, str]], told: Mapping[Stage, str]) -> Mapping[str, Stage]:
    """What the stages that somebody named say, by the portal's values: fields.yaml's before HubSpot's own."""
    called = _called(options, told)
    return {**called, **{value: stage for value, stage in HUBSPOT_STAGES.items() if value not in called}}


def _called(options: Sequence[tuple[str, str]], told: Mapping[Stage, str]) -> Mapping[str, Stage]:
    """Our stages by the value that fields.yaml names, as it is or by its label; of several of them the earliest."""
    values = {text.strip().casefold(): value for value, label in reversed(options) for text in (label, value)}
    found = {}
    for stage in reversed(FUNNEL):
        if said := told.get(stage):
            found[values.get(said.strip().casefold(), said)] = stage
    return found


def dates_of(value: str) -> Sequence[str]:
    """The contact properties that hold when one of its stages was entered last, the current one first (facts: hubspot
    B10).
    """
    return f"hs_v2_date_entered_{value}", f"hs_lifecyclestage_{value}_date"
