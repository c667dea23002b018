"""The Salesforce connector against the emulated org, over real sockets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.errors import AuthFailed, LimitReached, Missing, Unreachable
from connectors.http import Options
from connectors.records import Account, FieldType, Recovery, System, Window, Write
from connectors.salesforce import Salesforce
from connectors.salesforce.kinds import KINDS
from connectors.sandbox.server import Fault, Response
from tests.contract.salesforce_bench import START, Bench


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.server.stop()


def upsert(key, **fields):
    given = {"LastName": "New", "Company": "Acme", **fields}
    return Write("lead", given, key=("HubSpot_Id__c", key))


def update(lead_id, **fields):
    return Write("lead", fields, id=lead_id)


# -- connecting


def test_it_tells_org_zone_and_user(bench):
    expected = Account(System.SALESFORCE, bench.org.org_id, "Europe/Berlin", bench.org.user_id)
    assert bench.salesforce.check() == expected
    assert bench.salesforce.calls == 2


def trusted(bench):
    """The user that we act as, and a key that the org trusts."""
    key = rsa.generate_private_key(65537, 2048)
    bench.org.tokens.public_key = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return bench.org.get("User", bench.org.user_id)["Username"], pem


def test_a_jwt_is_accepted_by_an_org_that_trusts_its_key(bench):
    username, pem = trusted(bench)
    connector = bench.connect(username=username, private_key=pem)
    assert connector.check().user_id == bench.org.user_id


def test_a_signed_login_outlives_a_clock_of_ours_that_is_late(bench):
    username, pem = trusted(bench)
    late = Options(wall=lambda: bench.now() - timedelta(hours=1))
    connector = Salesforce(bench.server.url, "sandbox-client", username=username, private_key=pem, options=late)
    assert connector.check().user_id == bench.org.user_id
    assert [call.status for call in bench.server.journal if call.path.endswith("/token")] == [400, 200]


def test_a_wrong_secret_is_said_once_and_not_shown(bench):
    with pytest.raises(AuthFailed, match="invalid_client: invalid client credentials") as caught:
        bench.connect(client_secret="canary").check()
    assert "canary" not in str(caught.value)
    assert len(bench.server.journal) == 1


def test_eight_threads_that_see_one_expiry_make_one_login(bench):
    bench.lead(1)
    bench.salesforce.describe("lead")
    bench.org.expire_tokens()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: bench.salesforce.find("lead", "LastName", ["L1"], []), range(8)))
    assert [len(each) for each in found] == [1] * 8
    assert bench.org.tokens.issued == 2


def test_the_clock_is_the_orgs_and_the_count_of_calls_too(bench):
    bench.fail_once(Fault(Response(body={"fields": []}, headers={"Date": "Tue, 01 Sep 2026 09:00:00 GMT"})), "describe")
    bench.salesforce.describe("task")
    assert bench.salesforce.now() == datetime(2026, 9, 1, 9, tzinfo=UTC)
    bench.salesforce.describe("lead")
    assert bench.salesforce.usage.total == bench.org.daily_limit


def test_the_days_limit_is_its_own_error(bench):
    bench.salesforce.check()
    bench.org.daily_limit, bench.org.enforce_limit = 1, True
    with pytest.raises(LimitReached):
        bench.salesforce.describe("lead")


# -- describing


def test_fields_are_described_with_their_types_and_keys(bench):
    lead, task = bench.salesforce.describe("lead").fields, bench.salesforce.describe("task").fields
    key = lead["HubSpot_Id__c"]
    assert (key.type, key.length, key.external_id, key.unique) == (FieldType.TEXT, 64, True, True)
    assert (task["Syncd_Key__c"].external_id, task["Syncd_Key__c"].unique) == (True, True)
    assert lead["Lifecycle_Stage__c"].restricted
    assert "MQL" in [option.value for option in lead["Lifecycle_Stage__c"].options]
    assert (lead["Budget__c"].type, lead["OwnerId"].type) == (FieldType.MONEY, FieldType.REFERENCE)
    assert lead["LastName"].required
    assert not lead["Status"].required


@pytest.mark.parametrize(
    "kind",
    [word for word in KINDS if not KINDS[word].tracked],
)
def test_every_kind_can_be_described_and_pulled(bench, kind):
    assert bench.salesforce.describe(kind).object == kind
    assert all(each.object == kind for each in bench.pull(kind, properties=["Id"]))


def test_a_hidden_field_is_missing_by_name(bench):
    bench.org.hide_field("Lead", "Budget__c")
    with pytest.raises(Missing, match="Budget__c"):
        bench.pull(properties=["Budget__c"])


def test_queues_and_users_are_read(bench):
    queue = bench.org.add_queue("Inbound")
    assert {each.id: each.properties["Name"] for each in bench.pull("group", properties=["Name"])}[queue] == "Inbound"
    users = bench.pull("user", properties=["Email", "IsActive", "UserType"])
    assert bench.org.user_id in {each.id for each in users}


# -- pulling


def test_everything_is_pulled_once_in_pages_of_2000_by_id(bench):
    given = {"LastName": "L", "Company": "A"}
    made = bench.org.load("Lead", [given] * 4_100)  # all of one instant
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    pages = list(bench.salesforce.pull("lead", bench.window(), ["Email"]))
    assert [len(page.records) for page in pages] == [2000, 2000, 100]
    assert [record.id for page in pages for record in page.records] == sorted(made)
    assert bench.salesforce.calls - before == 3


def test_a_restart_goes_on_after_the_last_page_that_was_kept(bench):
    made = bench.org.load("Lead", [{"LastName": "L", "Company": "A"}] * 2_500)
    kept = next(bench.salesforce.pull("lead", bench.window(), []))
    rest = bench.pull(window=bench.window(after_id=kept.after_id))
    assert sorted(made) == [each.id for each in (*kept.records, *rest)]


def test_a_cursor_that_the_org_lost_loses_no_record(bench):
    made = bench.org.load("Lead", [{"LastName": "L", "Company": "A"}] * 2_500)
    lost = Response(400, [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
    bench.fail_once(Fault(lost), "-2000")
    assert [each.id for each in bench.pull()] == sorted(made)


def test_only_what_changed_in_the_window_is_pulled_with_both_ends(bench):
    ids = [bench.lead(each, START + timedelta(minutes=each)) for each in range(5)]
    window = Window(START + timedelta(minutes=1), START + timedelta(minutes=3))
    assert [each.id for each in bench.pull(window=window)] == ids[1:4]


def test_changes_deletes_and_merges_are_seen(bench):
    changed, deleted, winner, loser = (bench.lead(each) for each in range(4))
    bench.time += timedelta(hours=1)
    bench.org.update("Lead", changed, {"Title": "CEO"})
    bench.org.delete("Lead", deleted)
    bench.org.merge(winner, loser)
    seen = {each.id: each for each in bench.pull(window=bench.window(since=START + timedelta(minutes=1)))}
    assert (seen[changed].deleted, seen[changed].modified_at) == (False, bench.time)
    assert (seen[deleted].deleted, seen[deleted].merged_into) == (True, None)
    assert (seen[loser].deleted, seen[loser].merged_into) == (True, winner)
    assert seen[changed].created_at == START


def test_a_conversion_is_seen(bench):
    lead = bench.lead(1)
    done = bench.org.convert(lead)
    (record,) = bench.pull(properties=["IsConverted", "ConvertedContactId"])
    assert record.properties == {"IsConverted": True, "ConvertedContactId": done.contact_id}


# -- reading and finding


def test_records_are_read_under_the_ids_asked_for(bench):
    first, second, deleted = (bench.lead(each) for each in range(3))
    bench.org.delete("Lead", deleted)
    found = bench.salesforce.read("lead", [first[:15], second, deleted, "hs:1"], ["LastName"])
    assert {key: each.properties["LastName"] for key, each in found.items()} == {first[:15]: "L0", second: "L1"}


def test_records_are_found_by_values_that_try_to_break_out(bench):
    hostile = r"o'neil\ OR Name != ''"
    wanted = bench.lead(1, LastName=hostile)
    bench.lead(2)
    assert [each.id for each in bench.salesforce.find("lead", "LastName", [hostile, "nobody"], [])] == [wanted]


def test_700_values_are_found_in_few_calls(bench):
    wanted = [bench.lead(each) for each in range(0, 700, 100)]
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    values = [f"person{each}@example.com" for each in range(700)]
    assert [each.id for each in bench.salesforce.find("lead", "Email", values, [])] == sorted(wanted)
    assert bench.salesforce.calls - before == 3


# -- writing


def test_rows_are_created_then_updated_by_their_key(bench):
    (first,) = bench.write("lead", upsert("17"))
    (second,) = bench.write("lead", upsert("17", Title="CEO"))
    assert (first.created, second.created, first.id == second.id) == (True, False, True)
    assert bench.org.get("Lead", first.id)["Title"] == "CEO"


def test_none_clears_a_field(bench):
    lead = bench.lead(1, Title="CEO")
    assert bench.write("lead", update(lead, Title=None))[0].error is None
    assert bench.org.get("Lead", lead)["Title"] is None


def test_no_write_runs_the_assignment_rules_also_after_a_renewal(bench):
    lead = bench.lead(1)
    owner = bench.org.get("Lead", lead)["OwnerId"]
    bench.org.assign_to("Lead", bench.org.add_queue("Inbound"))
    bench.salesforce.describe("lead")
    bench.org.expire_tokens()
    bench.write("lead", update(lead, Title="CEO"))
    (created,) = bench.write("lead", upsert("1"))
    assert bench.org.get("Lead", lead)["OwnerId"] == owner
    assert bench.org.get("Lead", created.id)["OwnerId"] == bench.org.user_id


def test_each_refused_row_has_its_recovery_and_its_neighbours_are_written(bench):
    good, locked, converted, deleted, picky = (bench.lead(each) for each in range(5))
    bench.org.lock(locked)
    bench.org.convert(converted)
    bench.org.delete("Lead", deleted)
    results = bench.write(
        "lead",
        update(good, Title="CEO"),
        update(locked, Title="CEO"),
        update(converted, Title="CEO"),
        update(deleted, Title="CEO"),
        update(picky, Lifecycle_Stage__c="No such stage"),
        update(picky, Title="x" * 200),
        update("00Qfj0000000000000", Title="CEO"),
        update(good, FirstName="half \ud83d"),
    )
    assert [each.error and each.error.recovery for each in results] == [
        None,
        Recovery.RETRY,
        Recovery.CONVERTED,
        Recovery.GONE,
        Recovery.MAPPING,
        Recovery.REJECT,
        Recovery.GONE,
        Recovery.REJECT,
    ]
    assert bench.org.get("Lead", good)["Title"] == "CEO"
    assert bench.write("lead", update(locked, Title="CEO"))[0].error is None


def test_who_holds_a_value_is_told(bench):
    holder, other = bench.lead(1, HubSpot_Id__c="17"), bench.lead(2)
    (result,) = bench.write("lead", update(other, HubSpot_Id__c="17"))
    assert (result.error.recovery, result.error.existing_id) == (Recovery.DUPLICATE, holder)


def test_who_matches_a_duplicate_rule_is_told(bench):
    match = bench.lead(1)
    bench.org.add_duplicate_rule("Lead", ["Email"])
    (result,) = bench.write("lead", upsert("17", Email="person1@example.com"))
    assert (result.error.code, result.error.recovery) == ("DUPLICATES_DETECTED", Recovery.DUPLICATE)
    assert result.error.existing_id == match


def test_a_field_that_we_may_not_write_is_a_permission(bench):
    lead = bench.lead(1)
    bench.org.freeze_field("Lead", "Budget__c")
    (result,) = bench.write("lead", update(lead, Budget__c=1))
    assert (result.error.recovery, list(result.error.fields)) == (Recovery.PERMISSION, ["Budget__c"])


def test_an_unknown_field_is_a_mapping_of_the_rows_that_name_it(bench):
    first, second = bench.lead(1), bench.lead(2)
    results = bench.write("lead", update(first, Nope__c=1), update(second, Title="CEO"))
    assert [each.error and each.error.recovery for each in results] == [Recovery.MAPPING, None]


def test_a_missing_key_field_is_a_setup_error(bench):
    bench.org.remove_field("Lead", "HubSpot_Id__c")
    with pytest.raises(Missing):
        bench.write("lead", upsert("17"))


def test_a_task_is_made_once_by_its_key(bench):
    lead = bench.lead(1)
    task = Write("task", {"Subject": "Call", "WhoId": lead}, key=("Syncd_Key__c", "k1"))
    assert [bench.write("task", task)[0].created for _ in range(2)] == [True, False]
    assert len(bench.org.rows("Task")) == 1


def test_a_stale_owner_does_not_make_the_lead_itself_gone(bench):
    lead = bench.lead(1)
    (result,) = bench.write("lead", update(lead, OwnerId="005fj0000000000000"))
    assert result.error.recovery is not Recovery.GONE


def test_an_upsert_whose_answer_is_lost_is_not_sent_again_before_it_is_looked_for(bench):
    bench.salesforce.describe("lead")
    bench.fail_once(Fault(reset=True, after_effect=True), "composite")
    (result,) = bench.write("lead", upsert("17"))
    assert (result.error.code, len(bench.org.rows("Lead"))) == ("NO_ANSWER", 1)


def test_a_create_whose_answer_is_lost_is_not_sent_again(bench):
    bench.salesforce.describe("lead")
    bench.fail_once(Fault(reset=True, after_effect=True), "composite")
    with pytest.raises(Unreachable):
        bench.write("lead", Write("lead", {"LastName": "L", "Company": "A"}))
    assert len(bench.org.rows("Lead")) == 1


def test_200_rows_are_one_call(bench):
    bench.salesforce.describe("lead")
    before = bench.salesforce.calls
    results = bench.write("lead", *(upsert(str(each)) for each in range(200)))
    assert all(each.created for each in results)
    assert bench.salesforce.calls - before == 1


def test_tracked_changes_are_read_as_history(bench):
    lead = bench.lead(1)
    assert bench.salesforce.read("lead", [lead], [], history=["Status"])[lead].history == {}
    assert bench.salesforce.tracked("lead") == frozenset()
    bench.org.track("Lead", "Status")
    bench.time += timedelta(minutes=10)
    assert bench.salesforce.tracked("lead") == {"Status"}
    bench.org.update("Lead", lead, {"Status": "Working - Contacted"}, START + timedelta(hours=1))
    (version,) = bench.salesforce.read("lead", [lead], [], history=["Status"])[lead].history["Status"]
    assert (version.value, version.at) == ("Working - Contacted", START + timedelta(hours=1))


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", [Fault(reset=True), Fault(Response(503, "<html>busy</html>"))])
def test_whichever_call_is_lost_once_the_outcome_is_the_same(bench, fault, after_effect):
    calls, upserted = 7, 4  # login, query, describe, query, upsert, find, update
    for lost in range(calls):
        left = iter(range(100))
        chosen = replace(fault, after_effect=after_effect)
        bench.server.fault = lambda _, left=left, chosen=chosen, lost=lost: chosen if next(left) == lost else None
        bench.salesforce = bench.connect(client_secret="sandbox-secret")
        bench.salesforce.check()
        before = len(bench.pull())
        key, again = f"{lost}", 1
        if bench.write("lead", upsert(key))[0].error is not None and not after_effect:
            assert not bench.salesforce.find("lead", "HubSpot_Id__c", [key], [])
            assert bench.write("lead", upsert(key))[0].error is None
            again = 2
        (found,) = bench.salesforce.find("lead", "HubSpot_Id__c", [key], [])
        assert bench.write("lead", update(found.id, Title="CEO"))[0].error is None
        assert bench.salesforce.calls == calls + (0 if lost == upserted and after_effect else again)
        assert len(bench.pull()) == before + 1
        assert bench.org.get("Lead", found.id)["Title"] == "CEO"


def test_living_rows_with_an_instant_in_a_time_are_counted_in_one_call(bench):
    for number, minutes in enumerate((0, 5, 10)):
        bench.lead(number, MQL_At__c=START + timedelta(minutes=minutes))
    bench.lead(9)
    gone = bench.lead(10, MQL_At__c=START)
    bench.org.delete("Lead", gone, START)
    bench.salesforce.count("lead", "MQL_At__c", None, None)
    before = bench.salesforce.calls
    assert bench.salesforce.count("lead", "MQL_At__c", None, None) == 3
    assert bench.salesforce.calls == before + 1
    window = START + timedelta(minutes=5), START + timedelta(minutes=10)
    assert bench.salesforce.count("lead", "MQL_At__c", *window) == 1


def test_an_object_of_the_admins_own_is_written_and_found_by_its_name_and_unknown_before(bench):
    name = "Proof__c"
    row = Write(name, {"Line__c": "x"}, key=("Key__c", "1"))
    with pytest.raises(Missing):
        bench.salesforce.write(name, [row])
    bench.org.add_object(
        f"# {name} a0P w | Proof | Proofs\n@audit\nKey__c | string 64 | cuxqsi\nLine__c | textarea 99 | cun"
    )
    first, again = (bench.salesforce.write(name, [row])[0] for _ in range(2))
    assert (first.created, again.created, first.id == again.id) == (True, False, True)
    assert [one.id for one in bench.salesforce.find(name, "Key__c", ["1", "2"], ["Line__c"])] == [first.id]
    (refused,) = bench.salesforce.write(name, [Write(name, {"No_Such__c": "x"}, key=("Key__c", "2"))])
    assert refused.error.recovery is Recovery.MAPPING
    assert len(bench.org.rows(name)) == 1
