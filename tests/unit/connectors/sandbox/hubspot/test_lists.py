from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
LISTS = "/crm/lists/2026-09"


@pytest.fixture
def members(portal):
    return [portal.create("contacts", {"email": f"p{n}@acme.example"}, DAY) for n in range(5)]


@pytest.fixture
def nurture(portal, members):
    made = portal.people.make_list("Nurture", at=DAY)
    for n, member in enumerate(reversed(members)):
        portal.people.put_on_list(made, member, DAY + timedelta(hours=n))
    return made


def paged(api, path, direction="after", **asked):
    seen, mark = [], None
    while mark != "end":
        page = api("GET", path, limit=2, **asked, **({direction: mark} if mark else {})).json()
        seen += [each["recordId"] for each in page["results"]]
        turn = "prev" if direction == "before" else "next"
        mark = page.get("paging", {turn: {direction: "end"}})[turn][direction]
    return seen


def test_members_are_paged_by_id_and_by_when_they_joined(api, members, nurture):
    assert paged(api, f"{LISTS}/{nurture}/memberships") == sorted(members)
    assert paged(api, f"{LISTS}/{nurture}/memberships/join-order") == members[::-1]


def test_members_are_paged_backwards_from_the_latest(api, members, nurture):
    path = f"{LISTS}/{nurture}/memberships/join-order"
    latest = str(10**15)
    page = api("GET", path, limit=2, before=latest).json()
    assert [each["recordId"] for each in page["results"]] == [members[0], members[1]]
    rest = api("GET", path, limit=9, before=page["paging"]["prev"]["before"]).json()
    assert [each["recordId"] for each in rest["results"]] == members[2:]
    assert "paging" not in rest


def test_who_comes_back_keeps_when_they_first_joined(api, portal, members, nurture, clock):
    portal.people.take_off_list(nurture, members[4])
    portal.people.put_on_list(nurture, members[4], DAY + timedelta(days=9))
    row = api("GET", f"{LISTS}/records/0-1/{members[4]}/memberships").json()["results"][0]
    assert row["firstAddedTimestamp"] == "2026-03-01T09:00:00.000Z"
    assert row["lastAddedTimestamp"] == "2026-03-10T09:00:00.000Z"


def test_an_archived_record_is_on_no_list_until_it_is_restored(api, portal, members, nurture):
    portal.archive("contacts", members[0])
    assert members[0] not in paged(api, f"{LISTS}/{nurture}/memberships")
    assert api("GET", f"{LISTS}/{nurture}").json()["list"]["size"] == 4
    portal.restore("contacts", members[0])
    assert paged(api, f"{LISTS}/{nurture}/memberships") == sorted(members)


def test_memberships_of_many_records_are_read_at_once(api, members, nurture):
    rows = [{"objectTypeId": "0-1", "recordId": each} for each in (members[0], "1")]
    body = api("POST", f"{LISTS}/records/memberships/batch/read", {"inputs": rows}).json()
    assert [len(each["recordListMemberships"]) for each in body["results"]] == [1, 0]
    assert api("POST", f"{LISTS}/records/memberships/batch/read", {"inputs": rows * 51}).status_code == 400


def test_an_active_list_cannot_be_filled_by_hand(api, portal, members):
    active = portal.lists.add("Hot", "contacts", 0, "DYNAMIC")
    answer = api("PUT", f"{LISTS}/{active.id}/memberships/add", [members[0]])
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_a_list_without_name_or_with_filters_or_twice_is_refused(api, nurture):
    for body in (
        {"name": "x", "objectTypeId": "0-1"},
        {"name": "x", "objectTypeId": "0-1", "processingType": "DYNAMIC"},
        {"name": "x", "objectTypeId": "0-1", "processingType": "MAGIC"},
        {"name": "NURTURE", "objectTypeId": "0-1", "processingType": "MANUAL"},
    ):
        assert api("POST", LISTS, body).status_code == 400
    assert api("GET", f"{LISTS}/99").status_code == 404
    assert api("PUT", f"{LISTS}/{nurture}/memberships/add", {"ids": []}).status_code == 400


def test_archived_lists_of_v1_are_gone(api):
    assert api("GET", "/contacts/v1/lists").status_code == 404
