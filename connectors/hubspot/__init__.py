"""HubSpot as a source: contacts, companies, owners, forms and their submissions."""

from __future__ import annotations

from connectors.hubspot.client import polite
from connectors.hubspot.source import HubSpot

__all__ = ["HubSpot", "polite"]
