"""The emulated org's parser of queries."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.soql import Comparison, Literal, Logic, Order, Query, parse


def where(text):
    return parse(f"SELECT Id FROM Lead WHERE {text}").where


def test_a_whole_query_is_understood_in_any_case_and_spacing():
    query = parse("select Id , Owner.Name\nFROM Lead where A=1 order by A desc nulls last, B limit 5 OFFSET 10")
    assert query == Query(
        select=(("Id",), ("Owner", "Name")),
        source="Lead",
        where=Comparison(("A",), "=", (Literal("number", Decimal(1)),)),
        order=(Order(("A",), descending=True, nulls_last=True), Order(("B",), descending=False, nulls_last=False)),
        limit=5,
        offset=10,
    )


def test_counting_and_one_level_of_children_are_understood():
    assert parse("SELECT COUNT() FROM Lead").counts
    (_, child) = parse("SELECT Id, (SELECT Id FROM Tasks LIMIT 1) FROM Lead").select
    assert isinstance(child, Query)
    assert child.limit == 1


def test_a_text_means_what_its_escapes_say():
    condition = where(r"A = 'it\'s\\ \n\"'")
    assert condition.values[0].value == "it's\\ \n\""


def test_like_keeps_escaped_signs_apart():
    assert where(r"A LIKE 'a\%%'").values[0].value == r"a\%%"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'2026-01-01'", "string"),
        ("2026-01-01", "date"),
        ("2026-01-01T00:00:00Z", "dateTime"),
        ("2026-01-01T00:00:00.000+01:00", "dateTime"),
        ("-1.5", "number"),
        ("TRUE", "boolean"),
        ("null", "null"),
    ],
)
def test_each_literal_has_its_kind(text, kind):
    assert where(f"A != {text}").values[0].kind == kind


def test_parentheses_join_what_may_not_be_mixed():
    condition = where("A = 1 AND (B = 2 OR (NOT C = 3))")
    assert isinstance(condition, Logic)
    assert condition.operator == "AND"
    assert condition.parts[1].operator == "OR"
    assert condition.parts[1].parts[1].operator == "NOT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT FROM Lead",
        "SELECT * FROM Lead",
        "SELECT Id FROM",
        "SELECT Id FROM Lead,",
        "SELECT Id FROM Lead WHERE",
        "SELECT Id FROM Lead WHERE A = 1 AND B = 2 OR C = 3",
        "SELECT Id FROM Lead WHERE A = 1 AND NOT B = 2",
        "SELECT Id FROM Lead WHERE NOT A = 1 AND B = 2",
        "SELECT Id FROM Lead WHERE A IN ()",
        "SELECT Id FROM Lead WHERE A IN (SELECT Id FROM Lead)",
        'SELECT Id FROM Lead WHERE A = "x"',
        "SELECT Id FROM Lead WHERE A = 'it's'",
        r"SELECT Id FROM Lead WHERE A = '\q'",
        r"SELECT Id FROM Lead WHERE A = '\%'",
        "SELECT Id FROM Lead WHERE A = x",
        "SELECT Id FROM Lead WHERE A = 2026-01-01T00:00:00",
        "SELECT Id FROM Lead WHERE A = 2026-01-01T00:00:00 01:00",
        "SELECT Id FROM Lead WHERE A = TODAY",
        "SELECT Id FROM Lead WHERE A == 1",
        "SELECT Id FROM Lead WHERE (A = 1",
        f"SELECT Id FROM Lead WHERE A = '{'x' * 4001}'",
        "SELECT Id FROM Lead LIMIT 5 WHERE A = 1",
        "SELECT Id FROM Lead LIMIT -1",
        "SELECT Id FROM Lead LIMIT 1.5",
        "SELECT Id FROM Lead ORDER A",
        "SELECT Id FROM Lead ORDER BY A NULLS",
        "SELECT COUNT(Id) FROM Lead",
        "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status",
        "SELECT Id FROM Lead FOR UPDATE",
        "SELECT FIELDS(ALL) FROM Lead LIMIT 10",
        "SELECT Id FROM Lead; ",
    ],
)
def test_all_else_is_a_malformed_query(text):
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert caught.value.code == "MALFORMED_QUERY"


def test_a_query_beyond_the_length_limit_is_too_complicated():
    with pytest.raises(Refusal) as caught:
        parse("SELECT Id FROM Lead" + " " * 100_000)
    assert caught.value.code == "QUERY_TOO_COMPLICATED"
