"""Every operator and every key of a clause, out of files and of what a CRM writes: seen true, false and unknown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from connectors.records import System
from syncd.definitions.clauses import context_for
from syncd.definitions.explain import prove, says
from syncd.definitions.intervals import truth_at
from syncd.definitions.unknowns import unknown_reasons
from syncd.facts.build import Reading, build_facts
from syncd.files.load import load_config
from syncd.journey.checked import check_files
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import DAY, Instant, iso, parse_iso
from syncd.model.person import PersonId, Touch
from syncd.model.stage import Stage
from syncd.model.touches import Touches, strand_of
from syncd.model.truth import Truth
from syncd.streams import used_names

NOW = parse_iso("2026-11-22T12:00:00Z")
BORN = Instant(NOW - 400 * DAY)
FIELDS = """
read:
  word: {from: hubspot.contact.word, type: text}
  size: {from: hubspot.contact.size, type: number}
  worth: {from: hubspot.contact.worth, type: money}
  day: {from: hubspot.contact.day, type: date}
  seen: {from: hubspot.contact.seen, type: datetime}
  optin: {from: hubspot.contact.optin, type: boolean}
  sort: {from: hubspot.contact.sort, type: choice}
  tags: {from: hubspot.contact.tags, type: choices}
  closed: {from: hubspot.contact.closed, type: text}
  free: {from: hubspot.contact.free}
  source_of_deal: {from: salesforce.opportunity.LeadSource, type: text}
bant:
  budget: {from: hubspot.contact.budget}
  authority: {from: hubspot.contact.authority}
  need: {from: hubspot.contact.need}
  timeline: {from: hubspot.contact.timeline}
"""
READABLE = ["hubspot.contact." + name for name in (
    "word", "size", "worth", "day", "seen", "optin", "sort", "tags", "budget", "authority", "need", "CurrencyIsoCode",
)]  # fmt: skip
"""What may be read: `closed` and `timeline` may not, as where a permission is missing."""
DEFINITIONS = """
teams: {{north: [ann@us.example, 005000000000001]}}
signals:
  visit: {{of: page_view}}
  priced: {{of: page_view, where: {{url: {{contains: /pricing}}}}}}
  sales_call: {{of: call, by: sales}}
  north_call: {{of: call, by: north}}
  mailing: {{of: email, by: marketing}}
  hidden: {{of: form_submission}}
  visit_then_call: {{sequence: [visit, sales_call], within: 5 days}}
scores:
  fit:
    rules:
      - {{if: {{size: {{at_least: 50}}}}, points: 20}}
      - {{if: {{word: Head}}, points: 10, group: words}}
      - {{if: {{word: {{contains: he}}}}, points: 10, group: words}}
    caps: {{words: 15}}
  minus: {{rules: [{{if: {{size: {{at_least: 50}}}}, points: -20}}]}}
  warm: {{half_life: 10 days, points: {{visit: 10, sales_call: -5}}}}
  capped: {{points: {{visit: 10}}, caps: {{visit: 15}}}}
  grouped: {{points: {{visit: 10, priced: 10}}, groups: {{both: [visit, priced]}}, caps: {{both: 25}}}}
  blind: {{points: {{hidden: 10}}}}
never:
  - reason: asked
    if: {{{clause}}}
stages:
  mql: {{judged_by: marketing, when: {{word: Someone}}}}
  sql: {{judged_by: sales, from: mql, when: {{word: Someone}}}}
"""


def asked(folder: Path, clause: str):
    (folder / "definitions.yaml").write_text(DEFINITIONS.format(clause=clause), "utf-8")
    (folder / "fields.yaml").write_text(FIELDS, "utf-8")
    (folder / "syncd.yaml").write_text("version: 1\ntime_zone: Europe/Berlin\n", "utf-8")
    return load_config(folder)


def contact(said, past=()) -> Mirrored:
    """A contact with values as HubSpot writes them, all told on the first day but those of the past."""
    history = {name: [(BORN, value, "FORM", None)] for name, value in said.items()}
    for name, ago, value in past:
        history.setdefault(name, []).append((Instant(NOW - ago * DAY), value, "CRM_UI", None))
        said = {**said, name: value}
    return Mirrored(System.HUBSPOT, "contact", "1", PersonId("p"), BORN, NOW, NOW, False, None, said, history)  # noqa: FBT003


def truth(folder: Path, clause: str, said, past=(), touches=(), deals=None) -> Truth:
    """What a clause is about somebody, and that `explain` says the same of it."""
    config = asked(folder, clause)
    gaps = {
        "hubspot.page_view": None,
        "hubspot.email": None,
        "salesforce.event": None,
        "hubspot.call": None,
        "salesforce.task": None,
    }
    gaps |= {} if deals is None else {"salesforce.opportunity": None}
    reading = Reading(used_names(config), frozenset([*READABLE, "salesforce.opportunity.LeadSource"]), gaps)
    strands = Touches([strand_of(one) for one in touches])
    dossier = Dossier(PersonId("p"), [contact(said, past)], opportunities=deals or (), touches=strands)
    definitions = config.definitions_at(NOW)
    context = context_for(build_facts(dossier, reading), definitions, entered={Stage.MQL: Instant(NOW - 5 * DAY)})
    found = truth_at(context.line(definitions.never[0].clause), NOW)
    assert prove(definitions.never[0].clause, context, NOW).truth is found
    assert bool(unknown_reasons(definitions.never[0].clause, context, NOW)) is (found is Truth.UNKNOWN)
    return found


AGO = {days: iso(Instant(NOW - days * DAY)) for days in (1, 40)}


@pytest.mark.parametrize(
    ("clause", "name", "true", "false", "unknown"),
    [
        ("word: Head of IT", "word", " head of it ", "Head", None),
        ("word: {is: Head}", "word", "HEAD", "Heads", ""),
        ("word: {any_of: [Head, Chief]}", "word", "chief", "Clerk", None),
        ("word: {none_of: [Head, Chief]}", "word", "Clerk", "CHIEF", None),
        ("word: {contains: [ea, ie]}", "word", "Head", "Clerk", None),
        ("word: {starts_with: He}", "word", "head", "The head", None),
        ("word: {has_word: [it, 'vice president']}", "word", "Vice President, Sales", "Italy", None),
        ("word: {known: true}", "word", "x", None, ...),
        ("word: {known: false}", "word", "", "x", ...),
        ("word: {unknown: true}", "word", None, "x", ...),
        ("size: 50", "size", "50.0", "51", "many"),
        ("size: {any_of: [50, 60]}", "size", "60", "55", None),
        ("size: {none_of: [50, 60]}", "size", "55", "50", "many"),
        ("size: {at_least: 50}", "size", "50", "49.9", "many"),
        ("size: {at_most: 50}", "size", "50", "50.1", ""),
        ("size: {above: 50}", "size", "50.1", "50", None),
        ("size: {below: 50}", "size", "49", "50", None),
        ("size: {between: [10, 50]}", "size", "10", "50.5", "many"),
        ("size: {at_least: 10, below: 20}", "size", "19", "20", None),
        ("worth: {is: 100}", "worth", "100.00", "99", None),
        ("worth: {above: 100}", "worth", "101", "100", "a lot"),
        ("worth: {between: [100, 200]}", "worth", "150", "201", None),
        ("day: 2026-01-31", "day", "2026-01-31", "2026-02-01", "soon"),
        ("day: {any_of: [2026-01-31, 2026-02-28]}", "day", "2026-02-28", "2026-02-27", None),
        ("day: {none_of: [2026-01-31]}", "day", "2026-02-28", "2026-01-31", None),
        ("day: {at_least: 2026-01-31}", "day", "2026-01-31", "2026-01-30", None),
        ("day: {at_most: 2026-01-31}", "day", "2026-01-31", "2026-02-01", None),
        ("day: {above: 2026-01-31}", "day", "1770076800000", "2026-01-31", None),
        ("day: {below: 2026-01-31}", "day", "2026-01-30", "2026-01-31", None),
        ("day: {between: [2026-01-01, 2026-01-31]}", "day", "2026-01-31", "2026-02-01", None),
        ("day: {older_than: 30 days}", "day", AGO[40][:10], AGO[1][:10], "soon"),
        ("seen: {is: '2026-01-31T09:00:00Z'}", "seen", "2026-01-31T10:00:00+01:00", "2026-01-31T09:00:01Z", None),
        ("seen: {at_least: 2026-01-31}", "seen", "2026-01-31T09:00:00Z", "2026-01-30T23:59:59Z", "then"),
        ("seen: {above: '2026-01-31T09:00:00Z'}", "seen", "2026-01-31T09:00:01Z", "2026-01-31T09:00:00Z", None),
        ("seen: {below: 2026-01-31}", "seen", "2026-01-30T23:59:59Z", "2026-01-31T00:00:00Z", None),
        ("seen: {at_most: 2026-01-31}", "seen", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", None),
        ("seen: {between: [2026-01-01, 2026-01-31]}", "seen", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", None),
        ("seen: 2026-01-31", "seen", "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", None),
        ("seen: {above: 2026-01-31}", "seen", "2026-02-01T00:00:00Z", "2026-01-31T23:59:59Z", None),
        ("seen: {between: [2026-01-01, '2026-01-31T09:00:00Z']}", "seen", "2026-01-31T09:00:00Z", AGO[1], None),
        ("seen: {at_least: 2026-01-01, below: '2026-01-31T09:00:00Z'}", "seen", "2026-01-01T00:00:00Z", AGO[1], None),
        ("seen: {any_of: [2026-01-01, '2026-01-31T09:00:00Z']}", "seen", "2026-01-01T22:00:00Z", AGO[1], None),
        ("seen: {older_than: 30 days}", "seen", AGO[40], AGO[1], None),
        ("optin: true", "optin", "Yes", "false", "perhaps"),
        ("optin: {is: false}", "optin", "0", "true", None),
        ("sort: a", "sort", "A", "b", None),
        ("sort: {any_of: [a, b]}", "sort", "B", "c", None),
        ("sort: {none_of: [a, b]}", "sort", "c", "b", None),
        ("tags: a", "tags", "B; a", "b;c", None),
        ("tags: {any_of: [a, b]}", "tags", "c;B", "c", None),
        ("tags: {none_of: [a, b]}", "tags", "c;d", "c;a", None),
        ("tags: {contains: e-b}", "tags", "News;E-book", "News", None),
        ("not: {word: Head}", "word", "Clerk", "Head", None),
        ("none: [{word: Head}, {size: 50}]", "word", ..., "Head", "Clerk"),
        ("all: [{word: Head}, {word: {contains: e}}]", "word", "head", "Clerk", None),
        ("any: [{word: Head}, {size: 50}]", "word", "head", ..., "Clerk"),
        ("at_least: {n: 2, of: [{word: {contains: a}}, {word: {contains: b}}, {size: 50}]}", "word", "ab", "c", "a"),
        ("score.fit: {at_least: 20}", "size", "50", ..., None),
        ("score.fit: {above: 19}", "size", "80", ..., "many"),
        ("score.minus: {below: 0}", "size", "50", "49", None),
        ("score.minus: {at_most: 0}", "size", "50", ..., ...),
    ],
)  # fmt: skip
def test_a_test_of_a_property_is_true_false_and_unknown(tmp_path, clause, name, true, false, unknown):
    for value, truth_of in ((true, Truth.TRUE), (false, Truth.FALSE), (unknown, Truth.UNKNOWN)):
        if value is not ...:
            assert truth(tmp_path, clause, {name: value}) is truth_of, (value, truth_of)


@pytest.mark.parametrize("test", ["{known: true}", "{unknown: true}", "{changed_within: 9 d}", "x", "{none_of: [y]}"])
def test_what_may_not_be_read_is_unknown_to_every_test(tmp_path, test):
    assert truth(tmp_path, f"closed: {test}", {"closed": "x"}) is Truth.UNKNOWN


def test_an_instant_that_is_compared_with_is_told_as_one(tmp_path):
    definitions = asked(tmp_path, "seen: {between: [2026-01-01, '2026-01-31T10:00:00+01:00']}").definitions_at(NOW)
    assert says(pickle.loads(pickle.dumps(definitions.never[0].clause))) == (  # as between processes
        "seen between 2026-01-01, 2026-01-31T09:00:00.000Z"
    )


@pytest.mark.parametrize("test", ["{between: [2026-01-31, '2026-01-31T11:00:00Z']}", "{below: '2026-01-31T11:00:01Z'}"])
def test_an_example_says_an_instant_of_a_name_whose_type_nobody_said(tmp_path, test):
    asked(tmp_path, "word: x")
    (tmp_path / "definitions.yaml").write_text(
        f"""
stages:
  mql: {{when: {{free: {test}}}}}
examples:
  - {{person: {{free: '2026-01-31T10:00:00Z'}}, expect: mql}}
  - {{person: {{free: '2026-01-31T11:08:00Z'}}, expect: subscriber}}
""",
        "utf-8",
    )
    assert check_files(tmp_path, NOW).problems == []


def test_a_change_is_lately_or_not(tmp_path):
    clause = "word: {changed_within: 9 days}"
    assert truth(tmp_path, clause, {"word": "a"}, [("word", 8, "b")]) is Truth.TRUE
    assert truth(tmp_path, clause, {"word": "a"}, [("word", 8, "")]) is Truth.TRUE
    assert truth(tmp_path, clause, {"word": "a"}, [("word", 9, "b")]) is Truth.FALSE
    assert truth(tmp_path, clause, {"word": "a"}) is Truth.FALSE


def test_money_of_another_currency_is_not_compared(tmp_path):
    for said, found in (("EUR", Truth.TRUE), ("USD", Truth.UNKNOWN), (None, Truth.UNKNOWN)):
        assert truth(tmp_path, "worth: {above: 100 EUR}", {"worth": "200", "CurrencyIsoCode": said}) is found
    assert truth(tmp_path, "worth: {above: 100 EUR}", {"worth": "99", "CurrencyIsoCode": "EUR"}) is Truth.FALSE


def test_a_group_of_rules_gives_no_more_than_its_cap(tmp_path):
    assert truth(tmp_path, "score.fit: {at_least: 35}", {"size": "50", "word": "Head"}) is Truth.TRUE
    assert truth(tmp_path, "score.fit: {above: 35}", {"size": "50", "word": "Head"}) is Truth.FALSE
    assert truth(tmp_path, "score.fit: {at_least: 35}", {"size": "many", "word": "Head"}) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("clause", "answers", "found"),
    [
        ("bant: {at_least: 2}", {"budget": "9", "need": "yes"}, Truth.TRUE),
        ("bant: {at_least: 3}", {"budget": "9", "need": "No"}, Truth.FALSE),
        ("bant: {at_least: 3}", {"budget": "9", "need": "yes"}, Truth.UNKNOWN),
        ("bant: {strength: fair}", {"budget": "9", "need": "yes"}, Truth.TRUE),
        ("bant: {strength: strong}", {"budget": "9"}, Truth.FALSE),
        ("bant: {strength: strong}", {"budget": "9", "need": "x", "authority": "x"}, Truth.UNKNOWN),
        ("bant: {including: [budget]}", {"budget": "9"}, Truth.TRUE),
        ("bant: {including: [budget]}", {"need": "9"}, Truth.FALSE),
        ("bant: {including: [timeline]}", {"need": "9"}, Truth.UNKNOWN),
    ],
)
def test_bant_counts_answers(tmp_path, clause, answers, found):
    assert truth(tmp_path, clause, answers) is found


def touch(kind: str, ago: float, by: str | None = None, **fields: str) -> Touch:
    return Touch(Instant(int(NOW - ago * DAY)), f"{kind}:{ago}", kind, fields, by)


VISITS = [touch("page_view", 9, url="/pricing"), touch("page_view", 2, url="/blog")]
CALLS = [touch("call", 1, by="sales", owner="005000000000001AAA")]


@pytest.mark.parametrize(
    ("clause", "touches", "found"),
    [
        ("visit: {at_least: 2}", VISITS, Truth.TRUE),
        ("visit: {at_least: 3}", VISITS, Truth.FALSE),
        ("visit: {at_least: 2, within: 9 days}", VISITS, Truth.FALSE),
        ("visit: {at_most: 2}", VISITS, Truth.TRUE),
        ("visit: {at_most: 1}", VISITS, Truth.FALSE),
        ("visit: {at_most: 1, within: 3 days}", VISITS, Truth.TRUE),
        ("priced: {at_least: 1}", VISITS, Truth.TRUE),
        ("priced: {at_least: 1, within: 3 days}", VISITS, Truth.FALSE),
        ("priced: {at_least: 1, within: 3 days}", [touch("page_view", 2)], Truth.UNKNOWN),
        ("hidden: {at_least: 1}", [], Truth.UNKNOWN),
        ("hidden: {at_least: 1}", [touch("form_submission", 2)], Truth.TRUE),
        ("hidden: {at_most: 0}", [], Truth.UNKNOWN),
        ("hidden: {at_most: 0}", [touch("form_submission", 2)], Truth.FALSE),
        ("sales_call: {at_least: 1}", CALLS, Truth.TRUE),
        ("sales_call: {at_least: 1}", [touch("call", 1, by="integration")], Truth.FALSE),
        ("sales_call: {at_least: 1}", [touch("call", 1)], Truth.UNKNOWN),
        ("mailing: {at_least: 1}", [touch("email", 1, by="marketing")], Truth.TRUE),
        ("mailing: {at_least: 1}", [touch("email", 1, by="sales")], Truth.FALSE),
        ("mailing: {at_least: 1}", [touch("email", 1)], Truth.UNKNOWN),
        ("visit: {at_least: 1, since: mql}", VISITS, Truth.TRUE),
        ("visit: {at_least: 2, since: mql}", VISITS, Truth.FALSE),
        ("hidden: {at_least: 1, since: mql}", [], Truth.UNKNOWN),
        ("visit: {at_most: 0, since: sql}", VISITS, Truth.FALSE),  # who is no SQL has done nothing since
        ("north_call: {at_least: 1}", CALLS, Truth.TRUE),
        ("north_call: {at_least: 1}", [touch("call", 1, owner_email="ANN@us.example")], Truth.TRUE),
        ("north_call: {at_least: 1}", [touch("call", 1, owner_email="bo@us.example", owner="9")], Truth.FALSE),
        ("north_call: {at_least: 1}", [touch("call", 1, owner_email="bo@us.example")], Truth.UNKNOWN),
        ("visit_then_call: {at_least: 1}", [*VISITS, *CALLS], Truth.TRUE),
        ("visit_then_call: {at_least: 1}", [VISITS[0], *CALLS], Truth.FALSE),
        ("visit_then_call: {at_least: 1}", [VISITS[1], touch("call", 1)], Truth.UNKNOWN),
        ("visit: {at_least: 1, anyone_at_company: true}", [], Truth.UNKNOWN),
        ("visit: {at_least: 1, anyone_at_company: true}", VISITS, Truth.TRUE),
        ("score.warm: {at_least: 14}", VISITS, Truth.TRUE),
        ("score.warm: {above: 20}", VISITS, Truth.FALSE),
        ("score.warm: {above: 11}", [*VISITS, *CALLS], Truth.FALSE),
        ("score.warm: {below: 14}", [VISITS[1], touch("call", 1)], Truth.TRUE),
        ("score.warm: {at_least: 8}", [VISITS[1], touch("call", 1)], Truth.UNKNOWN),
        ("score.warm: {at_most: 13}", VISITS, Truth.FALSE),
        ("score.capped: {at_least: 15}", VISITS, Truth.TRUE),
        ("score.capped: {above: 15}", VISITS, Truth.FALSE),
        ("score.grouped: {at_least: 25}", VISITS, Truth.TRUE),
        ("score.grouped: {above: 25}", VISITS, Truth.FALSE),
        ("score.blind: {at_least: 10}", [], Truth.UNKNOWN),
        ("score.blind: {at_least: 10}", [touch("form_submission", 2)], Truth.TRUE),
        ("score.blind: {below: 10}", [touch("form_submission", 2)], Truth.FALSE),
    ],
)
def test_signals_and_engagement_are_counted(tmp_path, clause, touches, found):
    assert truth(tmp_path, clause, {}, touches=touches) is found


def deal(**said) -> Mirrored:
    created = Instant(NOW - 20 * DAY)
    known = {"IsClosed": False, "IsWon": False, "StageName": "Proposal", "CloseDate": "2026-12-14", **said}
    at = {"LastStageChangeDate": AGO[1]} if known["IsClosed"] else {}
    who = PersonId("p")
    edited = Instant(created + DAY)
    return Mirrored(System.SALESFORCE, "opportunity", "006", who, created, edited, NOW, False, None, known | at)  # noqa: FBT003


@pytest.mark.parametrize(
    ("clause", "deals", "found"),
    [
        ("opportunity: {open: true}", [deal()], Truth.TRUE),
        ("opportunity: {open: true}", [deal(IsClosed=True, CloseDate=AGO[1][:10])], Truth.FALSE),
        ("opportunity: {open: true}", None, Truth.UNKNOWN),
        ("opportunity: {open: false}", [deal(IsClosed=True, CloseDate=AGO[1][:10])], Truth.TRUE),
        ("opportunity: {won: true}", [deal(IsClosed=True, IsWon=True, CloseDate=AGO[1][:10])], Truth.TRUE),
        ("opportunity: {won: true}", [deal()], Truth.FALSE),
        ("opportunity: {won: false}", [deal()], Truth.TRUE),
        ("opportunity: {won: true}", None, Truth.UNKNOWN),
        ("opportunity: {amount: {above: 0}}", [deal(Amount=12000.0)], Truth.TRUE),
        ("opportunity: {amount: {at_least: 12000}}", [deal(Amount=12000.0)], Truth.TRUE),
        ("opportunity: {amount: {at_most: 11999}}", [deal(Amount=12000.0)], Truth.FALSE),
        ("opportunity: {amount: {below: 12000}}", [deal(Amount=12000.0)], Truth.FALSE),
        ("opportunity: {amount: {between: [1, 12000]}}", [deal(Amount=12000.0)], Truth.TRUE),
        ("opportunity: {amount: {above: 0}}", [deal(Amount=None)], Truth.UNKNOWN),
        ("opportunity: {amount: {above: 0 EUR}}", [deal(Amount=1.0, CurrencyIsoCode="USD")], Truth.UNKNOWN),
        ("opportunity: {amount: {above: 0 EUR}}", [deal(Amount=1.0, CurrencyIsoCode="EUR")], Truth.TRUE),
        ("opportunity: {close_date: set_by_sales}", [deal()], Truth.TRUE),
        ("opportunity: {close_date: set_by_sales}", [deal(CloseDate=None)], Truth.FALSE),
        ("opportunity: {source_of_deal: {is: Web}}", [deal(LeadSource="web")], Truth.TRUE),
        ("opportunity: {source_of_deal: {is: Web}}", [deal(LeadSource="Fair")], Truth.FALSE),
        ("opportunity: {source_of_deal: {is: Web}}", [deal()], Truth.UNKNOWN),
        ("opportunity: {source_of_deal: {known: false}}", [deal()], Truth.TRUE),
        ("opportunity: {open: true}", [], Truth.FALSE),
    ],
)
def test_opportunities_are_asked(tmp_path, clause, deals, found):
    assert truth(tmp_path, clause, {}, deals=deals) is found
