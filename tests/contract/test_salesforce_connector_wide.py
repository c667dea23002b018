"""The Salesforce connector against an org whose objects have more fields than fit into an address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Forbidden, LimitReached, Unreachable
from connectors.http import Options
from connectors.records import Ask, Window
from connectors.salesforce import Bulk, Salesforce
from connectors.sandbox.server import Fault, Response
from tests.contract.salesforce_bench import PROPERTIES, START, Bench

FIELDS = [f"Answer_to_question_{number}__c" for number in range(800)]
"""As many as an org of the largest edition may have, with names of an everyday length."""


@pytest.fixture
def bench():
    bench = Bench()
    for name in FIELDS:
        bench.org.add_field("Lead", f"{name} | string 80 | cu")
    yield bench
    bench.server.stop()


def asked(bench):
    return [call.path.rpartition("v66.0/")[2] for call in bench.server.journal if "describe" not in call.path]


def test_a_lead_with_800_fields_is_pulled_with_all_of_them_in_as_many_calls_as_any(bench):
    first, gone = (bench.lead(number, **{name: name[:9] for name in FIELDS}) for number in (1, 2))
    bench.org.delete("Lead", gone)
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    living, deleted = bench.pull(window=bench.window(START - timedelta(minutes=1)), properties=FIELDS)
    assert (living.id, deleted.id, deleted.deleted) == (first, gone, True)
    assert living.properties == deleted.properties == {name: name[:9] for name in FIELDS}
    assert bench.salesforce.calls - before == 1


def test_the_first_page_of_a_wide_object_comes_with_those_of_others_and_the_rest_as_ever(bench):
    bench.org.page_rows = 2
    ids = [bench.lead(number) for number in range(5)]
    window = Window(START - timedelta(minutes=1), START + timedelta(minutes=1))
    bench.salesforce.learn(["lead", "task"])
    bench.server.journal.clear()
    bench.salesforce.prefetch([Ask("lead", window, FIELDS), Ask("task", window, ())])
    assert [each.id for each in bench.pull(window=window, properties=FIELDS)] == ids
    assert asked(bench)[0] == "composite"
    assert len(bench.server.journal) == 3


def test_people_are_found_by_many_values_with_all_their_fields(bench):
    bench.lead(250, **{FIELDS[-1]: "the last one"})
    addresses = [f"person{number}@example.com" for number in range(299)]
    (found,) = bench.salesforce.find("lead", "Email", addresses, FIELDS)
    assert found.properties[FIELDS[-1]] == "the last one"
    assert asked(bench) == ["/services/oauth2/token", "composite"]


def test_records_are_read_by_id_with_all_their_fields(bench):
    lead = bench.lead(1, **{FIELDS[-1]: "the last one"})
    assert bench.salesforce.read("lead", [lead], FIELDS)[lead].properties[FIELDS[-1]] == "the last one"


def test_many_rows_of_a_wide_object_come_in_bulk(bench):
    bench.org.page_rows = 2
    ids = [bench.lead(number, **{FIELDS[-1]: str(number)}) for number in range(9)]
    options = Options(sleep=bench.sleep, clock=bench.seconds, wall=bench.now)
    settings = {"client_secret": "sandbox-secret", "options": options}
    bench.salesforce = Salesforce(bench.server.url, "sandbox-client", **settings, bulk=Bulk(read_above=4))
    found = {each.id: each.properties[FIELDS[-1]] for each in bench.pull(properties=FIELDS)}
    assert found == {each: str(number) for number, each in enumerate(ids)}
    assert any("jobs/query" in path for path in asked(bench))


def part_answer(status, *errors):
    body = [{"errorCode": code, "message": "no"} for code in errors]
    part = {"referenceId": "r0", "httpStatusCode": status, "body": body}
    return Fault(Response(body={"compositeResponse": [part]}))


def test_what_is_wrong_with_a_long_query_is_what_would_be_wrong_with_a_short_one(bench):
    bench.lead(1)
    bench.salesforce.describe("lead")
    bench.fail_once(part_answer(403, "INSUFFICIENT_ACCESS"), "composite")
    with pytest.raises(Forbidden, match="GET /services/data/v66.0/queryAll/: INSUFFICIENT_ACCESS"):
        bench.pull(properties=FIELDS)
    bench.fail_once(part_answer(400, "QUERY_TIMEOUT"), "composite")
    assert len(bench.pull(properties=FIELDS)) == 1
    bench.fail_once(part_answer(403, "REQUEST_LIMIT_EXCEEDED"), "composite")
    with pytest.raises(LimitReached) as told:
        bench.pull(properties=FIELDS)
    assert told.value.resets_at is not None


def test_a_long_query_that_is_answered_with_a_status_that_is_none_is_not_answered(bench):
    bench.salesforce.describe("lead")
    bench.fail_once(part_answer("OK"), "composite")
    with pytest.raises(Unreachable, match="a composite is answered in a form that is not known"):
        bench.pull(properties=FIELDS)


@pytest.mark.parametrize(
    "fault",
    [
        part_answer(503),
        part_answer(500, "UNKNOWN_EXCEPTION"),
        part_answer(400, "UNABLE_TO_LOCK_ROW"),
        part_answer(401, "INVALID_SESSION_ID"),
        Fault(Response(body={"compositeResponse": []})),
    ],
    ids=["503", "500", "a lock", "a session that is over", "no answer"],
)
def test_a_long_query_that_fails_for_a_moment_is_asked_again(bench, fault):
    bench.lead(1)
    bench.salesforce.describe("lead")
    bench.server.journal.clear()
    bench.fail_once(fault, "composite")
    assert len(bench.pull(properties=FIELDS)) == 1
    assert [path for path in asked(bench) if "token" not in path] == ["composite"] * 2


def test_a_long_query_that_fails_for_ever_ends_as_a_short_one_does_after_as_many_tries(bench):
    bench.salesforce.describe("lead")
    failing = {
        "composite": part_answer(503, "SERVER_UNAVAILABLE"),
        "query": Fault(Response(503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "no"}])),
    }
    told = []
    for properties in (FIELDS, PROPERTIES):
        bench.server.journal.clear()
        bench.server.fault = lambda request: next((failing[one] for one in failing if one in request.path), None)
        with pytest.raises(Unreachable) as raised:
            bench.pull(properties=properties)
        told.append((raised.value.what, len(bench.server.journal)))
        bench.sleep(60)
    assert told == [("GET /services/data/v66.0/queryAll/: answered 503 SERVER_UNAVAILABLE", Options().attempts)] * 2
