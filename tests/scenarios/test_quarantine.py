"""What was set aside is listed with its cause and who can mend it, tried again on demand, or given up."""

from __future__ import annotations

import pytest

from syncd.store import ledger


def refusing(world, *names):
    """Salesforce refuses these people by a rule of its own."""
    mails = {f"{name}@acme.example" for name in names}
    world.org.add_validation_rule("Lead", "Not this one", lambda row, _old: row["Email"] in mails, "Email")


@pytest.fixture
def held(world):
    """Two of four people are refused by Salesforce, one has no last name."""
    refusing(world, "bad", "mad")
    for name in ("ann", "bad", "mad", "zoe"):
        world.person(name)
    world.person("nameless", lastname="")
    assert world.cycle("apply").exit_code == 1
    assert set(world.records("Lead")) == {"ann@acme.example", "zoe@acme.example"}
    return world


def cases(world, *arguments):
    return world.here("quarantine", "list", "--json", *arguments).data["cases"]


def told(world, kind):
    with world.store() as store, store.reading() as tx:
        return list(ledger.read(tx, kind=kind))


def test_the_list_says_what_why_who_and_when(held):
    data = held.here("quarantine", "list", "--json").data
    assert [(one["cause"], one["code"], one["who"], one["count"]) for one in data["classes"]] == [
        ("reject", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "RevOps", 2),
        ("data", "no last name", "RevOps", 1),
    ]
    row = next(one for one in data["cases"] if one["cause"] == "reject")
    assert row["first_at"] <= row["last_at"] < row["next_at"]
    assert (row["attempts"], row["state"], row["system"], row["kind"]) == (1, "open", "salesforce", "lead")
    shown = held.here("quarantine", "list", "--cause", "data").out
    assert "no last name" in shown
    assert "when it changes" in shown
    assert "FIELD_CUSTOM" not in shown


def test_a_retry_by_class_is_sent_in_the_next_cycle(held):
    held.org.writer.validation_rules.clear()
    assert held.cycle().plan.changes == ()
    ran = held.here("quarantine", "retry", "--code", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "--json")
    assert len(ran.data["retried"]) == 2
    assert held.cycle().exit_code == 0
    assert len(held.records("Lead")) == 4
    assert [one["cause"] for one in cases(held)] == ["data"]
    (entry,) = told(held, "retried")
    assert sorted(entry.data["ids"]) == sorted(ran.data["retried"])
    assert entry.data["who"]
    assert held.ledger_is_sound()


def test_a_retry_that_fails_again_counts_its_attempts_and_waits_anew(held):
    assert held.here("quarantine", "retry", "--all").code == 0
    assert held.cycle().exit_code == 1
    again = [one for one in cases(held) if one["cause"] == "reject"]
    assert [one["attempts"] for one in again] == [2, 2]
    assert held.cycle().plan.changes == ()


def test_what_was_dropped_is_not_sent_again_until_it_is_another_change(held):
    bad = next(one for one in cases(held) if one["cause"] == "reject")
    assert held.here("quarantine", "drop", bad["id"], "--why", "a test record").code == 0
    assert bad["id"] not in [one["id"] for one in cases(held)]
    held.org.writer.validation_rules.clear()
    for contact in held.contacts.values():
        held.visit(contact)
    held.cycle()
    names = set(held.records("Lead"))
    assert {"bad@acme.example", "mad@acme.example"} - names
    (entry,) = told(held, "dropped")
    assert (entry.data["why"], entry.data["ids"]) == ("a test record", [bad["id"]])
    assert held.here("quarantine", "retry", bad["id"]).code == 0
    held.here("quarantine", "retry", "--cause", "reject")
    assert held.cycle().exit_code == 0
    assert {"bad@acme.example", "mad@acme.example"} <= set(held.records("Lead"))


def test_what_the_plan_refuses_stays_dropped_while_it_is_the_same(held):
    nameless = next(one for one in cases(held) if one["cause"] == "data")
    assert held.here("quarantine", "drop", nameless["id"]).code == 0
    held.visit(held.contacts["nameless"])
    assert held.cycle().exit_code == 0
    assert nameless["id"] not in [one["id"] for one in cases(held)]


def test_all_of_it_must_be_meant(held):
    for verb in ("retry", "drop"):
        ran = held.here("quarantine", verb)
        assert ran.code == 2
        assert "--all" in ran.err
    unknown = held.here("quarantine", "retry", "nothing", "--json")
    assert (unknown.code, unknown.error["code"]) == (2, "no_such_case")


def test_nothing_set_aside_is_said_so(world):
    world.person("ann")
    assert world.cycle("apply").exit_code == 0
    assert world.here("quarantine", "list").out == "Nothing is set aside.\n"
