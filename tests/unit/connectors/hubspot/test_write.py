"""Writing rows against scripted answers: every shape that a refusal takes, in both generations."""

from __future__ import annotations

import orjson
import pytest
import responses

from connectors.errors import Forbidden, Missing, Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.records import Recovery, Write

CONTACTS = "https://api.hubapi.com/crm/objects/2026-09/contacts/batch"


class Batch:
    """Answers the batch route of one verb, call by call, by functions of the inputs; keeps what was asked."""

    def __init__(self, wire, verb, *answers, path=CONTACTS):
        self.asked, self._answers = [], list(answers)
        wire.add_callback("POST", f"{path}/{verb}", self.answer)

    def answer(self, request):
        inputs = orjson.loads(request.body)["inputs"]
        self.asked.append(inputs)
        given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        status, body = given(inputs)
        return status, {"Content-Type": "application/json"}, orjson.dumps(body)


@pytest.fixture
def wire():
    with responses.RequestsMock() as wire:
        yield wire


@pytest.fixture
def hubspot():
    return HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))


def update(number, **fields):
    return Write("contact", fields or {"firstname": f"Ada {number}"}, id=str(number))


def upsert(email):
    return Write("contact", {"firstname": "Ada"}, key=("email", email))


def create(email):
    return Write("contact", {"email": email})


def done(inputs, *, traced=True):
    """All rows written."""
    return 200, {"status": "COMPLETE", "results": [answered(each, traced=traced) for each in inputs]}


def answered(row, *, traced=True):
    found = {"id": row["id"], "properties": {}}
    return {**found, "objectWriteTraceId": row["objectWriteTraceId"]} if traced else found


def refused(**fields):
    """A batch refused whole."""
    return lambda _: (400, {"status": "error", **fields})


def error(category="VALIDATION_ERROR", message="no", **context):
    return {"status": "error", "category": category, "message": message, "context": context}


def test_rows_are_sent_with_a_trace_each_and_in_hubspots_spelling(wire, hubspot):
    batch = Batch(wire, "update", done)
    fields = {"a": None, "b": True, "c": False, "d": 7, "e": 1.5, "f": "x;y"}
    assert [one.id for one in hubspot.write("contact", [update(7, **fields), update(8)])] == ["7", "8"]
    first, second = batch.asked[0]
    assert first == {
        "id": "7",
        "objectWriteTraceId": "0",
        "properties": {"a": "", "b": "true", "c": "false", "d": "7", "e": "1.5", "f": "x;y"},
    }
    assert second["objectWriteTraceId"] == "1"


def test_upserts_name_their_property_and_tell_what_was_new(wire, hubspot):
    def answer(inputs):
        rows = [
            {"id": str(n), "new": n == 1, "objectWriteTraceId": each["objectWriteTraceId"]}
            for n, each in enumerate(inputs)
        ]
        return 200, {"results": rows}

    batch = Batch(wire, "upsert", answer)
    found = hubspot.write("contact", [upsert("a@example.com"), upsert("b@example.com")])
    assert [(one.id, one.created) for one in found] == [("0", False), ("1", True)]
    assert batch.asked[0][0]["idProperty"] == "email"
    assert batch.asked[0][0]["id"] == "a@example.com"


@pytest.mark.parametrize("status", [200, 201, 207])
def test_errors_count_at_any_2xx_and_find_their_row_by_trace(wire, hubspot, status):
    def answer(inputs):
        return status, {
            "results": [answered(inputs[0])],
            "numErrors": 2,
            "errors": [error(objectWriteTraceId=["2"]), error("OBJECT_NOT_FOUND", objectWriteTraceId=["1"])],
        }

    Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(7), update(8), update(9)])
    assert [one.error and one.error.recovery for one in found] == [None, Recovery.GONE, Recovery.REJECT]
    assert [one.id for one in found] == ["7", "8", "9"]
    assert hubspot.calls == 1


def test_a_trace_beside_the_context_of_an_error_names_its_row_too(wire, hubspot):
    def answer(inputs):
        return 201, {"results": [answered({"id": "5"} | inputs[0])], "errors": [error() | {"objectWriteTraceId": "1"}]}

    Batch(wire, "create", answer)
    found = hubspot.write("contact", [Write("contact", {"email": f"{one}@a.example"}) for one in "ab"])
    assert [one.error and one.error.recovery for one in found] == [None, Recovery.REJECT]
    assert hubspot.calls == 1


def test_errors_without_a_trace_find_their_rows_by_the_ids_they_name(wire, hubspot):
    def answer(inputs):
        return 207, {
            "results": [answered(inputs[1], traced=False)],
            "errors": [error("OBJECT_NOT_FOUND", ids=["7", "9"])],
        }

    Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(7), update(8), update(9)])
    assert [one.error and one.error.recovery for one in found] == [Recovery.GONE, None, Recovery.GONE]
    assert hubspot.calls == 1


def test_rows_that_no_error_names_are_asked_for_again_alone(wire, hubspot):
    def first(inputs):
        return 207, {"results": [answered(inputs[0])], "errors": [error(message="a"), error(message="b")]}

    def alone(inputs):
        (row,) = inputs
        return (207, {"results": [], "errors": [error()]}) if row["id"] == "9" else done(inputs)

    batch = Batch(wire, "update", first, alone)
    found = hubspot.write("contact", [update(7), update(8), update(9)])
    assert [one.error and one.error.recovery for one in found] == [None, None, Recovery.REJECT]
    assert [len(inputs) for inputs in batch.asked] == [3, 1, 1]


def test_the_same_error_for_all_the_rest_needs_no_second_call(wire, hubspot):
    def answer(inputs):
        return 207, {"results": [answered(inputs[0])], "errors": [error(), error()]}

    Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(7), update(8), update(9)])
    assert [one.error is None for one in found] == [True, False, False]
    assert hubspot.calls == 1


def test_a_row_that_gets_no_answer_even_alone_is_to_be_tried_again(wire, hubspot):
    Batch(wire, "update", lambda _: (200, {"results": []}))
    found = hubspot.write("contact", [update(7), update(8)])
    assert [(one.id, one.error.recovery, one.error.code) for one in found] == [
        ("7", Recovery.RETRY, "NO_ANSWER"),
        ("8", Recovery.RETRY, "NO_ANSWER"),
    ]
    assert hubspot.calls == 3


def test_a_create_of_which_nobody_knows_is_never_sent_twice(wire, hubspot):
    answer = {"results": [{"id": "1", "properties": {}}], "errors": [error()]}
    batch = Batch(wire, "create", lambda _: (207, answer))
    found = hubspot.write("contact", [create("a@example.com"), create("b@example.com")])
    assert [one.error.recovery for one in found] == [Recovery.RETRY, Recovery.RETRY]
    assert len(batch.asked) == 1


def test_creates_that_must_have_failed_are_asked_for_again_alone(wire, hubspot):
    conflict = error("CONFLICT", "Contact already exists. Existing ID: 77")

    def first(inputs):
        made = {"id": "1", "objectWriteTraceId": inputs[0]["objectWriteTraceId"]}
        return 207, {"results": [made], "errors": [error(), conflict]}

    def alone(inputs):
        (row,) = inputs
        told = conflict if row["properties"]["email"].startswith("c") else error()
        return 207, {"results": [], "errors": [told]}

    batch = Batch(wire, "create", first, alone)
    found = hubspot.write("contact", [create("a@x.example"), create("b@x.example"), create("c@x.example")])
    assert (found[0].id, found[0].created) == ("1", True)
    assert found[1].error.recovery is Recovery.REJECT
    assert (found[2].error.recovery, found[2].error.existing_id) == (Recovery.DUPLICATE, "77")
    assert [len(inputs) for inputs in batch.asked] == [3, 1, 1]


def test_the_only_created_row_needs_no_trace(wire, hubspot):
    Batch(wire, "create", lambda _: (201, {"results": [{"id": "1", "properties": {}}]}))
    (found,) = hubspot.write("contact", [create("a@example.com")])
    assert (found.id, found.created, found.error) == ("1", True, None)


def test_a_record_that_was_merged_answers_with_its_new_id(wire, hubspot):
    Batch(wire, "update", lambda _: (200, {"results": [{"id": "99", "properties": {}}]}))
    (found,) = hubspot.write("contact", [update(7)])
    assert (found.id, found.error) == ("99", None)


def test_upserts_without_traces_are_told_apart_by_their_value_whatever_its_case(wire, hubspot):
    def answer(_):
        emails = ["b@example.com", "a@example.com"]
        return 200, {"results": [{"id": str(n), "properties": {"email": each}} for n, each in enumerate(emails)]}

    Batch(wire, "upsert", answer)
    found = hubspot.write("contact", [upsert("A@example.com"), upsert("b@example.com")])
    assert [one.id for one in found] == ["1", "0"]


@pytest.mark.parametrize("status", [400, 404, 409, 413])
def test_a_batch_that_one_row_spoils_is_halved_until_that_row_stands_alone(wire, hubspot, status):
    def answer(inputs):
        if any(row["id"] == "5" for row in inputs):
            return status, error("OBJECT_NOT_FOUND" if status == 404 else "VALIDATION_ERROR")
        return done(inputs)

    batch = Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(number) for number in range(1, 9)])
    assert [one.id for one in found if one.error] == ["5"]
    assert [len(inputs) for inputs in batch.asked] == [8, 4, 4, 2, 1, 1, 2]


def test_a_property_that_does_not_exist_fails_its_rows_and_spares_the_others_at_once(wire, hubspot):
    def first(_):
        text = 'Property values were not valid: [{"isValid":false,"error":"PROPERTY_DOESNT_EXIST","name":"b"}]'
        return 400, error(message=text)

    batch = Batch(wire, "update", first, done)
    found = hubspot.write("contact", [update(1, a="1"), update(2, a="1", b="2"), update(3, b="3")])
    assert [one.error and one.error.recovery for one in found] == [None, Recovery.MAPPING, Recovery.MAPPING]
    assert found[1].error.fields == ("b",)
    assert [len(inputs) for inputs in batch.asked] == [3, 1]


def test_writes_of_one_record_go_out_in_order_in_a_call_each(wire, hubspot):
    batch = Batch(wire, "update", done)
    hubspot.write("contact", [update(1, a=None), update(2, a="x"), update(1, a="y")])
    assert [[row["id"] for row in inputs] for inputs in batch.asked] == [["1", "2"], ["1"]]
    batch = Batch(wire, "upsert", lambda inputs: (200, {"results": [answered(each) for each in inputs]}))
    hubspot.write("contact", [upsert("a@example.com"), upsert("A@Example.com")])
    assert len(batch.asked) == 2


def test_a_value_that_json_cannot_hold_is_refused_before_anything_is_sent(hubspot):
    (found,) = hubspot.write("contact", [update(1, a="\ud83d")])
    assert (found.error.code, found.error.recovery) == ("NOT_JSON", Recovery.REJECT)
    assert hubspot.calls == 0


def test_a_missing_scope_or_a_missing_route_fails_the_call(wire, hubspot):
    scopes = {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["crm.x.write"]}}]}
    batch = Batch(wire, "update", lambda _: (403, scopes), lambda _: (404, {"message": "no route"}))
    with pytest.raises(Forbidden) as told:
        hubspot.write("contact", [update(1), update(2)])
    assert told.value.scope == "crm.x.write"
    with pytest.raises(Missing):
        hubspot.write("contact", [update(1), update(2)])
    assert len(batch.asked) == 2


@pytest.mark.parametrize(("status", "recovery"), [(403, Recovery.PERMISSION), (503, Recovery.RETRY)])
def test_what_was_written_is_told_although_a_later_call_fails(wire, hubspot, status, recovery):
    Batch(wire, "update", done, lambda _: (status, {}))
    found = hubspot.write("contact", [update(1), update(2), update(1, a="2")])
    assert [one.error and one.error.recovery for one in found] == [None, None, recovery]


def test_an_outage_while_a_batch_is_halved_loses_no_answer(wire, hubspot):
    def answer(inputs):
        if len(inputs) == 1 and inputs[0]["id"] == "1":
            return done(inputs)
        return (400, error(message="bad", propertyName="x")) if len(inputs) == 2 else (503, {})

    Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(1), update(2)])
    assert [one.error and one.error.recovery for one in found] == [None, Recovery.RETRY]


def test_an_error_of_the_call_is_not_tried_on_every_row(wire, hubspot):
    batch = Batch(wire, "upsert", lambda _: (400, error(message="email is no unique property")))
    found = hubspot.write("contact", [upsert(f"p{number}@example.com") for number in range(100)])
    assert {one.error.recovery for one in found} == {Recovery.REJECT}
    assert len(batch.asked) < 30


def test_rows_with_the_same_wrong_value_do_not_speak_for_the_others(wire, hubspot):
    def answer(inputs):
        return (400, error(propertyName=["x"])) if any(int(row["id"]) <= 50 for row in inputs) else done(inputs)

    Batch(wire, "update", answer)
    found = hubspot.write("contact", [update(number) for number in range(1, 101)])
    assert [one.id for one in found if one.error] == [str(number) for number in range(1, 51)]


def test_a_row_that_is_both_written_and_refused_is_to_be_looked_at_again(wire, hubspot):
    Batch(wire, "create", lambda _: (207, {"results": [{"id": "1", "properties": {}}], "errors": [error()]}))
    (found,) = hubspot.write("contact", [create("a@example.com")])
    assert found.error.recovery is Recovery.RETRY


def test_a_missing_scope_of_one_row_is_a_matter_of_permission(wire, hubspot):
    Batch(
        wire, "update", lambda _: (207, {"results": [], "errors": [error("MISSING_SCOPES", objectWriteTraceId=["0"])]})
    )
    assert hubspot.write("contact", [update(1)])[0].error.recovery is Recovery.PERMISSION


def test_an_answer_of_another_form_is_unreachable(wire, hubspot):
    Batch(wire, "update", lambda _: (200, {"results": ["x"]}))
    with pytest.raises(Unreachable):
        hubspot.write("contact", [update(1)])


def test_no_writes_are_no_call_and_wrong_ones_are_our_own_fault(hubspot):
    assert hubspot.write("contact", []) == ()
    for wrong in (
        [update(n) for n in range(101)],
        [update(1), create("a@example.com")],
        [upsert("a@example.com"), Write("contact", {}, key=("other", "1"))],
        [Write("company", {}, id="1")],
    ):
        with pytest.raises(ValueError, match="writes"):
            hubspot.write("contact", wrong)
    with pytest.raises(ValueError, match="deal"):
        hubspot.write("deal", [Write("deal", {}, id="1")])
    with pytest.raises(ValueError, match="membership"):
        hubspot.write("list_membership", [Write("list_membership", {"record": "1"}, id="1")])
    with pytest.raises(Missing):
        hubspot.write("ticket", [Write("ticket", {}, id="1")])
    assert hubspot.calls == 0


def test_the_text_of_a_refusal_is_cut_and_never_in_an_error_that_is_raised(wire, hubspot):
    Batch(wire, "update", lambda _: (400, error(message="secret " * 100)))
    (found,) = hubspot.write("contact", [update(1)])
    assert len(found.error.message) == 300
