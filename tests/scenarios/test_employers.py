"""Where contacts work who name no company: asked of HubSpot a thousand contacts a call."""

from __future__ import annotations

import pytest

from connectors.errors import Refused
from connectors.records import System
from connectors.sandbox.hubspot import Row
from connectors.sandbox.server import Fault, Response
from syncd.desk import Order, Run
from syncd.model.instant import instant_of
from syncd.pull import pull
from syncd.store import references, streams
from syncd.store.runs import RunId
from tests.world import DAYS, World

MANY = 1_900


def loaded(world: World, *, company: bool = False) -> list[str]:
    """The ids of many contacts, who name the company or none."""
    firm = {"associatedcompanyid": world.company} if company else {}
    born = world.begun - 30 * DAYS
    return world.portal.load("contacts", (Row({"email": f"p{n}@x.example", **firm}, born) for n in range(MANY)))


def read(world: World, desk) -> None:
    pull(desk, Run(RunId("read"), Order("sync"), instant_of(world.clock())))


def asked(world: World) -> int:
    """How often HubSpot was asked for the companies of contacts."""
    return sum("/contacts/companies/batch/read" in call.path for call in world.twin.servers[0].journal)


def gaps(desk) -> list[streams.StreamState]:
    """The streams of what may not be read."""
    with desk.store.reading() as tx:
        return [one for one in streams.all(tx) if one.gap is not None]


def employers(desk, contacts) -> dict[str, str]:
    with desk.store.reading() as tx:
        found = references.named(tx, System.HUBSPOT, "contact", contacts)
    return {one: company.id for one, (company,) in found.items()}


def test_contacts_who_name_no_company_cost_a_call_a_thousand(world):
    contacts = loaded(world)
    world.portal.associate("contacts", contacts[7], "companies", world.company, world.begun - DAYS)
    world.portal.tables["contacts"].live[int(contacts[7])].values.pop("associatedcompanyid")
    with world.desk() as desk:
        read(world, desk)
        assert (asked(world), employers(desk, contacts)) == (2, {contacts[7]: world.company})
        read(world, desk)
        assert asked(world) == 2


@pytest.mark.parametrize("event", ["archived", "merged", "parted"])
def test_whatever_becomes_of_a_company_its_people_cost_a_call_a_thousand_at_most(world, event):
    contacts = loaded(world)[:450]
    other = world.portal.create("companies", {"name": "Other"}, world.born(40))
    for one in contacts:
        world.portal.associate("contacts", one, "companies", world.company, world.born(9))
    with world.desk() as desk:
        read(world, desk)
        assert (asked(world), set(employers(desk, contacts).values())) == (2, {world.company})
        if event == "archived":
            world.portal.archive("companies", world.company, world.just_now())
        elif event == "merged":
            other = world.portal.merge(world.company, other, world.just_now(), "companies")
        else:
            for one in contacts:
                world.portal.associations.remove("contacts", int(one), "companies", int(world.company))
        for one in contacts if event != "merged" else ():  # a merge of companies dates no contact anew
            world.portal.update("contacts", one, {"phone": "1"}, at=world.just_now())
        read(world, desk)
        assert asked(world) <= 2 + 1
        after = {"archived": {world.company}, "merged": {other}, "parted": set()}
        assert set(employers(desk, contacts).values()) == after[event]


def test_who_works_where_is_asked_for_again_after_an_answer_that_never_came(world):
    contacts = loaded(world)
    world.portal.associate("contacts", contacts[-1], "companies", world.company, world.begun - DAYS)
    world.portal.tables["contacts"].live[int(contacts[-1])].values.pop("associatedcompanyid")
    near = world.twin.servers[0]
    with world.desk() as desk:
        near.fault = lambda request: Fault(Response(400, {})) if "/associations/" in request.path else None
        with pytest.raises(Refused):
            read(world, desk)
        near.fault = None
        read(world, desk)
        assert employers(desk, contacts) == {contacts[-1]: world.company}


def test_who_works_where_is_asked_for_again_after_it_was_forbidden_while_companies_were_not(world):
    contacts = loaded(world)
    world.portal.associate("contacts", contacts[3], "companies", world.company, world.begun - DAYS)
    world.portal.tables["contacts"].live[int(contacts[3])].values.pop("associatedcompanyid")
    near = world.twin.servers[0]
    forbidden = Fault(Response(403, {"category": "MISSING_SCOPES", "message": "no"}))
    with world.desk() as desk:
        near.fault = lambda request: forbidden if "/associations/" in request.path else None
        read(world, desk)
        read(world, desk)
        assert employers(desk, contacts) == {}
        assert [one.kind for one in gaps(desk)] == ["company"]
        near.fault = None
        read(world, desk)
        assert (employers(desk, contacts), gaps(desk)) == ({contacts[3]: world.company}, [])
        calls = asked(world)
        read(world, desk)
        assert asked(world) == calls
