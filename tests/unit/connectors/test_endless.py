"""No walk through a CRM goes on for ever, and none loses a record, however its pages come."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import responses

from connectors.errors import Unreachable
from connectors.http import Options
from connectors.hubspot import HubSpot, polite
from connectors.limits import Rate
from connectors.records import Window
from connectors.salesforce.client import Bulk, Salesforce

BASE = "https://api.hubapi.com"
SEARCH = f"{BASE}/crm/objects/2026-09/contacts/search"
LOGIN, INSTANCE = "https://login.salesforce.example", "https://acme.my.salesforce.example"
QUERY = f"{INSTANCE}/services/data/v66.0/query"
AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
WINDOW = Window(AT - timedelta(hours=1), AT + timedelta(hours=1))
MANY = 12_345
"""More than the 10,000 that one search of HubSpot gives."""


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


class Index:
    """HubSpot's search, as far as the walk depends on it: a filter on time and id, ids ascending, at most 10,000
    results. Entries of records that are gone (`ghosts`) take their place on a page and are left out of it, so that
    pages are short or empty. `cursors` says whether a page names the next one: where there is one, always, or never.
    """

    def __init__(self, ids: Sequence[int], ghosts: Collection[int] = (), cursors: str = "as they are") -> None:
        self.entries, self.ghosts, self.cursors = sorted(ids), set(ghosts), cursors
        self.calls = 0

    @property
    def living(self) -> list[int]:
        return [each for each in self.entries if each not in self.ghosts]

    def answer(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        self.calls += 1
        body = orjson.loads(request.body)
        filters = {one["propertyName"]: one for one in body["filterGroups"][0]["filters"]}
        assert filters["lastmodifieddate"]["operator"] == "BETWEEN"
        last, start = int(filters["hs_object_id"]["value"]), int(body.get("after", 0))
        assert start + body["limit"] <= 10_000
        left = self.entries[bisect_right(self.entries, last) :]
        rows = [each for each in left[start : start + body["limit"]] if each not in self.ghosts]
        following = start + body["limit"]
        more = following < len(left) if self.cursors == "as they are" else self.cursors == "always" and bool(rows)
        return self.page(rows, str(following) if more else None, len(left))

    def page(self, rows: Sequence[int], after: str | None, total: int) -> tuple[int, dict[str, str], bytes]:
        answer: dict[str, Any] = {"total": total, "results": [contact(each) for each in rows]}
        if after:
            answer["paging"] = {"next": {"after": after}}
        return 200, {"Content-Type": "application/json"}, orjson.dumps(answer)


class Stuck(Index):
    """A search that gives the same rows for ever, each time with another cursor."""

    def answer(self, _request: Any) -> tuple[int, dict[str, str], bytes]:
        self.calls += 1
        return self.page(self.entries, str(self.calls), len(self.entries))


def contact(number: int) -> dict[str, Any]:
    at = AT.isoformat()
    return {"id": str(number), "properties": {"lastmodifieddate": at}, "createdAt": at, "updatedAt": at}


def shuffled(count: int) -> list[int]:
    """Ids as HubSpot gives them: of 8 to 12 digits, and not in the order of creation."""
    return random.Random(7).sample(range(10**7, 10**12), count)


def walked(wire: responses.RequestsMock, index: Index, seconds: float = 1.0) -> list[int]:
    """The ids of all pages, of a search that takes so long to answer."""
    wire.add_callback("POST", SEARCH, index.answer)
    looks = count()  # of which a call takes some
    limiter = polite(10**6)
    limiter.by_ending = {"/search": Rate(4 * 10**6, 10**6)}  # four a second are allowed, and none is waited for
    options = Options(sleep=lambda _: None, clock=lambda: seconds * next(looks), patience=1e9)
    hubspot = HubSpot("pat", limiter=limiter, options=options)
    pages = list(hubspot.pull("contact", WINDOW, ("email",)))
    assert all(page.after_id == page.records[-1].id for page in pages)
    return [int(record.id) for page in pages for record in page.records]


@pytest.mark.parametrize(("seconds", "page"), [(0.0, 200), (1.0, 198)])
@pytest.mark.parametrize("cursors", ["as they are", "always", "never"])
def test_more_than_ten_thousand_of_one_instant_come_each_once(wire, cursors, seconds, page) -> None:
    index = Index(shuffled(MANY), cursors=cursors)
    assert walked(wire, index, seconds) == index.living
    assert index.calls <= MANY // page + 1 + (cursors == "always")


class Moving(Index):
    """A search out of which some records move while it is read: each call has fewer of those not read yet."""

    def __init__(self, ids: Sequence[int], each: int) -> None:
        super().__init__(ids)
        self.left, self.each, self.chance, self.lock = set[int](), each, random.Random(3), Lock()

    def answer(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            gone = set(self.chance.sample(self.entries, self.each))
            self.left |= gone
            self.entries = [one for one in self.entries if one not in gone]
            return super().answer(request)


@pytest.mark.parametrize("each", [1, 3, 40])
def test_what_leaves_the_search_meanwhile_hides_nobody_who_stays(wire, each) -> None:
    index = Moving(shuffled(MANY), each)
    found = walked(wire, index)
    assert found == sorted(set(found))
    assert set(index.entries) <= set(found)
    assert index.calls <= 3 * MANY // 200


class OneByOne(Index):
    """A search that knows no offsets: it takes only the cursors that it gave."""

    def answer(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        if "after" in orjson.loads(request.body):
            self.calls += 1
            told = {"status": "error", "category": "VALIDATION_ERROR", "message": "after is not a cursor"}
            return 400, {"Content-Type": "application/json"}, orjson.dumps(told)
        return super().answer(request)


def test_a_search_without_offsets_is_walked_page_by_page(wire) -> None:
    index = OneByOne(shuffled(5000), cursors="never")
    assert walked(wire, index) == index.living
    assert index.calls <= 5000 // 200 + 3 * 3


def test_short_and_empty_pages_in_the_middle_lose_nobody(wire) -> None:
    ids = sorted(shuffled(5000))
    index = Index(ids, ghosts={*ids[::3], *ids[700:1700], *ids[4000:4700]})
    assert walked(wire, index) == index.living
    assert index.calls < 100


@pytest.mark.parametrize("rows", [[], list(range(1, 201))])
def test_a_search_that_gives_the_same_for_ever_ends(wire, rows) -> None:
    index = Stuck(rows)
    with pytest.raises(Unreachable, match="empty pages|repeats or disorders"):
        walked(wire, index)
    assert index.calls < 100


def test_a_walk_that_was_broken_off_goes_on_after_its_last_page(wire) -> None:
    index = Index(shuffled(1000))
    wire.add_callback("POST", SEARCH, index.answer)
    hubspot = HubSpot("pat", options=Options(sleep=lambda _: None))
    first = next(iter(hubspot.pull("contact", WINDOW, ())))
    rest = hubspot.pull("contact", Window(WINDOW.since, WINDOW.until, first.after_id), ())
    assert [int(record.id) for page in (first, *rest) for record in page.records] == index.living


def test_a_record_made_behind_the_walk_comes_with_the_next_window(wire) -> None:
    index = Index([*range(1000, 2000)])
    wire.add_callback("POST", SEARCH, index.answer)
    hubspot = HubSpot("pat", options=Options(sleep=lambda _: None))
    walk = iter(hubspot.pull("contact", WINDOW, ()))
    found = {record.id for record in next(walk).records}
    index.entries = [7, *index.entries]  # ids are not in the order of creation
    found |= {record.id for page in walk for record in page.records}
    assert "7" not in found
    again = Window(WINDOW.until - timedelta(minutes=5), WINDOW.until + timedelta(hours=1))
    assert "7" in {record.id for page in hubspot.pull("contact", again, ()) for record in page.records}


class Query:
    """Salesforce's query: pages of at most `size` rows, by a locator. `lost` are calls whose cursor is gone."""

    def __init__(self, count: int, size: int, lost: Sequence[int] = (), empty: Sequence[int] = ()) -> None:
        self.ids = [f"00Q{number:012d}AAA" for number in range(1, count + 1)]
        self.size, self.lost, self.empty = size, lost, empty
        self.left: list[str] = []
        self.calls = 0

    def begin(self, request: Any) -> tuple[int, dict[str, str], str]:
        soql = parse_qs(urlsplit(request.url).query)["q"][0]
        assert soql.endswith("ORDER BY Id")
        after = soql.partition("Id > '")[2].partition("'")[0]
        self.left = [each for each in self.ids if each > after]
        return self.page()

    def more(self, _request: Any) -> tuple[int, dict[str, str], str]:
        if self.calls in self.lost:
            self.calls += 1
            return 400, {}, json.dumps([{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
        return self.page()

    def page(self) -> tuple[int, dict[str, str], str]:
        self.calls += 1
        size = 0 if self.calls in self.empty else self.size
        rows, self.left = self.left[:size], self.left[size:]
        answer: dict[str, Any] = {"totalSize": len(self.ids), "done": not self.left}
        answer["records"] = [lead(each) for each in rows]
        if self.left:
            answer["nextRecordsUrl"] = f"/services/data/v66.0/query/0r8xx-{self.calls}"
        return 200, {}, json.dumps(answer)


def lead(number: str) -> dict[str, Any]:
    stamp = "2026-09-01T08:30:00.000+0000"
    return {
        "attributes": {"type": "Lead", "url": "/x"},
        "Id": number,
        "SystemModstamp": stamp,
        "CreatedDate": stamp,
        "IsDeleted": False,
        "MasterRecordId": None,
    }


def org(wire: responses.RequestsMock, date: str | None = None) -> Salesforce:
    told = {"access_token": "t", "instance_url": INSTANCE, "id": f"{LOGIN}/id/00D000000000001EAA/005000000000001AAA"}
    wire.post(f"{LOGIN}/services/oauth2/token", json=told, headers={"Date": date} if date else {})
    names = ("Id", "SystemModstamp", "CreatedDate", "IsDeleted", "MasterRecordId")
    columns = [{"name": name, "label": name, "type": "string"} for name in names]
    wire.get(f"{INSTANCE}/services/data/v66.0/sobjects/Lead/describe", json={"fields": columns})
    options = Options(sleep=lambda _: None)
    return Salesforce(LOGIN, "client", client_secret="secret", options=options, bulk=Bulk(enabled=False))


def queried(wire: responses.RequestsMock, query: Query) -> list[str]:
    for name in ("query", "queryAll"):
        url = f"{INSTANCE}/services/data/v66.0/{name}"
        wire.add_callback("GET", f"{url}/", query.begin, content_type="application/json")
    for call in range(200):
        wire.add_callback("GET", f"{QUERY}/0r8xx-{call}", query.more, content_type="application/json")
    return [record.id for page in org(wire).pull("lead", WINDOW, ()) for record in page.records]


@pytest.mark.parametrize(
    "query",
    [
        Query(MANY, 2000),
        Query(MANY, 1000),
        Query(700, 7),
        Query(MANY, 2000, lost=(2, 5)),
        Query(900, 50, empty=(1, 4, 5)),
    ],
)
def test_each_row_of_a_query_comes_once_however_its_pages_are_cut(wire, query) -> None:
    assert queried(wire, query) == query.ids


def test_a_query_whose_next_page_is_itself_is_read_on_by_id(wire) -> None:
    query = Query(100, 10)
    same = json.dumps(
        {"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": "/services/data/v66.0/query/0r8xx-1"}
    )
    wire.add("GET", f"{QUERY}/0r8xx-1", body=same, content_type="application/json")
    assert queried(wire, query) == query.ids


@pytest.mark.parametrize("hours", [-26, -3, 3, 26])
def test_both_crms_are_asked_by_their_own_clocks_however_wrong_ours_is(wire, hours) -> None:
    there = datetime.now(UTC) + timedelta(hours=hours)
    date = there.strftime("%a, %d %b %Y %H:%M:%S GMT")
    wire.get(f"{BASE}/account-info/2026-09/details", json={"portalId": 1, "timeZone": "UTC"}, headers={"Date": date})
    wire.get(f"{QUERY}/", json={"records": [], "done": True}, headers={"Date": date})
    hubspot = HubSpot("pat", options=Options(sleep=lambda _: None))
    salesforce = org(wire, date)
    for source in (hubspot, salesforce):
        source.check()
        assert abs(source.now() - there) < timedelta(seconds=5)
        assert source.limiter.day.use(source.now()).day == str(there.date())


LISTS: dict[str, tuple[str, Callable[[HubSpot], Iterable[Any]]]] = {
    "owners": ("/crm/owners/2026-09", lambda hubspot: hubspot.pull("owner", WINDOW, ())),
    "contacts": ("/crm/objects/2026-09/contacts", lambda hubspot: hubspot.pull("listed_contact", WINDOW, ())),
    "archived": ("/crm/objects/2026-09/contacts", lambda hubspot: hubspot.pull("archived_contact", WINDOW, ())),
    "submissions": (
        "/form-integrations/v1/submissions/forms/f1",
        lambda hubspot: hubspot.pull("form_submission", Window(None, WINDOW.until), ()),
    ),
    "e-mail events": ("/email/public/v1/events", lambda hubspot: hubspot.pull("email_event", WINDOW, ())),
    "page views": (
        "/events/event-occurrences/2026-09",
        lambda hubspot: hubspot.of_contacts("page_view", ["7"], WINDOW),
    ),
    "members": (
        "/crm/lists/2026-09/3/memberships/join-order",
        lambda hubspot: hubspot.pull("list_join", WINDOW, ["3"]),
    ),
}


@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_names_a_new_cursor_for_ever_ends(wire, name, is_empty) -> None:
    path, read = LISTS[name]
    at, calls = AT.isoformat(), count()
    row = {"id": "1", "createdAt": at, "updatedAt": at, "recordId": "1", "membershipTimestamp": at}
    row |= {"submittedAt": 1_788_000_000_000, "created": 1_788_000_000_000, "occurredAt": at, "eventType": "e_x"}

    def answer(_request: Any) -> tuple[int, dict[str, str], str]:
        rows, number = [] if is_empty else [row], str(next(calls))
        told = {"results": rows, "events": rows, "paging": {"next": {"after": number}}}
        return 200, {}, json.dumps(told | {"hasMore": True, "offset": number})

    wire.add_callback("GET", f"{BASE}{path}", answer, content_type="application/json")
    wire.get(f"{BASE}/marketing/v3/forms", json={"results": [{"id": "f1", "createdAt": at}]})
    wire.get(f"{BASE}/crm/lists/2026-09/3", json={"list": {"name": "List"}})
    with pytest.raises(Unreachable, match="repeats its pages|empty pages"):
        list(read(HubSpot("pat", limiter=polite(10**6), options=Options(sleep=lambda _: None))))
    assert next(calls) < 60


@pytest.mark.parametrize("is_empty", [False, True])
def test_associations_that_name_a_new_cursor_for_ever_end(wire, is_empty) -> None:
    calls = count()

    def answer(_request: Any) -> tuple[int, dict[str, str], str]:
        to = [] if is_empty else [{"toObjectId": 9}]
        row = {"from": {"id": "1"}, "to": to, "paging": {"next": {"after": str(next(calls))}}}
        return 200, {}, json.dumps({"results": [row]})

    url = f"{BASE}/crm/associations/2026-09/calls/contacts/batch/read"
    wire.add_callback("POST", url, answer, content_type="application/json")
    with pytest.raises(Unreachable, match="repeats its pages|empty pages"):
        HubSpot("pat", options=Options(sleep=lambda _: None)).related("call", ["1"], "contact")
    assert next(calls) < 60


class Circle(Query):
    """A query that leads in a circle of several pages, by a new locator each time; or from empty page to empty page."""

    def page(self) -> tuple[int, dict[str, str], str]:
        self.calls += 1
        start = self.calls % 3 * self.size
        rows = [lead(each) for each in self.ids[start : start + self.size]]
        more = f"/services/data/v66.0/query/0r8xx-{self.calls % 190}"
        return 200, {}, json.dumps({"totalSize": 9, "done": False, "records": rows, "nextRecordsUrl": more})


@pytest.mark.parametrize("size", [0, 4])
def test_a_query_that_leads_in_a_circle_ends(wire, size) -> None:
    query = Circle(12, size)
    with pytest.raises(Unreachable, match="given already|empty pages"):
        queried(wire, query)
    assert query.calls < 60


def test_values_that_are_looked_for_in_a_circle_end(wire) -> None:
    same = [f"/services/data/v66.0/query/0r8xx-{place}" for place in (1, 2)]
    for at, onto in zip((f"{QUERY}/", f"{INSTANCE}{same[0]}", f"{INSTANCE}{same[1]}"), (*same, same[0]), strict=True):
        body = {"totalSize": 9, "done": False, "records": [lead("00Q000000000001AAA")], "nextRecordsUrl": onto}
        wire.get(at, json=body)
    with pytest.raises(Unreachable, match="repeats its pages"):
        org(wire).find("lead", "Id", ["a"], ())
