"""`syncd status`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.model.dossier import Quarantined
from syncd.model.instant import DAY, Instant, instant_of, iso
from syncd.store import people, quarantine, runs, streams
from syncd.store.database import bind_pair, open_store, set_meta
from tests.unit.cli.town import NOW, Town

AT = instant_of(NOW)


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    assert run(["status", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["data"]


def case(number: int, code: str, who: str) -> Quarantined:
    return Quarantined(
        id=f"q{number}",
        system="salesforce",
        kind="lead",
        record_id=f"00Q{number}",
        person=None,
        key=None,
        cause="reject",
        code=code,
        message=f"message {number}",
        who=who,
        digest="",
        first_at=AT,
    )


@pytest.fixture
def store(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = f"sqlite:///{tmp_path}/own.db"
    monkeypatch.setenv("SYNCD_STORE_URL", url)
    opened = open_store(url)
    yield opened
    opened.close()


def test_after_a_sync_everything_is_in_force_and_read(town: Town, capsys) -> None:
    data = told(capsys)
    assert data["runs"][0]["exit_code"] == 0
    assert data["people"]["stages"] == {"customer": 1, "mql": 1, "recycled": 1, "subscriber": 1}
    assert data["config"]["in_force"]["definitions"] == data["config"]["files"]["definitions"]
    assert (data["first_contact_done"], data["open_intents"], data["quarantine"]) == (True, 0, [])
    assert all(one["gap"] is None and one["lag_seconds"] < 3_600 for one in data["streams"])
    assert data["ledger"]["entries"] > 10


def test_what_is_set_aside_is_grouped_with_who_can_mend_it_and_the_newest_ones(store, capsys) -> None:
    with store.transaction() as tx:
        bind_pair(tx, "1", "2")
        for number in range(5):
            quarantine.put(tx, [case(number, "DATA_TOO_LONG", "RevOps")], Instant(AT + number))
        quarantine.put(tx, [case(9, "INSUFFICIENT_ACCESS", "Salesforce admin")], AT)
    first, second = told(capsys)["quarantine"]
    assert (first["code"], first["who"], first["count"]) == ("DATA_TOO_LONG", "RevOps", 5)
    assert [one["message"] for one in first["newest"]] == ["message 4", "message 3", "message 2"]
    assert second["who"] == "Salesforce admin"
    assert run(["status"]) == 0
    assert "5 x reject DATA_TOO_LONG, to be mended by RevOps" in capsys.readouterr().out


def test_a_backfill_that_was_left_off_is_told_with_how_it_goes_on_and_its_places_are_no_streams(store, capsys) -> None:
    since, over = AT - 40 * DAY, AT - 50 * DAY
    with store.transaction() as tx:
        bind_pair(tx, "1", "2")
        set_meta(tx, f"backfill {since} None", str(AT))
        set_meta(tx, f"backfill {over} {since}", "")
        streams.save(tx, streams.StreamState("hubspot", f"contact@{since}", watermark=AT))
    data = told(capsys)
    assert data["backfills"] == [{"since": iso(since), "until": None, "begun": iso(AT)}]
    assert data["streams"] == []
    assert run(["status"]) == 0
    printed = capsys.readouterr().out
    assert f"`syncd backfill --since {iso(since)}` goes on with it" in printed
    assert "contact@" not in printed


def test_a_gap_a_killed_run_and_who_is_due_are_shown(store, capsys) -> None:
    with store.transaction() as tx:
        bind_pair(tx, "1", "2")
        streams.save(tx, streams.StreamState("hubspot", "form_submission", gap="scope forms is missing"))
        runs.start(tx, command="sync", mode="apply", at=AT, definitions="d", config="c")
        people.create_many(tx, {"p1": AT, "p2": AT})
    assert run(["status"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "scope forms is missing",
        "not ended",
        "2 are due now",
        "never read",
        "First contact is still to come",
    ):
        assert part in printed


def test_files_that_changed_or_broke_are_told_and_stop_nothing(store, town: Town, capsys, tmp_path) -> None:
    with store.transaction() as tx:
        bind_pair(tx, "1", "2")
        runs.start(tx, command="sync", mode="apply", at=AT, definitions="d", config="other")
    assert run(["status"]) == 0
    assert "The files say something new" in capsys.readouterr().out
    assert run(["status", "--config", str(tmp_path)]) == 0
    assert "mistake" in capsys.readouterr().out


def test_before_the_first_run_the_next_step_is_told(store, capsys) -> None:
    assert run(["status"]) == 0
    assert "syncd plan" in capsys.readouterr().out


def test_how_many_could_not_be_judged_and_why_is_told(town: Town, capsys) -> None:
    assert told(capsys)["unjudged"] == {"people": 0, "of": 4, "reasons": {}}
    assert run(["status"]) == 0
    assert "could not be judged" not in capsys.readouterr().out


def test_of_the_last_run_that_judged_anybody_the_unknowns_are_told(town: Town, store, capsys) -> None:
    counted = {"people": 412, "of": 5000, "reasons": {"company_size is missing": 388, "job_title is missing": 30}}
    with store.transaction() as tx:
        bind_pair(tx, "1", "2")
        for summary in ({"unjudged": counted}, {}):
            one = runs.start(tx, command="sync", mode="apply", at=AT, definitions="d", config="c")
            runs.finish(tx, one, at=AT, exit_code=0, stopped_by=None, summary=summary)
    assert told(capsys)["unjudged"] == counted
    assert run(["status"]) == 0
    said = "Of the 5,000 people that were judged last, 412 could not be judged: company_size is missing in 388"
    assert said in capsys.readouterr().out
