"""The kinds of touches that signals may count, and the fields of each that `where` may test."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CONVERSATION = ("subject", "type", "outcome", "status", "owner")
_MAIL = ("subject", "campaign", "email")

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "page_view": ("url",),
        "web_visit": ("url", "source"),
        "form_submission": ("form", "form_id", "page", "url"),
        "email_open": _MAIL,
        "email_click": (*_MAIL, "url"),
        "email_reply": _MAIL,
        "meeting": _CONVERSATION,
        "call": _CONVERSATION,
        "email": _CONVERSATION,
        "task": _CONVERSATION,
        "note": ("owner",),
        "event": ("name", "subject", "type", "outcome", "status", "owner"),
        "list_join": ("list",),
        "campaign": ("campaign", "status", "type"),
        "status_change": ("property", "from", "to"),
    }
)
"""Kind of touch -> its fields, all texts; `email` is one that sales wrote, the others are answers to marketing's.

A field that a touch lacks is unknown for that touch, not empty."""
