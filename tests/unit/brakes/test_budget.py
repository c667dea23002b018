"""The forecast of a day's calls, and the pace at which it fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.records import System
from syncd.brakes.budget import (
    FARTHEST,
    as_data,
    fitting,
    forecast,
    noted,
    pace,
    resume,
    said,
    usual,
    wait_noted,
    waits,
)
from syncd.files.service_file import Budgets
from syncd.model.instant import DAY, HOUR, SECOND, Instant, instant_of
from syncd.store.runs import RunId, RunRow

NOON = instant_of(datetime(2026, 11, 22, 12, tzinfo=UTC))
MINUTE = 60 * SECOND


def row(ours: int, *, at: int = NOON, day: str = "2026-11-22", command: str = "run", **told: object) -> RunRow:
    kept = {"day": day, "zone": "UTC", "ours": ours, "used": None, "total": None} | told
    summary = {"limits": {"salesforce": kept}}
    return RunRow(RunId("r"), command, "apply", Instant(at), "d", "c", Instant(at), 0, None, summary)


def cycles(each: int, **told: object) -> list[RunRow]:
    """Half a day's cycles of so many calls, newest first: 720 of them were made, the last 21 are looked at."""
    return [row(each * (720 - back), at=NOON - back * MINUTE, **told) for back in range(21)]


def budgets(**said_there: object) -> Budgets:
    return Budgets.model_validate(said_there)


def test_what_a_cycle_usually_makes_leaves_first_loads_out() -> None:
    assert usual([5000, 3, 3]) == 3
    assert usual([4, 2, 3, 3, 3, 3, 900, 3, 800, 3]) == 3
    assert usual([3, 3]) is None


def test_the_day_comes_to_what_was_made_and_what_the_cycles_left_will_make() -> None:
    assert forecast(2160, 3.0, 12 * HOUR, MINUTE) == 4320
    assert forecast(10, 3.0, 0, MINUTE) == 10


@given(
    st.integers(0, 5000), st.floats(0.1, 500), st.integers(SECOND, DAY), st.integers(0, 9000), st.integers(SECOND, DAY)
)
def test_a_stretched_day_fits_or_is_stretched_as_far_as_it_may_be(today, each, left, goal, every) -> None:
    stretched = fitting(today, each, left, goal, every)
    assert every <= stretched <= max(every, FARTHEST)
    assert forecast(today, each, left, stretched) <= goal or stretched == max(every, FARTHEST)


@given(st.integers(0, 5000), st.floats(0.1, 500), st.integers(SECOND, DAY), st.integers(0, 9000))
def test_a_day_is_not_stretched_further_than_it_must_be(today, each, left, goal) -> None:
    stretched = fitting(today, each, left, goal, MINUTE)
    if stretched > MINUTE + SECOND:
        assert forecast(today, each, left, stretched - SECOND - 1) >= goal


def test_a_day_that_fits_keeps_the_files_pace() -> None:
    found = pace(cycles(3, used=2500, total=100_000), budgets(), MINUTE, NOON)
    assert (found.configured, found.every, found.why) == (MINUTE, MINUTE, None)
    (salesforce,) = found.outlooks
    assert (salesforce.today, salesforce.forecast, salesforce.goal) == (2160, 4320, 20_000)
    assert salesforce.share == pytest.approx(0.0432)


def test_a_day_that_passes_a_fifth_of_the_orgs_is_stretched_until_it_fits_and_says_why() -> None:
    found = pace(cycles(3, used=2500, total=15_000), budgets(), MINUTE, NOON)
    assert found.why is System.SALESFORCE
    assert found.every is not None
    assert forecast(2160, 3, 12 * HOUR, found.every) <= 3000
    assert said(found) == (
        "cycles start every 155 s instead of every 60 s: Salesforce would get 4,320 calls today, and 3,000 are ours"
    )


def test_the_share_is_the_files() -> None:
    assert pace(cycles(3, total=15_000), budgets(salesforce={"share_of_day": "50 %"}), MINUTE, NOON).why is None
    tight = pace(cycles(3, total=100_000), budgets(salesforce={"calls_a_day": "2500"}), MINUTE, NOON)
    assert tight.every == 382 * SECOND


def test_what_other_programs_used_is_not_ours() -> None:
    found = pace(cycles(3, used=79_160, total=100_000), budgets(), MINUTE, NOON)
    assert found.outlooks[0].goal == 80_000 - 77_000


def test_a_day_with_nothing_left_is_stretched_as_far_as_it_may_be_and_never_below_the_files_pace() -> None:
    rows = cycles(3, used=15_000, total=15_000)
    assert pace(rows, budgets(), MINUTE, NOON).every == FARTHEST
    assert pace(rows, budgets(), 2 * FARTHEST, NOON).every == 2 * FARTHEST


def test_a_new_day_begins_with_no_calls() -> None:
    (found,) = pace(cycles(3, used=2500, total=100_000), budgets(), MINUTE, Instant(NOON + DAY // 2)).outlooks
    assert (found.day, found.today, found.forecast) == ("2026-11-23", 0, 4320)


def test_a_cycle_over_midnight_counts_from_there() -> None:
    rows = [row(2), row(5, day="2026-11-21"), row(2, day="2026-11-21"), row(0, day="2026-11-21")]
    assert pace(rows, budgets(), MINUTE, NOON).outlooks[0].forecast == 2 + 2 * 720


def test_commands_that_are_no_cycles_count_but_do_not_forecast() -> None:
    rows = [row(1000, command="backfill"), row(9), row(6), row(3), row(0)]
    (found,) = pace(rows, budgets(), MINUTE, NOON).outlooks
    assert (found.today, found.forecast) == (1000, 1000 + 3 * 720)


def test_too_few_cycles_say_nothing() -> None:
    (found,) = pace([row(500), row(3)], budgets(), MINUTE, NOON).outlooks
    assert (found.today, found.forecast, found.share) == (500, None, None)
    assert pace([], budgets(), MINUTE, NOON).outlooks == ()


def test_a_cron_line_keeps_its_times_and_is_forecast_by_the_time_between_runs() -> None:
    found = pace(cycles(3, total=15_000), budgets(), None, NOON)
    assert (found.every, found.why) == (None, None)
    assert found.outlooks[0].forecast == 4320


def test_programs_read_the_same_as_people() -> None:
    told = as_data(pace(cycles(3, used=2500, total=15_000), budgets(), MINUTE, NOON), None)
    assert (told["every_seconds"], told["in_force_seconds"], told["stretched_by"]) == (60, 155, "salesforce")
    assert told["calls"]["salesforce"] == {
        "day": "2026-11-22",
        "today": 2160,
        "forecast": 4320,
        "forecast_share": 0.288,
        "ours": 3000,
        "used_by_all": 2500,
        "limit": 15_000,
    }
    assert told["waits_for"] is None


def test_a_wait_is_kept_until_it_is_over() -> None:
    told = wait_noted(System.HUBSPOT, NOON)
    assert waits(told, Instant(NOON - 1)) == (System.HUBSPOT, NOON)
    assert waits(told, NOON) is None
    assert waits("", NOON) is None
    assert waits(None, NOON) is None


def test_who_has_the_next_turn_counts_the_calls_of_the_last_seconds_to_its_own_burst() -> None:
    seconds = [100.0]
    options = Options(
        clock=lambda: seconds[0], wall=lambda: datetime(2026, 11, 22, tzinfo=UTC) + timedelta(0, seconds[0])
    )
    backfill, service = (HubSpot("token", base_url="http://127.0.0.1:1", options=options) for _ in range(2))
    few = backfill.limiter.burst.calls // 20
    for _ in range(few):
        backfill.limiter.burst.reserve(seconds[0])
    assert "lately" not in noted(backfill)["hubspot"]
    for _ in range(backfill.limiter.burst.calls - few):
        backfill.limiter.burst.reserve(seconds[0])
    seconds[0] += 4
    resume({"limits": noted(backfill)}, backfill, service)
    assert service.limiter.burst.reserve(seconds[0]) == pytest.approx(6, abs=0.01)
    seconds[0] += 6
    assert backfill.limiter.burst.reserve(seconds[0]) == 0
