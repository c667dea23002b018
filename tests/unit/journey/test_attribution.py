"""Credit for deals: each worked out by hand, and each deal's summing to exactly one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.files.attribution_section import RESERVED
from syncd.journey.attribution import MODELS, PRESETS, WHOLE, Deal, Model, credits_of
from syncd.model.instant import DAY
from syncd.model.person import PersonId, Touch
from tests.unit.journey.lives import day

ANNA = PersonId("anna")


def deal(*touched: float, born=3.0, created=6.0, won=9.0, amount="100.00") -> Deal:
    """Known since day 3, an opportunity on day 6, won on day 9, unless said otherwise."""
    touches = [Touch(day(at), f"t{place}", "page_view") for place, at in enumerate(touched)]
    return Deal(
        "d",
        day(created),
        day(won),
        won=True,
        amount=None if amount is None else Decimal(amount),
        currency="EUR",
        known_since=None if born is None else day(born),
        people=[ANNA],
        touches=touches,
    )


def credited(one: Deal, name: str, half_life: float = 7) -> dict[str | None, float]:
    found = credits_of(one, Model(name, PRESETS.get(name), int(half_life * DAY)))
    return {credit.touch and credit.touch.id: credit.parts / WHOLE for credit in found}


JOURNEY = deal(1, 2, 3, 4, 5, 6, 7, 9, 12)
"""First on day 1, lead on day 3, opportunity on day 6, won on day 9; after that a touch that does not count."""


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", {"t0": 1}),
        ("lead_creation", {"t2": 1}),
        ("last", {"t7": 1}),
        ("linear", {f"t{place}": 0.125 for place in range(8)}),
        ("u_hubspot", {"t0": 0.4, "t2": 0.4, **dict.fromkeys(["t1", "t3", "t4", "t5", "t6", "t7"], 0.2 / 6)}),
        ("u_marketo_measure", {"t0": 0.5, "t2": 0.5}),
        ("w", {"t0": 0.3, "t2": 0.3, "t5": 0.3, **dict.fromkeys(["t1", "t3", "t4", "t6", "t7"], 0.02)}),
        (
            "full_path",
            {"t0": 0.225, "t2": 0.225, "t5": 0.225, "t7": 0.225, **dict.fromkeys(["t1", "t3", "t4", "t6"], 0.025)},
        ),
    ],
)
def test_each_model_shares_as_its_definition_says(model, expected) -> None:
    assert credited(JOURNEY, model) == pytest.approx(expected, abs=2e-6)


def test_time_decay_halves_with_every_half_life() -> None:
    assert credited(deal(2, 9, won=9), "time_decay") == pytest.approx({"t0": 1 / 3, "t1": 2 / 3}, abs=1e-6)
    assert credited(deal(0, 9, won=9), "time_decay", 3) == pytest.approx({"t0": 1 / 9, "t1": 8 / 9}, abs=1e-6)


def test_without_a_middle_touch_its_part_goes_to_the_anchors_in_proportion() -> None:
    assert credited(deal(1, 3), "u_hubspot") == {"t0": 0.5, "t1": 0.5}
    assert credited(deal(1, 3, 6), "w") == pytest.approx({"t0": 1 / 3, "t1": 1 / 3, "t2": 1 / 3}, abs=1e-6)


def test_one_touch_that_holds_two_anchors_gets_both() -> None:
    assert credited(deal(1, 8), "u_hubspot") == {"t0": 0.8, "t1": 0.2}
    assert credited(deal(1), "full_path") == {"t0": 1}


def test_without_a_touch_before_the_first_record_nobody_holds_that_anchor() -> None:
    assert credited(deal(4, 5), "u_hubspot") == pytest.approx({"t0": 2 / 3, "t1": 1 / 3}, abs=1e-6)
    assert credited(deal(4, 5), "u_marketo_measure") == {"t0": 1}
    assert credited(deal(4, 5), "lead_creation") == {None: 1}
    assert credited(deal(4, 5, born=None), "w") == pytest.approx({"t0": 0.5, "t1": 0.5}, abs=1e-6)


def test_a_touch_at_the_very_instant_counts_and_one_after_does_not() -> None:
    assert credited(deal(9, 9.0001), "last") == {"t0": 1}


def test_without_any_touch_the_deal_is_unattributed() -> None:
    for model in MODELS:
        assert credited(deal(), model) == {None: 1}
        assert credited(deal(10), model) == {None: 1}


def test_money_is_shared_to_the_cent_and_none_is_lost() -> None:
    found = credits_of(deal(1, 2, 3, amount="100.00"), Model("linear", None, DAY))
    assert [credit.money for credit in found] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert [credit.money for credit in credits_of(deal(1, amount=None), Model("linear", None, DAY))] == [None]
    assert credits_of(deal(amount="7"), Model("linear", None, DAY))[0].money == 7


def test_no_file_may_call_its_own_model_like_a_known_one() -> None:
    assert set(RESERVED) == set(MODELS)


times = st.lists(st.floats(0, 12), max_size=12).map(sorted)
amounts = st.none() | st.decimals(-(10**9), 10**9, places=2).map(str)


@given(times, st.none() | st.floats(0, 12), st.floats(0, 12), st.floats(0, 12), amounts, st.sampled_from(MODELS))
def test_credit_sums_to_exactly_one_and_money_to_the_amount(touched, born, created, won, amount, name) -> None:
    one = deal(*touched, born=born, created=created, won=won, amount=amount)
    found = credits_of(one, Model(name, PRESETS.get(name), 7 * DAY))
    assert sum(credit.parts for credit in found) == WHOLE
    assert all(credit.parts >= 0 for credit in found)
    assert all(credit.touch is None or credit.touch.at <= one.until for credit in found)
    if one.amount is not None:
        assert sum(credit.money for credit in found) == one.amount
