"""Whose work a change in HubSpot is, by the source that it names. Pure."""

from __future__ import annotations

PROGRAMS = frozenset(
    (
        "INTEGRATION",
        "API",
        "IMPORT",
        "WORKFLOWS",
        "AUTOMATION_PLATFORM",
        "MIGRATION",
        "BATCH_UPDATE",
        "INTEGRATION_SYNC",
    )
)
"""HubSpot's words for sources of a record or value that are no people."""

PEOPLE = frozenset(("CRM_UI", "CRM_UI_BULK_ACTION", "MOBILE_IOS", "MOBILE_ANDROID"))
"""Its words for people at work in it."""


def author_of(source: object) -> str | None:
    """Who is behind a source: "sales" for people, "integration" for programs, None where nobody can tell."""
    return "sales" if source in PEOPLE else "integration" if source in PROGRAMS else None
