"""What a directory of good files becomes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    EngagementScore,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
)
from syncd.definitions.language import (
    Test as Asked,  # pytest takes names that begin with Test for tests
)
from syncd.files import Config, ConfigProblems, load_config, load_definitions
from syncd.files.fields_file import CrmField
from syncd.model.instant import BEGINNING, DAY, HOUR, NEVER, parse_iso
from syncd.model.stage import Stage

FIELDS = """\
read:
  company_size: {from: hubspot.company.numberofemployees, type: number}
  signed_on: {from: hubspot.contact.signed_on, type: date}
  asked_at: {from: hubspot.contact.asked_at, type: datetime}
  opted_in: {from: hubspot.contact.opted_in, type: boolean}
  topics: {from: hubspot.contact.topics, type: choices}
"""
# The shape that the design prints, in the words of a team.
AGREED = """\
signals:
  pricing_visit:  {of: page_view,       where: {url: {contains: /pricing}}}
  gated_content:  {of: form_submission, where: {form: {any_of: [E-book, Whitepaper]}}}
  demo_held:      {of: meeting,         where: {type: {is: Demo}, outcome: {is: COMPLETED}}}
  sales_talk:     {of: [call, meeting], by: sales, where: {outcome: {any_of: [Connected, COMPLETED]}}}
scores:
  fit: {rules: [{if: {company_size: {at_least: 50}}, points: 20}, {if: {job_title: {has_word: head}}, points: 20}]}
  engagement: {half_life: 14 days, points: {pricing_visit: 15, gated_content: 8}}
never:
  - {reason: competitor, if: {email_domain: {any_of: [rival.example]}}}
stages:
  mql:
    judged_by: marketing
    when:
      all:
        - score.fit: {at_least: 40}
        - any:
            - pricing_visit: {at_least: 1, within: 30 days}
            - gated_content: {at_least: 2, within: 60 days}
            - score.engagement: {at_least: 40}
  sql:
    judged_by: sales          # a person of sales has spoken with the lead
    from: mql
    when: {all: [{sales_talk: {at_least: 1, since: mql}}, {bant: {at_least: 3, including: [budget]}}]}
  sqo:      {when: {opportunity: {open: true, amount: {above: 0}, close_date: set_by_sales}}}
  customer: {when: {opportunity: {won: true}}}
returns:
  recycled:     {when: {lead_status: {is: Recycle}}, reason: Recycle_Reason__c, to: nurture, requalify_after: 30 days}
  disqualified: {when: {lead_status: {is: Disqualified}}, reason: Reject_Reason__c}
examples:
  - {person: {company_size: 80, job_title: Head of IT}, events: [{pricing_visit: 3 days ago}], expect: mql}
"""


def load(directory: Path, **files: str) -> Config:
    directory.mkdir(exist_ok=True)
    for name, text in {"definitions": AGREED, "fields": FIELDS, **files}.items():
        (directory / f"{name.replace('__', '-')}.yaml").write_text(text)
    return load_config(directory)


def clause(directory: Path, text: str) -> Clause:
    signals = "signals:\n  visit: {of: page_view}\n"
    return load(directory, definitions=f"{signals}stages:\n  mql: {{when: {text}}}\n").definitions.stages[0].when


def asked_of(directory: Path, name: str, text: str) -> tuple[Asked, ...]:
    found = clause(directory, f"{{{name}: {text}}}")
    assert isinstance(found, PropertyClause)
    assert found.name == name
    return tuple(found.tests)


def test_the_agreed_shape_loads_with_a_place_on_every_clause(tmp_path: Path):
    definitions = load(tmp_path).definitions
    mql, sql, sqo, customer = definitions.stages
    assert mql.when == AllOf(
        (
            ScoreClause("fit", (Asked(Operator.AT_LEAST, Decimal(40)),), "definitions.yaml:16:11"),
            AnyOf(
                (
                    SignalClause("pricing_visit", 1, None, 30 * DAY, None, "definitions.yaml:18:15"),
                    SignalClause("gated_content", 2, None, 60 * DAY, None, "definitions.yaml:19:15"),
                    ScoreClause("engagement", (Asked(Operator.AT_LEAST, Decimal(40)),), "definitions.yaml:20:15"),
                ),
                "definitions.yaml:17:11",
            ),
        ),
        "definitions.yaml:15:7",
    )
    assert (mql.judged_by, mql.after, mql.leave, mql.place) == ("marketing", None, False, "definitions.yaml:12:3")
    assert (sql.judged_by, sql.after) == ("sales", Stage.MQL)
    assert sql.when == AllOf(
        (
            SignalClause("sales_talk", 1, since=Stage.MQL, place="definitions.yaml:24:19"),
            BantClause(3, ("budget",), "definitions.yaml:24:60"),
        ),
        "definitions.yaml:24:12",
    )
    amount = (Asked(Operator.ABOVE, Decimal(0)),)
    assert sqo.when == OpportunityClause(
        open=True, amount=amount, close_date_set_by_sales=True, place="definitions.yaml:25:21"
    )
    assert customer.when == OpportunityClause(won=True, place="definitions.yaml:26:21")
    recycled, disqualified = definitions.returns
    assert (recycled.reason, recycled.to, recycled.requalify_after) == ("Recycle_Reason__c", "nurture", 30 * DAY)
    assert (disqualified.stage, disqualified.requalify_after) == (Stage.DISQUALIFIED, None)
    assert definitions.scores["engagement"] == EngagementScore(
        "engagement", {"pricing_visit": 15, "gated_content": 8}, 14 * DAY
    )
    assert definitions.signals["sales_talk"].of == ("call", "meeting")
    assert definitions.signals["sales_talk"].by == "sales"
    assert definitions.never[0].reason == "competitor"
    assert definitions.examples[0].events == (("pricing_visit", 3 * DAY),)
    assert definitions.examples[0].person == {"company_size": "80", "job_title": "Head of IT"}
    assert definitions.effective_from == BEGINNING


def test_definitions_alone_are_enough(tmp_path: Path):
    (tmp_path / "definitions.yaml").write_text("stages: {sqo: {when: {opportunity: {open: yes}}}}\n")
    config = load_config(tmp_path)
    assert config.service.mode == "apply"
    assert config.service.guards.demotions == Decimal("0.05")
    assert config.service.jobs["cycle"].every == 60_000
    assert config.service.create.stage == Stage.MQL
    assert config.fields.names.key == "Syncd_Key__c"
    assert config.tasks.not_older_than == 7 * DAY
    assert config.tasks.tasks == ()


def test_sections_whose_lines_are_all_comments_count_as_unsaid(tmp_path: Path):
    assert load(tmp_path, tasks="tasks:\n#  - on: mql\n", syncd="alerts:\nguards:\n").tasks.tasks == ()


@pytest.mark.parametrize(
    ("name", "text", "tests"),
    [
        ("job_title", " Recycle ", [Asked(Operator.IS, "recycle")]),
        ("country", "NO", [Asked(Operator.IS, "no")]),
        ("country", "{any_of: [NO, 12:30, 1e3]}", [Asked(Operator.ANY_OF, ("no", "12:30", "1e3"))]),
        ("job_title", "{contains: /Pricing}", [Asked(Operator.CONTAINS, ("/pricing",))]),
        ("job_title", "{has_word: [Head, VP]}", [Asked(Operator.HAS_WORD, ("head", "vp"))]),
        ("job_title", "{starts_with: Dr}", [Asked(Operator.STARTS_WITH, ("dr",))]),
        ("job_title", "{known: yes}", [Asked(Operator.KNOWN, operand=True)]),
        ("job_title", "{unknown: true}", [Asked(Operator.KNOWN, operand=False)]),
        ("job_title", "{unknown: false}", [Asked(Operator.KNOWN, operand=True)]),
        ("job_title", "{changed_within: 2 weeks}", [Asked(Operator.CHANGED_WITHIN, 14 * DAY)]),
        ("company_size", "{between: [10, 50.5]}", [Asked(Operator.BETWEEN, (Decimal(10), Decimal("50.5")))]),
        (
            "company_size",
            "{above: -3, below: 9}",
            [Asked(Operator.ABOVE, Decimal(-3)), Asked(Operator.BELOW, Decimal(9))],
        ),
        ("asked_at", "{older_than: 36 h}", [Asked(Operator.OLDER_THAN, 36 * HOUR)]),
        ("asked_at", "{at_least: 2026-11-01}", [Asked(Operator.AT_LEAST, date(2026, 11, 1))]),
        (
            "asked_at",
            "{at_least: 2026-11-01T09:00:00Z}",
            [Asked(Operator.AT_LEAST, Decimal(parse_iso("2026-11-01T09:00")))],
        ),
        ("opted_in", "yes", [Asked(Operator.IS, operand=True)]),
        ("topics", "{any_of: [CRM, crm, ERP]}", [Asked(Operator.ANY_OF, ("crm", "erp"))]),
        ("budget", "{known: true}", [Asked(Operator.KNOWN, operand=True)]),
    ],
)
def test_operands_are_typed_by_the_property(name: str, text: str, tests: list[Asked], tmp_path: Path):
    assert asked_of(tmp_path, name, text) == tuple(tests)


def test_several_keys_of_a_clause_must_hold_together(tmp_path: Path):
    found = clause(tmp_path, "{visit: {at_most: 0}, country: NO}")
    assert isinstance(found, AllOf)
    assert [type(each) for each in found.clauses] == [SignalClause, PropertyClause]
    assert found.clauses[0] == SignalClause("visit", None, 0, place="definitions.yaml:4:16")


def test_none_is_not_any(tmp_path: Path):
    found = clause(tmp_path, "{none: [{country: NO}, {country: SE}]}")
    assert isinstance(found, Not)
    assert isinstance(found.clause, AnyOf)
    assert isinstance(clause(tmp_path, "{not: {country: NO}}"), Not)


def test_at_least_some_of_several(tmp_path: Path):
    found = clause(tmp_path, "{at_least: {n: 2, of: [{country: NO}, {visit: {at_least: 1}}, {city: Oslo}]}}")
    assert isinstance(found, AtLeastOf)
    assert (found.n, len(found.clauses)) == (2, 3)


def test_bant_needs_at_least_what_it_includes(tmp_path: Path):
    found = clause(tmp_path, "{bant: {including: [budget, need]}}")
    assert found == BantClause(2, ("budget", "need"), "definitions.yaml:4:16")


def test_stages_of_a_team_stand_where_the_file_puts_them(tmp_path: Path):
    text = "stages:\n" + "".join(
        f"  {name}: {{when: {{country: NO}}}}\n" for name in ("customer", "sql", "mql", "accepted")
    )
    found = load(tmp_path, definitions=text).definitions.stages
    assert [each.stage for each in found] == ["mql", "accepted", "sql", "customer"]


def test_an_opportunity_of_an_example_is_told_among_its_values(tmp_path: Path):
    text = AGREED + "  - {opportunity: {open: true, amount: 500}, expect: sqo}\n"
    (_, example) = load(tmp_path, definitions=text).definitions.examples
    assert example.person == {"opportunity.open": "true", "opportunity.amount": "500"}


def test_never_and_leave_and_entered_at(tmp_path: Path):
    text = (
        "stages: {mql: {when: {country: NO}, leave: when_false, entered_at: signed_on}}\n"
        "returns: {disqualified: {when: {lead_status: Out}, requalify_after: never}}\n"
    )
    definitions = load(tmp_path, definitions=text).definitions
    assert definitions.stages[0].leave
    assert definitions.stages[0].entered_at == "signed_on"
    assert definitions.returns[0].requalify_after == NEVER


def test_names_are_read_from_the_first_field_that_holds_a_value(tmp_path: Path):
    reads = load(tmp_path).fields.reads
    assert reads["company_size"].sources == (CrmField("hubspot", "company", "numberofemployees"),)
    assert reads["job_title"].sources[0] == CrmField("hubspot", "contact", "jobtitle")
    assert reads["email_domain"].derived == "email_domain"
    assert reads["budget"].sources[-1] == CrmField("salesforce", "lead", "Budget__c")


def test_the_hash_says_what_the_files_mean_and_not_how_they_look(tmp_path: Path):
    before = load(tmp_path / "a")
    text = (
        AGREED.replace("30 days}", "30 d }")
        .replace("# a person", "# somebody")
        .replace("at_least: 40}", "at_least: '40.0'}")
    )
    lines = text.splitlines(keepends=True)
    lines[17], lines[18] = lines[18], lines[17]
    lines[5:9], lines[0:5] = lines[5:9], lines[0:5]
    after = load(tmp_path / "b", definitions="# new\n\n" + "".join(lines), syncd="mode: apply\n")
    assert after.definitions.hash == before.definitions.hash
    assert after.hash == before.hash
    assert len(before.hash) == len(before.definitions.hash) == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [("at_least: 2", "at_least: 3"), ("[E-book, Whitepaper]", "[E-book]"), ("score.fit: {at", "score.fit: {")],
)
def test_another_meaning_has_another_hash(old: str, new: str, tmp_path: Path):
    text = AGREED.replace(old, new) if new != "score.fit: {" else AGREED.replace("14 days", "15 days")
    assert load(tmp_path / "a").definitions.hash != load(tmp_path / "b", definitions=text).definitions.hash


def test_another_example_is_the_same_agreement(tmp_path: Path):
    text = AGREED.replace("company_size: 80", "company_size: 81")
    assert load(tmp_path / "a").definitions.hash == load(tmp_path / "b", definitions=text).definitions.hash


def test_every_file_counts_for_the_hash_of_all(tmp_path: Path):
    hashes = {
        load(tmp_path / "a").hash,
        load(tmp_path / "b", syncd="mode: plan_only\n").hash,
        load(tmp_path / "c", tasks="queue: Inbound\n").hash,
        load(tmp_path / "d", fields=FIELDS + "names: {run: Run__c}\n").hash,
        load(tmp_path / "e", syncd="match: [email, crm_link]\n").hash,
        load(tmp_path / "f", syncd="match: [crm_link, email]\n").hash,
    }
    assert len(hashes) == 6


def test_older_definitions_are_in_force_until_newer_ones_begin(tmp_path: Path):
    newer = "effective_from: 2026-12-01\n" + AGREED
    config = load(tmp_path, definitions=newer, definitions__2025=AGREED.replace("at_least: 2", "at_least: 3"))
    assert config.definitions.effective_from == parse_iso("2026-12-01")
    older, latest = config.versions
    assert latest == config.definitions
    assert config.definitions_at(parse_iso("2026-11-30T23:59:59.999Z")) == older
    assert config.definitions_at(parse_iso("2026-12-01")) == latest


def test_two_versions_cannot_begin_on_one_day(tmp_path: Path):
    with pytest.raises(ConfigProblems, match="are in force both from the beginning on"):
        load(tmp_path, definitions__2025=AGREED)


def test_another_file_of_definitions_can_be_read_alone(tmp_path: Path):
    config = load(tmp_path)
    (tmp_path / "next.yaml").write_text(AGREED.replace("at_least: 2", "at_least: 3"))
    proposed = load_definitions(tmp_path / "next.yaml", config.fields)
    assert proposed.hash != config.definitions.hash
    assert proposed.stages[0].place == "next.yaml:12:3"
    (tmp_path / "next.yaml").write_text("stages: {}\n")
    with pytest.raises(ConfigProblems, match=r"next\.yaml:1:9"):
        load_definitions(tmp_path / "next.yaml", config.fields)


def test_a_service_file_says_what_it_means(tmp_path: Path):
    text = (
        "time_zone: Europe/Berlin\ncreate: {lead_from: nobody}\nguards: {creates: 0.3, empty_source: no}\n"
        "jobs: {cycle: {every: 5 min}, sweep: {cron: 30 6 * * mon-fri, jitter: 1 min}, reconcile: {never: yes}}\n"
        "hours: {country: NO, days: [monday, TUE], from: 08:30, to: 17:00, holidays: [2026-12-24]}\n"
    )
    service = load(tmp_path, syncd=text).service
    assert service.create.stage is None
    assert service.guards.creates == Decimal("0.3")
    assert not service.guards.empty_source
    assert service.jobs["cycle"].every == 300_000
    assert load(tmp_path, syncd="jobs: {sweep: {cron: 0 6 * * *}}\n").service.jobs["cycle"].every == 60_000
    assert (service.jobs["sweep"].cron, service.jobs["sweep"].jitter) == ("30 6 * * mon-fri", 60_000)
    assert service.jobs["reconcile"].never
    assert service.jobs["retention"].cron == "50 3 * * *"
    assert (service.hours.country, service.hours.days) == ("NO", ("mon", "tue"))
    assert f"{service.hours.from_:%H:%M} {service.hours.holidays[0]}" == "08:30 2026-12-24"


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ("{people: [kari@us.example], from: 18:00}", "working hours end before they begin"),
        ("{people: [kari@us.example]}, {people: [KARI@us.example]}", "kari@us.example works at two times"),
    ],
)
def test_other_hours_that_make_no_sense_are_mistakes(tmp_path, others, told):
    with pytest.raises(ConfigProblems) as raised:
        load(tmp_path, syncd=f"hours: {{others: [{others}]}}\n")
    assert told in str(raised.value)
