"""Two versions over the same history, without a store: made-up people, and any people."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.definitions.evaluate import evaluate
from syncd.files.tasks_file import Task
from syncd.journey.simulated.compare import Became, Difference, Period, Replay, compare
from syncd.journey.simulated.data import as_data, row_of
from syncd.journey.simulated.page import page_of
from syncd.journey.simulated.tally import Question, Simulation
from syncd.model.instant import NEVER
from syncd.model.person import Entry, Opportunity, PersonId, Verdict
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage
from tests.unit.definitions.lives import LAST, agreements, floors, people
from tests.unit.journey.lives import ANNA, day, entry

ORDER = (*FUNNEL, *SIDE_STAGES)
PERIOD = Period(day(10), day(20), day(40))
CALL = Task.model_validate({"on": "mql", "purpose": "follow_up", "subject": "Call"})
QUESTION = Question(PERIOD, ORDER, (CALL,), "Europe/Berlin")
VERSIONS = {"old": "aaa", "new": "bbb"}


def verdict(*entries: Entry, unknowns: tuple[str, ...] = ()) -> Verdict:
    first = entry("subscriber", 0)
    return Verdict(ANNA, Stage.SUBSCRIBER, 1, first.at, (first, *entries), None, unknowns, NEVER)


def replay(old: list[Entry], new: list[Entry], **more) -> Replay:
    return Replay(ANNA, verdict(*old), verdict(*new), **more)


def deal(created: float, closed: float | None = None, *, won: bool = False) -> Opportunity:
    ended = None if closed is None else day(closed)
    return Opportunity("006", day(created), ended, won, "Proposal", None, None, None, close_date_by_sales=False)


def changes(old: list[Entry], new: list[Entry]) -> list[tuple[str, int, str]]:
    return [
        (one.stage, one.cycle, one.kind) for one in compare(replay(old, new), PERIOD, ORDER) if one.stage in ORDER[1:]
    ]


def added(*replays: Replay, question: Question = QUESTION) -> Simulation:
    found = Simulation(question)
    for one in replays:
        found.add(one)
    return found


def test_an_entry_is_gained_lost_earlier_later_or_the_same() -> None:
    mql = entry("mql", 12)
    assert changes([], [mql]) == [("mql", 1, "gained")]
    assert changes([mql], []) == [("mql", 1, "lost")]
    assert changes([mql], [entry("mql", 11)]) == [("mql", 1, "earlier")]
    assert changes([mql], [entry("mql", 15)]) == [("mql", 1, "later")]
    assert changes([mql], [mql]) == [("mql", 1, "same")]


def test_an_entry_that_moves_out_of_the_period_is_lost_and_tells_where_it_went() -> None:
    (one,) = compare(replay([entry("mql", 12)], [entry("mql", 25)]), PERIOD, ORDER)
    assert (one.kind, one.old, one.new) == ("lost", day(12), day(25))
    (one,) = compare(replay([entry("mql", 2)], [entry("mql", 12)]), PERIOD, ORDER)
    assert (one.kind, one.old, one.new) == ("gained", day(2), day(12))


def test_entries_outside_of_the_period_are_not_compared() -> None:
    assert changes([entry("mql", 9.999)], [entry("mql", 5)]) == []
    assert changes([entry("mql", 20)], []) == []
    assert changes([entry("mql", 10)], []) == [("mql", 1, "lost")]


def test_cycles_are_compared_one_by_one() -> None:
    old = [entry("mql", 11), entry("recycled", 12), entry("mql", 15, 2)]
    assert changes(old, old[:2]) == [("mql", 1, "same"), ("recycled", 1, "same"), ("mql", 2, "lost")]


def test_both_versions_are_measured_by_one_truth() -> None:
    one = replay([entry("mql", 12), entry("sql", 14)], [entry("mql", 13)], deals=[deal(15, 18, won=True)])
    data = as_data(added(one), VERSIONS)
    for side in ("in_force", "new"):
        assert data["quality"][side]["sql"]["precision"] == {"n": 1, "of": 1, "worked": 0}
        assert data["quality"][side]["won"] == {
            "precision": {"n": 1, "of": 1, "worked": 0},
            "recall": {"n": 1, "of": 1, "worked": 0},
        }


def test_who_was_won_before_becoming_mql_was_not_found_by_it() -> None:
    one = replay([entry("mql", 12)], [entry("mql", 19)], deals=[deal(11, 15, won=True)])
    quality = as_data(added(one), VERSIONS)["quality"]
    assert (quality["in_force"]["won"]["recall"]["n"], quality["new"]["won"]["recall"]["n"]) == (1, 0)
    assert (quality["in_force"]["won"]["precision"]["n"], quality["new"]["won"]["precision"]["n"]) == (1, 0)


def test_what_came_after_sales_had_the_person_is_marked() -> None:
    deals = [deal(13, 15), deal(14), deal(14, 30, won=True)]
    (one,) = compare(replay([], [entry("mql", 12)], deals=deals, worked_at=day(20)), PERIOD, ORDER)
    assert one.became == Became({"won": day(30), "lost": day(15), "open": day(14)}, frozenset({"won"}))


def test_only_what_comes_after_a_stage_can_become_of_somebody() -> None:
    stages = as_data(added(replay([], [entry("mql", 12), entry("sql", 13), entry("customer", 14)])), VERSIONS)["stages"]
    told = [list(one["became"]["gained"])[1:] for one in stages if one["stage"] != "subscriber"]
    assert told == [["sql", "sqo", "won", "lost", "open"], ["sqo", "won", "lost", "open"], ["won", "lost", "open"]]


def test_tasks_are_counted_on_the_days_of_sales() -> None:
    late = entry("mql", 12 + 23.5 / 24)
    found = added(replay([], [late]), replay([entry("mql", 11)], [entry("mql", 13.2)]))
    tasks = as_data(found, VERSIONS)["tasks"]
    assert tasks["new"] == {"n": 2, "mean": 0.18, "max": 2, "on": "1970-01-14"}
    assert (tasks["in_force"]["n"], tasks["in_force"]["max"], found.length) == (1, 1, 11)


def test_nobody_gets_a_task_who_was_further_or_had_a_deal_already() -> None:
    mql = entry("mql", 12)
    further = replay([], [entry("sql", 11), mql])
    bought = replay([], [mql], deals=[deal(11)])
    again = replay([], [mql, replace(mql, at=day(14))])
    assert [added(one).days["new"].total() for one in (further, bought, again)] == [0, 0, 1]


def test_what_cannot_be_told_is_counted_with_its_commonest_reasons() -> None:
    unsure = verdict(unknowns=("mql: company_size is missing",))
    found = added(
        *(Replay(PersonId(name), unsure, verdict()) for name in "ab"), Replay(PersonId("c"), verdict(), verdict())
    )
    assert as_data(found, VERSIONS)["unknown"]["in_force"] == {
        "n": 2,
        "of": 3,
        "reasons": [{"reason": "mql: company_size is missing", "n": 2}],
    }


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    became = Became({}, frozenset())
    one = Difference(ANNA, Stage.MQL, 1, "gained", None, day(1), "=cmd()", "-seg", None, became)
    assert [row_of(one)[at] for at in (7, -1)] == ["'-seg", "'=cmd()"]


def test_the_page_holds_values_as_text_and_no_script() -> None:
    one = replay([], [entry("mql", 12)], segment="<script>alert(1)</script>")
    page = page_of(added(one, question=replace(QUESTION, by="source")), VERSIONS, None)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


SPAN = Period(5 * (LAST // 60), 30 * (LAST // 60), LAST)
SPANNED = replace(QUESTION, period=SPAN)


@st.composite
def replays(draw, *, itself: bool = False):
    old = draw(agreements(leave=True))
    new = old if itself else draw(agreements(leave=True))
    facts = draw(people(floors))
    return Replay(
        facts.person,
        evaluate(facts, old, LAST),
        evaluate(facts, new, LAST),
        facts.opportunities,
        draw(st.sampled_from((NEVER, 10 * (LAST // 60)))),
    )


@settings(max_examples=100, deadline=None)
@given(replays(itself=True))
def test_a_version_against_itself_differs_in_nothing(one: Replay) -> None:
    found = added(one, question=SPANNED)
    assert {kind for counts in found.stages.values() for kind in counts.kinds} <= {"same"}
    data = as_data(found, VERSIONS)
    for part in ("quality", "tasks", "unknown"):
        assert data[part]["in_force"] == data[part]["new"]


@settings(max_examples=60, deadline=None)
@given(st.lists(replays(), max_size=5), st.randoms())
def test_the_order_of_people_does_not_matter(some: list[Replay], chance) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)
    assert as_data(added(*some, question=SPANNED), VERSIONS) == as_data(added(*shuffled, question=SPANNED), VERSIONS)


@settings(max_examples=60, deadline=None)
@given(st.lists(replays(), max_size=5), st.integers(0, 5))
def test_people_counted_apart_and_joined_are_as_if_counted_together(some: list[Replay], cut: int) -> None:
    joined = added(*some[:cut], question=SPANNED)
    joined.join(added(*some[cut:], question=SPANNED))
    assert as_data(joined, VERSIONS) == as_data(added(*some, question=SPANNED), VERSIONS)
    assert joined == added(*some, question=SPANNED)


@settings(max_examples=60, deadline=None)
@given(st.lists(replays(), max_size=5))
def test_what_is_gained_less_what_is_lost_is_the_difference(some: list[Replay]) -> None:
    found = added(*some, question=SPANNED)
    for stage, counts in found.stages.items():
        assert counts.new - counts.old == counts.kinds["gained"] - counts.kinds["lost"]
        old, new = (
            len(
                {
                    (at, e.cycle)
                    for at, one in enumerate(some)
                    for e in pick(one).entries
                    if e.stage == stage and SPAN.holds(e.at)
                }
            )
            for pick in (lambda one: one.old, lambda one: one.new)
        )
        assert (counts.old, counts.new) == (old, new)


@settings(max_examples=100, deadline=None)
@given(agreements(leave=True), people(floors))
def test_who_stands_where_a_version_brought_them_is_not_moved_when_it_begins(agreement, facts) -> None:
    stands = evaluate(facts, agreement, LAST)
    held = replace(facts, held=[one for one in stands.entries if one.at < LAST])
    known = {(one.stage, one.cycle) for one in stands.entries}
    begun = evaluate(held, agreement, LAST, LAST)
    assert [one for one in begun.entries if one.at == LAST and (one.stage, one.cycle) not in known] == []
