from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.hubspot import ApiError

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
SAID = "2026-03-01T09:00:00.000Z"
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"


@pytest.fixture
def ann(portal):
    return portal.create("contacts", {"email": "ann@acme.example"}, DAY - timedelta(days=1))


@pytest.fixture
def sam(portal):
    return portal.add_owner("sam@us.example", "Sam", "Sales")


def test_a_logged_call_holds_the_guid_of_its_outcome_and_its_owner(portal, ann, sam):
    call = portal.people.log_call(ann, "Connected", by=sam, at=DAY)
    seen = portal.values("calls", call)
    assert (seen["hs_call_disposition"], seen["hubspot_owner_id"], seen["hs_timestamp"]) == (CONNECTED, sam, SAID)
    assert portal.history("calls", call, "hs_call_title")[0].source.user_id == portal.owners[sam].user_id
    assert portal.values("contacts", ann)["notes_last_contacted"] == SAID
    with pytest.raises(ApiError) as caught:
        portal.people.log_call(ann, "Had a chat")
    assert "INVALID_OPTION" in caught.value.message


def test_a_held_meeting_has_its_times_and_moves_the_contacts_dates(portal, ann):
    meeting = portal.people.hold_meeting(ann, "Demo", kind="Demo", minutes=45, at=DAY)
    seen = portal.values("meetings", meeting)
    assert (seen["hs_meeting_outcome"], seen["hs_activity_type"]) == ("COMPLETED", "Demo")
    assert (seen["hs_meeting_start_time"], seen["hs_meeting_end_time"]) == (SAID, "2026-03-01T09:45:00.000Z")
    assert portal.values("contacts", ann)["engagements_last_meeting_booked"] == SAID


def test_a_reply_is_an_incoming_email_and_dates_the_contact(portal, ann, sam):
    sent = portal.people.send_email(ann, "Hello", by=sam, at=DAY)
    reply = portal.people.reply_to_email(ann, "Re: Hello", by=sam, at=DAY + timedelta(hours=1))
    assert portal.values("emails", sent)["hs_email_direction"] == "EMAIL"
    seen = portal.values("emails", reply)
    assert (seen["hs_email_direction"], seen["hs_email_from_email"]) == ("INCOMING_EMAIL", "ann@acme.example")
    assert seen["hs_email_to_email"] == "sam@us.example"
    assert portal.values("contacts", ann)["hs_sales_email_last_replied"] == "2026-03-01T10:00:00.000Z"


def test_a_completed_task_says_when(portal, ann):
    task = portal.people.add_task(ann, "Call back", due=DAY + timedelta(days=3), at=DAY)
    assert portal.values("tasks", task)["hs_timestamp"] == "2026-03-04T09:00:00.000Z"
    portal.people.complete_task(task, at=DAY + timedelta(days=1))
    seen = portal.values("tasks", task)
    assert (seen["hs_task_is_completed"], seen["hs_task_completion_date"]) == ("true", "2026-03-02T09:00:00.000Z")


def test_visits_are_counted_with_their_history_on_every_tier(portal, ann):
    for n, page in enumerate(("blog", "pricing")):
        portal.people.visit(ann, f"https://us.example/{page}", at=DAY + timedelta(days=n))
    seen = portal.values("contacts", ann)
    assert (seen["hs_analytics_num_page_views"], seen["hs_analytics_first_url"]) == ("2", "https://us.example/blog")
    urls = portal.history("contacts", ann, "hs_analytics_last_url")
    assert [(each.value[-4:], each.source.type) for each in urls] == [("cing", "ANALYTICS"), ("blog", "ANALYTICS")]


def test_a_person_acts_over_http(api, portal, ann, sam):
    acts = api("GET", "/sandbox").json()
    wanted = {"log_call", "hold_meeting", "reply_to_email", "visit", "submit_form", "merge", "archive"}
    assert {f"people/{name}" for name in wanted} <= set(acts)
    answer = api(
        "POST", "/sandbox/people/log_call", {"contact": ann, "by": "sam@us.example", "at": "2026-03-01T10:00:00+01:00"}
    )
    assert portal.values("calls", answer.json()["result"])["hs_timestamp"] == SAID
    edited = api(
        "POST", "/sandbox/people/edit", {"object_type": "contacts", "record_id": ann, "properties": {"city": "Kiel"}}
    )
    assert (edited.status_code, portal.values("contacts", ann)["city"]) == (200, "Kiel")


@pytest.mark.parametrize(
    ("act", "arguments", "status"),
    [
        ("log_call", {}, 400),
        ("log_call", {"contact": "1"}, 404),
        ("log_call", {"contact": "ANN", "minutes": "5"}, 400),
        ("log_call", {"contact": "ANN", "at": "2026-03-01T10:00:00"}, 400),
        ("log_call", {"contact": "ANN", "volume": "loud"}, 400),
        ("log_call", {"contact": "ANN", "by": "7"}, 404),
        ("archive", {"object_type": "unicorns", "record_id": "ANN"}, 404),
        ("edit", {"object_type": "contacts", "record_id": "ANN", "properties": {"city": 1}}, 400),
        ("attend", {"contact": "ANN", "event": "9"}, 404),
        ("mail", {"contact": "ANN", "campaign": "9"}, 404),
        ("_contact", {"contact": "ANN"}, 404),
        ("sing", {}, 404),
    ],
)
def test_what_nobody_can_do_is_refused_and_changes_nothing(api, portal, ann, act, arguments, status):
    before = dict(portal.values("contacts", ann))
    given = {name: ann if value == "ANN" else value for name, value in arguments.items()}
    assert api("POST", f"/sandbox/people/{act}", given).status_code == status
    assert portal.values("contacts", ann) == before
    assert portal.tables["calls"].live == {}


def test_people_need_no_token_and_cost_the_app_nothing(api, portal):
    portal.scopes = frozenset()
    del api.session.headers["Authorization"]
    before = portal.meter.used_today
    assert api("POST", "/sandbox/people/create", {"object_type": "notes", "properties": {}}).status_code == 200
    assert portal.meter.used_today == before


def test_an_admin_sets_the_portal_up_over_http(api, portal, ann):
    def do(act, **arguments):
        answer = api("POST", f"/sandbox/admin/{act}", arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    owner = do("add_owner", email="sam@us.example", first_name="Sam", last_name="Sales", team="North")
    do("add_property", object_type="contacts", name="budget", options=["low", "high"], type="enumeration")
    do("set_options", object_type="contacts", name="hs_lead_status", options=["NEW=New", "BAD=Not for us"])
    do("demand", object_type="contacts", needs=["message"], when="hs_lead_status", values=["BAD"])
    do("tune", tier="enterprise", index_lag_seconds=20)
    do("limit", searches=2, retry_after=3)
    assert portal.owners[owner].team == "North"
    assert [each.label for each in portal.properties["contacts"]["hs_lead_status"].options] == ["New", "Not for us"]
    assert (portal.limits.burst, portal.limits.searches, portal.limits.retry_after) == (190, 2, 3)
    values = {"properties": {"hs_lead_status": "BAD", "budget": "low"}}
    assert api("PATCH", f"/crm/objects/2026-09/contacts/{ann}", values).status_code == 400
    do("grant", scopes=["forms"])
    assert api("GET", "/crm/v3/objects/contacts").status_code == 403
    do("unlimit")
    assert portal.limits is None


@pytest.mark.parametrize(
    ("act", "arguments", "status"),
    [
        ("tune", {"tier": "gold"}, 400),
        ("limit", {"burst": "many"}, 400),
        ("demand", {"object_type": "contacts", "needs": ["unheard_of"]}, 404),
        ("grant", {}, 400),
    ],
)
def test_what_an_admin_cannot_mean_is_refused(api, act, arguments, status):
    assert api("POST", f"/sandbox/admin/{act}", arguments).status_code == status


def test_a_restored_record_is_found_again_under_its_address(api, portal, ann):
    portal.people.archive("contacts", ann)
    assert api("GET", f"/crm/v3/objects/contacts/{ann}").status_code == 404
    portal.people.restore("contacts", ann)
    seen = api("GET", "/crm/v3/objects/contacts/ann@acme.example", idProperty="email").json()
    assert (seen["id"], seen["archived"]) == (ann, False)
    assert api("GET", "/crm/v3/objects/contacts", archived="true").json()["results"] == []


def test_a_record_whose_address_is_taken_is_not_restored(portal, ann):
    portal.people.archive("contacts", ann)
    portal.create("contacts", {"email": "ann@acme.example"})
    with pytest.raises(ApiError, match="Existing ID"):
        portal.people.restore("contacts", ann)


def test_an_erased_person_is_on_no_list_and_in_no_event(api, portal, ann):
    portal.tier = "enterprise"
    people = portal.people
    people.visit(ann, "https://us.example/")
    people.mail(ann, people.prepare_mailing("News"), "CLICK")
    webinar, nurture = people.announce_event("Webinar"), people.make_list("Nurture")
    people.attend(ann, webinar)
    people.put_on_list(nurture, ann)
    people.archive("contacts", ann)
    assert api("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": ann}).status_code == 204
    assert api("GET", "/crm/v3/objects/contacts", archived="true").json()["results"] == []
    assert api("GET", "/events/v3/events/", eventType="e_visited_page").json()["results"] == []
    assert api("GET", "/email/public/v1/events").json() == {"hasMore": False, "events": []}
    assert api("GET", f"/crm/v3/lists/{nurture}/memberships").json()["results"] == []
    breakdown = f"/marketing/v3/marketing-events/participations/{webinar}/breakdown"
    assert api("GET", breakdown).json()["total"] == 0


def test_all_that_a_person_did_follows_a_merge(api, portal, ann):
    portal.tier = "enterprise"
    people = portal.people
    bob = portal.create("contacts", {"email": "bob@acme.example"}, DAY)
    nurture, webinar = people.make_list("Nurture"), people.announce_event("Webinar")
    for n, who in enumerate((ann, bob)):
        moment = DAY + timedelta(days=n)
        people.visit(who, "https://us.example/", at=moment)
        people.put_on_list(nurture, who, moment)
        people.attend(who, webinar, at=moment)
    merged = people.merge(ann, bob)
    for old in (ann, bob, merged):
        seen = api("GET", "/events/v3/events/", objectType="contact", objectId=old).json()["results"]
        assert [each["objectId"] for each in seen] == [merged, merged]
    members = api("GET", f"/crm/v3/lists/{nurture}/memberships").json()["results"]
    assert members == [{"recordId": merged, "membershipTimestamp": SAID}]
    breakdown = "/marketing/v3/marketing-events/participations/contacts/bob@acme.example/breakdown"
    assert api("GET", breakdown).json()["total"] == 2


def test_no_record_is_merged_from_more_than_250_others(api, portal, ann):
    merged = ann
    for n in range(124):
        merged = portal.merge(merged, portal.create("contacts", {"email": f"p{n}@acme.example"}))
    assert len(portal.values("contacts", merged)["hs_merged_object_ids"].split(";")) == 248
    last = [portal.create("contacts", {"email": f"q{n}@acme.example"}) for n in range(2)]
    body = {"primaryObjectId": merged, "objectIdToMerge": last[0]}
    merged = api("POST", "/crm/v3/objects/contacts/merge", body).json()["id"]
    body = {"primaryObjectId": merged, "objectIdToMerge": last[1]}
    assert api("POST", "/crm/v3/objects/contacts/merge", body).status_code == 414
