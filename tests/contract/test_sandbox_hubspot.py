"""HubSpot's own client against the emulated HubSpot, over a real socket; and its routes against the known contracts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from hubspot import Client
from hubspot.crm.contacts import ApiException

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.server import Request, Server

CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "hubspot"
START = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def portal():
    return HubSpotPortal()


@pytest.fixture
def client(portal):
    server = Server(portal.answer).start()
    yield Client.create(access_token=portal.token, host=server.url, base_url=server.url)
    server.stop()


def seed(portal, count):
    return [
        portal.create(
            "contacts", {"email": f"person{n}@acme.example", "lastname": f"Person {n}"}, START + n * timedelta(hours=1)
        )
        for n in range(count)
    ]


def test_the_official_client_lists_every_contact_once(portal, client):
    ids = seed(portal, 230)
    listed = client.crm.contacts.get_all(properties=["lastname"])
    assert sorted(each.id for each in listed) == sorted(ids)
    assert {each.properties["lastname"] for each in listed} == {f"Person {n}" for n in range(230)}


def test_the_official_client_searches_by_id_keyset(portal, client):
    ids = seed(portal, 45)
    window = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(int(START.timestamp() * 1000))}
    found, last = [], "0"
    while True:
        filters = [window, {"propertyName": "hs_object_id", "operator": "GT", "value": last}]
        page = client.crm.contacts.search_api.do_search(
            {"filterGroups": [{"filters": filters}], "sorts": ["hs_object_id"], "limit": 20}
        )
        if not page.results:
            break
        found += [each.id for each in page.results]
        last = page.results[-1].id
    assert found == sorted(ids)


def test_the_official_client_reads_a_batch_with_history(portal, client):
    contact = seed(portal, 1)[0]
    moment = START + timedelta(days=3)
    portal.update("contacts", contact, {"lifecyclestage": "lead"}, moment, source_type="FORM", source_id="f-1")
    portal.update(
        "contacts", contact, {"lifecyclestage": "marketingqualifiedlead"}, moment + timedelta(days=1), user_id=7
    )
    answer = client.crm.contacts.batch_api.read(
        {"inputs": [{"id": contact}], "properties": ["email"], "propertiesWithHistory": ["lifecyclestage"]}
    )
    newest, oldest = answer.results[0].properties_with_history["lifecyclestage"]
    assert (newest.value, newest.updated_by_user_id) == ("marketingqualifiedlead", 7)
    assert (oldest.value, oldest.source_type, oldest.source_id, oldest.timestamp) == ("lead", "FORM", "f-1", moment)
    assert answer.results[0].updated_at == moment + timedelta(days=1)


def test_the_official_client_reads_owners_properties_pipelines_and_forms(portal, client):
    owner = portal.add_owner("sam@acme.example", "Sam", "Sales", team="North")
    portal.add_owner("old@acme.example", "Old", "Owner", archived=True)
    guid = portal.add_form("E-book")
    owners = client.crm.owners.owners_api.get_page(limit=100).results
    assert [(each.id, each.email, each.teams[0].name) for each in owners] == [(owner, "sam@acme.example", "North")]
    properties = {each.name: each for each in client.crm.properties.core_api.get_all("contacts").results}
    assert [each.value for each in properties["lifecyclestage"].options][:3] == [
        "subscriber",
        "lead",
        "marketingqualifiedlead",
    ]
    assert properties["hs_email_click"].modification_metadata.read_only_value
    assert not properties["jobtitle"].modification_metadata.read_only_value
    assert client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages[0].id == "appointmentscheduled"
    forms = client.marketing.forms.forms_api.get_page().results
    assert [(each.id, each.name) for each in forms] == [(guid, "E-book")]


def test_the_official_client_meets_a_conflict_that_names_the_existing_id(portal, client):
    contact = seed(portal, 1)[0]
    with pytest.raises(ApiException) as caught:
        client.crm.contacts.basic_api.create({"properties": {"email": "PERSON0@acme.example"}})
    body = json.loads(caught.value.body)
    assert (caught.value.status, body["category"]) == (409, "CONFLICT")
    assert body["message"] == f"Contact already exists. Existing ID: {contact}"


def test_the_official_client_creates_updates_and_archives(portal, client):
    made = client.crm.contacts.basic_api.create({"properties": {"email": "new@acme.example", "lifecyclestage": "lead"}})
    assert made.properties["hs_lifecyclestage_lead_date"].isdigit()
    client.crm.contacts.basic_api.update(made.id, {"properties": {"firstname": "Nora"}})
    assert client.crm.contacts.basic_api.get_by_id(made.id, properties=["firstname"]).properties["firstname"] == "Nora"
    client.crm.contacts.basic_api.archive(made.id)
    gone = client.crm.contacts.basic_api.get_page(archived=True).results
    assert [(each.id, each.archived) for each in gone] == [(made.id, True)]
    assert gone[0].archived_at is not None


@pytest.mark.parametrize(("version", "status"), [("v3", 207), ("2026-03", 207), ("2026-09", 200)])
def test_partial_errors_of_a_batch_update_come_as_each_generation_sends_them(portal, client, version, status):
    contact = seed(portal, 1)[0]
    path = "/crm/v3/objects/contacts" if version == "v3" else f"/crm/objects/{version}/contacts"
    rows = [
        {"id": contact, "objectWriteTraceId": "a", "properties": {"lastname": "Good"}},
        {"id": contact[:-3] + "999", "objectWriteTraceId": "b", "properties": {"lastname": "Missing"}},
    ]
    answer = client.api_request({"path": f"{path}/batch/update", "method": "POST", "body": {"inputs": rows}})
    body = answer.json()
    assert answer.status_code == status
    assert [each["objectWriteTraceId"] for each in body["results"]] == ["a"]
    assert body["numErrors"] == 1
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
    assert set(body["errors"][0]) == {"status", "category", "message", "context"}


def test_the_official_client_upserts_by_email(portal, client):
    contact = seed(portal, 1)[0]
    rows = [
        {"id": "person0@acme.example", "idProperty": "email", "properties": {"lastname": "Known"}},
        {"id": "fresh@acme.example", "idProperty": "email", "properties": {"lastname": "Fresh"}},
    ]
    answer = client.crm.contacts.batch_api.upsert({"inputs": rows})
    assert [each.new for each in answer.results] == [False, True]
    assert answer.results[0].id == contact


def test_the_official_client_reads_associations_in_batches(portal, client):
    contact = seed(portal, 1)[0]
    company = portal.create("companies", {"name": "Acme"})
    portal.associate("contacts", contact, "companies", company)
    answer = client.crm.associations.v4.batch_api.get_page("contacts", "companies", {"inputs": [{"id": contact}]})
    assert [str(each.to_object_id) for each in answer.results[0].to] == [company]
    assert {each.type_id for each in answer.results[0].to[0].association_types} == {1, 279}


def _known_routes():
    path = CONTRACTS / "contract-hubspot-api-client-12.0.0.json"
    dated = CONTRACTS / "contract-hubspot-sdk-0.1.0a9-2026-03.json"
    if not (path.exists() and dated.exists()):
        pytest.skip("the contracts of HubSpot's packages are not beside this checkout")
    packages = json.loads(path.read_text())["packages"].values()
    operations = [operation for package in packages for operation in package["operations"]]
    operations += json.loads(dated.read_text())["operations"]
    return {(each["method"].split()[0], re.sub(r"\{\w+\}", "{}", each["path"]).rstrip("/")) for each in operations}


def misfits(models, name, body, where=""):
    """Where a JSON body differs from a model of the contract: fields it does not know, fields it misses."""
    fields, required = models[name]["fields"], models[name]["required"]
    found = [f"{where}{each} is not known to {name}" for each in body if each not in fields]
    found += [f"{where}{each} is missing in {name}" for each in required if each not in body]
    for each in body.keys() & fields.keys():
        inner = re.fullmatch(r"(?:(list)\[)?(\w+)\]?", fields[each])
        if inner and inner[2] in models and body[each] is not None:
            parts = body[each] if inner[1] else [body[each]]
            found += [line for part in parts for line in misfits(models, inner[2], part, f"{where}{each}.")]
    return found


@pytest.mark.parametrize(
    ("package", "model", "path"),
    [
        (
            "crm.contacts",
            "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging",
            "/crm/v3/objects/contacts?limit=1&propertiesWithHistory=email&associations=companies",
        ),
        ("crm.owners", "CollectionResponsePublicOwnerForwardPaging", "/crm/v3/owners/?limit=1"),
        ("crm.properties", "CollectionResponsePropertyNoPaging", "/crm/v3/properties/contacts"),
        ("crm.pipelines", "CollectionResponsePipelineNoPaging", "/crm/v3/pipelines/deals"),
        ("crm.contacts", "Error", "/crm/v3/objects/contacts/1"),
    ],
)
def test_answers_have_the_fields_of_the_contract_and_no_others(portal, client, package, model, path):
    contract = CONTRACTS / "contract-hubspot-api-client-12.0.0.json"
    if not contract.exists():
        pytest.skip("the contracts of HubSpot's packages are not beside this checkout")
    models = json.loads(contract.read_text())["packages"][package]["models"]
    seed(portal, 2)
    for name in ("a", "b"):
        portal.add_owner(f"{name}@acme.example", name, "Owner", team="North")
    response = requests.get(
        client.config["host"] + path, headers={"Authorization": f"Bearer {portal.token}"}, timeout=5
    )
    body = response.json()
    if model == "Error":
        assert body.pop("status") == "error"
    assert misfits(models, model, body) == []


READS = (
    ("GET", "{objects}/contacts", None),
    ("GET", "{objects}/contacts/{id}", None),
    ("POST", "{objects}/contacts/search", {"limit": 5}),
    ("POST", "{objects}/contacts/batch/read", {"inputs": [{"id": "{id}"}]}),
    ("GET", "{properties}/contacts/email", None),
    ("GET", "{pipelines}/deals", None),
    ("GET", "{owners}", None),
    ("GET", "{account}/details", None),
)


@pytest.mark.parametrize("read", READS, ids=lambda each: each[1])
def test_three_generations_answer_alike(portal, client, read):
    contact = seed(portal, 1)[0]
    method, path, body = read
    answers = []
    for version in ("v3", "2026-03", "2026-09"):
        areas = {
            name: f"/crm/v3/{name}" if version == "v3" else f"/crm/{name}/{version}"
            for name in ("objects", "properties", "pipelines", "owners")
        }
        asked = {
            "method": method,
            "path": path.format(**areas, account=f"/account-info/{version}", id=contact),
            "body": json.loads(json.dumps(body).replace("{id}", contact)) if body else {},
        }
        answer = client.api_request(asked)
        assert answer.status_code == 200
        answers.append({name: each for name, each in answer.json().items() if not name.endswith("edAt")})
    assert answers[0] == answers[1] == answers[2]


# What the packages of HubSpot do not have: raw calls (facts: hubspot A1, A3, B12).
OUTSIDE = {
    ("GET", "/account-info/v3/details"),
    ("GET", "/account-info/v3/api-usage/daily/private-apps"),
    ("GET", "/form-integrations/v1/submissions/forms/{}"),
    ("GET", "/marketing/forms/2026-09-beta"),
    ("GET", "/marketing/forms/2026-09-beta/{}"),
    ("GET", "/email/public/v1/events"),
    ("GET", "/email/public/v1/campaigns/{}"),
}


def test_every_emulated_route_exists_in_a_contract_of_hubspot(portal):
    known = _known_routes()
    emulated = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in portal.routes()}
    dated = {(method, path.replace("2026-09", "2026-03")) for method, path in emulated - OUTSIDE}
    generic = {(method, path.replace("/{}", "/contacts", 1)) for method, path in dated}
    unknown = [
        each
        for each, contact in zip(sorted(dated), sorted(generic), strict=True)
        if each not in known and contact not in known
    ]
    assert unknown == []


def test_an_unknown_route_and_a_wrong_method_are_told_apart(portal):
    headers = {"authorization": f"Bearer {portal.token}"}
    assert portal.answer(Request("GET", "/crm/v9/objects/contacts", {}, headers, b"")).status == 404
    assert portal.answer(Request("DELETE", "/crm/v3/objects/contacts", {}, headers, b"")).status == 405
