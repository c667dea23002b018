"""Salesforce as a source and a destination: leads and contacts, what sales did with them, and who may do what."""

from __future__ import annotations

from connectors.salesforce.api import Usage
from connectors.salesforce.client import Bulk, Salesforce

__all__ = ["Bulk", "Salesforce", "Usage"]
