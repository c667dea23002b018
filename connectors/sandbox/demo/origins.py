"""Where people came from and where they live: the original source as HubSpot's analytics keeps it, and the region.

Both follow from the address alone, so that nothing else in the world depends on them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from zlib import crc32

from connectors.sandbox.demo.life import Life


@dataclass(frozen=True, slots=True)
class Origin:
    """An original source with its two drill-downs, of which the first is the campaign where there was one, and how
    many of a hundred people came that way.
    """

    share: int
    source: str
    first: str
    second: str

    @property
    def values(self) -> Mapping[str, str]:
        """The properties in which HubSpot keeps it."""
        return {
            "hs_analytics_source": self.source,
            "hs_analytics_source_data_1": self.first,
            "hs_analytics_source_data_2": self.second,
        }


ORIGINS = (
    Origin(21, "ORGANIC_SEARCH", "Unknown keywords (SSL)", "GOOGLE"),
    Origin(4, "ORGANIC_SEARCH", "Unknown keywords (SSL)", "BING"),
    Origin(11, "PAID_SEARCH", "Forecasting DACH", "sales forecast software"),
    Origin(6, "PAID_SEARCH", "Brand", "harbourlight"),
    Origin(12, "PAID_SOCIAL", "LinkedIn", "Ebook Q3"),
    Origin(7, "SOCIAL_MEDIA", "LinkedIn", "From lead to deal"),
    Origin(9, "EMAIL_MARKETING", "Newsletter", "Forecasts that hold"),
    Origin(8, "REFERRALS", "reviews.example", "/forecasting"),
    Origin(4, "AI_REFERRALS", "assistant.example", ""),
    Origin(5, "OTHER_CAMPAIGNS", "Autumn webinar", "partner mailing"),
    Origin(13, "DIRECT_TRAFFIC", "www.harbourlight.example", ""),
)
"""The ways of those who found the site themselves."""
_UP_TO = tuple(accumulate(each.share for each in ORIGINS))

REGIONS: Mapping[str, Sequence[str]] = {
    "Germany": ("Bayern", "Berlin", "Hamburg", "Nordrhein-Westfalen"),
    "Austria": ("Wien", "Tirol"),
    "Switzerland": ("Zürich", "Bern"),
    "Netherlands": ("Noord-Holland", "Zuid-Holland"),
    "Denmark": ("Hovedstaden", "Midtjylland"),
    "France": ("Île-de-France", "Auvergne-Rhône-Alpes"),
    "Portugal": ("Lisboa", "Porto"),
    "Spain": ("Madrid", "Cataluña"),
}
"""States of countries, as people fill them in."""
UNTOLD = 8
"""One in so many tells no region."""


def origin_of(life: Life) -> Origin:
    """How somebody came to the site first."""
    return ORIGINS[bisect_right(_UP_TO, _drawn(life, "origin") % _UP_TO[-1])]


def region_of(life: Life) -> str | None:
    """The state that somebody filled in: all of a company have the same. None for those who did not."""
    if life.company is None or not _drawn(life, "told") % UNTOLD:
        return None
    states = REGIONS.get(life.company.country, ())
    return states[crc32(life.company.domain.encode()) % len(states)] if states else None


def _drawn(life: Life, what: str) -> int:
    return crc32(f"{what} {life.email.lower()}".encode())
