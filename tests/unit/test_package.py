"""The package for Salesforce: every element is one that the metadata API has, with values that it knows."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from importlib.resources import files
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.definitions.order import order_of
from syncd.files.load import load_config
from syncd.journey.needs import OWN_FIELDS
from syncd.package import LABELS, package_of

STARTUP = Path(__file__).parents[2] / "config" / "playbooks" / "startup"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
HEAD = "{http://soap.sforce.com/2006/04/metadata}"
BASE = "force-app/main/default/"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    config = load_config(STARTUP)
    return package_of(config, config.definitions, "66.0")


@pytest.fixture(scope="module")
def types() -> dict[str, ET.Element]:
    """The types of Salesforce's own description of its metadata API, as a library of ours carries it."""
    root = ET.fromstring((files("simple_salesforce") / "metadata.wsdl").read_bytes())
    kinds = (f"{SCHEMA}complexType", f"{SCHEMA}simpleType")
    return {one.get("name"): one for kind in kinds for one in root.iter(kind) if one.get("name")}


def elements_of(types: dict[str, ET.Element], name: str) -> dict[str, str]:
    """The elements of a type, its ancestors' among them, with their types."""
    found: dict[str, str] = {}
    extension = types[name].find(f".//{SCHEMA}extension")
    if extension is not None:
        found |= elements_of(types, extension.get("base").split(":")[1])
    return found | {one.get("name"): one.get("type").split(":")[1] for one in types[name].iter(f"{SCHEMA}element")}


def check(types: dict[str, ET.Element], element: ET.Element, kind: str, place: str) -> None:
    known = elements_of(types, kind)
    for child in element:
        name = child.tag.removeprefix(HEAD)
        assert name in known, f"{place}: {kind} has no {name}"
        below = types.get(known[name])
        if below is not None and below.tag == f"{SCHEMA}complexType":
            check(types, child, known[name], place)
        elif below is not None:
            values = {one.get("value") for one in below.iter(f"{SCHEMA}enumeration")}
            assert child.text in values, f"{place}: {child.text} is no {known[name]}"
        elif known[name] == "boolean":
            assert child.text in ("true", "false"), place
        elif known[name] == "int":
            assert child.text.isdigit(), place


def test_every_file_is_what_the_metadata_api_describes(made, types) -> None:
    documents = {name: text for name, text in made.items() if name.endswith(".xml")}
    assert len(documents) == 4 + 1 + 2 * len(LABELS) + 1 + 2
    for name, text in documents.items():
        root = ET.fromstring(text)
        assert root.tag.startswith(HEAD)
        check(types, root, root.tag.removeprefix(HEAD), name)


def test_the_object_for_checkpoints_is_made_where_they_go_and_our_user_may_only_add_to_it(tmp_path, types) -> None:
    assert run(["init", str(tmp_path), "--playbook", "startup"]) == 0
    with (tmp_path / "syncd.yaml").open("a") as file:
        file.write("\naudit: {send_to: [salesforce], salesforce: {object: Proof__c}}\n")
    config = load_config(tmp_path)
    files = package_of(config, config.definitions, "66.0")
    kept = {name: text for name, text in files.items() if "/Proof__c/" in name}
    assert len(kept) == 5
    for name, text in {**kept, **{name: text for name, text in files.items() if "permissionset" in name}}.items():
        root = ET.fromstring(text)
        check(types, root, root.tag.removeprefix(HEAD), name)
    allowed = next(
        {child.tag.removeprefix(HEAD): child.text for child in one}
        for one in ET.fromstring(files[f"{BASE}permissionsets/Syncd.permissionset-meta.xml"])
        if one.findtext(f"{HEAD}object") == "Proof__c"
    )
    assert {name for name, said in allowed.items() if said == "true"} == {"allowRead", "allowCreate", "viewAllRecords"}


def test_the_name_in_a_file_is_the_name_of_the_file(made) -> None:
    for name, text in made.items():
        if "/fields/" in name or "/listViews/" in name:
            full_name = ET.fromstring(text).findtext(f"{HEAD}fullName")
            assert Path(name).name.split(".")[0] == full_name
            assert len(full_name) <= 40


def test_keys_are_external_ids_on_all_four_objects(made) -> None:
    places = [("Lead", "HubSpot_Id__c"), ("Contact", "HubSpot_Id__c"), ("Account", "HubSpot_Id__c")]
    for place, name in [*places, ("Activity", "Syncd_Key__c")]:
        root = ET.fromstring(made[f"{BASE}objects/{place}/fields/{name}.field-meta.xml"])
        told = {child.tag.removeprefix(HEAD): child.text for child in root}
        wanted = {"type": "Text", "length": "64", "externalId": "true", "unique": "true", "caseSensitive": "true"}
        assert told.items() >= wanted.items()


def test_the_stage_has_the_values_of_the_definitions(made) -> None:
    root = ET.fromstring(made[f"{BASE}objects/Contact/fields/Lifecycle_Stage__c.field-meta.xml"])
    values = [one.text for one in root.iter(f"{HEAD}label")][1:]
    assert values[-2:] == ["Recycled", "Disqualified"]
    assert len(values) == len(order_of(load_config(STARTUP).definitions)) + 2
    assert {"MQL", "SQL", "SQO", "Customer"} <= set(values)


def test_every_field_of_ours_is_made_and_granted(made) -> None:
    assert set(LABELS) == set(OWN_FIELDS)
    text = made[f"{BASE}permissionsets/Syncd.permissionset-meta.xml"]
    for name in made:
        if "/fields/" in name:
            place, field = name.split("/")[4], Path(name).name.split(".")[0]
            assert f"<field>{'Task' if place == 'Activity' else place}.{field}</field>" in text
    assert "modifyAllRecords>true" not in text
    assert "allowDelete>true" not in text


def test_the_page_beside_it_says_what_metadata_cannot(made) -> None:
    assert json.loads(made["sfdx-project.json"])["sourceApiVersion"] == "66.0"
    for part in ("Map Lead Fields", "Lead statuses", "sf project deploy start", "History Tracking"):
        assert part in made["README.md"]


def test_doctor_writes_it_without_asking_anybody(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--config", str(STARTUP), "--salesforce-package", "out"]) == 0
    assert (tmp_path / "out" / BASE / "objects/Lead/fields/MQL_At__c.field-meta.xml").exists()
    assert "README.md there says how" in capsys.readouterr().out
