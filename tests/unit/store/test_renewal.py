"""What becomes of a record when another copy of it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.records import Record, System, Version
from syncd.model.instant import Instant, instant_of
from syncd.store import mirrored, renewal
from syncd.store.canonical import to_text

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def lead(hours: int = 0, **properties: object) -> Record:
    return Record("lead", "1", MONDAY + timedelta(hours=hours), None, properties)


def kept(record: Record) -> renewal.Kept:
    return renewal.first(record, Instant(1), "")


def renewed(old: renewal.Kept, record: Record, tracked: tuple[str, ...] = ()):
    news, modified_at = renewal.moved(old.properties, record.properties), instant_of(record.modified_at)
    history, told = renewal.past(old, record, news, modified_at, tracked)
    return renewal.renewed(old, record, modified_at, Instant(2), history, None), told


def says_more(old: renewal.Kept, record: Record) -> bool:
    return renewal.says_more(old, record, renewal.moved(old.properties, record.properties))


def is_stale(old: renewal.Kept, record: Record) -> bool:
    return renewal.is_stale(old, record, instant_of(record.modified_at))


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
        mirrored.history_in(one.history),
    )


def test_a_copy_that_differs_in_the_time_of_saving_only_says_nothing_more():
    old = kept(lead(Status="Open", SystemModstamp="then"))
    assert not says_more(old, lead(2, SystemModstamp="now", Status="Open"))
    assert says_more(old, lead(2, Status="Open", Rating=None))
    assert says_more(old, replace(lead(2, Status="Open"), deleted=True))


def test_a_copy_of_the_same_instant_is_stale_unless_it_shows_what_we_wrote():
    wrote = replace(kept(lead(Status="Working")), amended=("Status",))
    assert is_stale(wrote, lead(Status="Open"))
    assert not is_stale(wrote, lead(Status="Working", Rating="Hot"))
    assert not is_stale(kept(lead(Status="Open")), lead(Status="Open"))
    assert not is_stale(wrote, lead(1, Status="Open"))
    assert is_stale(kept(lead()), lead(-1, Status="Working"))


def test_a_merge_is_news_whatever_the_one_that_went_was_last_modified_at():
    assert not is_stale(kept(lead(1)), replace(lead(), deleted=True, merged_into="2"))


def test_the_first_value_of_a_record_without_creation_date_is_dated_when_it_was_seen():
    new, told = renewed(kept(lead(Status="Open")), lead(2, Status="Working"), ("Status",))
    versions = [
        (instant_of(MONDAY), "Open"),
        (instant_of(MONDAY + timedelta(hours=2)), "Working"),
    ]
    assert [(at, value) for at, value, _, _ in mirrored.history_in(new.history)["Status"]] == versions
    assert [(at, value) for at, value, _, _ in told["history"]["Status"]] == versions


def test_a_history_grows_line_by_line_and_becomes_one_again() -> None:
    one = kept(lead(Status="0", City='a "Status":[[ b'))
    for hour in range(1, renewal.MOST_LINES + 4):
        before = one
        one, told = renewed(one, lead(hour, Status=str(hour), City=f"{hour}\n"), ("Status", "City"))
        assert mirrored.undone(whole(one), told) == whole(before)
    assert one.history.count("\n") == 1
    told = mirrored.history_in(one.history)
    assert [value for _, value, _, _ in told["Status"]] == [str(n) for n in range(renewal.MOST_LINES + 4)]
    assert len(told["City"]) == renewal.MOST_LINES + 4


def test_a_copy_of_the_same_instant_with_a_value_of_before_adds_no_version_twice() -> None:
    one, _ = renewed(kept(lead(Status="Open")), lead(1, Status="Working"), ("Status",))
    one, _ = renewed(one, lead(1, Status="Open"), ("Status",))
    one, _ = renewed(one, lead(1, Status="Working"), ("Status",))
    versions = [(at, value) for at, value, _, _ in mirrored.history_in(one.history)["Status"]]
    assert len(versions) == len(set(versions))


def test_a_crm_s_own_history_joins_what_was_seen() -> None:
    one, _ = renewed(kept(lead(Status="Open")), lead(2, Status="Working"), ("Status",))
    copy = replace(
        lead(3, Status="Working", City="Bonn"), history={"Status": [Version("New", MONDAY + timedelta(hours=1))]}
    )
    one, told = renewed(one, copy, ("Status",))
    assert [value for _, value, _, _ in mirrored.history_in(one.history)["Status"]] == ["Open", "New", "Working"]
    assert [value for _, value, _, _ in told["history"]["Status"]] == ["New"]


def test_a_version_that_the_crm_told_already_does_not_come_again_with_the_copy() -> None:
    old = kept(lead(Status="Open"))
    one = replace(old, history=to_text({"Status": [[instant_of(MONDAY + timedelta(hours=1)), "Working", "user", "7"]]}))
    new, told = renewed(one, lead(1, Status="Working"), ("Status",))
    assert mirrored.history_in(new.history) == mirrored.history_in(one.history)
    assert "history" not in told


def test_the_time_of_saving_has_no_past():
    old = kept(lead(Status="Open", SystemModstamp="then"))
    new, told = renewed(old, lead(2, Status="Open", SystemModstamp="now"), ("SystemModstamp",))
    assert (new.history, told) == (renewal.NO_HISTORY, {})
    assert new.properties["SystemModstamp"] == "now"


def test_a_property_whose_history_is_empty_is_one_whose_past_is_known():
    new, _ = renewed(kept(lead()), replace(lead(1), history={"Status": []}), ("Status",))
    assert mirrored.history_in(new.history) == {"Status": []}


def test_what_was_before_can_be_made_again_out_of_what_is() -> None:
    old = kept(lead(1, Status="Open", City="Bonn"))
    copy = replace(lead(2, Status="Working", Phone="1"), deleted=True, history={"Status": [Version("Open", MONDAY)]})
    new, told = renewed(old, copy)
    undone = mirrored.undone(whole(new), told)
    assert undone == replace(whole(old), amended=())
