"""A CRM's raw values as typed ones, over time; what cannot be read or understood is unknown and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.records import System
from syncd.facts.build import Reading, build_facts
from syncd.facts.values import day_of, reader_of
from syncd.files.fields_file import CrmField, ReadName
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import BEGINNING, Instant, parse_iso
from syncd.model.person import Money, PersonId, Unknown

TITLE = ReadName("job_title", (CrmField("hubspot", "contact", "jobtitle"), CrmField("salesforce", "lead", "Title")))
FIELDS = frozenset({"hubspot.contact.jobtitle", "salesforce.lead.Title"})


def record(system="hubspot", kind="contact", id="1", modified=10, history=None, **properties) -> Mirrored:  # noqa: A002
    return Mirrored(
        system=System(system),
        kind=kind,
        id=id,
        person=None,
        created_at=Instant(1),
        modified_at=Instant(modified),
        known_at=Instant(modified),
        deleted=properties.pop("deleted", False),
        merged_into=None,
        properties=properties,
        history=history or {},
    )


def title(*records, fields=FIELDS):
    return build_facts(Dossier(PersonId("p"), records=records), Reading((TITLE,), fields)).properties["job_title"]


def now(known):
    return known.timeline[-1][1]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", " CTO ", "CTO"),
        ("number", "12.5", Decimal("12.5")),
        ("number", 12.0, Decimal("12.0")),
        ("boolean", "True", True),
        ("boolean", False, False),
        ("date", "2026-02-03", date(2026, 2, 3)),
        ("date", "1770076800000", date(2026, 2, 3)),
        ("date", "2026-02-03T23:30:00-02:00", date(2026, 2, 4)),
        ("date", "2026-02-03T23:30:00", date(2026, 2, 3)),
        ("datetime", "2026-02-03T01:00:00+01:00", Decimal(parse_iso("2026-02-03"))),
        ("datetime", "1770076800000", Decimal(1770076800000)),
        ("choices", "a; b;;", frozenset({"a", "b"})),
    ],
)
def test_a_raw_value_becomes_one_of_its_type(kind, raw, value):
    assert reader_of(ReadName("x", (), kind), {})(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("number", "many"),
        ("number", "NaN"),
        ("money", "Infinity"),
        ("boolean", "perhaps"),
        ("date", "2026-02-30"),
        ("date", "9" * 20),
        ("date", "9" * 5000),
        ("datetime", "soon"),
        ("datetime", "9" * 20),
        ("datetime", "-99999999999999999"),
    ],
)
def test_a_value_of_another_type_is_unknown_and_does_not_show_itself(kind, raw):
    value = reader_of(ReadName("x", (), kind), {})(raw)
    assert isinstance(value, Unknown)
    assert raw not in value.reason


def test_a_day_is_the_same_day_on_every_machine(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert day_of("2026-02-03T12:00:00") == date(2026, 2, 3)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_part_behind_the_at_is_the_domain_and_an_owners_id_is_read_as_an_address():
    assert reader_of(ReadName("email_domain", (), derived="email_domain"), {})("A@Acme.Example") == "acme.example"
    owner = ReadName("owner_email", (), derived="owner_email")
    assert reader_of(owner, {"005000000000001": "anna@us"})("005000000000001AAA") == "anna@us"
    assert isinstance(reader_of(owner, {})("7"), Unknown)


def test_the_first_field_that_holds_a_value_speaks():
    assert now(title(record(jobtitle=""), record("salesforce", "lead", Title="CFO"))) == "CFO"
    assert now(title(record(jobtitle="CTO"), record("salesforce", "lead", Title="CFO"))) == "CTO"


def test_of_several_records_the_living_one_that_was_changed_last_speaks():
    newer, gone = (
        record(id="2", modified=20, jobtitle="new"),
        record(id="3", modified=30, jobtitle="gone", deleted=True),
    )
    assert now(title(record(jobtitle="old"), gone, newer)) == "new"


def test_an_empty_field_is_missing_and_one_that_is_not_shown_to_us_is_not_readable():
    assert now(title(record())) == Unknown("job_title is missing")
    hidden = now(title(record(jobtitle="CTO"), fields=frozenset()))
    assert not hidden.readable
    assert "does not exist for us" in hidden.reason


def test_with_history_a_value_holds_from_its_change_on_and_was_missing_before():
    known = title(
        record(jobtitle="CTO", history={"jobtitle": [(Instant(5), "Dev", None, None), (Instant(8), "CTO", None, None)]})
    )
    assert known.timeline == ((BEGINNING, Unknown("job_title was missing then")), (5, "Dev"), (8, "CTO"))
    assert known.assumed_until == BEGINNING


def test_without_history_a_value_is_only_certain_since_the_records_last_change():
    assert title(record(jobtitle="CTO")).assumed_until == 10


def test_a_value_that_was_taken_away_is_still_known_to_have_been_there():
    known = title(
        record(jobtitle="", history={"jobtitle": [(Instant(5), "CTO", None, None), (Instant(8), "", None, None)]})
    )
    assert known.timeline[1:] == ((5, "CTO"), (8, Unknown("job_title is missing")))


REVENUE = ReadName("revenue", (CrmField("salesforce", "lead", "AnnualRevenue"),), "money")


def revenue(name=REVENUE, **properties):
    lead = record("salesforce", "lead", AnnualRevenue=12000.5, **properties)
    reading = Reading((name,), frozenset({"salesforce.lead.AnnualRevenue"}))
    return [
        value
        for _, value in build_facts(Dossier(PersonId("p"), records=[lead]), reading).properties["revenue"].timeline
    ]


def test_an_amount_has_the_currency_of_its_record_where_there_is_one():
    amount = Decimal("12000.5")
    assert revenue(CurrencyIsoCode="EUR") == [Money(amount, "EUR")]
    assert revenue() == revenue(CurrencyIsoCode=None) == [amount]
    assert revenue(replace(REVENUE, kind="number"), CurrencyIsoCode="EUR") == [amount]


def test_what_an_amount_was_before_is_in_the_currency_too():
    history = {"AnnualRevenue": [(Instant(5), "100", None, None), (Instant(9), "", None, None)]}
    then, now = revenue(CurrencyIsoCode="EUR", history=history)[1:]
    assert (then, isinstance(now, Unknown)) == (Money(Decimal(100), "EUR"), True)
