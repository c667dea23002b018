"""When deals were worth something, won and lost: from Salesforce's fields and from what was seen of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.records import System
from syncd.facts.build import Reading, build_facts
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import Instant, instant_of
from syncd.model.person import Opportunity, PersonId


def on(month: int, day: int, hour: int = 0) -> Instant:
    return instant_of(datetime(2026, month, day, hour, tzinfo=UTC))


def deal(history=None, **properties) -> Opportunity:
    record = Mirrored(
        system=System.SALESFORCE,
        kind="opportunity",
        id="006",
        person=None,
        created_at=on(3, 1, 9),
        modified_at=on(6, 1, 9),
        known_at=on(6, 1, 10),
        deleted=False,
        merged_into=None,
        properties={"StageName": "Closed Won", "IsClosed": True, "IsWon": True, "Amount": 900.0, **properties},
        history=history or {},
    )
    dossier = Dossier(PersonId("p"), opportunities=[record])
    (found,) = build_facts(dossier, Reading((), frozenset())).opportunities
    return found


@pytest.mark.parametrize("closes", ["2026-05-20", "2026-05-21", "2026-12-31", None])
def test_a_deal_was_won_when_its_stage_changed_whatever_day_was_hoped_for(closes) -> None:
    won = deal(CloseDate=closes, LastStageChangeDate="2026-05-20T14:00:00.000+0000")
    assert won.closed_at == on(5, 20, 14)


def test_a_deal_that_was_noted_down_late_was_won_on_its_close_date() -> None:
    won = deal(CloseDate="2026-05-02", LastStageChangeDate="2026-05-20T14:00:00.000+0000")
    assert won.closed_at == on(5, 2)


def test_a_deal_that_was_loaded_as_won_was_so_on_its_close_date_or_when_it_was_made() -> None:
    assert deal(CloseDate="2025-11-30").closed_at == instant_of(datetime(2025, 11, 30, tzinfo=UTC))
    assert deal(CloseDate="2026-12-31").closed_at == on(3, 1, 9)


def test_without_the_day_of_its_last_stage_a_deal_was_won_when_its_history_says_so() -> None:
    names = ("Prospecting", "Proposal", "Closed Won", "Closed Won")
    rows = [(on(3, 1, 9), names[0], None, None)] + [(on(5, day), name, None, None) for day, name in enumerate(names, 1)]
    assert deal(CloseDate="2026-12-31", history={"StageName": rows}).closed_at == on(5, 3)
    assert deal(CloseDate="2026-04-02", history={"StageName": rows}).closed_at == on(4, 2)
    assert deal(CloseDate="2026-12-31", history={"StageName": rows[:1]}).closed_at == on(3, 1, 9)


def test_an_amount_counts_from_when_it_was_first_seen_to_be_there() -> None:
    seen = [(on(3, 1, 9), None, None, None), (on(4, 1), 500.0, None, None), (on(5, 1), 900.0, None, None)]
    assert deal(history={"Amount": seen}).amount_at == on(4, 1)
    assert deal(history={"Amount": seen[1:]}).amount_at == on(3, 1, 9)
    assert deal().amount_at == on(3, 1, 9)
    assert deal(Amount=None).amount_at is None


def test_a_deal_has_its_own_currency_where_the_org_has_several() -> None:
    assert (deal(CurrencyIsoCode="NOK").currency, deal().currency) == ("NOK", None)


def test_amounts_are_known_over_time_where_their_history_is() -> None:
    seen = [(on(4, 1), None, "user", "005A"), (on(5, 1), 900.0, "user", "005A")]
    assert deal(history={"Amount": seen}).amounts == [(on(3, 1, 9), None), (on(5, 1), 900)]
    assert deal().amounts == []


def test_a_close_date_is_set_by_sales_from_when_a_person_changed_it() -> None:
    made, moved = (on(3, 1, 9), "2026-03-31", "user", "005A"), (on(4, 2), "2026-06-30", "user", "005A")
    assert not deal(CloseDate="2026-03-31", history={"CloseDate": [made]}).close_date_by_sales
    found = deal(CloseDate="2026-06-30", history={"CloseDate": [made, moved]})
    assert (found.close_date_by_sales, found.close_date_at) == (True, on(4, 2))
