"""Values of picklists in the files: labels as people see them, and names that the CRM does not know."""

from __future__ import annotations


def with_never(world, value: str) -> None:
    file = world.config / "definitions.yaml"
    rule = f"never:\n  - {{reason: worked on, if: {{hubspot_lead_status: {{is: {value}}}}}}}"
    file.write_text(file.read_text().replace("never:", rule, 1))


def test_a_rule_may_name_a_value_by_its_label(world):
    with_never(world, "In Progress")
    world.person("busy", hs_lead_status="IN_PROGRESS")
    world.person("free")
    assert world.run("apply").code == 0
    emails = {row["Email"] for row in world.org.rows("Lead")}
    assert emails == {"free@acme.example"}
    told = world.run("explain", "busy@acme.example", "--json")
    assert told.data["stage"] != "mql"


def test_a_value_that_the_crm_does_not_have_is_a_mistake_in_the_file(world):
    with_never(world, "Arbeitet nie")
    world.person("free")
    ran = world.run("plan")
    assert ran.code == 2
    assert "definitions.yaml:" in ran.err
    assert "hubspot_lead_status has no value 'arbeitet nie' in the CRM" in ran.err
