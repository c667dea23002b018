"""HubSpot as a source of everything that marketing knows, and as a destination of what sales answers."""

from __future__ import annotations

from connectors.hubspot.client import polite
from connectors.hubspot.source import HubSpot
from connectors.hubspot.versions import retirement, warning

__all__ = ["HubSpot", "polite", "retirement", "warning"]
