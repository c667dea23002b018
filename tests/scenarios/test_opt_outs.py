"""An opt-out from mails that a conversion loses is told until somebody carries it over (facts: market 5)."""

from __future__ import annotations

from tests.scenarios.knowing import met
from tests.world import just_now


def test_an_opt_out_that_a_conversion_loses_is_told(world):
    for sobject in ("Lead", "Contact"):
        world.org.add_field(sobject, "HasOptedOutOfEmail | boolean | cud")
    contact, lead = met(world)
    there = world.contact("b", Email="private@home.example")
    world.org.update("Lead", lead, {"HasOptedOutOfEmail": True}, just_now())
    assert "opt-out from mails not carried over by a conversion" not in world.cycle().plan.notes
    account = world.org.get("Contact", there)["AccountId"]
    world.org.convert(lead, account=account, contact=there, opportunity=False, at=just_now())
    assert world.cycle().plan.notes["opt-out from mails not carried over by a conversion"] == 1
    odd = world.run("journey", f"hubspot:{contact}", "--json").data["anomalies"]
    assert "opt_out_lost" in [one["kind"] for one in odd]
    world.org.update("Contact", there, {"HasOptedOutOfEmail": True}, just_now())
    world.cycle()
    odd = world.run("journey", f"hubspot:{contact}", "--json").data["anomalies"]
    assert "opt_out_lost" not in [one["kind"] for one in odd]
