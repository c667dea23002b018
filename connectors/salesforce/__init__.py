"""Salesforce as a source and a destination: leads, contacts, accounts, opportunities, tasks, users and queues."""

from __future__ import annotations

from connectors.salesforce.client import Salesforce, Usage

__all__ = ["Salesforce", "Usage"]
