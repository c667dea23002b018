"""Everybody is in exactly one bucket, and no record is counted twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.records import System
from syncd.cli.reconcile import BUCKETS
from syncd.journey.reconcile import Bucket, Copy, Question, Standing, place, reconcile, total
from syncd.model.instant import Instant
from syncd.model.stage import Stage

HUBSPOT, SALESFORCE = System.HUBSPOT, System.SALESFORCE
words = st.one_of(st.none(), st.just("so"))
copies = st.builds(
    Copy,
    system=st.sampled_from(System),
    kind=st.sampled_from(["contact", "lead"]),
    id=st.text("123", min_size=1, max_size=3),
    counted=st.booleans(),
    deleted=st.booleans(),
    converted=st.booleans(),
)
standings = st.builds(
    Standing,
    person=st.uuids().map(str),
    copies=st.lists(copies, max_size=4),
    recorded=st.booleans(),
    ambiguous=words,
    error=words,
    waits=words,
    left_out=words,
)


def copy(system, kind="contact", **fields):
    return Copy(system, kind, "1", **({"counted": True} | fields))


def test_the_command_knows_all_buckets():
    assert tuple(Bucket) == BUCKETS


@given(st.lists(standings, max_size=8))
def test_buckets_hold_everybody_once_and_every_counted_record(people):
    found = reconcile(Question(Stage.MQL), people, {})
    assert sorted(one.person for one in found.placed) == sorted(one.person for one in people)
    assert sum(one.people for one in found.sums.values()) == len(people)
    for system in System:
        held = sum(one.counts[system] for one in found.sums.values())
        assert held == total(found.placed)[system]
        assert held == sum(each.counted for one in people for each in one.copies if each.system is system)


def test_a_stage_that_differs_says_who_set_it():
    there = copy(HUBSPOT, says="marketingqualifiedlead", by="WORKFLOWS 17")
    here = copy(SALESFORCE, "lead", counted=False, says="Lead", at=Instant(0), by="anna@us.example")
    placed = place(Standing("p1", [there, here]))
    assert placed.bucket is Bucket.DIFFERS
    assert "set by WORKFLOWS 17" in placed.why
    assert "set by anna@us.example" in placed.why


def test_what_the_rules_leave_out_is_told_before_what_waits_unless_it_is_recorded():
    alone = [copy(HUBSPOT)]
    assert place(Standing("p", alone, left_out="never", waits="soon")).bucket is Bucket.NOT_ELIGIBLE
    assert place(Standing("p", alone, recorded=True, left_out="never", waits="soon")).bucket is Bucket.WAITING
    assert place(Standing("p", alone)).bucket is Bucket.ONLY_IN_HUBSPOT


def test_by_how_much_a_crm_counts_more_is_told():
    found = reconcile(Question(Stage.MQL), [Standing("p", [copy(HUBSPOT)])], {HUBSPOT: 3, SALESFORCE: 0})
    assert found.missing == {HUBSPOT: 2}
