"""Carries lives into the emulated HubSpot: contacts, companies, engagement, forms, webinars, and what sellers note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from connectors.sandbox.demo import world
from connectors.sandbox.demo.desk import Desk
from connectors.sandbox.demo.life import LEFT, Act, Company, Did, Life
from connectors.sandbox.demo.origins import origin_of, region_of
from connectors.sandbox.hubspot import HubSpotPortal, Row

COMPANIES_SINCE = timedelta(days=260)
SENT_BEFORE = timedelta(hours=2)
"""How long a mailing lies in the mailbox before somebody opens it."""
STATES = {Act.ATTEND: ("ATTENDED", 45), Act.MISS: ("NO_SHOW", 0)}
"""What a webinar's list says of who came and who did not, and for how many minutes."""

Step = tuple[timedelta, Callable[[datetime], object]]


class Marketing:
    """One portal being filled. Nothing here is done at another time than the lives say."""

    def __init__(self, portal: HubSpotPortal, now: datetime) -> None:
        self._portal = portal
        self._now = now
        self._companies: dict[Company, str] = {}
        self._forms = {word: portal.add_form(name, now - COMPANIES_SINCE) for word, name in world.FORMS.items()}
        self._mails = [portal.people.prepare_mailing(f"Newsletter: {name}", name) for name in world.MAILINGS]
        self._webinars = {
            ago: portal.people.announce_event(
                f"Webinar: {world.WEBINAR}", start=now - ago, at=now - ago - timedelta(days=21)
            )
            for ago in world.WEBINARS
        }
        self._owners = [portal.add_owner(address(*seller), *seller) for seller in world.SELLERS]
        self._former = portal.add_owner(address(*world.FORMER), *world.FORMER, archived=True)

    def add_companies(self, companies: Iterable[Company]) -> None:
        """Load companies as an import does: what was typed stays as it was typed."""
        wanted = [company for company in dict.fromkeys(companies) if company not in self._companies]
        at = self._now - COMPANIES_SINCE
        rows = [Row(_company_values(company), at) for company in wanted]
        self._companies.update(zip(wanted, self._portal.load("companies", rows), strict=True))

    def add(self, life: Life) -> str:
        """Live a life: create the contact, then do all that happened, in order. Returns the contact's id."""
        if life.joined is None:
            raise ValueError(f"{life.email} is unknown to HubSpot")
        at = self._now - life.joined
        contact = self._portal.create("contacts", self._values(life), at, source_type="FORM")
        self._portal.update("contacts", contact, origin_of(life).values, at, source_type="ANALYTICS")
        if life.company is not None:
            self._portal.associate("contacts", contact, "companies", self._companies[life.company], at)
        for ago, step in sorted(self._steps(life, contact, life.joined), key=lambda each: -each[0]):
            step(self._now - ago)
        return contact

    def _values(self, life: Life) -> dict[str, str]:
        company = life.company
        return {
            "email": life.email,
            "firstname": life.first,
            "lastname": life.last,
            "jobtitle": life.title,
            **({"company": company.name, "country": company.country} if company else {}),
            **({"state": region} if (region := region_of(life)) else {}),
            **({} if life.owner is None else {"hubspot_owner_id": self._owner(life.owner)}),
            **life.words,
        }

    def _owner(self, owner: int) -> str:
        return self._former if owner == LEFT else self._owners[owner]

    def _steps(self, life: Life, contact: str, joined: timedelta) -> Iterator[Step]:
        """What happens to a contact after it was made, as (how long ago, step)."""
        mailed = set[str]()
        for did in sorted(life.did, key=lambda each: -each.ago):
            if did.act is Act.FORM:
                yield did.ago, partial(self._submit, did, contact, life.email)
            elif did.act is Act.VIEW:
                yield did.ago, partial(self._visit, did.detail, contact)
            elif state := STATES.get(did.act):
                yield did.ago, partial(self._attend, contact, self._webinars[did.ago], *state)
            else:
                mail = self._mailing(did)
                if mail not in mailed:
                    mailed.add(mail)
                    yield min(did.ago + SENT_BEFORE, joined), partial(self._mail, contact, mail, "SENT")
                yield did.ago, partial(self._mail, contact, mail, did.act.upper())
        for ago, stage in life.stages:
            yield ago, partial(self._enter, contact, stage)
        desk = Desk(self._portal, contact, self._owner(life.owner or 0))
        for deed in life.deeds:
            yield deed.ago, partial(desk.note, deed)

    def _submit(self, did: Did, contact: str, email: str, at: datetime) -> None:
        page = f"{world.SITE}/{did.detail}"
        form = self._forms[did.detail]
        self._portal.people.submit_form(form, {"email": email}, page, did.detail.capitalize(), at)
        if did.detail == "webinar" and (coming := world.next_webinar(did.ago)):
            self._attend(contact, self._webinars[coming], "REGISTERED", 0, at)

    def _visit(self, path: str, contact: str, at: datetime) -> None:
        self._portal.people.visit(contact, world.SITE + path, at=at)

    def _attend(self, contact: str, webinar: str, state: str, minutes: int, at: datetime) -> None:
        self._portal.people.attend(contact, webinar, state, minutes, at)

    def _mailing(self, did: Did) -> str:
        """The mailing of the month in which somebody opened or clicked it."""
        return self._mails[did.ago // timedelta(days=30) % len(self._mails)]

    def _mail(self, contact: str, mail: str, event: str, at: datetime) -> None:
        self._portal.people.mail(contact, mail, event, at=at)

    def _enter(self, contact: str, stage: str, at: datetime) -> None:
        self._portal.update("contacts", contact, {"lifecyclestage": stage}, at)


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
