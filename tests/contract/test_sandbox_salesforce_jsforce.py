"""The emulated Salesforce org as jsforce, from npm, sees it.

JSFORCE_HOME names the folder into which npm has installed jsforce. Nothing is installed from here: where the folder
or node is missing, the tests skip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from connectors.sandbox.salesforce import SalesforceOrg

WALK = Path(__file__).with_name("jsforce_walk.cjs")
LEADS = 4_500


@pytest.fixture(scope="module")
def said():
    home, node = os.environ.get("JSFORCE_HOME", ""), shutil.which("node")
    if not home or not node or not Path(home, "node_modules", "jsforce").is_dir():
        pytest.skip("needs jsforce: npm install --prefix FOLDER jsforce@3.10.16, and JSFORCE_HOME=FOLDER")
    org = SalesforceOrg()
    org.load("Lead", [{"LastName": f"L{number}", "Company": "C"} for number in range(LEADS)])
    server = org.serve()
    keys = (org.tokens.client_id, org.tokens.client_secret)
    walk = [node, WALK, home, server.url, *keys]
    done = subprocess.run(walk, capture_output=True, text=True, timeout=60, check=False)
    server.stop()
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"org": org}


def test_jsforce_signs_in_as_the_integration_user(said):
    assert (said["user"]["id"], said["user"]["organizationId"]) == (said["org"].user_id, said["org"].org_id)
    assert said["identity"]["user_id"] == said["org"].user_id


def test_jsforce_writes_one_row_and_several_with_results_of_their_own(said):
    assert [said["created"]["success"], said["upserted"]["created"], said["updated"]["success"]] == [True, False, True]
    good, bad = said["several"]
    assert (good["success"], bad["errors"][0]["statusCode"]) == (True, "REQUIRED_FIELD_MISSING")
    assert [each["created"] for each in said["upserts"]] == [False, True]
    assert (said["one"]["Title"], said["one"]["City"], said["one"]["LastName"]) == ("Boss", "Bremen", "Möss 1")


def test_jsforce_finds_rows_and_fetches_all_pages(said):
    assert (said["found"], said["fetched"]) == (["Möss 1", "Möss 2"], LEADS)
    assert said["malformed"]["refused"] == "MALFORMED_QUERY"


def test_jsforce_describes_and_sees_limits_and_usage(said):
    assert {"Lead", "Event", "EmailMessage", "CampaignMember", "QueueSobject"} <= set(said["objects"])
    assert said["described"] > 50
    assert said["usage"]["apiUsage"]["limit"] == said["limits"]["DailyApiRequests"]["Max"] == said["org"].daily_limit


def test_jsforce_sends_a_composite_whose_parts_refer_to_each_other(said):
    assert [part["httpStatusCode"] for part in said["composite"]["compositeResponse"]] == [200, 204]


def test_jsforce_loads_and_queries_in_bulk(said):
    assert [row["HubSpot_Id__c"] for row in said["bulk"]["successfulResults"]] == ["h-4"]
    (failed,) = said["bulk"]["failedResults"]
    assert failed["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert said["bulk"]["unprocessedRecords"] == []
    assert [row["LastName"] for row in said["bulkRows"]] == ["Möss 1"]


def test_jsforce_reads_the_deleted_feed(said):
    assert said["gone"]["refused"] == "ENTITY_IS_DELETED"
    assert [each["id"] for each in said["feed"]["deletedRecords"]] == [said["created"]["id"]]
