from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
EVENTS = "/events/event-occurrences/2026-09"
MAILS = "/email/public/v1/events"


@pytest.fixture
def ann(portal):
    portal.tier = "enterprise"
    return portal.create("contacts", {"email": "ann@acme.example"}, DAY)


def ms(moment):
    return int(moment.timestamp() * 1000)


def test_events_of_one_instant_are_paged_without_loss(api, portal, ann):
    made = [portal.people.visit(ann, f"https://us.example/{n}", at=DAY) for n in range(5)]
    for sort, expected in (("occurredAt", made), ("-occurredAt", made[::-1])):
        asked = {"objectType": "contact", "objectId": ann, "sort": sort, "limit": 2}
        seen, after = [], None
        while after != "end":
            page = api("GET", EVENTS, **asked, **({"after": after} if after else {})).json()
            seen += [each["id"] for each in page["results"]]
            after = page.get("paging", {"next": {"after": "end"}})["next"]["after"]
        assert seen == expected


def test_a_new_event_does_not_shift_the_pages_of_older_ones(api, portal, ann):
    made = [portal.people.visit(ann, "https://us.example/", at=DAY + timedelta(hours=n)) for n in range(4)]
    first = api("GET", EVENTS, eventType="e_visited_page", limit=2).json()
    portal.people.visit(ann, "https://us.example/late", at=DAY + timedelta(days=1))
    after = first["paging"]["next"]["after"]
    second = api("GET", EVENTS, eventType="e_visited_page", limit=2, after=after).json()
    assert [each["id"] for each in first["results"] + second["results"]] == made[::-1]


def test_events_are_narrowed_by_time_kind_and_property(api, portal, ann):
    bob = portal.create("contacts", {"email": "bob@acme.example"})
    for n in range(4):
        portal.people.visit(ann, "https://us.example/", at=DAY + timedelta(hours=n))
    trial = portal.people.trigger_event(bob, "trial", at=DAY)
    window = {"occurredAfter": "2026-03-01T09:00:00Z", "occurredBefore": "2026-03-01T11:00:00.001Z"}
    assert len(api("GET", EVENTS, objectType="0-1", **window).json()["results"]) == 2
    name = "objectProperty.email"
    by_address = api("GET", EVENTS, objectType="contact", **{name: "bob@acme.example"}).json()["results"]
    assert [each["id"] for each in by_address] == [trial]
    assert by_address[0]["eventType"] == f"pe{portal.portal_id}_trial"
    assert [each["id"] for each in api("GET", EVENTS, id=trial).json()["results"]] == [trial]
    assert api("GET", EVENTS, objectType="contact", objectId="1").json()["results"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"objectId": "1"},
        {"objectType": "unicorn"},
        {"eventType": "e_visited_page", "limit": 101},
        {"eventType": "e_visited_page", "sort": "eventType"},
        {"eventType": "e_visited_page", "occurredAfter": "yesterday"},
        {"eventType": "e_visited_page", "after": "x"},
    ],
)
def test_a_question_about_events_that_makes_no_sense_is_refused(api, ann, asked):
    assert api("GET", EVENTS, **asked).status_code == 400


def test_marketing_mail_is_counted_on_the_contact_and_told_newest_first(api, portal, ann):
    people = portal.people
    news = people.prepare_mailing("March news", "News for you")
    for n, event in enumerate(("SENT", "DELIVERED", "OPEN", "OPEN", "CLICK")):
        people.mail(ann, news, event, "https://us.example/offer" if event == "CLICK" else "", DAY + timedelta(hours=n))
    seen = portal.values("contacts", ann)
    assert (seen["hs_email_open"], seen["hs_email_click"], seen["hs_email_delivered"]) == ("2", "1", "1")
    assert (seen["hs_email_first_open_date"], seen["hs_email_last_open_date"]) == (
        "2026-03-01T11:00:00.000Z",
        "2026-03-01T12:00:00.000Z",
    )
    assert (seen["hs_email_last_email_name"], seen["hs_email_sends_since_last_engagement"]) == ("March news", "0")
    clicks = portal.history("contacts", ann, "hs_email_click")
    assert (clicks[0].source.type, clicks[0].source.label) == ("EMAIL", "March news")
    body = api("GET", MAILS).json()
    assert [each["type"] for each in body["events"]] == ["CLICK", "OPEN", "OPEN", "DELIVERED", "SENT"]
    assert body["events"][0]["created"] == ms(DAY + timedelta(hours=4))
    assert body["events"][0]["url"] == "https://us.example/offer"
    assert (body["events"][0]["recipient"], body["events"][0]["emailCampaignId"]) == ("ann@acme.example", int(news))
    assert api("GET", f"/email/public/v1/campaigns/{news}").json()["subject"] == "News for you"


def test_mail_events_come_in_pages_by_their_own_offset(api, portal, ann):
    news = portal.people.prepare_mailing("News")
    made = [portal.people.mail(ann, news, "OPEN", at=DAY) for _ in range(5)]
    seen, offset, more = [], None, True
    while more:
        page = api("GET", MAILS, limit=2, **({"offset": offset} if offset else {})).json()
        seen += [each["id"] for each in page["events"]]
        offset, more = page["offset"], page["hasMore"]
    assert seen == made[::-1]
    assert api("GET", MAILS, limit=1001).status_code == 400
    assert api("GET", MAILS, offset="???").status_code == 400


def test_mail_events_are_narrowed_by_time_type_and_recipient(api, portal, ann):
    news, offer = portal.people.prepare_mailing("News"), portal.people.prepare_mailing("Offer")
    bob = portal.create("contacts", {"email": "bob@acme.example"})
    portal.people.mail(ann, news, "OPEN", at=DAY)
    portal.people.mail(bob, offer, "CLICK", at=DAY + timedelta(hours=1))
    both = {"startTimestamp": ms(DAY), "endTimestamp": ms(DAY + timedelta(hours=1))}
    assert len(api("GET", MAILS, **both).json()["events"]) == 2
    assert len(api("GET", MAILS, startTimestamp=ms(DAY) + 1).json()["events"]) == 1
    assert len(api("GET", MAILS, eventType="OPEN").json()["events"]) == 1
    assert api("GET", MAILS, eventType="open").json()["events"] == []
    assert len(api("GET", MAILS, recipient="Bob@acme.example").json()["events"]) == 1
    assert len(api("GET", MAILS, campaignId=offer).json()["events"]) == 1


def test_participations_are_narrowed_by_state_and_paged(api, portal, ann):
    webinars = [portal.people.announce_event(f"Webinar {n}") for n in range(3)]
    for webinar in webinars:
        portal.people.attend(ann, webinar, "REGISTERED")
    portal.people.attend(ann, webinars[0], "NO_SHOW")
    path = f"/marketing/marketing-events/2026-09/participations/contacts/{ann}/breakdown"
    first = api("GET", path, state="REGISTERED", limit=2).json()
    rest = api("GET", path, state="REGISTERED", limit=2, after=first["paging"]["next"]["after"]).json()
    named = [each["associations"]["marketingEvent"]["name"] for each in first["results"] + rest["results"]]
    assert (named, first["total"]) == (["Webinar 0", "Webinar 1", "Webinar 2"], 3)
    assert api("GET", path, state="ASLEEP").status_code == 400
    assert api("GET", path.replace(ann, "nobody@acme.example")).status_code == 404
    counted = api("GET", f"/marketing/marketing-events/2026-09/participations/{webinars[0]}").json()
    assert counted == {"registered": 0, "attended": 0, "cancelled": 0, "noShows": 1}


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (EVENTS, "business-intelligence"),
        (MAILS, "content"),
        ("/marketing/v3/marketing-events", "crm.objects.marketing_events.read"),
        ("/crm/lists/2026-09/1", "crm.lists.read"),
    ],
)
def test_each_source_of_events_has_a_scope_of_its_own(api, portal, ann, path, scope):
    portal.scopes -= {scope}
    answer = api("GET", path, eventType="e_visited_page")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == [scope]
