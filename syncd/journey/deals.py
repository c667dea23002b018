"""How many deals are won, and how much a day the pipeline is worth (facts: market 4). Pure.

Amounts of two currencies are never added: nobody said a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from syncd.journey.funnel import Rate
from syncd.journey.units import Question
from syncd.model.instant import DAY, NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Opportunity

CENT = Decimal("0.01")
Span: TypeAlias = "tuple[Instant, Instant, str]"
"""From when until before when a bucket of time goes, and its value."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the deals of one currency bring a day: qualified x win rate x average size / days to win. None where one of
    these is missing. `qualified` are open deals with an amount above zero.
    """

    currency: str | None
    qualified: int
    win_rate: Rate
    average: Decimal | None
    days: Decimal | None

    @property
    def a_day(self) -> Decimal | None:
        """The amount a day, to the cent."""
        if self.average is None or not self.days or not self.win_rate.of:
            return None
        value = self.qualified * Decimal(self.win_rate.n) / self.win_rate.of * self.average / self.days
        return value.quantize(CENT)


@dataclass(frozen=True, slots=True)
class DealNumbers:
    """Win rate both ways. `period`: won of those closed in the period. `cohort`: of those created in it, won by the end
    of the data; `open` of them are not closed yet.
    """

    period: Rate
    cohort: Rate
    open: int
    pipelines: Sequence[Pipeline]


def deal_numbers(deals: Sequence[Opportunity], question: Question) -> DealNumbers:
    """Count deals as they stand at the end of the data."""
    closed = [deal for deal in deals if question.covers(deal.closed_at)]
    created = [deal for deal in deals if question.covers(deal.created_at)]
    return DealNumbers(
        Rate(sum(deal.won for deal in closed), len(closed)),
        Rate(sum(deal.won for deal in created), len(created)),
        sum(deal.closed_at is None for deal in created),
        [
            _pipeline(currency, [deal for deal in deals if deal.currency == currency], question)
            for currency in sorted({deal.currency for deal in deals if deal.amount}, key=lambda one: one or "")
        ],
    )


def deals_in_time(
    deals: Sequence[Opportunity], question: Question, span_of: Callable[[Instant], Span]
) -> Iterator[tuple[str, DealNumbers]]:
    """(value, numbers) of each bucket of time in which a deal was made or closed, in order, as if it were the period;
    `span_of` gives the bucket of an instant. The pipeline is that of the bucket's end.
    """
    dates = (at for deal in deals for at in (deal.created_at, deal.closed_at) if at is not None and question.covers(at))
    for begin, end, value in sorted(set(map(span_of, dates))):
        since, until = max(begin, question.since or begin), min(end, question.until or end)
        there = [
            deal
            for deal in deals
            if deal.created_at < until and (deal.closed_at is None or max(deal.created_at, deal.closed_at) >= since)
        ]
        yield value, deal_numbers(there, replace(question, since=since, until=until))


def _pipeline(currency: str | None, deals: Sequence[Opportunity], question: Question) -> Pipeline:
    closed = [deal for deal in deals if question.covers(deal.closed_at)]
    won = [deal for deal in closed if deal.won]
    end = min(question.horizon, NEVER if question.until is None else Instant(question.until - 1))
    amounts = [deal.amount for deal in won if deal.amount is not None]
    lengths = [max(0, deal.closed_at - deal.created_at) for deal in won if deal.closed_at is not None]
    return Pipeline(
        currency,
        sum(bool(deal.amount and deal.amount > 0) and _open_at(deal, end) for deal in deals),
        Rate(len(won), len(closed)),
        (sum(amounts, Decimal(0)) / len(amounts)).quantize(CENT) if amounts else None,
        (Decimal(sum(lengths)) / len(lengths) / DAY).quantize(CENT) if lengths else None,
    )


def _open_at(deal: Opportunity, at: Instant) -> bool:
    return deal.created_at <= at and (deal.closed_at is None or deal.closed_at > at)
