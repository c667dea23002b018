"""Writing into the emulated portal over real sockets, in every generation of the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Forbidden, Unreachable
from connectors.records import Recovery, Write
from connectors.sandbox.server import Fault, Response
from tests.contract.hubspot_bench import START, Bench, everything, records

VERSIONS = pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.server.stop()


def update(record_id, **fields):
    return Write("contact", fields, id=record_id)


def writes(bench):
    """Paths of the calls that wrote, without what is alike in all generations."""
    return [call.path.rpartition("contacts/")[2] for call in bench.server.journal if "/batch/" in call.path]


@VERSIONS
def test_a_hundred_updates_are_one_call_and_a_refused_row_spoils_no_other(bench, version):
    ids = [bench.contact(number) for number in range(99)]
    hubspot = bench.connect(api_version=version)
    asked = [update(one, firstname=f"Ada {one}") for one in ids]
    asked[5] = update(ids[5], email="nonsense")
    asked[6] = update(ids[6], lifecyclestage="no such stage")
    asked.append(update("42", firstname="Nobody"))
    found = hubspot.write("contact", asked)
    assert hubspot.calls == 1
    assert [place for place, one in enumerate(found) if one.error] == [5, 6, 99]
    assert [one.error.recovery for one in found if one.error] == [Recovery.REJECT, Recovery.MAPPING, Recovery.GONE]
    assert [one.error.fields for one in found if one.error] == [("email",), ("lifecyclestage",), ()]
    assert [one.id for one in found] == [*ids, "42"]
    assert bench.portal.values("contacts", ids[7])["firstname"] == f"Ada {ids[7]}"


@VERSIONS
def test_creates_and_upserts_tell_the_ids_of_what_they_made(bench, version):
    known = bench.contact(1)
    hubspot = bench.connect(api_version=version)
    made, double = hubspot.write(
        "contact",
        [Write("contact", {"email": "new@example.com"}), Write("contact", {"email": "person1@example.com"})],
    )
    assert made.created
    assert bench.portal.values("contacts", made.id)["email"] == "new@example.com"
    assert (double.id, double.error.recovery, double.error.existing_id) == (None, Recovery.DUPLICATE, known)
    again, fresh = hubspot.write(
        "contact",
        [
            Write("contact", {"firstname": "Ada"}, key=("email", "person1@example.com")),
            Write("contact", {"firstname": "Bob"}, key=("email", "bob@example.com")),
        ],
    )
    assert (again.id, again.created, again.error) == (known, False, None)
    assert fresh.created
    assert bench.portal.values("contacts", fresh.id)["email"] == "bob@example.com"


@VERSIONS
def test_a_batch_without_traces_in_its_errors_is_asked_for_again_row_by_row(bench, version):
    ids = [bench.contact(number) for number in range(4)]
    hubspot = bench.connect(api_version=version)
    body = {
        "status": "COMPLETE",
        "results": [{"id": ids[0], "properties": {}}],
        "numErrors": 3,
        "errors": [
            {"status": "error", "category": "VALIDATION_ERROR", "message": f"m{n}", "context": {}} for n in "ab"
        ],
    }
    bench.fail_once(Fault(Response(207 if version == "v3" else 200, body)), "/batch/update")
    found = hubspot.write("contact", [*(update(one, firstname="Ada") for one in ids[:3]), update(ids[3], email="x")])
    assert [one.error is None for one in found] == [True, True, True, False]
    assert found[3].error.recovery is Recovery.REJECT
    assert hubspot.calls == 1 + 3


def test_none_clears_and_other_values_are_spelled_as_hubspot_does(bench):
    record_id = bench.contact(1, firstname="Ada", lastname="L")
    bench.portal.define_property("contacts", "is_hot", type="bool", field_type="booleancheckbox")
    fields = {"firstname": None, "is_hot": True, "lastname": "M"}
    (found,) = bench.connect().write("contact", [Write("contact", fields, id=record_id)])
    assert found.error is None
    values = bench.portal.values("contacts", record_id)
    assert (values.get("firstname") or None, values["is_hot"], values["lastname"]) == (None, "true", "M")


def test_two_writes_of_one_record_are_done_one_after_the_other(bench):
    record_id, other = bench.contact(1, lifecyclestage="customer"), bench.contact(2)
    hubspot = bench.connect()
    clear, keep, back = hubspot.write(
        "contact",
        [
            update(record_id, lifecyclestage=None),
            update(other, firstname="Ada"),
            update(record_id, lifecyclestage="lead"),
        ],
    )
    assert clear.error is keep.error is back.error is None
    assert hubspot.calls == 2
    assert bench.portal.values("contacts", record_id)["lifecyclestage"] == "lead"


def test_a_stage_set_backward_is_answered_as_done_and_changes_nothing(bench):
    record_id = bench.contact(1, lifecyclestage="customer")
    (found,) = bench.connect().write("contact", [update(record_id, lifecyclestage="lead")])
    assert found.error is None
    assert bench.portal.values("contacts", record_id)["lifecyclestage"] == "customer"


def test_an_id_that_is_no_number_is_gone_since_hubspot_would_pass_it_over_in_silence(bench):
    record_id = bench.contact(1)
    hubspot = bench.connect()
    odd, even = hubspot.write(
        "contact", [update("person1@example.com", firstname="A"), update(record_id, firstname="B")]
    )
    assert odd.error.recovery is Recovery.GONE
    assert even.error is None


def test_notes_and_tasks_are_made_for_their_contact(bench):
    contact = bench.contact(1)
    hubspot = bench.connect()
    for kind, fields in (
        ("note", {"hs_note_body": "hello"}),
        ("task", {"hs_task_subject": "Call"}),
        ("call", {"hs_call_title": "Intro"}),
        ("meeting", {"hs_meeting_title": "Demo"}),
    ):
        at = START.isoformat().replace("+00:00", "Z")
        (made,) = hubspot.write(kind, [Write(kind, {**fields, "hs_timestamp": at, "contact": contact})])
        assert made.error is None, made.error
        assert hubspot.related(kind, [made.id], "contact") == {made.id: [contact]}


def test_a_missing_scope_is_told_for_the_whole_call(bench):
    record_id = bench.contact(1)
    bench.portal.scopes = frozenset({"crm.objects.contacts.read"})
    with pytest.raises(Forbidden):
        bench.connect().write("contact", [update(record_id, firstname="Ada")])


def test_an_update_is_repeated_after_a_broken_answer_and_a_create_is_not(bench):
    record_id = bench.contact(1)
    hubspot = bench.connect()
    bench.fail_once(Fault(Response(502, "<html></html>", content_type="text/html")), "/batch/update")
    assert hubspot.write("contact", [update(record_id, firstname="Ada")])[0].error is None
    bench.fail_once(Fault(Response(502, "<html></html>", content_type="text/html")), "/batch/create")
    with pytest.raises(Unreachable):
        hubspot.write("contact", [Write("contact", {"email": "new@example.com"})])


@VERSIONS
def test_contacts_join_and_leave_a_list_kept_by_hand(bench, version):
    first, second = bench.contact(1), bench.contact(2)
    nurture = bench.portal.people.make_list("Nurture", at=START)
    bench.portal.people.put_on_list(nurture, second, at=START)
    hubspot = bench.connect(api_version=version)

    def joins(record):
        return Write("list_membership", {"record": record, "member": True}, id=nurture)

    def leaves(record):
        return Write("list_membership", {"record": record, "member": False}, id=nurture)

    found = hubspot.write("list_membership", [joins(first), leaves(second), joins("42")])
    assert [one.error.recovery if one.error else None for one in found] == [None, None, Recovery.GONE]
    assert [str(one) for one in bench.portal.lists.live(nurture).members] == [first]
    assert hubspot.calls == 2
    found = hubspot.write("list_membership", [joins(first), leaves(first), joins(first)])
    assert [one.error for one in found] == [None, None, None]
    assert [str(one) for one in bench.portal.lists.live(nurture).members] == [first]
    assert hubspot.calls == 2 + 3


def test_a_list_that_takes_nobody_is_a_fault_of_the_configuration(bench):
    contact = bench.contact(1)
    dynamic = bench.portal.lists.add("All", "contacts", 0, "DYNAMIC").id
    for list_id in (dynamic, "4711"):
        (found,) = bench.connect().write(
            "list_membership", [Write("list_membership", {"record": contact, "member": True}, id=list_id)]
        )
        assert found.error.recovery is Recovery.MAPPING


def test_memberships_that_were_changed_are_told_although_a_later_call_fails(bench):
    contact = bench.contact(1)
    first, second = (bench.portal.people.make_list(name, at=START) for name in ("A", "B"))
    hubspot = bench.connect()
    asked = [Write("list_membership", {"record": contact, "member": True}, id=one) for one in (first, second)]
    gone = Fault(Response(503, {}))
    bench.server.fault = lambda request: gone if f"/{second}/" in request.path else None
    found = hubspot.write("list_membership", asked)
    assert [one.error and one.error.recovery for one in found] == [None, Recovery.RETRY]
    with pytest.raises(Unreachable):
        hubspot.write("list_membership", asked[1:])


def test_records_are_found_by_value_whatever_the_case_and_by_the_hundred(bench):
    ids = [bench.contact(number) for number in range(150)]
    bench.portal.define_property("contacts", "external", type="string", field_type="text")
    bench.portal.update("contacts", ids[0], {"external": "00QaB"}, START)
    hubspot = bench.connect()
    emails = [f"Person{number}@Example.com" for number in range(30)]
    assert [one.id for one in hubspot.find("contact", "email", emails, ("firstname",))] == sorted(ids[:30], key=int)
    hubspot = bench.connect()
    emails = [f"person{number}@example.com" for number in range(150)]
    found = hubspot.find("contact", "email", emails, ())
    assert [one.id for one in found] == sorted(ids, key=int)
    assert found[0].properties == {}
    assert hubspot.calls == 2  # two filters of at most a hundred values, each answered whole
    assert [one.id for one in hubspot.find("contact", "external", ["00QaB"], ())] == [ids[0]]
    assert hubspot.find("contact", "email", [], ()) == []


def test_a_record_that_has_another_value_by_now_is_not_found(bench):
    record_id = bench.contact(1)
    bench.portal.index_lag = timedelta(seconds=30)
    bench.time += timedelta(minutes=1)
    hubspot = bench.connect()
    assert [one.id for one in hubspot.find("contact", "email", ["person1@example.com"], ())] == [record_id]
    bench.portal.update("contacts", record_id, {"email": "other@example.com"}, bench.time)
    assert hubspot.find("contact", "email", ["person1@example.com"], ()) == []


def test_what_was_written_is_read_back(bench):
    record_id = bench.contact(1)
    hubspot = bench.connect()
    hubspot.write("contact", [update(record_id, firstname="Ada")])
    assert hubspot.read("contact", [record_id], ("firstname",))[record_id].properties["firstname"] == "Ada"
    assert records(hubspot.pull("contact", everything(), ("firstname",)))[0].properties["firstname"] == "Ada"
    assert hubspot.most_rows(10_000) == 100


def wish(place, type_="text"):
    return Write("property", {"label": "Wish", "type": type_}, key=("name", place))


@VERSIONS
def test_properties_are_made_each_by_its_own_scope_and_one_that_is_there_is_done(bench, version):
    hubspot = bench.connect(api_version=version)
    assert "wish" not in hubspot.describe("contact").fields
    bench.portal.scopes = bench.portal.scopes - {"crm.schemas.companies.write"}
    made, forbidden, there = hubspot.write(
        "property", [wish("contact.wish", "boolean"), wish("company.wish"), wish("contact.firstname")]
    )
    assert (made.id, made.created, there.error) == ("contact.wish", True, None)
    assert hubspot.describe("contact").fields["wish"].type == "boolean"
    assert forbidden.error.recovery is Recovery.PERMISSION
    assert "crm.schemas.companies.write" in forbidden.error.message


def test_a_property_whose_answer_is_lost_is_made_once_and_done(bench):
    hubspot = bench.connect()
    bench.fail_once(Fault(reset=True, after_effect=True), "properties")
    (made,) = hubspot.write("property", [wish("contact.wish")])
    assert made.error is None
    (refused,) = hubspot.write("property", [wish("contact.No Such Name")])
    assert refused.error.recovery is Recovery.MAPPING
