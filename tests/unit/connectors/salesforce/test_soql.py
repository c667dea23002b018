from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.records import Window
from connectors.salesforce.kinds import kind_of
from connectors.salesforce.soql import MOST_CHARACTERS, in_window, instant, name, text, with_values

LEAD = kind_of("lead")
HI = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def test_a_quote_and_a_backslash_cannot_end_a_literal() -> None:
    assert text("O'Neil \\ Co") == r"'O\'Neil \\ Co'"
    assert text("' OR Name != '") == r"'\' OR Name != \''"
    assert text("a\nb\tc\rd") == r"'a\nb\tc\rd'"


def test_an_instant_is_in_utc_with_whole_milliseconds() -> None:
    berlin = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 5, 1, 9, 25, 37, 999_999, berlin)) == "2026-05-01T07:25:37.999Z"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        instant(datetime(2026, 5, 1))


@pytest.mark.parametrize("bad", ["Name FROM User", "Owner.Name", "", "1st", "Name,Id"])
def test_only_a_plain_name_is_a_name(bad: str) -> None:
    with pytest.raises(ValueError, match="not a field name"):
        name(bad)


def test_the_first_read_has_no_lower_bound() -> None:
    query = in_window(LEAD, ("Id", "Email"), Window(None, HI), None)
    assert query == "SELECT Id, Email FROM Lead WHERE SystemModstamp <= 2026-05-01T08:00:00.000Z ORDER BY Id"


def test_a_window_goes_on_after_the_last_id() -> None:
    window = Window(datetime(2026, 5, 1, 7, tzinfo=UTC), HI)
    assert in_window(LEAD, ("Id",), window, "00Q000000000001AAA", 2000) == (
        "SELECT Id FROM Lead WHERE SystemModstamp >= 2026-05-01T07:00:00.000Z AND "
        "SystemModstamp <= 2026-05-01T08:00:00.000Z AND Id > '00Q000000000001AAA' ORDER BY Id LIMIT 2000"
    )


def test_values_are_found_by_one_query_each_once() -> None:
    queries = list(with_values("Lead", ("Id", "Email"), "Email", ["a@x.example", "b'c@x.example", "a@x.example"]))
    assert queries == [r"SELECT Id, Email FROM Lead WHERE Email IN ('a@x.example','b\'c@x.example') ORDER BY Id"]


def test_no_values_make_no_query() -> None:
    assert list(with_values("Lead", ("Id",), "Email", [])) == []


def test_many_values_make_queries_of_fewer_than_300() -> None:
    queries = list(with_values("Lead", ("Id",), "Email", [f"v{i}" for i in range(700)]))
    assert [query.count("'") // 2 for query in queries] == [299, 299, 102]


def test_long_values_and_many_fields_make_queries_that_the_org_takes() -> None:
    values = [f"{i}'{'ü' * 250}" for i in range(290)]
    queries = list(with_values("Lead", [f"Field_{i}__c" for i in range(3_000)], "Email", values))
    assert len(queries) > 1
    assert all(len(query) <= MOST_CHARACTERS for query in queries)
    assert sum(query.count("ü" * 250) for query in queries) == 290
    assert len(queries[0]) > MOST_CHARACTERS - 500
