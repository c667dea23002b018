"""The generations of HubSpot's API: where each keeps its routes, and when it ends (facts: hubspot 0.1, A3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

VERSIONS = ("v3", "2026-03", "2026-09")
"""Generations that are spoken here. v3 stands for the associations of v4 too."""
WARN_BEFORE = timedelta(days=120)
_RETIREMENTS: Mapping[str, date] = MappingProxyType(
    {
        "v3": date(2027, 9, 1),  # HubSpot names the month only
        "v4": date(2027, 3, 30),  # the associations that v3 is used with
        "v1": date(2027, 9, 1),  # form submissions and marketing e-mail events, which no other version has
        "2026-03": date(2027, 9, 30),  # dated ones live for 18 months at least, from the day they were declared stable
        "2026-09": date(2028, 3, 8),
    }
)
_USED_WITH = MappingProxyType({"v3": ("v4", "v1"), "2026-03": ("v1",), "2026-09": ("v1",)})

# The library knows the left ones only.
_DATED = MappingProxyType(
    {
        "/crm/v3/objects": "/crm/objects/{version}",
        "/crm/v3/properties": "/crm/properties/{version}",
        "/crm/v3/owners": "/crm/owners/{version}",
        "/crm/v3/lists": "/crm/lists/{version}",
        "/account-info/v3": "/account-info/{version}",
        "/crm/v4/associations": "/crm/associations/{version}",
        "/events/v3/events": "/events/event-occurrences/{version}",
        "/marketing/v3/marketing-events": "/marketing/marketing-events/{version}",
    }
)
ACCOUNT = "/account-info/v3/details"
ASSOCIATIONS = "/crm/v4/associations"
EVENTS = "/events/v3/events"
LISTS = "/crm/v3/lists"
PROPERTIES = "/crm/v3/properties"
MARKETING_EVENTS = "/marketing/v3/marketing-events"
FORMS = "/marketing/v3/forms"
FORMS_DATED = "/marketing/forms/2026-09-beta"
"""Where forms move to; still a beta in 2026-09, so the old place is asked first."""
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
EMAIL_EVENTS = "/email/public/v1/events"
EMAIL_CAMPAIGNS = "/email/public/v1/campaigns"
"""The only places of form submissions and of e-mail events, in every version (facts: hubspot B12)."""


def path_for(version: str, path: str) -> str:
    """A path of v3 in the given version of the API; a path that has no dated form stays as it is."""
    if version == "v3":
        return path
    for old, dated in _DATED.items():
        if path == old or path.startswith(old + "/"):
            return dated.format(version=version) + path.removeprefix(old).rstrip("/")
    return path


def retirement(version: str) -> date:
    """The first day on which a version may no longer answer; `v4` is that of the associations used with v3, `v1` that
    of form submissions and e-mail events, used with all. Raises ValueError, which names the versions there are, for any
    other.
    """
    try:
        return _RETIREMENTS[version]
    except KeyError:
        told = f"HubSpot API version {version!r} is not known; known: {', '.join(VERSIONS)}"
        raise ValueError(told) from None


def warning(version: str, today: date) -> str | None:
    """What to tell of the end of a version and of the parts that it is used with, the first to end first, each from 120
    days before on; None while there is nothing to tell.
    """
    ends = sorted((retirement(part), part) for part in (version, *_USED_WITH[version]))
    due = [(end, part) for end, part in ends if today >= end - WARN_BEFORE]
    return "; ".join(_ending(version, part, end, over=today >= end) for end, part in due) or None


def _ending(version: str, part: str, end: date, *, over: bool) -> str:
    newest = VERSIONS[-1]
    used = f", used with {version}," if part != version else ""
    elsewhere = part != "v1" and version != newest
    instead = f"use {newest}" if elsewhere else "a newer one is needed"
    return f"HubSpot's API {part}{used} {'has ended' if over else 'ends'} on {end.isoformat()}: {instead}"
