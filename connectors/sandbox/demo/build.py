"""Fills both emulated CRMs with the same people."""

from __future__ import annotations

from datetime import datetime
from random import Random

from connectors.sandbox.demo.crowd import companies, crowd, strangers
from connectors.sandbox.demo.marketing import Marketing
from connectors.sandbox.demo.oddities import oddities
from connectors.sandbox.demo.sales import SalesTeam
from connectors.sandbox.demo.stories import STORIES
from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.salesforce import SalesforceOrg

CONTACTS, COMPANIES, STRANGERS = 600, 160, 30
"""People in HubSpot, companies of the crowd (stories and oddities bring their own), leads only in Salesforce."""


def build_demo(now: datetime, seed: int = 7) -> tuple[HubSpotPortal, SalesforceOrg]:
    """A portal and an org with months of history that ends at `now` (aware). The same for the same `now` and seed.

    Both clocks go on with the machine's.
    """
    rng = Random(seed)  # noqa: S311  chance for a demo, not for secrets
    now = now.replace(microsecond=0)
    portal, org = HubSpotPortal(), SalesforceOrg()
    portal.define_property("contacts", "syncd_reason", "Sales' reason")
    portal.define_property("contacts", "syncd_recycle_until", "Not again before", type="date", field_type="date")
    marketing, team = Marketing(portal, now), SalesTeam(org, now)
    firms = companies(rng, COMPANIES)
    named = [*(story.life for story in STORIES), *oddities()]
    taken = {life.email.lower() for life in named}
    lives = [*named, *crowd(rng, firms, CONTACTS - len(named), taken), *strangers(rng, firms, STRANGERS, taken)]
    marketing.add_companies([*firms, *(life.company for life in named if life.company)])
    for life in lives:
        team.add(life, None if life.joined is None else marketing.add(life))
    team.close_accounts()
    return portal, org
