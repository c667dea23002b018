"""From when on touches could be read: a count below its number is false only over a window that was readable."""

from __future__ import annotations

from syncd.facts.touches import TouchProperty, coverage_of
from syncd.model.instant import BEGINNING, NEVER

FORMS = [TouchProperty("recent_conversion_event_name", "form_submission", "form")]


def test_a_stream_that_may_not_be_read_covers_nothing_and_names_its_gap() -> None:
    covered = coverage_of({}, {"hubspot.form_submission": "lacks forms", "salesforce.task": "lacks tasks"}, FORMS)
    for kind, stream, gap in [
        ("form_submission", "hubspot.form_submission", "lacks forms"),
        ("call", "salesforce.task", "lacks tasks"),
    ]:
        assert (covered[kind].since, covered[kind].stream, covered[kind].gap) == (NEVER, stream, gap)


def test_a_stream_that_was_read_covers_all_time() -> None:
    covered = coverage_of({}, {"hubspot.form_submission": None, "salesforce.task": None}, FORMS)
    assert {covered[kind].since for kind in ("form_submission", "call", "email", "task")} == {BEGINNING}


def test_a_stream_that_nobody_asked_for_leaves_what_properties_tell() -> None:
    covered = coverage_of({}, {}, FORMS)
    assert covered["form_submission"].stream == "hubspot.contact.recent_conversion_event_name"
    assert "call" not in covered


def test_a_kind_that_two_streams_give_is_covered_where_both_were_read() -> None:
    covered = coverage_of({}, {"hubspot.call": "lacks calls", "salesforce.task": None}, FORMS)
    assert (covered["call"].since, covered["call"].gap) == (NEVER, "lacks calls")
    assert covered["task"].since == BEGINNING
