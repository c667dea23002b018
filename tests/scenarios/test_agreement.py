"""Definitions that both sides agree on, and versions that take turns."""

from __future__ import annotations

from datetime import timedelta

from syncd.files.load import load_config
from tests.world import NOW, World

RULE = "\napprovals: {required: true, marketing: [anna@us.example], sales: [bo@us.example]}\n"


def say(world: World, file: str, text: str) -> None:
    with (world.config / file).open("a") as out:
        out.write(text)


def approve(world: World, who: str) -> None:
    assert world.run("approve", "--yes", "--as", f"{who}@us.example").code == 0


def test_nothing_is_written_by_definitions_that_both_sides_have_not_approved(world: World) -> None:
    say(world, "syncd.yaml", RULE)
    world.person("ada")
    version = load_config(world.config).definitions.hash
    planned = world.run("plan")
    assert (planned.code, f"definitions {version} wait for the approval of marketing and sales" in planned.err) == (
        0,
        True,
    )
    for command in (["apply"], ["sync"], ["backfill", "--since", "2026-01-01"]):
        ran = world.run(*command, "--json")
        assert (ran.code, ran.data["stopped_by"], ran.document["error"]["code"]) == (4, "approvals", "unapproved")
    approve(world, "anna")
    assert world.run("apply").code == 4
    assert world.records("Lead") == {}
    approve(world, "bo")
    assert world.run("apply").code == 0
    assert list(world.records("Lead")) == ["ada@acme.example"]


def test_a_plan_file_of_unapproved_definitions_is_refused_and_written_once_they_are_approved(world: World) -> None:
    say(world, "syncd.yaml", RULE)
    world.person("ada")
    assert world.run("plan", "--out", "plan.json").code == 0
    held = world.run("apply", "plan.json")
    assert (held.code, "syncd approve" in held.out + held.err) == (4, True)
    assert world.records("Lead") == {}
    approve(world, "anna")
    approve(world, "bo")
    assert world.run("apply", "plan.json").code == 0
    assert list(world.records("Lead")) == ["ada@acme.example"]


def test_a_changed_definition_has_to_be_approved_anew_and_another_example_has_not(world: World) -> None:
    say(world, "syncd.yaml", RULE)
    approve(world, "anna")
    approve(world, "bo")
    world.person("ada")
    assert world.run("apply").code == 0
    say(world, "definitions.yaml", "\n  - {person: {job_title: Clerk}, expect: subscriber}\n")
    assert world.run("sync").code == 0
    file = world.config / "definitions.yaml"
    file.write_text(file.read_text().replace("half_life: 14 days", "half_life: 7 days"))
    assert world.run("sync").code == 4


def test_the_service_says_that_it_waits_for_approval_and_stays_up(world: World) -> None:
    say(world, "syncd.yaml", RULE)
    world.person("ada")
    ran = world.serve_until("held by approvals")
    assert ran.code == 0
    assert world.records("Lead") == {}


def two_versions(world: World, days: int, old: str, new: str) -> None:
    """The file says `old` until so many days from now, and `new` from then on."""
    file = world.config / "definitions.yaml"
    text = file.read_text()
    assert old in text
    (world.config / "definitions-old.yaml").write_text(text)
    begins = (NOW + timedelta(days=days)).date()
    file.write_text(text.replace(old, new) + f"\neffective_from: {begins}\n")


def test_a_run_decides_by_the_version_in_force_at_its_time(world: World) -> None:
    two_versions(world, 5, "pricing_visit: {at_least: 1, within: 30 days}", "pricing_visit: {at_least: 9}")
    old, new = load_config(world.config).versions
    world.person("ada")
    assert world.cycle("plan").plan.definitions == old.hash
    assert world.cycle("plan", later=timedelta(days=6)).plan.definitions == new.hash
    later = world.cycle("plan", later=timedelta(days=6))
    assert [one.stage for one in later.plan.decisions] == ["mql"], "what the older one decided in its time stands"


def test_a_first_run_dates_the_past_by_the_versions_of_then(world: World) -> None:
    two_versions(world, -10, "pricing_visit: {at_least: 1, within: 30 days}", "pricing_visit: {at_least: 9}")
    old, _ = load_config(world.config).versions
    world.person("ada", seen=20)
    world.person("bob", seen=2)
    world.cycle("apply")
    leads = world.records("Lead")
    assert leads["ada@acme.example"]["Lifecycle_Stage__c"] == "MQL"
    assert leads["ada@acme.example"]["Syncd_Definition__c"] == old.hash
    assert "bob@acme.example" not in leads


def test_an_entry_of_an_older_version_stands_under_the_newer_one(world: World) -> None:
    two_versions(world, 5, "pricing_visit: {at_least: 1, within: 30 days}", "pricing_visit: {at_least: 9}")
    old, _ = load_config(world.config).versions
    world.person("ada")
    world.cycle("apply")
    later = world.cycle("sync", later=timedelta(days=6))
    assert [one.stage for one in later.plan.decisions] in ([], ["mql"])
    assert world.records("Lead")["ada@acme.example"]["Lifecycle_Stage__c"] == "MQL"
    assert world.records("Lead")["ada@acme.example"]["Syncd_Definition__c"] == old.hash


def test_what_only_the_older_version_asks_for_is_read_as_long_as_it_is_in_force(world: World) -> None:
    two_versions(
        world,
        5,
        "mql:\n    judged_by: marketing\n    when:\n      all:\n",
        "mql:\n    judged_by: marketing\n    when:\n      any:\n",
    )
    old = world.config / "definitions-old.yaml"
    asked = "- score.fit: {at_least: 40}\n        - country: {is: Norway}\n"
    old.write_text(old.read_text().replace("- score.fit: {at_least: 40}\n", asked))
    world.person("ada", country="Norway")
    world.person("bob", country="Sweden")
    stages = {one.stage for one in world.cycle("plan").plan.decisions}
    assert stages == {"mql", "subscriber"}
