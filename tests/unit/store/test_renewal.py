"""What becomes of a record when another copy of it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.store import mirrored, renewal
from syncd.store.canonical import from_text

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def lead(hours: int = 0, **properties: object) -> Record:
    return Record("lead", "1", MONDAY + timedelta(hours=hours), None, properties)


def kept(record: Record) -> renewal.Kept:
    return renewal.first(record, Instant(1), "")


def renewed(old: renewal.Kept, record: Record, tracked: tuple[str, ...] = ()):
    news = renewal.moved(old.properties, record.properties)
    return renewal.renewed(old, record, news, Instant(2), tracked)


def says_more(old: renewal.Kept, record: Record) -> bool:
    return renewal.says_more(old, record, renewal.moved(old.properties, record.properties))


def whole(one: renewal.Kept) -> mirrored.Mirrored:
    return mirrored.Mirrored(
        System.SALESFORCE,
        "lead",
        "1",
        one.person,
        one.created_at,
        one.modified_at,
        one.known_at,
        one.deleted,
        one.merged_into,
        one.properties,
        mirrored.history_of(from_text(one.history)),
    )


def test_a_copy_that_differs_in_the_time_of_saving_only_says_nothing_more():
    old = kept(lead(Status="Open", SystemModstamp="then"))
    assert not says_more(old, lead(2, SystemModstamp="now", Status="Open"))
    assert says_more(old, lead(2, Status="Open", Rating=None))
    assert says_more(old, lead(2, Status="Open")._replace(deleted=True))


def test_a_copy_of_the_same_instant_is_stale_unless_it_shows_what_we_wrote():
    wrote = kept(lead(Status="Working"))._replace(amended=("Status",))
    assert renewal.is_stale(wrote, lead(Status="Open"))
    assert not renewal.is_stale(wrote, lead(Status="Working", Rating="Hot"))
    assert not renewal.is_stale(kept(lead(Status="Open")), lead(Status="Open"))
    assert not renewal.is_stale(wrote, lead(1, Status="Open"))
    assert renewal.is_stale(kept(lead()), lead(-1, Status="Working"))


def test_a_merge_is_news_whatever_the_one_that_went_was_last_modified_at():
    assert not renewal.is_stale(kept(lead(1)), lead()._replace(deleted=True, merged_into="2"))


def test_the_first_value_of_a_record_without_creation_date_is_dated_when_it_was_seen():
    new, told = renewed(kept(lead(Status="Open")), lead(2, Status="Working"), ("Status",))
    versions = [
        (instant_of(MONDAY), "Open"),
        (instant_of(MONDAY + timedelta(hours=2)), "Working"),
    ]
    assert [(at, value) for at, value, _, _ in from_text(new.history)["Status"]] == versions
    assert [(at, value) for at, value, _, _ in told["history"]["Status"]] == versions


def test_the_time_of_saving_has_no_past():
    old = kept(lead(Status="Open", SystemModstamp="then"))
    new, told = renewed(old, lead(2, Status="Open", SystemModstamp="now"), ("SystemModstamp",))
    assert (new.history, told) == (renewal.NO_HISTORY, {})
    assert new.properties["SystemModstamp"] == "now"


def test_a_property_whose_history_is_empty_is_one_whose_past_is_known():
    new, _ = renewed(kept(lead()), lead(1)._replace(history={"Status": []}), ("Status",))
    assert from_text(new.history) == {"Status": []}


def test_what_was_before_can_be_made_again_out_of_what_is() -> None:
    old = kept(lead(1, Status="Open", City="Bonn"))
    copy = lead(2, Status="Working", Phone="1")._replace(deleted=True, history={"Status": [Version("Open", MONDAY)]})
    new, told = renewed(old, copy)
    undone = mirrored.undone(whole(new), told)
    assert undone == replace(whole(old), amended=())
