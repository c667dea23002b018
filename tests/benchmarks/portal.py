"""A store with a crowd of people in it, written straight into its tables: what a large portal's mirror looks like.

`python -m tests.benchmarks.portal FILE PEOPLE` writes it. Nobody is like anybody else: how much people did is spread as
in real portals (20 touches in the mean, 6 in the middle, 218 at the 99th percentile; facts: engine 1), over 400 days in
bursts, by five properties of contacts and by forms that are records of their own; 8 of 10 have a company, 6 of 100 are
known to Salesforce with what sellers did, and 1 of 100 has a deal. Persons have the ids that linking gives them.
"""

from __future__ import annotations

import math
import random
import sqlite3
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from connectors.records import System
from syncd.files.load import load_config
from syncd.journey.reading import Seen, note_seen
from syncd.links.decide import Party, new_person
from syncd.model.instant import DAY, HOUR, MINUTE, NEVER, Instant, iso, parse_iso
from syncd.store import streams
from syncd.store.database import open_store
from syncd.streams import used_names

NOW = parse_iso("2026-11-21T08:30:00Z")
CONFIG = Path(__file__).parents[2] / "config/playbooks/startup"
FORM = 3
"""Counted up where the crowd, or how a store holds it, becomes another."""
AT_ONCE = 20_000
SPREAD = math.sqrt(2 * math.log(20 / 6))
"""Of the logarithm of how much people did: the mean is 20 where the middle is 6."""
RANKS = ("Head of", "Director of", "VP", "Chief", "Senior", "Junior", "", "", "Lead", "Assistant", "Team", "Student of")
FIELDS = ("IT", "Sales", "Marketing", "Finance", "Operations", "Product", "Legal", "Data", "Design", "Support", "HR")
FREE = ("gmail.com", "gmx.de", "outlook.com", "web.de", "yahoo.com", "stud.uni.example")
PAGES = ("blog", "docs", "product", "about", "cases", "jobs", "events", "partners")
FORMS = ("E-book: growth", "Whitepaper on costs", "Newsletter", "Checklist download", "Free account", "Demo request")
CITIES = ("Bremen", "Utrecht", "Oslo", "Wien", "Bern", "Gent", "Lyon", "Turku", "Leeds", "Porto")
COLUMNS = ("system", "kind", "id", "person_id", "created_at", "modified_at", "known_at", "seen_at", "deleted",
           "merged_into", "link_due", "amended", "properties", "history", "evidence")  # fmt: skip


def write(file: Path, people: int) -> None:
    """Write a store with so many people. One that is there already is kept."""
    if file.exists():
        return
    made = file.with_suffix(".part")
    made.unlink(missing_ok=True)
    _empty(made)
    database = sqlite3.connect(made, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-200000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")
    _fill(database, people)
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode=WAL")
    database.close()
    made.rename(file)


def _empty(file: Path) -> None:
    """An empty store that has read all of its streams."""
    config = load_config(CONFIG)
    fields = frozenset(str(source) for name in used_names(config) for source in name.sources)
    store = open_store(f"sqlite:///{file}")
    with store.transaction() as tx:
        note_seen(tx, Seen(fields))
        for stream in ("hubspot.contact", "hubspot.company", "hubspot.form_submission", "salesforce.lead",
                       "salesforce.contact", "salesforce.task", "salesforce.opportunity"):  # fmt: skip
            system, _, kind = stream.partition(".")
            streams.save(tx, streams.StreamState(system, kind, NOW))
    store.close()


def _fill(database: sqlite3.Connection, people: int) -> None:
    firms = max(people // 10, 1)
    _insert(database, "record", (_firm(number) for number in range(firms)))
    numbers = iter(range(people))
    while some := list(islice(numbers, AT_ONCE)):
        everything = [_somebody(number, firms) for number in some]
        persons = sorted((person[:4] for person in everything), key=lambda row: row[0])
        sql = "INSERT INTO person (id, created_at, dirty, due_at) VALUES (?, ?, ?, ?)"
        database.executemany(sql, persons)
        _insert(database, "record", (row for one in everything for row in one[4]))
        _insert(database, "reference", (row for one in everything for row in one[5]))


def _insert(database: sqlite3.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    first = next(rows, None)
    if first is not None:
        marks = ", ".join("?" * len(first))
        database.execute(f"INSERT INTO {table} VALUES ({marks})", first)
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _record(
    system: str,
    kind: str,
    record_id: str,
    person: str | None,
    times: tuple[int, int],
    properties: dict[str, Any],
    history: dict[str, Any] | None = None,
    evidence: Any = None,
) -> tuple[Any, ...]:
    told = orjson.dumps({"t": evidence}).decode() if evidence else ""
    said = orjson.dumps(properties).decode()
    past = orjson.dumps(history).decode() if history else "{}"
    created, modified = times
    return (system, kind, record_id, person, created, modified, NOW, NOW, 0, None, 0, None, said, past, told)


def _firm(number: int) -> tuple[Any, ...]:
    dice = random.Random(-1 - number)
    size = str(int(math.exp(dice.gauss(3.5, 1.6))) + 1)
    born = NOW - 700 * DAY - number * MINUTE
    said = {
        "name": f"Firm {number}",
        "domain": f"firm{number}.example",
        "country": "Germany",
        "numberofemployees": size,
    }
    return _record("hubspot", "company", str(700_000_000 + number), None, (born, born), said,
                   {"numberofemployees": [[born, size, "IMPORT", None]]})  # fmt: skip


def _somebody(number: int, firms: int) -> tuple[Any, ...]:
    """A person's row of four, the records, and what these name."""
    dice = random.Random(number)
    contact = str(100_000_000 + number)
    person = new_person(Party(System.HUBSPOT, "contact", contact))
    born = Instant(NOW - int(dice.uniform(1, 400) * DAY))
    firm = dice.randrange(firms) if dice.random() < 0.8 else None
    domain = f"firm{firm}.example" if firm is not None and dice.random() < 0.9 else dice.choice(FREE)
    title = f"{dice.choice(RANKS)} {dice.choice(FIELDS)}".strip() if dice.random() < 0.92 else None
    evidence, forms = _touches(dice, born)
    records = [_contact(dice, person, contact, born, domain, title, firm, evidence)]
    named = [] if firm is None else [("hubspot", "contact", contact, "company", "company", str(700_000_000 + firm))]
    for at, form in forms:
        strand = ["form_submission", "", None, ["form"], [at], [[form]], NOW]
        said = {"form_name": form, "email": f"person{number}@{domain}"}
        records.append(_record("hubspot", "form_submission", f"{number}-{at}", person, (at, at), said, None, [strand]))
    if dice.random() < 0.06:
        _known_to_sales(dice, number, person, born, records, named)
    return person, born, 1, NEVER, records, named


def _touches(dice: random.Random, born: int) -> tuple[list[Any], list[tuple[int, str]]]:
    """What somebody did: strands of the contact, and the forms that were submitted."""
    count = min(int(dice.lognormvariate(math.log(6), SPREAD) + 0.5), 5_000)
    bursts = [dice.uniform(born, NOW) for _ in range(1 + count // 8)]
    kinds: dict[str, list[int]] = {}
    sent: dict[int, str] = {}
    for _ in range(count):
        at = min(int(dice.choice(bursts) + dice.expovariate(1 / (3 * DAY))), NOW - HOUR)
        roll = dice.random()
        if roll < 0.03:
            sent[at] = dice.choice(FORMS)
        kind = "page" if roll < 0.38 else "click" if roll < 0.6 else "open" if roll < 0.83 else "visit"
        kinds.setdefault(kind, []).append(at)
    strands: list[Any] = []
    for kind, times in kinds.items():
        ats = sorted(set(times))
        if kind == "page":
            urls = [_url(dice) for _ in ats]
            strands.append(["page_view", ":hs_analytics_last_url@", None, ["url"], ats, [urls], NOW])
        elif kind == "visit":
            strands.append(["web_visit", ":hs_analytics_num_visits@", None, [], ats, [], NOW])
        else:
            strands.append([f"email_{kind}", f":hs_email_{kind}@", None, [], ats, [], NOW])
    forms = sorted(sent.items())
    if forms:
        pages = [f"We: {form}" for _, form in forms]
        strand = ["form_submission", ":recent_conversion_event_name@", None, ["form", "page"]]
        strands.append([*strand, [at for at, _ in forms], [[form for _, form in forms], pages], NOW])
    return strands, forms


def _url(dice: random.Random) -> str:
    roll = dice.random()
    if roll < 0.06:
        return "https://we.example/pricing"
    page = f"https://we.example/{dice.choice(PAGES)}/{dice.randrange(400)}"
    return f"{page}?utm_content={dice.randrange(10**6)}" if roll > 0.9 else page


def _contact(dice: random.Random, person: str, contact: str, born: int, domain: str, title: str | None,
             firm: int | None, evidence: list[Any]) -> tuple[Any, ...]:  # fmt: skip
    number = int(contact) - 100_000_000
    stage = dice.choice(("subscriber", "lead", "lead", None, "other"))
    mail = f"person{number}@{domain}"
    said = {
        "email": mail, "firstname": f"First{number}", "lastname": f"Last{number}", "jobtitle": title,
        "phone": f"+49 421 {number:07}", "company": None if firm is None else f"Firm {firm}", "country": "Germany",
        "city": dice.choice(CITIES), "website": f"https://{domain}", "lifecyclestage": stage, "hs_lead_status": None,
        "hubspot_owner_id": str(dice.randrange(40)), "associatedcompanyid": firm and str(700_000_000 + firm),
        "createdate": iso(Instant(born)), "lastmodifieddate": iso(Instant(NOW - HOUR)), "hs_additional_emails": None,
        "hs_merged_object_ids": None, "hs_calculated_merged_vids": None, "num_conversion_events": None,
        "recent_conversion_date": None, "hs_analytics_last_url": "https://we.example/", "hs_email_click": "3",
        "recent_conversion_event_name": None, "hs_email_open": "9", "hs_email_replied": None, "industry": "SOFTWARE",
        "hs_analytics_num_visits": "9", "mobilephone": None, "address": f"Street {number % 200}", "zip": "28195",
    }  # fmt: skip
    history: dict[str, Any] = {"email": [[born, mail, "FORM", None]], "hs_lead_status": []}
    if stage is not None:
        history["lifecyclestage"] = [[born, stage, "IMPORT", None]]
    if title is not None:
        history["jobtitle"] = [[born, title, "FORM", None]]
        if dice.random() < 0.1:
            history["jobtitle"] = [[born, "Trainee", "FORM", None], [born + 10 * DAY, title, "CRM_UI", None]]
    return _record("hubspot", "contact", contact, person, (born, NOW - HOUR), said, history, evidence)


def _known_to_sales(dice: random.Random, number: int, person: str, born: int,
                    records: list[tuple[Any, ...]], named: list[tuple[Any, ...]]) -> None:  # fmt: skip
    """A lead with what sellers did, or a contact with a deal."""
    known = born + int(dice.uniform(0, NOW - born))
    owner = f"005{dice.randrange(40):012}AAA"
    dealt = dice.random() < 0.18
    kind, start = ("contact", "003") if dealt else ("lead", "00Q")
    mine = f"{start}{number:012}AAA"
    said = {"OwnerId": owner, "LastName": f"Last{number}", "Email": f"person{number}@x.example", "Title": None,
            "Status": dice.choice(("Open - Not Contacted", "Working", "Working", "Recycle", "Disqualified")),
            "Budget__c": dice.choice(("20000", None)), "Timeline__c": dice.choice(("this year", None)),
            "Authority__c": None, "Need__c": None, "NumberOfEmployees": None, "IsConverted": False,
            "HubSpot_Id__c": str(100_000_000 + number)}  # fmt: skip
    records.append(_record("salesforce", kind, mine, person, (known, known + HOUR), said))
    for call in range(dice.randrange(4)):
        at = Instant(min(known + int(dice.uniform(0, 60 * DAY)), NOW - HOUR))
        task = f"00T{number:010}{call:02}AAA"
        done = {
            "Subject": dice.choice(("Call", "Demo for the team", "Follow-up", "Mail")),
            "Status": "Completed",
            "IsClosed": True,
            "CompletedDateTime": iso(at),
            "WhoId": mine,
            "OwnerId": owner,
            "TaskSubtype": dice.choice(("Task", "Call", "Email")),
            "CallDisposition": dice.choice(("Connected", None)),
        }
        records.append(_record("salesforce", "task", task, None, (at, at), done))
        named.append(("salesforce", "task", task, "who", kind, mine))
    if dealt:
        deal, role = f"006{number:012}AAA", f"00K{number:012}AAA"
        closed, won = dice.random() < 0.5, dice.random() < 0.4
        said = {"Name": "A deal", "Amount": dice.choice((12000.0, 800.0, None)), "CloseDate": iso(NOW)[:10],
                "IsClosed": closed, "IsWon": closed and won, "StageName": "Proposal",
                "LastStageChangeDate": iso(Instant(min(known + 9 * DAY, NOW - HOUR)))}  # fmt: skip
        records.append(_record("salesforce", "opportunity", deal, None, (known, known), said))
        joins = {"ContactId": mine, "OpportunityId": deal, "IsPrimary": True}
        records.append(_record("salesforce", "opportunity_contact_role", role, None, (known, known), joins))
        named += [("salesforce", "opportunity_contact_role", role, "contact", "contact", mine),
                  ("salesforce", "opportunity_contact_role", role, "opportunity", "opportunity", deal)]  # fmt: skip


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
