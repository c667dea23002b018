from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import Refused, Unreachable
from connectors.records import Page, Window

DATA = "https://acme.my.salesforce.example/services/data/v66.0"
FEED = f"{DATA}/sobjects/Lead/deleted/"
DATE = {"Date": "Wed, 20 May 2026 12:00:40 GMT"}
NOW = datetime(2026, 5, 20, 12, 0, 40, tzinfo=UTC)


def told(*deleted: tuple[int, str], covered: str = "2026-05-20T12:00:00.000+0000") -> Any:
    records = [{"id": f"00Q{number:012d}AAA", "deletedDate": at} for number, at in deleted]
    earliest = "2026-05-05T12:00:00.000+0000"
    return {"deletedRecords": records, "earliestDateAvailable": earliest, "latestDateCovered": covered}


class Feed:
    """An org that answers by the span it is asked for."""

    def __init__(self, org: Any, answer: Callable[[datetime, datetime], tuple[int, Any]]) -> None:
        org.logs_in()
        self.spans: list[tuple[datetime, datetime]] = []

        def reply(request: Any) -> tuple[int, dict[str, str], str]:
            asked = parse_qs(urlsplit(request.url).query)
            span = (datetime.fromisoformat(asked["start"][0]), datetime.fromisoformat(asked["end"][0]))
            self.spans.append(span)
            status, body = answer(*span)
            return status, DATE, json.dumps(body)

        org.stub.add_callback("GET", FEED, reply, content_type="application/json")
        org.stub.get(
            f"{DATA}/sobjects/Lead/describe", json={"fields": []}, headers={"Date": "Wed, 20 May 2026 12:00:40 GMT"}
        )
        self.connector = org.connector()
        self.connector.describe("lead")

    def read(self, since: datetime | None, until: datetime = NOW, after_id: str | None = None) -> list[Page]:
        return list(self.connector.deleted("lead", Window(since, until, after_id)))


def numbers(pages: list[Page]) -> list[int]:
    return [int(record.id[3:15]) for page in pages for record in page.records]


def test_what_was_deleted_is_a_record_with_its_instant_only(org: Any) -> None:
    feed = Feed(org, lambda *_: (200, told((1, "2026-05-20T11:30:05.000+0000"))))
    (page,) = feed.read(NOW - timedelta(hours=1))
    (record,) = page.records
    assert (record.object, record.id, record.deleted, record.properties) == ("lead", "00Q000000000001AAA", True, {})
    assert record.modified_at == datetime(2026, 5, 20, 11, 30, 5, tzinfo=UTC)
    assert page.after_id == "2026-05-20T12:00:00+00:00"
    assert feed.spans == [(datetime(2026, 5, 20, 11, tzinfo=UTC), NOW)]


def test_what_the_org_has_not_covered_yet_is_left_for_the_next_time(org: Any) -> None:
    behind = "2026-05-20T11:20:30.000+0000"
    feed = Feed(org, lambda *_: (200, told((1, "2026-05-20T11:10:00.000+0000"), covered=behind)))
    pages = feed.read(NOW - timedelta(hours=1))
    assert pages[-1].after_id == "2026-05-20T11:20:00+00:00"
    assert [start.minute for start, _ in feed.spans] == [0, 20]
    feed.spans.clear()
    feed.read(NOW - timedelta(hours=1), after_id=pages[-1].after_id)
    assert feed.spans[0][0] == datetime(2026, 5, 20, 11, 20, tzinfo=UTC)


def test_a_window_reaches_back_as_far_as_the_org_remembers(org: Any) -> None:
    feed = Feed(org, lambda *_: (200, told()))
    feed.read(None)
    assert timedelta(days=14, hours=23) < NOW - feed.spans[0][0] < timedelta(days=15)


def test_a_window_of_less_than_two_minutes_is_not_asked_for(org: Any) -> None:
    feed = Feed(org, lambda *_: (200, told()))
    assert feed.read(NOW - timedelta(seconds=50)) == []
    assert feed.spans == []


def test_too_many_ids_halve_the_time(org: Any) -> None:
    limit = [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "m"}]

    def answer(start: datetime, end: datetime) -> tuple[int, Any]:
        if end - start > timedelta(hours=3):
            return 400, limit
        at = f"{start:%Y-%m-%dT%H:%M:%S}.000+0000"
        return 200, told((start.hour, at), covered=f"{end:%Y-%m-%dT%H:%M:%S}.000+0000")

    feed = Feed(org, answer)
    pages = feed.read(NOW - timedelta(hours=8))
    read = [(start, end) for start, end in feed.spans if end - start <= timedelta(hours=3)]
    assert numbers(pages) == [start.hour for start, _ in read]
    assert read[0][0] == datetime(2026, 5, 20, 4, tzinfo=UTC)
    assert NOW - read[-1][1] < timedelta(minutes=2)
    assert len(feed.spans) - len(read) == 2
    assert all(end.replace(second=0) == start for (_, end), (start, _) in pairwise(read))


def test_too_many_ids_in_two_minutes_are_an_error(org: Any) -> None:
    feed = Feed(org, lambda *_: (400, [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "m"}]))
    with pytest.raises(Refused, match="EXCEEDED_ID_LIMIT"):
        feed.read(NOW - timedelta(hours=1))


def test_an_answer_without_a_list_is_no_answer(org: Any) -> None:
    feed = Feed(org, lambda *_: (200, {"x": 1}))
    with pytest.raises(Unreachable, match="without deletedRecords"):
        feed.read(NOW - timedelta(hours=1))
