"""Two emulated CRMs with a handful of people in them, one cycle run over them, and the settings to look at it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.hubspot import HubSpot, polite
from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Server
from syncd.cycle import run_cycle
from syncd.desk import Desk, Order, Outcome
from syncd.files.load import load_config
from syncd.model.instant import instant_of
from syncd.store.database import open_store
from syncd.wiring import connect, introduce

NOW = datetime.now(UTC).replace(microsecond=0)

DEFINITIONS = """
signals:
  pricing_visit: {of: page_view, where: {url: {contains: /pricing}}}
  sales_talk: {of: [call, meeting], by: sales}
stages:
  mql: {when: {all: [{company_size: {at_least: 50}}, {pricing_visit: {at_least: 1, within: 30 days}}]}}
  sql: {from: mql, when: {all: [{sales_talk: {at_least: 1, since: mql}}, {bant: {at_least: 2}}]}}
  customer: {when: {opportunity: {won: true}}}
returns:
  recycled: {when: {lead_status: {is: Recycle}}, reason: Recycle_Reason__c, to: nurture, requalify_after: 30 days}
examples:
  - {person: {company_size: 80}, events: [{pricing_visit: 3 days ago}], expect: mql}
"""
FIELDS = """
read:
  company_size: {from: hubspot.contact.company_size, type: number}
  source: {from: hubspot.contact.origin}
"""


class Quiet:
    """Somebody who does not watch."""

    def step(self, text):
        pass

    def count(self, what, done, of=None):
        pass


def ago(**span):
    return NOW - timedelta(**span)


class Town:
    """Both CRMs on loopback, config and store in a folder. `people` are HubSpot ids by first name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.portal, self.org = HubSpotPortal(), SalesforceOrg()
        self.servers = [Server(self.portal.answer).start(), self.org.serve()]
        self.config = folder / "config"
        self.config.mkdir()
        (self.config / "definitions.yaml").write_text(DEFINITIONS)
        (self.config / "fields.yaml").write_text(FIELDS)
        self.people: dict[str, str] = {}
        for name in ("company_size", "origin"):
            self.portal.define_property("contacts", name)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SYNCD_CONFIG_DIR": str(self.config),
            "SYNCD_STORE_URL": f"sqlite:///{self.folder}/syncd.db",
            "SYNCD_HUBSPOT__ACCESS_TOKEN": self.portal.token,
            "SYNCD_HUBSPOT__BASE_URL": self.servers[0].url,
            "SYNCD_SALESFORCE__LOGIN_URL": self.servers[1].url,
            "SYNCD_SALESFORCE__CLIENT_ID": "sandbox-client",
            "SYNCD_SALESFORCE__CLIENT_SECRET": "sandbox-secret",
        }

    def settle_in(self) -> None:
        """Anna visits the pricing page, Bert is too small, Cleo is won, Dora is sent back."""
        for name, size, origin in (
            ("anna", "80", "search"),
            ("bert", "7", "social"),
            ("cleo", "200", "search"),
            ("dora", "90", ""),
        ):
            values = {
                "email": f"{name}@{name}.example",
                "firstname": name.title(),
                "lastname": "Test",
                "company": f"{name.title()} Inc",
                "company_size": size,
                "origin": origin,
            }
            self.people[name] = self.portal.create("contacts", values, ago(days=20))
        for name, days in (("anna", 3), ("bert", 3), ("cleo", 9), ("dora", 12)):
            url = {"hs_analytics_last_url": f"https://www.example/{name}/pricing"}
            self.portal.update("contacts", self.people[name], url, ago(days=days), source_type="ANALYTICS")
        self._sell()

    def _sell(self) -> None:
        lead = self.org.create(
            "Lead",
            {"LastName": "Test", "FirstName": "Cleo", "Company": "Cleo Inc", "Email": "cleo@cleo.example"},
            ago(days=8),
        )
        done = self.org.convert(lead, at=ago(days=5))
        closing = {"Amount": 1200, "CloseDate": ago(days=2).date().isoformat(), "StageName": "Closed Won"}
        self.org.update("Opportunity", done.opportunity_id, closing, ago(days=2))
        back = self.org.create(
            "Lead",
            {"LastName": "Test", "FirstName": "Dora", "Company": "Dora Inc", "Email": "dora@dora.example"},
            ago(days=11),
        )
        if "Recycle" not in self.org.schema.any("Lead").fields["status"].options:
            self.org.add_field("Lead", "Status | picklist | restricted | Open - Not Contacted; Recycle")
        self.org.update("Lead", back, {"Status": "Recycle", "Recycle_Reason__c": "No budget"}, ago(days=6))

    def cycle(self, **order) -> Outcome:
        from syncd.settings import load_settings

        settings = load_settings(self.environment, self.folder)
        _, salesforce = connect(settings)
        hubspot = HubSpot(self.portal.token, base_url=self.servers[0].url, limiter=polite(searches_per_second=100_000))
        store = open_store(settings.store_url.get_secret_value())
        try:
            with store.writer(5):
                clock = lambda: instant_of(datetime.now(UTC))  # noqa: E731
                desk = Desk(store, hubspot, salesforce, load_config(self.config), clock, time.sleep, Quiet())
                introduce(desk)
                return run_cycle(desk, Order("sync", **order))
        finally:
            store.close()

    def close(self) -> None:
        for server in self.servers:
            server.stop()
