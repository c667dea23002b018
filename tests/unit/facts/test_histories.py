"""Salesforce's histories date what records said, and name who said it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Record, System
from syncd.facts.histories import moves_of
from syncd.model.dossier import Mirrored, Move
from syncd.model.instant import Instant, instant_of
from syncd.store.mirrored import told_of

DAY = datetime(2026, 11, 1, tzinfo=UTC)
ANNA, BEN = "005000000000001AAA", "005000000000002AAA"


def at(hours: int) -> Instant:
    return instant_of(DAY + timedelta(hours=hours))


def row(kind: str, hours: int, **properties: object) -> Record:
    given = {"LeadId": "00Q1", "OpportunityId": "0061", "CreatedById": ANNA} | properties
    moment = DAY + timedelta(hours=hours)
    return Record(kind, f"h{hours}", moment, moment, given)


def lead(history: object = None, **properties: object) -> Mirrored:
    kept = {"deleted": False, "merged_into": None, "properties": properties, "history": history or {}}
    return Mirrored(System.SALESFORCE, "lead", "00Q1", None, at(0), at(9), at(9), **kept)


def said(record: Mirrored, name: str) -> list[tuple[int, object]]:
    return [((version[0] - at(0)) // 3_600_000, version[1]) for version in record.history[name]]


def test_a_field_history_tells_old_and_new_value_with_who_changed_it():
    rows = [
        row("lead_history", 5, Field="Status", OldValue="Working", NewValue="Recycle", CreatedById=BEN),
        row("lead_history", 2, Field="Status", OldValue="Open", NewValue="Working"),
    ]
    told = moves_of("lead_history", rows)["00Q1"]["Status"]
    first = Move(at(2), "Working", ANNA, "Open", tells=True)
    assert told == [first, Move(at(5), "Recycle", BEN, "Working", tells=True)]
    record = told_of(lead(Status="Recycle"), {"Status": told}, at(9))
    assert said(record, "Status") == [(0, "Open"), (2, "Working"), (5, "Recycle")]
    assert record.history["Status"][-1][2:] == ("user", BEN)


def test_an_owner_is_told_by_id_though_the_history_calls_the_field_owner():
    rows = [
        row("lead_history", 1, Field="Owner", OldValue="Anna Sales", NewValue="Ben Sales"),
        row("lead_history", 2, Field="Owner", OldValue=ANNA, NewValue=BEN),
    ]
    assert moves_of("lead_history", rows)["00Q1"] == {"OwnerId": [Move(at(2), BEN, ANNA, ANNA, tells=True)]}


def test_an_opportunity_shows_stage_amount_and_close_date_in_every_row():
    rows = [
        row("opportunity_history", 0, StageName="Prospecting", Amount=None, CloseDate="2026-12-31"),
        row("opportunity_history", 3, StageName="Proposal", Amount=900.0, CloseDate="2026-12-31"),
    ]
    told = moves_of("opportunity_history", rows)["0061"]
    record = told_of(lead(StageName="Proposal", Amount=900, CloseDate="2026-12-31"), told, at(9))
    assert said(record, "StageName") == [(0, "Prospecting"), (3, "Proposal")]
    assert said(record, "Amount") == [(0, None), (3, 900.0)]
    assert said(record, "CloseDate") == [(0, "2026-12-31")]


def test_what_the_mirror_took_for_the_first_value_gives_way_to_what_was_before():
    seen = {"Status": [(at(0), "Working", None, None), (at(8), "Recycle", None, None)]}
    moves = {"Status": [Move(at(2), "Working", ANNA, "Open", tells=True)]}
    record = told_of(lead(seen, Status="Recycle"), moves, at(9))
    assert said(record, "Status") == [(0, "Open"), (2, "Working"), (8, "Recycle")]


def test_rows_that_come_again_and_late_sightings_of_a_value_change_nothing():
    moves = {"Status": [Move(at(2), "Working", ANNA, "Open", tells=True)]}
    once = told_of(lead(Status="Working"), moves, at(9))
    assert told_of(once, moves, at(9)).history == once.history
    sighted = {"Status": [(at(0), "Open", None, None), (at(7), "Working", None, None)]}
    assert said(told_of(lead(sighted, Status="Working"), moves, at(9)), "Status") == [(0, "Open"), (2, "Working")]


@pytest.mark.parametrize(("said_by_record", "end"), [("a long text", [(9, "a long text")]), (None, [])])
def test_the_record_is_right_where_a_history_leaves_values_out(said_by_record, end):
    moves = {"Notes__c": [Move(at(4), None, ANNA, None, tells=True)]}
    record = told_of(lead(Notes__c=said_by_record), moves, at(9))
    assert said(record, "Notes__c")[1:] == end


def test_an_opportunitys_field_history_agrees_with_its_own_and_tells_nothing_else():
    shown = [
        row("opportunity_history", 0, StageName="Prospecting", Amount=None, CloseDate="2026-12-31"),
        row("opportunity_history", 3, StageName="Prospecting", Amount=900.0, CloseDate="2026-12-31", CreatedById=BEN),
    ]
    tracked = [
        row("opportunity_field_history", 3, Field="Amount", OldValue=None, NewValue="900.0", CreatedById=BEN),
        row("opportunity_field_history", 4, Field="NextStep", OldValue=None, NewValue="Call", CreatedById=BEN),
    ]
    told = moves_of("opportunity_field_history", tracked)["0061"]
    assert list(told) == ["Amount"]
    alone = told_of(lead(Amount=900), told, at(9))
    assert said(alone, "Amount")[-1] == (3, "900.0")
    assert alone.history["Amount"][-1][2:] == ("user", BEN)
    both = told_of(told_of(lead(Amount=900), moves_of("opportunity_history", shown)["0061"], at(9)), told, at(9))
    assert said(both, "Amount") == [(0, None), (3, 900.0)]
