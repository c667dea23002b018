"""How many deals are won, and what the pipeline brings a day, counted by hand."""

from __future__ import annotations

from decimal import Decimal

from syncd.journey.deals import deal_numbers, deals_in_time
from syncd.journey.funnel import Rate
from syncd.journey.units import Question
from syncd.model.instant import DAY, Instant
from syncd.model.person import Opportunity
from tests.unit.journey.lives import day


def deal(created, closed=None, *, won=False, amount="100", currency=None) -> Opportunity:
    return Opportunity(
        id=f"{created}-{closed}",
        created_at=day(created),
        closed_at=None if closed is None else day(closed),
        won=won,
        stage="",
        amount=None if amount is None else Decimal(amount),
        amount_at=None,
        close_date=None,
        close_date_by_sales=True,
        currency=currency,
    )


DEALS = [
    deal(1, 11, won=True, amount="1000"),
    deal(2, 22, won=True, amount="3000"),
    deal(3, 20, won=False),
    deal(12, 40, won=True),
    deal(15),
    deal(16, amount=None),
]


def counted(deals=DEALS, **asked):
    return deal_numbers(deals, Question((), **{"horizon": day(60), **asked}))


def test_the_win_rate_of_a_period_is_of_those_closed_in_it_and_of_a_cohort_of_those_created() -> None:
    found = counted(since=day(10), until=day(30))
    assert (found.period, found.cohort, found.open) == (Rate(2, 3), Rate(1, 3), 2)


def test_pipeline_velocity_is_qualified_deals_by_rate_by_size_by_length() -> None:
    """By hand: in the period 2 of 3 won, 2,000 on average, after 15 days; 2 open with an amount on day 30."""
    (pipeline,) = counted(since=day(10), until=day(30)).pipelines
    assert (pipeline.qualified, pipeline.win_rate) == (2, Rate(2, 3))
    assert (pipeline.average, pipeline.days) == (Decimal(2000), Decimal(15))
    assert pipeline.a_day == Decimal("177.78")


def test_each_month_is_a_period_of_its_own_and_its_pipeline_that_of_its_end() -> None:
    """By hand, in months of 20 days: made 1, 2, 3, 12, 15, 16 and then none; closed 11, then 22 and 20, then 40."""

    def month(at):
        begin = Instant(at // (20 * DAY) * 20 * DAY)
        return begin, Instant(begin + 20 * DAY), f"{at // (20 * DAY)}"

    found = dict(deals_in_time(DEALS, Question((), horizon=day(60)), month))
    assert {value: (one.period, one.cohort) for value, one in found.items()} == {
        "0": (Rate(1, 1), Rate(3, 6)), "1": (Rate(1, 2), Rate(0, 0)), "2": (Rate(1, 1), Rate(0, 0)),
    }  # fmt: skip
    assert [one.pipelines[0].qualified for one in found.values()] == [4, 2, 1]
    assert found["1"].pipelines[0].a_day == Decimal("150.00")  # 2 open x 1/2 x 3,000 / 20 days
    part = dict(deals_in_time(DEALS, Question((), horizon=day(60), since=day(2), until=day(21)), month))
    assert {value: (one.period, one.cohort) for value, one in part.items()} == {
        "0": (Rate(1, 1), Rate(2, 5)), "1": (Rate(0, 1), Rate(0, 0)),
    }  # fmt: skip


def test_where_nothing_was_won_there_is_no_velocity_and_no_rate() -> None:
    (pipeline,) = counted([deal(1)]).pipelines
    assert (pipeline.average, pipeline.a_day) == (None, None)
    assert counted([]).period.share is None


def test_two_currencies_are_never_added() -> None:
    found = counted([deal(1, 3, won=True, currency="EUR"), deal(1, 3, won=True, currency="USD")])
    assert [one.currency for one in found.pipelines] == ["EUR", "USD"]
    assert [one.average for one in found.pipelines] == [100, 100]
