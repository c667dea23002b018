"""What docs/how-to/sandbox.md tells people to send works as it stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from connectors.sandbox.demo import build_demo
from connectors.sandbox.twin import Twin

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "sandbox.md").read_text()
KNOBS = re.findall(r"^\| (HubSpot|Salesforce) \| `(\S+)` \| `(\{.*?\})` \|", PAGE, re.MULTILINE)
ACTS = [("HubSpot" if door == "H" else "Salesforce", *rest)
        for door, *rest in re.findall(r"curl -s \$([HS])/(\S+) .*?-d '(.*)'", PAGE)]  # fmt: skip


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    with Twin(*build_demo(datetime.now(UTC))) as both:
        yield both


def record_for(twin: Twin, crm: str, body: str) -> str:
    """The id that a reader would put where the page says ID."""
    if crm == "HubSpot":
        return str(min(twin.hubspot.tables["contacts"].live))
    kind, over = ("Opportunity", "IsClosed") if "opportunity" in body else ("Lead", "IsConverted")
    return str(next(row["Id"] for row in twin.salesforce.rows(kind) if not row[over]))


@pytest.mark.parametrize(("crm", "act", "body"), [*ACTS, *KNOBS])
def test_what_the_page_tells_people_to_send_is_done(twin: Twin, crm: str, act: str, body: str) -> None:
    hubspot, salesforce = twin.servers
    door = hubspot if crm == "HubSpot" else salesforce
    sent = json.loads(body.replace('"ID"', json.dumps(record_for(twin, crm, body))))
    answer = requests.post(f"{door.url}/sandbox/{act}", json=sent, timeout=10)
    assert answer.status_code == 200, answer.text


def test_the_page_has_acts_and_knobs_of_both_crms() -> None:
    assert {crm for crm, *_ in ACTS} == {crm for crm, *_ in KNOBS} == {"HubSpot", "Salesforce"}
