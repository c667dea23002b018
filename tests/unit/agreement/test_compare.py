"""What changed between two versions: every difference in meaning is a difference in words, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from syncd.agreement.compare import Difference, compare
from syncd.definitions.language import AllOf, AnyOf, AtLeastOf, Definitions, Not
from syncd.files.canonical import definitions_hash
from syncd.files.load import load_config
from syncd.locales.words import words_of
from tests.unit.definitions import lives

BASE = """
signals:
  visit: {of: page_view, where: {url: {contains: /pricing}}}
  talk: {of: [call, meeting], by: sales}
scores:
  fit: {rules: [{if: {company_size: {at_least: 20}}, points: 20}, {if: {company_size: {at_least: 200}}, points: 10}]}
  engagement: {half_life: 14 days, points: {visit: 15}}
never:
  - {reason: competitor, if: {email_domain: rival.example}}
  - {reason: student, if: {job_title: {has_word: student}}}
stages:
  mql: {judged_by: marketing, when: {all: [{score.fit: {at_least: 30}}, {visit: {at_least: 1, within: 30 days}}]}}
  sql: {judged_by: sales, from: mql, when: {any: [{talk: {since: mql}}, {bant: {at_least: 3, including: [budget]}}]}}
  sqo: {when: {opportunity: {open: true, amount: {above: 0}}}}
returns:
  recycled: {when: {lead_status: Recycle}, reason: Recycle_Reason__c, to: nurture, requalify_after: 30 days}
"""
FIELDS = "read: {company_size: {from: hubspot.company.numberofemployees, type: number}}\n"


def version(folder: Path, text: str) -> tuple[Definitions, dict[str, str]]:
    folder.mkdir()
    (folder / "definitions.yaml").write_text(text)
    (folder / "fields.yaml").write_text(FIELDS)
    config = load_config(folder)
    return config.definitions, {name: str(each.kind) for name, each in config.fields.reads.items()}


@pytest.fixture
def changed(tmp_path: Path):
    """What differs once some words of the base are others."""

    def differ(*edits: tuple[str, str]) -> list[Difference]:
        text = BASE
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        first, kinds = version(tmp_path / "old", BASE)
        second, _ = version(tmp_path / "new", text)
        return compare(first, second, words_of("en"), kinds)

    return differ


def test_a_threshold_is_told_from_and_to_under_its_headings(changed) -> None:
    place = ("Stages", "MQL, judged by marketing", "Somebody becomes MQL if all of these hold")
    assert changed(("{at_least: 1, within: 30 days}", "{at_least: 2, within: 14 days}")) == [
        Difference(
            "changed", place, "visit: at least once in the last 30 days", "visit: at least 2 times in the last 14 days"
        )
    ]


def test_a_clause_that_is_new_and_one_that_is_gone(changed) -> None:
    found = changed(("{score.fit: {at_least: 30}}", "{job_title: {known: true}}"))
    assert [(one.what, one.before, one.after) for one in found] == [
        ("added", None, "job title is known"),
        ("removed", "fit score is at least 30 points", None),
    ]


def test_a_whole_stage_is_told_with_its_clauses(changed) -> None:
    found = changed(("  sqo: {when: {opportunity: {open: true, amount: {above: 0}}}}\n", ""))
    assert [(one.what, one.where, one.before) for one in found] == [
        (
            "removed",
            ("Stages", "SQO"),
            "Somebody becomes SQO if this holds: there is an opportunity: it is open and its amount is more than 0",
        )
    ]


def test_one_of_two_rules_about_the_same_property_is_told_alone(changed) -> None:
    found = changed(("{at_least: 200}", "{at_least: 500}"))
    assert [(one.before, one.after) for one in found] == [
        ("+10 points: company size is at least 200", "+10 points: company size is at least 500")
    ]


def test_all_or_any_is_told_once(changed) -> None:
    found = changed(("when: {any:", "when: {all:"))
    assert [(one.before, one.after) for one in found] == [
        ("Somebody becomes SQL if at least one of these holds:", "Somebody becomes SQL if all of these hold:")
    ]


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("judged_by: marketing", "judged_by: sales", "MQL, judged by sales"),
        ("half_life: 14 days", "half_life: 7 days", "The points of each time fade: half of them are left after 7 days"),
        ("points: {visit: 15}", "points: {visit: -5}", "-5 points: visit"),
        ("to: nurture", "to: sleepers", "They go to: sleepers"),
        ("requalify_after: 30 days", "requalify_after: never", "There is no way back into the funnel."),
        ("Recycle_Reason__c", "Why__c", "Sales says why in the field Why__c in Salesforce."),
        ("including: [budget]", "including: [need]", "need among them"),
        ("by: sales}", "by: marketing}", "talk: a call or a meeting by marketing"),
        ("/pricing", "/prices", "visit: a page view, if the web address contains “/prices”"),
        ("amount: {above: 0}", "amount: {above: 1000}", "its amount is more than 1,000"),
        ("{talk: {since: mql}}", "{talk: {since: subscriber}}", "talk: at least once since becoming Subscriber"),
        ("rival.example", "rivals.example", "competitor: e-mail domain is “rivals.example”"),
    ],
)
def test_every_part_of_the_agreement_that_changes_is_told(changed, old: str, new: str, after: str) -> None:
    (only,) = changed((old, new))
    assert only.what == "changed"
    assert after in only.after


def test_another_order_of_reasons_is_a_change(changed) -> None:
    first, second = BASE.split("never:\n")[1].splitlines()[:2]
    (only,) = changed((f"{first}\n{second}", f"{second}\n{first}"))
    assert (only.where, only.before, only.after) == (
        ("Who stays out",),
        "competitor, student",
        "student, competitor",
    )


def test_another_order_of_clauses_is_no_change(changed) -> None:
    assert changed(
        ("{score.fit: {at_least: 30}}, {visit: {at_least: 1, within: 30 days}}",
         "{visit: {at_least: 1, within: 30 days}}, {score.fit: {at_least: 30}}"),
    ) == []  # fmt: skip


def test_what_is_only_written_in_another_way_is_told_as_that(changed) -> None:
    (only,) = changed(("{lead_status: Recycle}", "{lead_status: {any_of: [Recycle]}}"))
    assert "reads the same" in only.after


def plain(clause):
    """A clause whose groups of one are that one, which reads and means the same."""
    match clause:
        case AllOf() | AnyOf() | AtLeastOf():
            parts = tuple(map(plain, clause.clauses))
            return parts[0] if len(parts) == 1 else replace(clause, clauses=parts)
        case Not():
            inner = plain(clause.clause)
            return inner.clause if isinstance(inner, Not) else replace(clause, clause=inner)
    return clause


def agreed(made: Definitions) -> Definitions:
    stages = tuple(replace(rule, when=plain(rule.when)) for rule in made.stages)
    returns = tuple(replace(rule, when=plain(rule.when)) for rule in made.returns)
    never = tuple(replace(rule, clause=plain(rule.clause)) for rule in made.never)
    made = replace(made, stages=stages, returns=returns, never=never)
    return replace(made, hash=definitions_hash(made))


@settings(max_examples=150, deadline=None)
@given(one=lives.agreements(leave=True), other=lives.agreements(leave=True))
def test_what_differs_in_meaning_differs_in_words(one: Definitions, other: Definitions) -> None:
    one, other = agreed(one), agreed(other)
    found = compare(one, other, words_of("en"), {"seen": "datetime"})
    assert bool(found) == (one.hash != other.hash)
    assert [difference for difference in found if not difference.where] == []
    assert compare(one, one, words_of("en"), {}) == []
