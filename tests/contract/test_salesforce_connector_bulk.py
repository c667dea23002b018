"""What the Salesforce connector does for many rows and many kinds at once, against the emulated org."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Forbidden, Refused, Unreachable
from connectors.records import Ask, Recovery, Write
from connectors.salesforce import Bulk
from connectors.salesforce.kinds import KINDS
from connectors.sandbox.server import Fault, Response
from tests.contract.salesforce_bench import START, Bench

EVERYTHING = ("Email", "NumberOfEmployees", "AnnualRevenue", "IsConverted", "EmailBouncedDate", "City", "Description")
SECRET = {"client_secret": "sandbox-secret"}


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.server.stop()


def loaded(bench, count):
    rows = (
        {
            "LastName": f"Zoë {n}",
            "Company": "A, B",
            "Email": f"p{n}@x.example",
            "NumberOfEmployees": n,
            "AnnualRevenue": n + 0.5,
            "City": None if n % 2 else 'two "lines"\r\nof\u2028it',
        }
        for n in range(count)
    )
    return bench.org.load("Lead", rows)


def asked_for_pages(bench):
    return [call for call in bench.asked("/query/") if "-2000" in call.path]


# -- many kinds in few calls


def test_an_idle_cycle_over_all_kinds_is_few_calls_and_its_pulls_are_none(bench):
    kinds = ["lead", "contact", "opportunity", "opportunity_contact_role", "task", "event", "email_message"]
    kinds += ["campaign_member", "opportunity_history", "lead_history", "contact_history", "account", "user"]
    lead = bench.lead(1, START + timedelta(minutes=1))
    bench.salesforce.learn(kinds)
    before = bench.salesforce.calls
    window = bench.window(since=START)
    bench.salesforce.prefetch([Ask(kind, window, ("Id",)) for kind in kinds])
    found = {kind: bench.pull(kind, window, ("Id",)) for kind in kinds}
    assert bench.salesforce.calls - before == 3
    assert [each.id for each in found["lead"]] == [lead]


def test_kinds_are_described_in_one_call(bench):
    bench.salesforce.learn(KINDS)
    before = bench.salesforce.calls
    assert all(bench.salesforce.describe(kind).fields for kind in KINDS if not KINDS[kind].tracked)
    assert bench.salesforce.calls == before == 2


def test_an_object_that_we_may_not_see_takes_nothing_from_the_others(bench):
    lead = bench.lead(1, START + timedelta(minutes=1))
    window = bench.window(since=START)
    bench.salesforce.learn(["lead", "task", "event"])
    bench.org.remove_field("Task", "CallDisposition")
    asks = [Ask("lead", window, ("Email",)), Ask("task", window, ("CallDisposition",)), Ask("event", window, ())]
    bench.salesforce.prefetch(asks)
    assert [each.id for each in bench.pull("lead", window, ("Email",))] == [lead]
    with pytest.raises(Refused, match="INVALID_FIELD, no field CallDisposition") as caught:
        bench.pull("task", window, ("CallDisposition",))
    assert "Event" not in str(caught.value)


# -- histories


def test_a_history_has_rows_once_an_admin_tracks_a_field(bench):
    lead = bench.lead(1)
    bench.org.track("Lead", "Status")
    bench.time += timedelta(minutes=5)
    bench.org.update("Lead", lead, {"Status": "Working - Contacted"})
    wanted = ("LeadId", "Field", "OldValue", "NewValue", "CreatedById")
    found = [each for each in bench.pull("lead_history", properties=wanted) if each.properties["Field"] == "Status"]
    assert [(each.properties["LeadId"], each.properties["NewValue"]) for each in found] == [
        (lead, "Working - Contacted")
    ]
    assert found[0].modified_at == bench.time


def test_a_window_of_a_history_is_cut_by_creation(bench):
    account = bench.org.create("Account", {"Name": "A"})
    given = {"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": account}
    deal = bench.org.create("Opportunity", given)
    bench.time += timedelta(hours=1)
    bench.org.update("Opportunity", deal, {"StageName": "Qualification"})
    window = bench.window(since=START + timedelta(minutes=1))
    assert [each.properties for each in bench.pull("opportunity_history", window, ("StageName",))] == [
        {"StageName": "Qualification"}
    ]


# -- what sales did


def test_meetings_mails_and_answers_to_campaigns_are_read_with_whom_they_concern(bench):
    lead = bench.lead(1)
    start = "2026-09-01T10:00:00.000+0000"
    given = {"Subject": "Demo", "WhoId": lead, "StartDateTime": start, "DurationInMinutes": 30}
    meeting = bench.org.create("Event", {**given, "ActivityDateTime": start})
    (event,) = bench.pull("event", properties=("WhoId", "Subject"))
    assert (event.id, event.properties) == (meeting, {"WhoId": lead, "Subject": "Demo"})
    campaign = bench.org.create("Campaign", {"Name": "Webinar"})
    bench.org.create("CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    (member,) = bench.pull("campaign_member", properties=("CampaignId", "LeadId", "HasResponded"))
    assert member.properties == {"CampaignId": campaign, "LeadId": lead, "HasResponded": True}
    mail = bench.org.create("EmailMessage", {"Subject": "Hello", "Incoming": True, "ToAddress": "a@x.example"})
    bench.org.create(
        "EmailMessageRelation", {"EmailMessageId": mail, "RelationId": lead, "RelationType": "FromAddress"}
    )
    assert [each.id for each in bench.pull("email_message", properties=("RelatedToId",))] == [mail]
    assert bench.salesforce.related("email_message", [mail], "lead") == {mail: [lead]}
    assert bench.salesforce.related("email_message", [mail], "contact") == {}


# -- what was deleted


def test_the_feed_knows_what_the_bin_has_forgotten(bench):
    kept, binned, purged = (bench.lead(each) for each in range(3))
    bench.time += timedelta(minutes=10)
    bench.org.delete("Lead", binned)
    bench.org.delete("Lead", purged)
    bench.org.empty_bin("Lead", purged)
    bench.time += timedelta(minutes=10)
    seen = {each.id: each.deleted for each in bench.pull()}
    assert seen == {kept: False, binned: True}
    pages = list(bench.salesforce.deleted("lead", bench.window(since=START)))
    gone = {each.id: each.deleted for page in pages for each in page.records}
    assert gone == {binned: True, purged: True}


def test_the_feed_goes_on_where_it_ended(bench):
    first = bench.lead(1)
    bench.time += timedelta(minutes=10)
    bench.org.delete("Lead", first)
    bench.time += timedelta(minutes=10)
    pages = list(bench.salesforce.deleted("lead", bench.window(since=START)))
    bench.time += timedelta(minutes=30)
    again = list(bench.salesforce.deleted("lead", bench.window(since=START, after_id=pages[-1].after_id)))
    assert [each.id for page in pages for each in page.records] == [first]
    assert [each.id for page in again for each in page.records] == []


# -- many rows to read


@pytest.fixture
def reader(bench):
    """A connector that reads more than 3,000 rows in bulk, in tables of all there is."""
    bench.salesforce = bench.connect(**SECRET, bulk=Bulk(read_above=3_000))
    return bench


def test_rows_read_in_bulk_are_those_that_rest_gives(reader):
    loaded(reader, 5_000)
    pages = list(reader.salesforce.pull("lead", reader.window(), EVERYTHING))
    plain = reader.connect(**SECRET, bulk=Bulk(enabled=False))
    by_rest = [each for page in plain.pull("lead", reader.window(), EVERYTHING) for each in page.records]
    assert [each for page in pages for each in page.records] == by_rest
    types = {name: type(value) for name, value in by_rest[0].properties.items()}
    assert (types["NumberOfEmployees"], types["AnnualRevenue"], types["IsConverted"]) == (int, float, bool)
    assert by_rest[0].properties["City"] == 'two "lines"\r\nof\u2028it'
    assert [len(page.records) for page in pages] == [1000, 2000, 2000]  # a long text halves the page that REST gives


def test_the_cursor_moves_with_what_is_in_order_and_then_at_the_end(reader):
    made = sorted(loaded(reader, 7_000))
    cursors = [page.after_id for page in reader.salesforce.pull("lead", reader.window(), ())]
    assert cursors == [made[1999], made[1999], made[1999], made[-1]]


def test_a_pull_in_bulk_that_is_killed_half_way_loses_nothing(reader):
    made = loaded(reader, 9_000)
    pages = reader.salesforce.pull("lead", reader.window(), ())
    kept = [next(pages), next(pages), next(pages)]
    reader.salesforce = reader.connect(**SECRET, bulk=Bulk(read_above=3_000))
    rest = reader.pull(window=reader.window(after_id=kept[-1].after_id), properties=())
    assert {each.id for page in kept for each in page.records} | {each.id for each in rest} == set(made)


def test_a_job_and_its_results_are_done_away_with(reader):
    loaded(reader, 4_000)
    list(reader.salesforce.pull("lead", reader.window(), ()))
    assert reader.org.bulk.jobs(ingests=False) == []


def test_a_job_that_fails_or_is_refused_is_replaced_by_pages(reader):
    made = sorted(loaded(reader, 5_000))
    refused = Response(400, [{"errorCode": "LIMIT_EXCEEDED", "message": "no more jobs"}])
    reader.fail_once(Fault(refused), "jobs/query")
    assert [each.id for each in reader.pull(properties=())] == made
    failed = Response(200, {"id": "x", "state": "Failed"})
    reader.fail_once(Fault(failed), "jobs/query/750")
    assert [each.id for each in reader.pull(properties=())] == made


def test_many_rows_are_fewer_calls_in_bulk(bench):
    loaded(bench, 24_000)
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    assert len(bench.pull(properties=("Email",))) == 24_000
    assert bench.salesforce.calls - before <= 9


# -- many rows to write


def upserts(count, start=0, **fields):
    return [
        Write("lead", {"LastName": f"L{n}", "Company": "A", **fields}, key=("HubSpot_Id__c", str(n)))
        for n in range(start, start + count)
    ]


def test_a_thousand_rows_are_one_job(bench):
    results = bench.salesforce.write("lead", upserts(1_000))
    assert all(each.created and not each.error for each in results)
    by_id = {row["Id"]: row for row in bench.org.rows("Lead")}
    assert [by_id[each.id]["HubSpot_Id__c"] for each in results] == [str(n) for n in range(1_000)]
    assert bench.asked("composite") == []


def test_updates_clear_and_set_what_they_say_and_nothing_else(bench):
    made = bench.org.load("Lead", [{"LastName": "L", "Company": "A", "Title": "CEO", "City": "Bremen"}] * 300)
    owner = bench.org.get("Lead", made[0])["OwnerId"]
    bench.org.assign_to("Lead", bench.org.add_queue("Inbound"))
    odd = 'Zoë "Z"\r\nof, \u2028it'
    results = bench.salesforce.write(
        "lead", [Write("lead", {"Title": None, "Description": odd, "Budget__c": 1.5}, id=each) for each in made]
    )
    assert [each.error for each in results] == [None] * 300
    row = bench.org.get("Lead", made[7])
    assert (row["Title"], row["City"], row["OwnerId"]) == (None, "Bremen", owner)
    assert (row["Description"], float(row["Budget__c"])) == (odd, 1.5)


def test_rows_fail_in_bulk_as_they_do_alone(bench):
    made = [bench.lead(each) for each in range(4)]
    locked, converted, deleted, picky = made
    bench.org.lock(locked)
    bench.org.convert(converted)
    bench.org.delete("Lead", deleted)
    others = bench.org.load("Lead", [{"LastName": "L", "Company": "A"}] * 300)
    stage = {picky: "No such stage"}
    writes = [Write("lead", {"Lifecycle_Stage__c": stage.get(each, "MQL")}, id=each) for each in (*made, *others)]
    results = bench.salesforce.write("lead", writes)
    assert [each.error and each.error.recovery for each in results[:5]] == [
        Recovery.RETRY,
        Recovery.CONVERTED,
        Recovery.GONE,
        Recovery.MAPPING,
        None,
    ]
    assert [each.id for each in results] == [*made, *others]


def test_who_holds_a_value_is_told_in_bulk_too(bench):
    holder, other = bench.lead(1, HubSpot_Id__c="17"), bench.lead(2)
    rows = bench.org.load("Lead", [{"LastName": "L", "Company": "A"}] * 300)
    writes = [Write("lead", {"HubSpot_Id__c": "17" if each == other else each}, id=each) for each in (other, *rows)]
    error = bench.salesforce.write("lead", writes)[0].error
    assert (error.recovery, error.existing_id) == (Recovery.DUPLICATE, holder)


def test_a_job_that_stops_half_way_leaves_rows_to_be_tried_again(bench):
    bench.org.bulk.stumble(after_rows=100)
    results = bench.salesforce.write("lead", upserts(300))
    assert [each.error and each.error.recovery for each in results] == [*[None] * 100, *[Recovery.RETRY] * 200]


def test_a_job_that_is_killed_before_its_answer_can_be_repeated(bench):
    bench.fail_once(Fault(Response(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "m"}])), "successfulResults")
    writes = upserts(400)
    with pytest.raises(Forbidden):
        bench.salesforce.write("lead", writes)
    results = bench.salesforce.write("lead", writes)
    assert [each.created for each in results] == [False] * 400
    assert len(bench.org.rows("Lead")) == 400


@pytest.mark.parametrize("part", ["jobs/ingest", "batches", "jobs/ingest/750", "successfulResults"])
@pytest.mark.parametrize("after_effect", [False, True])
def test_whichever_answer_is_lost_every_row_is_written_once(bench, part, after_effect):
    bench.fail_once(Fault(reset=True, after_effect=after_effect), part)
    results = bench.salesforce.write("lead", upserts(300))
    assert [each.error for each in results] == [None] * 300
    assert len(bench.org.rows("Lead")) == 300


def test_an_org_that_is_down_is_unreachable_and_not_a_failure_of_rows(bench):
    bench.salesforce.describe("lead")
    bench.server.fault = lambda _: Fault(Response(503, "<html>busy</html>"))
    with pytest.raises(Unreachable):
        bench.salesforce.write("lead", upserts(300))


def test_an_unknown_column_is_a_mapping_of_the_rows_that_name_it(bench):
    made = bench.org.load("Lead", [{"LastName": "L", "Company": "A"}] * 300)
    results = bench.salesforce.write("lead", [Write("lead", {"Nope__c": "x"}, id=each) for each in made])
    assert {each.error.recovery for each in results} == {Recovery.MAPPING}


def test_10000_rows_cost_nine_calls_at_most(bench):
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    results = bench.salesforce.write("lead", upserts(10_000))
    assert all(each.created for each in results)
    assert bench.salesforce.calls - before <= 9
