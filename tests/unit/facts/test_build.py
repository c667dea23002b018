"""What a dossier says by itself: since when somebody is known, and which stages the CRMs claim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.records import System
from syncd.facts.build import Reading, build_facts
from syncd.model.dossier import OURS, Dossier, Mirrored
from syncd.model.instant import BEGINNING, Instant
from syncd.model.person import PersonId, Touch
from syncd.model.stage import Stage

READ = Reading((), frozenset(), {"salesforce.opportunity": None})


def record(system=System.HUBSPOT, kind="contact", created=100, modified=200, **properties) -> Mirrored:
    return Mirrored(
        system=system,
        kind=kind,
        id="1",
        person=None,
        created_at=None if created is None else Instant(created),
        modified_at=Instant(modified),
        known_at=Instant(modified),
        deleted=properties.pop("deleted", False),
        merged_into=None,
        properties=properties,
        history=properties.pop("history", {}),
    )


def facts(*records, reading=READ, **more):
    return build_facts(Dossier(PersonId("p"), records=records, **more), reading)


def stages(*values):
    return {"lifecyclestage": [(Instant(at), value, None, None) for at, value in values]}


def test_somebody_is_known_since_the_first_record_of_theirs_was_made():
    assert facts(record(created=100), record(System.SALESFORCE, "lead", created=50)).born == 50
    assert facts(record(created=None, modified=70)).born == 70
    assert facts().born == 0


def test_a_record_in_salesforce_makes_a_lead_since_it_was_made():
    assert facts(record(), record(System.SALESFORCE, "lead", created=50)).floor == [(50, Stage.LEAD, "record")]


def test_hubspots_stages_stand_from_their_dates_on():
    history = stages((110, "lead"), (150, "marketingqualifiedlead"))
    floor = facts(record(lifecyclestage="marketingqualifiedlead", history=history)).floor
    assert floor == [(110, Stage.LEAD, "hubspot"), (150, Stage.MQL, "hubspot")]


def test_a_stage_that_hubspot_took_back_stands_no_longer():
    history = stages((110, "lead"), (150, "customer"), (160, "lead"))
    assert [stage for _, stage, _ in facts(record(lifecyclestage="lead", history=history)).floor] == ["lead", "lead"]


def test_a_stage_that_was_cleared_does_not_come_back_because_we_told_hubspot_a_later_one():
    """Else the next judgement would differ from the one that was written, without anybody having said anything."""
    cleared = [*stages((110, "lead"), (150, "marketingqualifiedlead"), (160, ""))["lifecyclestage"]]
    told = [(Instant(170), "opportunity", OURS, None), (Instant(170), "opportunity", "INTEGRATION", None)]
    before = record(lifecyclestage="", history={"lifecyclestage": cleared})
    after = record(lifecyclestage="opportunity", history={"lifecyclestage": [*cleared, *told]})
    assert facts(before).floor == facts(after).floor == []


def test_without_history_hubspots_stage_is_dated_by_the_contact():
    assert facts(record(lifecyclestage="customer")).floor == [(100, Stage.CUSTOMER, "hubspot")]


@pytest.mark.parametrize("said", [None, "", "other", "1234567"])
def test_a_stage_of_the_portals_own_says_nothing(said):
    assert facts(record(lifecyclestage=said)).floor == []


def test_the_floor_can_be_turned_off_and_salesforce_still_counts():
    off = Reading((), frozenset(), floor=False)
    records = record(lifecyclestage="customer"), record(System.SALESFORCE, "contact")
    assert [source for _, _, source in facts(*records, reading=off).floor] == ["record"]


def test_deals_are_known_only_where_they_were_read():
    assert facts().opportunities_known
    assert not facts(reading=Reading((), frozenset(), {"salesforce.opportunity": "no permission"})).opportunities_known
    assert not facts(reading=Reading((), frozenset())).opportunities_known


@pytest.mark.parametrize("amount", ["NaN", "much", "Infinity", None])
def test_an_amount_that_is_no_number_is_no_amount(amount):
    (deal,) = facts(
        opportunities=[record(System.SALESFORCE, "opportunity", Amount=amount, CloseDate="9" * 20)]
    ).opportunities
    assert (deal.amount, deal.close_date) == (None, None)


def test_a_close_date_at_the_end_of_the_calendar_is_a_date():
    (deal,) = facts(opportunities=[record(System.SALESFORCE, "opportunity", CloseDate="9999-12-31")]).opportunities
    assert deal.close_date.year == 9999


def test_a_deleted_deal_is_none():
    assert facts(opportunities=[record(System.SALESFORCE, "opportunity", deleted=True)]).opportunities == []


def test_a_mail_that_salesforce_keeps_as_a_task_too_counts_once():
    mail = record(System.SALESFORCE, "email_message", Incoming=True, ActivityId="1AA")
    task = record(System.SALESFORCE, "task", IsClosed=True, TaskSubtype="Email", Subject="Email: hello")
    other = replace(task, id="2")
    assert [one.kind for one in facts(activities=[mail], tasks=[replace(task, id="1AA"), other]).touches] == [
        "email_reply",
        "email",
    ]


def touch(at, name, kind="page_view"):
    return Touch(Instant(at), name, kind)


def colleague(*touches, **more):
    return Dossier(PersonId("q"), records=[replace(record(), **more)], touches=touches)


def test_colleagues_touches_are_in_order_and_nobodys_twice():
    both = touch(30, "call:1", "call")
    mine = [both, touch(31, "mine")]
    others = [colleague(touch(20, "b"), both), colleague(touch(10, "z"), touch(20, "a"), both)]
    found = facts(record(), touches=mine, colleagues=others)
    assert [one.id for one in found.colleagues] == ["z", "a", "b"]
    assert [one.id for one in found.touches] == ["call:1", "mine"]


def test_colleagues_who_were_not_looked_for_are_not_known_and_nobody_is_none():
    assert facts(record()).colleagues is None
    assert facts(record(), colleagues=[]).colleagues == []


def test_colleagues_are_known_from_where_the_last_of_their_histories_begins():
    reaching = colleague(reach={"hs_analytics_last_url": Instant(70)})
    assert facts(record(), colleagues=[reaching, colleague()]).colleagues_since == 70
    assert facts(record(), colleagues=[colleague()]).colleagues_since == BEGINNING
