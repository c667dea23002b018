"""The words of tasks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.definitions.language import (
    Definitions,
    EngagementScore,
    FitScore,
    Operator,
    PropertyClause,
    Signal,
    StageRule,
)
from syncd.definitions.language import Test as Asked
from syncd.files.fields_file import FieldsFile
from syncd.files.service_file import ServiceFile
from syncd.model.instant import BEGINNING, DAY, HOUR, Instant
from syncd.model.person import Coverage, Touch, Unknown
from syncd.model.stage import Stage
from syncd.plan.texts import bant_checklist, fill, last_touches, printable, readable, unknown, why, words_for
from tests.unit.plan.cases import NOW, case, entry, lead, setting

SCORES = Definitions(
    "d1",
    signals={"visit": Signal("visit", ("page_view",))},
    scores={
        "fit": FitScore("fit", [(PropertyClause("job_title", (Asked(Operator.HAS_WORD, ("head",)),)), 20)]),
        "engagement": EngagementScore("engagement", {"visit": 10}, 14 * DAY),
    },
)
VISIT = Touch(Instant(NOW - DAY), "t1", "page_view", {"url": "/pricing"})


def test_what_is_not_known_says_so_and_braces_in_a_value_are_only_text():
    assert fill("{a}, {b}: {{c}} ", {"a": "{b}"}) == "{b}, (unknown): {c}"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x00b", "a b"),
        ("a\x1b[31mb", "a [31mb"),
        ("a\u202eb\u200bc", "a b c"),
        ("a\ud800b", "a b"),
        ("a\nb", "a b"),
        ("Zoë 東京 😀", "Zoë 東京 😀"),
    ],
)
def test_signs_that_show_nothing_become_blanks(hostile, shown):
    assert printable(hostile) == shown


def test_lines_are_kept_where_they_are_wanted():
    assert printable("a\nb\r\x07", keep_lines=True) == "a\nb"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Unknown("is missing"), None),
        (frozenset({"b", "a"}), "a, b"),
        (True, "yes"),
        (Decimal("1.50"), "1.50"),
        ("x", "x"),
    ],
)
def test_values_read_as_people_write_them(value, shown):
    assert readable(value) == shown


def test_an_instant_reads_as_a_date_and_a_time():
    fields = FieldsFile.model_validate({"read": {"trial_at": {"from": "hubspot.contact.trial", "type": "datetime"}}})
    words = words_for(case(lead(), values={"trial_at": Decimal(NOW)}), setting(fields=fields), ["trial_at"])
    assert words["trial_at"] == "2026-06-10 09:00 UTC"


def test_words_tell_of_the_stage_that_the_person_is_in_now():
    words = words_for(
        case(lead(), touches=[VISIT]), setting(), ["stage", "cycle", "entered_at", "why", "definition", "touches"]
    )
    assert (words["stage"], words["cycle"], words["entered_at"]) == ("MQL", "1", "2026-06-10 08:00 UTC")
    assert (words["why"], words["definition"]) == ("looked at the prices", "d1")
    assert words["touches"] == "2026-06-09 09:00 page view: /pricing"


def scored(wanted, **more):
    one = case(lead(), values={"job_title": "Head of IT"}, touches=[VISIT], **more)
    read = {"page_view": Coverage(BEGINNING, "hubspot", "")}
    one = replace(one, facts=replace(one.facts, coverage=read))
    return words_for(one, setting(definitions=SCORES), wanted)


def test_scores_are_those_of_the_entry():
    words = scored(["score.fit", "score.engagement", "score.gone"])
    assert (words["score.fit"], words["score.engagement"]) == ("20 points", "10 points")
    assert "score.gone" not in words


def test_a_score_counts_nothing_from_before_the_cycle_and_nothing_after_the_entry():
    entries = [entry("recycled", ago=12 * HOUR), entry(cycle=2)]
    assert scored(["score.engagement"], entries=entries)["score.engagement"] == "0 points"
    assert scored(["score.engagement"], entries=[entry(ago=2 * DAY)])["score.engagement"] == "0 points"


def test_a_score_that_rests_on_what_is_missing_says_so():
    words = words_for(
        case(lead(), values={"job_title": None}), setting(definitions=SCORES), ["score.fit", "score.engagement"]
    )
    assert words["score.fit"] == "0 to 20 points, since is missing"
    assert words["score.engagement"] == "0 points, but page_view is not read"


def test_scores_are_not_worked_out_where_no_template_names_them():
    assert not any(name.startswith("score.") for name in scored([]))


def test_the_last_touches_come_newest_first_and_no_more_than_five():
    touches = [Touch(Instant(NOW - day * DAY), f"t{day}", "call") for day in reversed(range(8))]
    lines = last_touches(touches).splitlines()
    assert [line[:10] for line in lines] == [f"2026-06-{10 - day:02}" for day in range(5)]
    assert last_touches([]) == "no touches on record"


def test_the_checklist_ticks_the_answers_that_are_known():
    lines = bant_checklist({"budget": "50000"}).splitlines()
    assert lines[0] == "[x] Budget: what can they spend, and is it set aside? (50000)"
    assert [line[:3] for line in lines] == ["[x]", "[ ]", "[ ]", "[ ]"]


def test_tasks_and_the_reason_in_salesforce_speak_the_language_of_syncd_yaml():
    clause = PropertyClause("job_title", (Asked(Operator.HAS_WORD, ("head",)),))
    dutch = setting(
        service=ServiceFile(language="nl"), definitions=Definitions("d1", stages=[StageRule(Stage.MQL, clause)])
    )
    one = case(lead(), touches=[VISIT], values={"job_title": "Head of IT"})
    words = words_for(one, dutch, ["why", "touches", "bant", "entered_at"])
    assert words["why"] == "functie bevat het woord “head”: Head of IT (hubspot:contact:1:x)"
    assert words["touches"] == "2026-06-09 09:00 paginabezoek: /pricing"
    assert words["bant"].startswith("[ ] Budget: wat kunnen ze besteden")
    assert words["entered_at"] == "10 juni 2026 om 08:00 UTC"
    assert unknown(dutch) == "(onbekend)"
    assert why(one, setting()) == "looked at the prices"


def test_what_another_version_decided_is_told_in_its_own_line():
    clause = PropertyClause("job_title", (Asked(Operator.HAS_WORD, ("head",)),))
    dutch = setting(
        service=ServiceFile(language="nl"), definitions=Definitions("d2", stages=[StageRule(Stage.MQL, clause)])
    )
    assert why(case(lead(), values={"job_title": "Head of IT"}), dutch) == "looked at the prices"
