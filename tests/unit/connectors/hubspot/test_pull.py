"""The walk through a window: what is asked, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
import responses

from connectors.errors import Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot
from connectors.records import Window

BASE = "https://api.hubapi.com"
SINCE = datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=UTC)
UNTIL = datetime(2026, 9, 1, 9, tzinfo=UTC)
WINDOW = Window(SINCE, UNTIL)


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def hubspot():
    return HubSpot("pat-na1-secret", options=Options(sleep=lambda _: None))


def row(number, **properties):
    at = "2026-09-01T08:30:00Z"
    return {"id": str(number), "properties": properties, "createdAt": at, "updatedAt": at, "archived": False}


def pages(wire, path, *bodies, method="POST"):
    """Serve these pages in turn, and give the bodies that were asked for."""
    left, asked = list(bodies), []

    def answer(request):
        asked.append(orjson.loads(request.body) if request.body else request.params)
        return 200, {"Content-Type": "application/json"}, orjson.dumps(left.pop(0))

    wire.add_callback(method, BASE + path, answer)
    return asked


def page(*rows, after=None, **told):
    return {"results": list(rows), **({"paging": {"next": {"after": after}}} if after else {}), **told}


SEARCH = "/crm/objects/2026-09/contacts/search"


def test_a_window_is_asked_for_by_its_two_bounds_and_the_id_in_every_page(wire, hubspot):
    asked = pages(wire, SEARCH, page(row(7), row(9)), page())
    list(hubspot.pull("contact", WINDOW, ("email", "jobtitle")))
    first = {
        "filterGroups": [
            {
                "filters": [
                    {
                        "propertyName": "lastmodifieddate",
                        "operator": "BETWEEN",
                        "value": "1788249600123",
                        "highValue": "1788253200000",
                    },
                    {"propertyName": "hs_object_id", "operator": "GT", "value": "0"},
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": [
            "email",
            "jobtitle",
            "lastmodifieddate",
            "hs_merged_object_ids",
            "hs_calculated_merged_vids",
        ],
        "limit": 200,
    }
    assert asked[0] == first
    first["filterGroups"][0]["filters"][1]["value"] = "9"
    assert asked[1] == first


def test_a_window_without_a_beginning_has_an_end_only(wire, hubspot):
    asked = pages(wire, "/crm/objects/2026-09/companies/search", page())
    list(hubspot.pull("company", Window(None, UNTIL, "41"), ("name",)))
    assert asked[0]["filterGroups"][0]["filters"] == [
        {"propertyName": "hs_lastmodifieddate", "operator": "LTE", "value": "1788253200000"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": "41"},
    ]


def test_short_and_empty_pages_are_not_the_end(wire, hubspot):
    asked = pages(
        wire,
        SEARCH,
        page(row(1), after="200"),
        page(after="200"),
        page(row(2), row(3)),
        page(after="200"),
        page(after="400"),
        page(row(10)),
        page(),
    )
    found = list(hubspot.pull("contact", WINDOW, ()))
    assert [([each.id for each in one.records], one.after_id) for one in found] == [(["1", "2", "3", "10"], "10")]
    beyond = [body["filterGroups"][0]["filters"][1]["value"] for body in asked]
    assert beyond == ["0", "1", "1", "3", "3", "3", "10"]
    assert [body.get("after") for body in asked] == [None, None, "200", None, "200", "400", None]


@pytest.mark.parametrize(
    ("first", "searches"),
    [
        (page(row(1), row(2), total=2), 1),
        (page(total=0), 1),
        (page(row(1), row(2), total=3), 2),  # what is gone by now counts in the total, and shortens the page
        (page(row(1), row(2), total=2, after="200"), 2),
        (page(row(1), row(2), total=0), 1),
        (page(row(1), row(2), total="2"), 2),
        (page(row(1), row(2)), 2),
    ],
)
def test_a_search_is_over_where_its_total_and_its_cursor_both_say_so(wire, hubspot, first, searches):
    asked = pages(wire, SEARCH, first, page())
    list(hubspot.pull("contact", WINDOW, ()))
    assert len(asked) == searches


@pytest.mark.parametrize(
    "second", [page(row(3), row(5)), page(row(5)), page(row(7), row(6)), page(row(7), row(7)), page(row("x7"))]
)
def test_ids_that_do_not_advance_end_with_an_error_and_no_loop(wire, hubspot, second):
    pages(wire, SEARCH, page(row(3), row(5)), second)
    walk = hubspot.pull("contact", WINDOW, ())
    assert next(walk).after_id == "5"
    with pytest.raises(Unreachable, match="repeats or disorders"):
        next(walk)


def test_ids_are_compared_as_numbers(wire, hubspot):
    pages(wire, SEARCH, page(row(9), row(10)), page(row(100)), page())
    (found,) = hubspot.pull("contact", WINDOW, ())
    assert [each.id for each in found.records] == ["9", "10", "100"]


def test_empty_pages_with_the_same_cursor_end_with_an_error(wire, hubspot):
    pages(wire, SEARCH, page(after="200"), page(after="200"))
    with pytest.raises(Unreachable, match="empty pages"):
        list(hubspot.pull("contact", WINDOW, ()))


def test_empty_pages_without_end_end_with_an_error(wire, hubspot):
    pages(wire, SEARCH, *(page(after=str(number)) for number in range(1, 100)))
    with pytest.raises(Unreachable, match="empty pages"):
        list(hubspot.pull("contact", WINDOW, ()))
    assert hubspot.calls < 60


def test_a_record_whose_fresher_value_lies_outside_the_window_is_kept(wire, hubspot):
    pages(wire, SEARCH, page(row(1, lastmodifieddate="2026-09-01T12:00:00Z")), page())
    (one,) = hubspot.pull("contact", WINDOW, ())
    assert one.records[0].modified_at == UNTIL + timedelta(hours=3)


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": [1]}, [], {"results": [{"id": "1"}]}])
def test_answers_of_another_form_are_unreachable(wire, hubspot, body):
    pages(wire, SEARCH, body, page())
    with pytest.raises(Unreachable):
        list(hubspot.pull("contact", WINDOW, ()))


def test_what_is_found_in_another_form_is_unreachable(wire, hubspot):
    pages(wire, SEARCH, page({**row(1), "properties": ["email"]}), page())
    with pytest.raises(Unreachable):
        hubspot.find("contact", "email", ["a@x.example"], ())


def test_a_list_that_repeats_its_cursor_ends_with_an_error(wire, hubspot):
    pages(wire, "/crm/owners/2026-09", page(after="1"), page(after="2"), page(after="1"), method="GET")
    with pytest.raises(Unreachable, match="repeats its pages"):
        list(hubspot.pull("owner", WINDOW, ()))


def test_owners_keep_to_the_window_unless_they_are_archived(wire, hubspot):
    def owner(number, at, *, archived=False):
        return {
            "id": str(number),
            "email": f"o{number}@example.com",
            "createdAt": at,
            "updatedAt": at,
            "archived": archived,
        }

    inside, outside = "2026-09-01T08:30:00Z", "2026-08-01T08:30:00Z"
    living = page(owner(11, inside), owner(9, inside), owner(10, outside))
    asked = pages(wire, "/crm/owners/2026-09", living, page(owner(8, outside, archived=True)), method="GET")
    (one,) = hubspot.pull("owner", WINDOW, ())
    assert [each.id for each in one.records] == ["8", "9", "11"]
    assert [each.deleted for each in one.records] == [True, False, False]
    assert [query["archived"] for query in asked] == ["false", "true"]


def test_a_submission_without_an_id_gets_one_from_what_it_says(wire, hubspot):
    form = {"id": "f-1", "name": "Trial", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    values = [{"name": "email", "value": "ada@example.com"}, {"name": "topic", "value": "a"}]
    at = 1788250600000
    first = {"submittedAt": at, "values": [*values, {"name": "topic", "value": "b"}], "pageUrl": "https://example.com/"}
    again = {"submittedAt": at, "values": [values[1], values[0], {"name": "topic", "value": "b"}]}
    other = {"submittedAt": at, "values": values}
    pages(wire, "/marketing/v3/forms", page(form), method="GET")
    pages(wire, "/form-integrations/v1/submissions/forms/f-1", page(first, again, other), method="GET")
    (one,) = hubspot.pull("form_submission", WINDOW, ())
    first, again, other = one.records
    assert first.id == again.id != other.id
    assert first.properties["values"] == {"email": "ada@example.com", "topic": "a;b"}
    assert first.properties["page_url"] == "https://example.com/"


def test_archived_records_come_from_the_list_of_the_archived(wire, hubspot):
    gone = {**row(5), "archived": True, "archivedAt": "2026-09-01T08:45:00Z"}
    older = {**row(4), "archived": True, "archivedAt": "2026-08-01T08:45:00Z"}
    asked = pages(wire, "/crm/objects/2026-09/contacts", page(gone, older), method="GET")
    (one,) = hubspot.archived("contact", WINDOW)
    assert [(each.id, each.deleted, each.modified_at.minute) for each in one.records] == [("5", True, 45)]
    assert asked[0]["archived"] == "true"
