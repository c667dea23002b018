"""HubSpot's own client against what people leave behind in the emulated HubSpot: activities, events, lists."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from hubspot import Client
from hubspot.crm.objects.notes import ApiException as NotesException
from hubspot.events import ApiException

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.server import Server
from tests.contract.test_sandbox_hubspot import misfits

CONTRACT = Path(__file__).parents[2].parent / "shared/contracts/hubspot/contract-hubspot-api-client-12.0.0.json"
DAY = datetime(2026, 9, 1, 8, tzinfo=UTC)
ACTIVITIES = ("calls", "meetings", "emails", "notes", "tasks")
TO_CONTACT = {"calls": 194, "meetings": 200, "emails": 198, "notes": 202, "tasks": 204, "deals": 3}
TO_COMPANY = {"calls": 182, "meetings": 188, "emails": 186, "notes": 190, "tasks": 192, "deals": 341}
TO_DEAL = {"calls": 206, "meetings": 212, "emails": 210, "notes": 214, "tasks": 216}


@pytest.fixture
def portal():
    return HubSpotPortal(tier="enterprise")


@pytest.fixture
def client(portal):
    server = Server(portal.answer).start()
    yield Client.create(access_token=portal.token, host=server.url, base_url=server.url)
    server.stop()


@pytest.fixture
def ann(portal):
    return portal.create("contacts", {"email": "ann@acme.example", "firstname": "Ann"}, DAY)


def api_of(client, kind):
    return client.crm.deals if kind == "deals" else getattr(client.crm.objects, kind)


def some_values(kind):
    if kind == "deals":
        return {"dealname": "Big", "amount": "1000", "dealstage": "contractsent", "pipeline": "default"}
    return {"hs_timestamp": DAY.isoformat()}


def link(to_id, type_id):
    return {"to": {"id": to_id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}


@pytest.mark.parametrize("kind", [*ACTIVITIES, "deals"])
def test_the_official_client_lives_a_whole_life_of_each_kind(portal, client, ann, kind):
    api = api_of(client, kind)
    company = portal.create("companies", {"name": "Acme"})
    links = [link(ann, TO_CONTACT[kind]), link(company, TO_COMPANY[kind])]
    made = api.basic_api.create({"properties": some_values(kind), "associations": links})
    assert api.basic_api.get_by_id(made.id).id == made.id
    found = api.search_api.do_search({"filterGroups": [], "sorts": ["hs_object_id"], "limit": 200})
    assert [each.id for each in found.results] == [made.id]
    read = api.batch_api.read({"inputs": [{"id": made.id}], "properties": ["hubspot_owner_id"]})
    assert read.results[0].properties["hs_lastmodifieddate"] is not None
    for ends, other in ((("contacts", kind), ann), (("companies", kind), company)):
        linked = client.crm.associations.v4.batch_api.get_page(*ends, {"inputs": [{"id": other}]})
        assert [str(each.to_object_id) for each in linked.results[0].to] == [made.id]
    owner = portal.add_owner("sam@acme.example", "Sam", "Sales")
    changed = api.batch_api.update({"inputs": [{"id": made.id, "properties": {"hubspot_owner_id": owner}}]})
    assert changed.results[0].properties["hubspot_owner_id"] == owner
    assert len(api.batch_api.create({"inputs": [{"properties": some_values(kind)}] * 2}).results) == 2
    api.batch_api.archive({"inputs": [{"id": made.id}]})
    assert [each.id for each in api.basic_api.get_page(archived=True).results] == [made.id]


@pytest.mark.parametrize("kind", ACTIVITIES)
def test_activities_belong_to_deals_as_well(portal, client, kind):
    deal = portal.create("deals", {"dealname": "Big"})
    made = api_of(client, kind).basic_api.create(
        {"properties": some_values(kind), "associations": [link(deal, TO_DEAL[kind])]}
    )
    linked = client.crm.associations.v4.batch_api.get_page("deals", kind, {"inputs": [{"id": deal}]})
    assert [str(each.to_object_id) for each in linked.results[0].to] == [made.id]


def test_an_activity_is_upserted_by_a_property_that_the_portal_made_unique(portal, client):
    portal.define_property("calls", "dialer_id", unique=True)
    row = {"id": "d-1", "idProperty": "dialer_id", "properties": some_values("calls")}
    first = client.crm.objects.calls.batch_api.upsert({"inputs": [row]}).results[0]
    again = client.crm.objects.calls.batch_api.upsert({"inputs": [row]}).results[0]
    assert (first.new, again.new, again.id) == (True, False, first.id)


def test_a_note_without_its_time_is_refused(client):
    with pytest.raises(NotesException) as caught:
        client.crm.objects.notes.basic_api.create({"properties": {"hs_note_body": "Hello"}})
    body = json.loads(caught.value.body)
    assert (caught.value.status, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["context"] == {"properties": ["[hs_timestamp]"]}


def test_the_official_client_links_and_parts_records(portal, client, ann):
    company = portal.create("companies", {"name": "Acme"})
    v4 = client.crm.associations.v4
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    made = v4.basic_api.create("contacts", ann, "companies", company, spec)
    assert (made.from_object_id, made.to_object_type_id) == (ann, "0-2")
    assert portal.values("contacts", ann)["associatedcompanyid"] == company
    v4.basic_api.archive("contacts", ann, "companies", company)
    assert "associatedcompanyid" not in portal.values("contacts", ann)
    row = {"from": {"id": ann}, "to": {"id": company}, "types": spec}
    lost = {"from": {"id": "1"}, "to": {"id": company}, "types": spec}
    answer = v4.batch_api.create("contacts", "companies", {"inputs": [row, lost]})
    assert (len(answer.results), answer.num_errors, answer.errors[0].category) == (1, 1, "OBJECT_NOT_FOUND")
    v4.batch_api.archive("contacts", "companies", {"inputs": [{"from": {"id": ann}, "to": [{"id": company}]}]})
    assert v4.basic_api.get_page("contacts", ann, "companies").results == []
    pairs = {"inputs": [{"from": {"id": ann}, "to": {"id": company}}]}
    default = v4.batch_api.create_default("contacts", "companies", pairs)
    assert default.results[0].association_spec.association_type_id == 279
    labels = client.crm.associations.v4.schema.definitions_api.get_all("contacts", "companies").results
    assert {(each.type_id, each.label) for each in labels} == {(279, None), (1, "Primary")}


def test_the_official_client_reads_page_views_and_custom_events(portal, client, ann):
    for n in range(5):
        portal.people.visit(ann, f"https://acme.example/{n}", at=DAY + timedelta(hours=n))
    portal.people.trigger_event(ann, "trial_started", {"plan": "pro"}, DAY + timedelta(days=1))
    api = client.events.events_api
    custom = f"pe{portal.portal_id}_trial_started"
    assert {"e_visited_page", custom} <= set(api.get_types().event_types)
    first = api.get_page(object_type="contact", object_id=int(ann), event_type="e_visited_page", limit=3)
    rest = api.get_page(
        object_type="contact", object_id=int(ann), event_type="e_visited_page", limit=3, after=first.paging.next.after
    )
    assert [each.properties["hs_url"][-1] for each in first.results + rest.results] == ["4", "3", "2", "1", "0"]
    assert rest.paging is None
    late = api.get_page(
        object_type="contact",
        object_id=int(ann),
        occurred_after=DAY + timedelta(hours=2),
        occurred_before=DAY + timedelta(days=2),
        sort=["occurredAt"],
    )
    assert [each.event_type for each in late.results] == ["e_visited_page", "e_visited_page", custom]
    assert late.results[-1].properties == {"plan": "pro"}
    assert late.results[-1].occurred_at == DAY + timedelta(days=1)


@pytest.mark.parametrize("tier", ["free", "starter", "professional"])
def test_smaller_portals_read_event_types_but_no_events(portal, client, ann, tier):
    portal.tier = tier
    portal.people.visit(ann, "https://acme.example/")
    assert "e_visited_page" in client.events.events_api.get_types().event_types
    with pytest.raises(ApiException) as caught:
        client.events.events_api.get_page(event_type="e_visited_page")
    body = json.loads(caught.value.body)
    assert (caught.value.status, body["category"]) == (403, "MISSING_SCOPES")
    assert body["errors"][0]["context"] == {"requiredGranularScopes": ["business-intelligence"]}


def test_the_official_client_reads_who_took_part(portal, client, ann):
    webinar = portal.people.announce_event("Webinar", start=DAY, at=DAY - timedelta(days=9))
    portal.people.attend(ann, webinar, "REGISTERED", at=DAY - timedelta(days=2))
    portal.people.attend(ann, webinar, "ATTENDED", minutes=40, at=DAY)
    api = client.marketing.events.retrieve_participant_state_api
    for name in (ann, "ann@acme.example"):
        found = api.get_participations_breakdown_by_contact_id(name)
        assert [each.properties.attendance_state for each in found.results] == ["REGISTERED", "ATTENDED"]
        assert found.total == 2
    assert found.results[1].properties.occurred_at == int(DAY.timestamp() * 1000)
    assert found.results[1].associations.marketing_event.marketing_event_id == webinar
    only = api.get_participations_breakdown_by_marketing_event_id(int(webinar), state="ATTENDED")
    assert [each.associations.contact.contact_id for each in only.results] == [ann]
    counters = api.get_participations_counters_by_marketing_event_id(int(webinar))
    assert (counters.registered, counters.attended) == (0, 1)
    assert [each.event_name for each in client.marketing.events.basic_api.get_all().results] == ["Webinar"]


def test_the_official_client_keeps_a_nurture_list(portal, client, ann):
    bob = portal.create("contacts", {"email": "bob@acme.example"}, DAY)
    lists, memberships = client.crm.lists.lists_api, client.crm.lists.memberships_api
    made = lists.create({"name": "Nurture", "objectTypeId": "0-1", "processingType": "MANUAL"}).list
    changed = memberships.add(made.list_id, [bob, ann, "1"])
    assert (changed.records_ids_added, changed.record_ids_missing) == ([bob, ann], ["1"])
    again = memberships.add_and_remove(made.list_id, {"recordIdsToAdd": [ann], "recordIdsToRemove": [bob]})
    assert (again.records_ids_added, again.record_ids_removed) == ([], [bob])
    page = memberships.get_page_ordered_by_added_to_list_date(made.list_id)
    assert [each.record_id for each in page.results] == [ann]
    assert [each.list_id for each in memberships.get_lists("0-1", ann).results] == [made.list_id]
    assert lists.get_by_name("nurture", "0-1").list.list_id == made.list_id
    found = lists.do_search({"query": "nurt"})
    assert (found.total, found.lists[0].additional_properties["hs_list_size"]) == (1, "1")
    lists.remove(made.list_id)
    assert lists.get_all(list_ids=[made.list_id]).lists == []
    lists.restore(made.list_id)
    assert lists.get_by_id(made.list_id).list.name == "Nurture"


@pytest.mark.parametrize(
    ("package", "model", "path"),
    [
        ("events", "CollectionResponseExternalUnifiedEvent", "/events/v3/events/?eventType=e_visited_page&limit=1"),
        ("crm.lists", "ListFetchResponse", "/crm/v3/lists/1"),
        ("crm.lists", "ApiCollectionResponseJoinTimeAndRecordId", "/crm/v3/lists/1/memberships"),
        (
            "crm.lists",
            "ApiCollectionResponseRecordListMembershipNoPaging",
            "/crm/v3/lists/records/0-1/{ann}/memberships",
        ),
        (
            "marketing.events",
            "CollectionResponseWithTotalParticipationBreakdownForwardPaging",
            "/marketing/v3/marketing-events/participations/contacts/{ann}/breakdown?limit=1",
        ),
        (
            "marketing.events",
            "CollectionResponseMarketingEventPublicReadResponseV2ForwardPaging",
            "/marketing/v3/marketing-events/?limit=1",
        ),
        (
            "crm.associations.v4",
            "CollectionResponseMultiAssociatedObjectWithLabelForwardPaging",
            "/crm/v4/objects/contacts/{ann}/associations/calls?limit=1",
        ),
    ],
)
def test_answers_have_the_fields_of_the_contract(portal, client, ann, package, model, path):
    if not CONTRACT.exists():
        pytest.skip("the contracts of HubSpot's packages are not beside this checkout")
    models = json.loads(CONTRACT.read_text())["packages"][package]["models"]
    people = portal.people
    webinars = [people.announce_event(name, at=DAY) for name in ("One", "Two")]
    for n in range(2):
        people.visit(ann, "https://acme.example/", at=DAY)
        people.log_call(ann, at=DAY)
        people.attend(ann, webinars[n], minutes=5, at=DAY)
    people.put_on_list(people.make_list("Nurture"), ann)
    headers = {"Authorization": f"Bearer {portal.token}"}
    answer = requests.get(client.config["host"] + path.format(ann=ann), headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text
    assert misfits(models, model, answer.json()) == []


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
@pytest.mark.parametrize("kind", ["companies", "calls", "notes", "deals"])
def test_traced_rows_of_every_kind_fail_one_by_one(client, kind, version):
    path = f"/crm/v3/objects/{kind}" if version == "v3" else f"/crm/objects/{version}/{kind}"
    good = {"name": "Acme"} if kind == "companies" else some_values(kind)
    rows = [
        {"objectWriteTraceId": "good", "properties": good},
        {"objectWriteTraceId": "bad", "properties": good | {"unheard_of": "1"}},
        {"objectWriteTraceId": "owned", "properties": good | {"hubspot_owner_id": "7"}},
    ]
    ask = {"path": f"{path}/batch/create", "method": "POST", "body": {"inputs": rows}}
    answer = client.api_request(ask)
    body = answer.json()
    assert answer.status_code == (201 if version == "2026-09" else 207)
    assert [each["objectWriteTraceId"] for each in body["results"]] == ["good"]
    assert [each["context"]["objectWriteTraceId"] for each in body["errors"]] == [["bad"], ["owned"]]
    assert (body["numErrors"], body["errors"][0]["category"]) == (2, "VALIDATION_ERROR")
    for row in rows:
        del row["objectWriteTraceId"]
    with pytest.raises(requests.HTTPError) as caught:
        client.api_request(ask).raise_for_status()
    assert caught.value.response.status_code == 400
    listed = client.api_request({"path": path, "method": "GET"}).json()["results"]
    assert len(listed) == 1
