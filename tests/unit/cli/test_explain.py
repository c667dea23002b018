"""`syncd explain PERSON`."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Record, System
from syncd.cli.frame import run
from syncd.model.instant import instant_of
from syncd.store import mirror, people, streams
from syncd.store.database import open_store
from tests.unit.cli.town import NOW, Town, ago


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run(["explain", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_stage_comes_with_its_proof_down_to_the_events(town: Town, capsys) -> None:
    document = explained(capsys, "anna@anna.example")
    data = document["data"]
    assert document["schema"] == "syncd.explain/1"
    assert set(data) == {"person", "stage", "cycle", "since", "proof", "next"}
    assert (data["stage"], data["cycle"], data["proof"]["truth"]) == ("mql", 1, "true")
    visit = data["proof"]["parts"][1]
    assert visit["place"].startswith("definitions.yaml:6:")
    assert visit["evidence"][0].startswith(f"hubspot:contact:{town.people['anna']}:hs_analytics_last_url@")


def test_the_smallest_change_names_what_the_next_stage_lacks(town: Town, capsys) -> None:
    following = explained(capsys, "bert@bert.example")["data"]["next"]
    assert (following["stage"], [leaf["says"] for leaf in following["change"]]) == ("mql", ["company_size at least 50"])


def test_the_smallest_change_was_tried_before_it_is_told(town: Town, capsys) -> None:
    change = explained(capsys, "bert@bert.example")["data"]["next"]["smallest_change"]
    (one,) = change["changes"]
    assert (change["stage"], one["kind"], one["says"]) == ("mql", "property", "company_size at least 50")
    assert one["now"].startswith("7 (hubspot:contact:")
    assert (change["or"], change["by_waiting_until"], change["unknown"], change["barred"]) == ([], None, [], [])
    assert run(["explain", "bert@bert.example"]) == 0
    assert "company_size at least 50   (asked: company_size at least 50; now: 7" in capsys.readouterr().out


def test_of_several_smallest_changes_the_others_are_told_too(town: Town, capsys) -> None:
    assert run(["explain", "anna@anna.example"]) == 0
    printed = capsys.readouterr().out
    assert "1 more sales_talk" in printed
    assert "an answer to budget" in printed
    assert "  Or: 1 more sales_talk; an answer to budget; an answer to need" in printed


def test_after_a_return_the_smallest_change_is_as_of_the_end_of_the_wait(town: Town, capsys) -> None:
    change = explained(capsys, "dora@dora.example")["data"]["next"]["smallest_change"]
    assert change["at"].startswith(f"{ago(days=6) + timedelta(days=30):%Y-%m-%d}")
    assert [one["says"] for one in change["changes"]] == ["1 more pricing_visit"]


def test_what_could_not_be_read_is_unknown_and_says_so(tmp_path, town: Town, capsys, monkeypatch) -> None:
    shutil.copy(town.folder / "syncd.db", tmp_path)
    url = f"sqlite:///{tmp_path}/syncd.db"
    store = open_store(url)
    with store.transaction() as tx:
        state = streams.get(tx, System.SALESFORCE, "event")
        streams.save(tx, replace(state, gap="Event is not shown to us"))
    store.close()
    monkeypatch.setenv("SYNCD_STORE_URL", url)
    talk = explained(capsys, "anna@anna.example")["data"]["next"]["proof"]["parts"][0]
    assert (talk["truth"], talk["found"]) == (
        "unknown",
        "0 counted, but salesforce.event: Event is not shown to us",
    )


def test_who_was_sent_back_can_come_again_only_later(town: Town, capsys) -> None:
    data = explained(capsys, "dora@dora.example")["data"]
    assert (data["stage"], data["proof"]["reason"]) == ("recycled", "No budget")
    assert data["next"]["stage"] == "mql"
    assert data["next"]["not_before"].startswith(f"{ago(days=6) + timedelta(days=30):%Y-%m-%d}")


def test_the_last_stage_has_none_after_it(town: Town, capsys) -> None:
    data = explained(capsys, "cleo@cleo.example")["data"]
    assert (data["stage"], data["next"]) == ("customer", None)


def test_with_at_it_is_judged_as_of_then(town: Town, capsys) -> None:
    assert explained(capsys, "cleo@cleo.example", "--at", f"{ago(days=4):%Y-%m-%d}")["data"]["stage"] in ("mql", "lead")
    assert explained(capsys, "anna@anna.example", "--at", f"{ago(days=5):%Y-%m-%d}")["data"]["stage"] == "subscriber"


def test_as_of_a_time_before_the_first_pull_nobody_is_known(town: Town, capsys) -> None:
    assert run(["explain", "anna@anna.example", "--as-of", f"{ago(days=1):%Y-%m-%d}"]) == 2
    assert "was not known" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["hubspot", "salesforce", "short", "own"])
def test_a_person_is_found_by_every_id(town: Town, capsys, form: str) -> None:
    lead = next(row["Id"] for row in town.org.rows("Lead") if row["Email"] == "dora@dora.example")
    person = explained(capsys, "dora@dora.example")["data"]["person"]
    named = {
        "hubspot": f"hubspot:{town.people['dora']}",
        "salesforce": f"salesforce:{lead}",
        "short": f"salesforce:{lead[:15]}",
        "own": person,
    }
    assert explained(capsys, named[form])["data"]["person"] == person


def test_nobody_known_is_a_usage_error_that_says_what_to_try(town: Town, capsys) -> None:
    assert run(["explain", "nobody@nowhere.example", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], "hubspot:ID" in error["next_step"]) == ("unknown_person", True)


def test_an_ambiguous_person_is_a_usage_error_with_the_candidates(tmp_path, town: Town, capsys, monkeypatch) -> None:
    url = f"sqlite:///{tmp_path}/two.db"
    store = open_store(url)
    with store.transaction() as tx:
        for number in ("1", "2"):
            mirror.save(tx, System.HUBSPOT, [Record("contact", number, NOW, NOW, {})], instant_of(NOW))
            people.save_keys(tx, System.HUBSPOT, "contact", {number: ["email:both@x.example"]})
            people.create(tx, f"p{number}", instant_of(NOW))
            people.assign(tx, [(System.HUBSPOT, "contact", number, f"p{number}")])
    store.close()
    monkeypatch.setenv("SYNCD_STORE_URL", url)
    assert run(["explain", "both@x.example"]) == 2
    told = capsys.readouterr().err
    assert "p1 (hubspot:1 contact)" in told
    assert "p2 (hubspot:2 contact)" in told


def test_people_get_the_tree_and_the_next_step_in_words(town: Town, capsys) -> None:
    assert run(["explain", "anna@anna.example"]) == 0
    printed = capsys.readouterr().out
    for part in ("MQL, since ", "Why not SQL", "The smallest change that would do it", "bant at least 2 of 4"):
        assert part in printed


def test_as_of_a_time_it_is_judged_by_what_was_known_then(tmp_path, monkeypatch, capsys) -> None:
    town = Town(tmp_path)
    try:
        town.settle_in()
        town.cycle(by_hand=True)
        known = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        # sales learns today that Bert's company has been larger since before his visit
        town.portal.update("contacts", town.people["bert"], {"company_size": "70"}, ago(days=4))
        town.portal.update("contacts", town.people["bert"], {"jobtitle": "Clerk"})
        time.sleep(1.1)  # windows end by HubSpot's clock, which tells whole seconds
        town.cycle(by_hand=True)
        for name, value in town.environment.items():
            monkeypatch.setenv(name, value)
        now = explained(capsys, "bert@bert.example")["data"]
        then = explained(capsys, "bert@bert.example", "--as-of", known)["data"]
    finally:
        town.close()
    assert (now["stage"], now["since"][:10]) == ("mql", f"{ago(days=3):%Y-%m-%d}")
    assert then["stage"] == "subscriber"


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("nl", ["Omdat", "Waarom niet SQL", "bedrijfsgrootte is minstens 50: 80", "nog 1 keer sales talk"]),
        ("nb", ["Fordi", "Hvorfor ikke SQL", "antall ansatte er minst 50: 80", "1 til av sales talk"]),
    ],
)
def test_people_are_told_in_the_language_of_syncd_yaml(
    tmp_path, town: Town, capsys, monkeypatch, language, parts
) -> None:
    shutil.copytree(town.folder / "config", tmp_path / "config")
    service = tmp_path / "config" / "syncd.yaml"
    service.write_text((service.read_text() if service.exists() else "") + f"\nlanguage: {language}\n")
    monkeypatch.setenv("SYNCD_CONFIG_DIR", str(tmp_path / "config"))
    assert run(["explain", "anna@anna.example"]) == 0
    printed = capsys.readouterr().out
    for part in parts:
        assert part in printed


def test_who_wrote_a_value_stands_beside_it(town: Town, capsys) -> None:
    size = explained(capsys, "anna@anna.example")["data"]["proof"]["parts"][0]
    assert [one["source"] for one in size["written"]] == size["evidence"]
    assert all(one["by"] for one in size["written"])
    assert run(["explain", "anna@anna.example"]) == 0
    assert f"by {size['written'][-1]['by']}" in capsys.readouterr().out


def test_a_stage_stands_as_defined_then_or_is_told_as_defined_now(tmp_path, town: Town, capsys, monkeypatch) -> None:
    shutil.copytree(town.folder / "config", tmp_path / "config")
    definitions = tmp_path / "config" / "definitions.yaml"
    old = definitions.read_text()
    (tmp_path / "config" / "definitions-2026.yaml").write_text(f"version: old\n{old}")
    today = f"{NOW:%Y-%m-%d}"
    definitions.write_text(f"effective_from: {today}\n" + old.replace("{at_least: 50}", "{at_least: 5000}"))
    monkeypatch.setenv("SYNCD_CONFIG_DIR", str(tmp_path / "config"))
    then = explained(capsys, "anna@anna.example", "--as-defined", "then")["data"]
    now = explained(capsys, "anna@anna.example", "--as-defined", "now")["data"]
    assert (then["stage"], then["proof"]["parts"][0]["says"]) == ("mql", "company_size at least 50")
    assert (now["stage"], now["next"]["proof"]["parts"][0]["says"]) == ("lead", "company_size at least 5000")
    assert run(["explain", "anna@anna.example"]) == 0
    assert "decided by definitions old (" in capsys.readouterr().out
