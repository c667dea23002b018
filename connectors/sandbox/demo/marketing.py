"""Carries lives into the emulated HubSpot: contacts, companies, engagement and forms, with their dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from connectors.sandbox.demo import world
from connectors.sandbox.demo.life import LEFT, Act, Company, Did, Life
from connectors.sandbox.hubspot import HubSpotPortal, Row

COMPANIES_SINCE = timedelta(days=260)


class Marketing:
    """One portal being filled. Nothing here is done at another time than the lives say."""

    def __init__(self, portal: HubSpotPortal, now: datetime) -> None:
        self._portal = portal
        self._now = now
        self._companies: dict[Company, str] = {}
        self._forms = {word: portal.add_form(name, now - COMPANIES_SINCE) for word, name in world.FORMS.items()}
        self._owners = [portal.add_owner(address(*seller), *seller) for seller in world.SELLERS]
        self._former = portal.add_owner(address(*world.FORMER), *world.FORMER, archived=True)

    def add_companies(self, companies: Iterable[Company]) -> None:
        """Load companies as an import does: what was typed stays as it was typed."""
        wanted = [company for company in dict.fromkeys(companies) if company not in self._companies]
        at = self._now - COMPANIES_SINCE
        rows = [Row(_company_values(company), at) for company in wanted]
        self._companies.update(zip(wanted, self._portal.load("companies", rows), strict=True))

    def add(self, life: Life) -> str:
        """Live a life: create the contact, then do all that the person did, in order. Returns the contact's id."""
        if life.joined is None:
            raise ValueError(f"{life.email} is unknown to HubSpot")
        at = self._now - life.joined
        contact = self._portal.create("contacts", self._values(life), at, source_type="FORM")
        if life.company is not None:
            self._portal.associate("contacts", contact, "companies", self._companies[life.company], at)
        seen = _Seen(self._portal, contact, life.email)
        for did in sorted(life.did, key=lambda each: -each.ago):
            moment = self._now - did.ago
            if did.act is Act.FORM:
                self._submit(did, life.email, moment)
            else:
                seen.note(did, moment)
        for ago, stage in life.stages:
            self._portal.update("contacts", contact, {"lifecyclestage": stage}, self._now - ago)
        return contact

    def _values(self, life: Life) -> dict[str, str]:
        owner = None if life.owner is None else self._former if life.owner == LEFT else self._owners[life.owner]
        company = life.company
        return {
            "email": life.email,
            "firstname": life.first,
            "lastname": life.last,
            "jobtitle": life.title,
            **({"company": company.name, "country": company.country} if company else {}),
            **({"hubspot_owner_id": owner} if owner else {}),
            **life.words,
        }

    def _submit(self, did: Did, email: str, at: datetime) -> None:
        page = f"{world.SITE}/{did.detail}"
        self._portal.submit_form(self._forms[did.detail], {"email": email}, at, page, did.detail.capitalize())


class _Seen:
    """The counters of one contact that go up with each thing they do."""

    def __init__(self, portal: HubSpotPortal, contact: str, email: str) -> None:
        self._portal = portal
        self._contact = contact
        self._email = email
        self._visits = self._clicks = self._opens = 0

    def note(self, did: Did, at: datetime) -> None:
        """Count one view, click or open."""
        if did.act is Act.VIEW:
            self._visits += 1
            values = {"hs_analytics_last_url": world.SITE + did.detail, "hs_analytics_num_visits": str(self._visits)}
        elif did.act is Act.CLICK:
            self._clicks += 1
            values = {"hs_email_click": str(self._clicks)}
        else:
            self._opens += 1
            values = {"hs_email_open": str(self._opens)}
        self._portal.update("contacts", self._contact, values, at, source_type="ANALYTICS")


def address(first: str, last: str) -> str:
    """The address of a seller, the same in both CRMs."""
    names = f"{first}.{last}".lower().replace(" ", "").replace("ø", "o")
    return f"{names}@harbourlight.example"


def _company_values(company: Company) -> dict[str, str]:
    given = {
        "name": company.name,
        "domain": company.domain,
        "website": f"https://{company.domain}",
        "country": company.country,
        "industry": company.industry,
        "numberofemployees": company.employees,
    }
    return {name: value for name, value in given.items() if value}
