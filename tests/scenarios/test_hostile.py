"""Values that Salesforce would not take set their own record aside, and nobody else's."""

from __future__ import annotations

import pytest

from syncd.writing.canary import CanaryFailed
from tests.world import World, just_now

HOSTILE = {
    "long": ("jobtitle", "Head of " + "x" * 60_000, "Head of IT"),
    "controls": ("jobtitle", "Head of IT \x07\x1b[31m", "Head of IT"),
    "nul": ("jobtitle", "Head of IT \x00", "Head of IT"),
    "no_name": ("lastname", "", "Name"),
    "blank_name": ("lastname", "   ", "Name"),
    "date": ("joined_text", "the 31st of June", "2026-01-31"),
    "date_of_none": ("joined_text", "2026-02-30", "2026-01-31"),
    "number": ("seats_text", "many", "7"),
    "large_number": ("seats_text", "9" * 40, "7"),
    "not_a_number": ("seats_text", "NaN", "7"),
}


def ready(world: World) -> None:
    for name in ("rank_text", "joined_text", "seats_text"):
        world.portal.define_property("contacts", name)
    for line in ("Rank__c | picklist 255 | cup | Gold; Silver", "Joined__c | date | cu", "Seats__c | double 6.0 | cu"):
        world.org.add_field("Lead", line)
    world.edit(
        "fields.yaml",
        "read:\n",
        "read:\n  rank: {from: hubspot.contact.rank_text}\n  joined: {from: hubspot.contact.joined_text}\n"
        "  seats: {from: hubspot.contact.seats_text}\n",
    )
    world.edit(
        "fields.yaml",
        "write:\n  salesforce.lead.Title:    {from: job_title, owner: fill_empty}\n",
        "write:\n  salesforce.lead.Title: {from: job_title, owner: hubspot_wins}\n"
        "  salesforce.lead.FirstName: {from: first_name, owner: hubspot_wins}\n"
        "  salesforce.lead.Rank__c: {from: rank, owner: hubspot_wins}\n"
        "  salesforce.lead.Joined__c: {from: joined, owner: hubspot_wins}\n"
        "  salesforce.lead.Seats__c: {from: seats, owner: hubspot_wins}\n",
    )


CASES = [(what, known) for what in HOSTILE for known in (False, True) if not (known and "name" in what)]
"""Who is known to Salesforce has a name there."""


@pytest.mark.parametrize(("what", "known"), CASES)
def test_a_hostile_value_is_set_aside_alone_until_it_is_mended(world, what, known):
    name, value, mended = HOSTILE[what]
    ready(world)
    for neighbour in ("ann", "zoe"):
        world.person(neighbour)
    world.person("mid", **{name: value} if value else {"lastname": ""})
    if known:
        world.lead("mid")
    outcome = world.cycle("apply")
    staged = {mail for mail, row in world.records("Lead").items() if row.get("Lifecycle_Stage__c")}
    assert staged == {"ann@acme.example", "zoe@acme.example"}
    assert {task["who"] for task in world.tasks().values()} == staged
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert len(world.set_aside()) == 1
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    assert len(world.set_aside()) == 1
    world.portal.update("contacts", world.contacts["mid"], {name: mended}, just_now())
    assert world.cycle().exit_code == 0
    assert world.records("Lead")["mid@acme.example"]["Lifecycle_Stage__c"] == "MQL"
    assert len(world.tasks()) == 3
    assert world.set_aside() == []


def test_a_value_that_salesforce_alone_refuses_is_set_aside_alone(world):
    world.org.add_validation_rule("Lead", "Not this one", lambda row, _old: row["Email"].startswith("mid"), "Email")
    for name in ("ann", "mid", "zoe"):
        world.person(name)
    outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 1)
    assert set(world.records("Lead")) == {"ann@acme.example", "zoe@acme.example"}
    assert len(world.tasks()) == 2
    again = world.cycle()
    assert (again.exit_code, again.plan.changes) == (0, ())
    world.org.writer.validation_rules.clear()
    world.portal.update("contacts", world.contacts["mid"], {"jobtitle": "Director"}, just_now())
    assert world.cycle().exit_code == 0
    assert len(world.records("Lead")) == len(world.tasks()) == 3
    assert world.set_aside() == []


def test_two_hostile_records_alone_stop_nothing(world):
    """A first call of few rows that are all refused is no canary: there is nothing more to protect."""
    world.org.add_validation_rule("Lead", "Not these", lambda row, _old: row["Email"][0] == "x", "Email")
    for name in ("x1", "x2", "known"):
        world.person(name)
    world.contact("known")
    outcome = world.cycle("apply")
    assert (outcome.exit_code, outcome.run.quarantined) == (1, 2)
    assert len(world.tasks()) == 1


def test_a_canary_that_is_refused_whole_stops_the_rest_of_its_kind(world):
    world.org.add_validation_rule("Lead", "None at all", lambda _row, _old: True, "Email")
    for place in range(45):
        world.person(f"n{place}")
    with pytest.raises(CanaryFailed, match="all of the first 20 leads were refused"):
        world.cycle("apply")
    assert len(world.set_aside()) == 20


def test_half_an_emoji_stops_nobody(world):
    """JSON from JavaScript may hold half a surrogate pair, which no strict parser takes."""
    world.person("ann", firstname="Ann \ud83d")
    world.person("zoe")
    assert world.cycle("apply").exit_code == 0
    assert {row["FirstName"] for row in world.records("Lead").values()} == {"Ann ?", "Zoe"}
