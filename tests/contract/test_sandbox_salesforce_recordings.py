"""The emulated Salesforce org against what a real one was recorded to say."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from connectors.sandbox.salesforce import SalesforceOrg

RECORDED = Path(__file__).parents[2].parent / "shared" / "contracts" / "salesforce"
DATA = "/services/data/v66.0"


@pytest.fixture
def call():
    server = SalesforceOrg().serve()
    form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    token = requests.post(f"{server.url}/services/oauth2/token", form, timeout=10).json()["access_token"]

    def request(method, path, body=None):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{server.url}{DATA}/{path}", json=body, headers=headers, timeout=10)

    yield request
    server.stop()


def recorded(*parts):
    path = RECORDED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {path.name} beside the project")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Account", "Contact", "Event", "Lead", "Opportunity", "OpportunityContactRole"])
def test_standard_fields_are_described_as_in_a_real_org(call, name):
    theirs = {field["name"]: field for field in json.loads(recorded("describe", f"{name}_describe.json"))["fields"]}
    ours = {field["name"]: field for field in call("GET", f"sobjects/{name}/describe").json()["fields"]}
    standard = [each for each in ours if not each.endswith("__c")]
    assert set(standard) <= set(theirs)
    keys = ("type", "length", "nillable", "createable", "updateable", "externalId", "unique", "idLookup", "soapType")
    assert {each: [ours[each][key] for key in keys] for each in standard} == {
        each: [theirs[each][key] for key in keys] for each in standard
    }
    assert set(ours["Id"]) <= set(theirs["Id"])


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity"])
def test_children_are_reached_by_the_names_of_a_real_org(call, name):
    def names(relations):
        return {(each["childSObject"], each["field"]): each["relationshipName"] for each in relations}

    theirs = names(json.loads(recorded("describe", f"{name}_describe.json"))["childRelationships"])
    ours = names(call("GET", f"sobjects/{name}/describe").json()["childRelationships"])
    assert {key: theirs[key] for key, own in ours.items() if own} == {key: own for key, own in ours.items() if own}


def test_the_entries_of_the_list_of_objects_have_the_keys_of_a_real_org(call):
    theirs = json.loads(recorded("describe", "Global_describe.json"))["sobjects"][0]
    listed = call("GET", "sobjects").json()
    assert set(listed["sobjects"][0]) <= set(theirs)
    assert {each["name"]: each["keyPrefix"] for each in listed["sobjects"]}[theirs["name"]] == theirs["keyPrefix"]


@pytest.mark.parametrize(
    "name",
    [
        "TestUpsert.test_simple_upsert__rest.jsonl",
        "TestUpsert.test_upsert_complex_external_id_field_rest__duplicate_error.jsonl",
    ],
)
def test_recorded_writes_are_answered_alike(call, name):
    ids: dict[str, str] = {}  # the real org's to ours
    for line in recorded("recorded", name).splitlines():
        entry = json.loads(line)
        if entry["method"] == "GET":
            continue
        sent = json.dumps(entry["request"])
        for theirs, ours in ids.items():
            sent = sent.replace(theirs, ours)
        path = urlsplit(entry["uri"]).path.split("/vxx.0/")[1]
        answer = call(entry["method"], path, json.loads(sent))
        assert answer.status_code == entry["status"]["code"]
        ours, theirs = ([each] if isinstance(each, dict) else each for each in (answer.json(), entry["response"]))
        ids |= {theirs_row["id"]: ours_row["id"] for theirs_row, ours_row in zip(theirs, ours, strict=True)}
        assert [{**row, "id": ids[before["id"]]} for row, before in zip(ours, theirs, strict=True)] == ours
        assert [{**row, "id": None} for row in ours] == [{**row, "id": None} for row in theirs]
