"""What is said in English where no catalogue is: numbers with what they count, and durations."""

from __future__ import annotations

import pytest

from syncd.model.instant import DAY, HOUR
from syncd.model.said import counted, span


@pytest.mark.parametrize(
    ("n", "nouns", "said"),
    [
        (1, ("task",), "1 task"),
        (57, ("lead",), "57 leads"),
        (0, ("call",), "0 calls"),
        (1, ("person", "people"), "1 person"),
        (1_234, ("person", "people"), "1,234 people"),
    ],
)
def test_a_number_agrees_with_what_it_counts(n: int, nouns: tuple[str, ...], said: str) -> None:
    assert counted(n, *nouns) == said


def test_a_duration_is_said_in_its_largest_whole_unit() -> None:
    assert [span(DAY), span(36 * HOUR), span(5)] == ["1 day", "36 hours", "5 milliseconds"]
