"""Texts and what they say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from syncd.files import scalars
from syncd.files.problem import Wrong
from syncd.files.scalars import WorkingDuration
from syncd.model.instant import DAY, HOUR, MINUTE


@pytest.mark.parametrize(
    ("text", "length"),
    [("30 days", 30 * DAY), ("1 hour", HOUR), ("14 d", 14 * DAY), ("90min", 90 * MINUTE), ("1.5 hours", 90 * MINUTE),
     ("2 Weeks", 14 * DAY), (" 10 s ", 10_000)],
)  # fmt: skip
def test_durations_are_whole_milliseconds(text: str, length: int):
    assert scalars.duration_of(text) == length


@pytest.mark.parametrize("text", ["30", "days", "-3 days", "3 fortnights", "1 month", "2 years", "9999999 days", ""])
def test_what_has_no_fixed_length_is_no_duration(text: str):
    with pytest.raises(Wrong):
        scalars.duration_of(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("1 working day", WorkingDuration(days=1)),
        ("4 working hours", WorkingDuration(milliseconds=4 * HOUR)),
        ("2 days", WorkingDuration(milliseconds=2 * DAY, working=False)),
    ],
)
def test_working_time_is_told_from_time(text: str, due: WorkingDuration):
    assert scalars.working_duration_of(text) == due


@pytest.mark.parametrize(
    "text", ["working day", "1 working week", "x working days", "0 working hours", "0 working days"]
)
def test_working_time_needs_a_number_and_a_unit(text: str):
    with pytest.raises(Wrong):
        scalars.working_duration_of(text)


@pytest.mark.parametrize(
    ("text", "share"), [("30 %", "0.3"), ("30%", "0.3"), ("0.3", "0.3"), ("0", "0"), ("100 %", "1")]
)
def test_shares_are_exact(text: str, share: str):
    assert scalars.share_of(text) == Decimal(share)


@pytest.mark.parametrize("text", ["Europe", "../etc/passwd", "", "Mars/Olympus", "x" * 5000, "a\x00b"])
def test_what_is_no_zone_is_no_zone(text: str):
    with pytest.raises(Wrong):
        scalars.time_zone_of(text)


@pytest.mark.parametrize("text", ["20261224", "2026-W52-4", "24.12.2026", "2026-02-30", "2026-12-24T00:00"])
def test_days_are_written_one_way(text: str):
    with pytest.raises(Wrong):
        scalars.day_of(text)
    assert scalars.day_of("2026-12-24") == date(2026, 12, 24)


@pytest.mark.parametrize(("text", "ago"), [("3 days ago", 3 * DAY), ("now", 0), ("1 h ago", HOUR)])
def test_ago_is_milliseconds_before_now(text: str, ago: int):
    assert scalars.ago_of(text) == ago


@pytest.mark.parametrize("text", ["٣", "1_000", "1e3", "0x10", "\uff11\uff12"])
def test_numbers_are_plain_digits(text: str):
    with pytest.raises(Wrong):
        scalars.count_of(text)
    with pytest.raises(Wrong):
        scalars.number_of(text)
