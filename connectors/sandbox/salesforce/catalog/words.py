"""Picklists that several objects share."""

from __future__ import annotations

SOURCES = "Web; Phone Inquiry; Partner Referral; Purchased List; Other"
INDUSTRIES = (
    "Agriculture; Banking; Biotechnology; Communications; Construction; Consulting; Education; Electronics; Energy; "
    "Engineering; Finance; Healthcare; Insurance; Manufacturing; Media; Not For Profit; Retail; Technology; "
    "Telecommunications; Transportation; Utilities; Other"
)
