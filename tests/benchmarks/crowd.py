"""A store with very many people in it, made by rows: only what reports read is lifelike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert

from connectors.records import System
from syncd.files.load import load_config
from syncd.journey.reading import Seen, note_seen
from syncd.journey.values import fields_kept
from syncd.model.instant import DAY, Instant, parse_iso
from syncd.model.person import PersonId
from syncd.model.touches import Strand
from syncd.store import courses, labels, tables
from syncd.store.canonical import to_text
from syncd.store.database import Store, open_store
from syncd.store.evidence import packed

NOW = parse_iso("2026-11-21T08:30:00Z")
VALUES = {"origin": 8, "campaign": 60, "segment": 6, "region": 12, "team_name": 5, "industry": 20}
"""Fields by which people are split, and how many values each has."""
FIELDS = "read:\n" + "".join(f"  {name}: {{from: hubspot.contact.{name}}}\n" for name in VALUES)
DEFINITIONS = """
stages:
  mql: {judged_by: marketing, when: {origin: {known: true}}}
  sql: {judged_by: sales, from: mql, when: {segment: {known: true}}}
  sqo: {judged_by: sales, when: {opportunity: {open: true}}}
  customer: {when: {opportunity: {won: true}}}
returns:
  recycled: {when: {lead_status: {is: Recycle}}, requalify_after: 30 days}
"""
TOUCHES = 20
AT_ONCE = 5_000


def config(folder: Path) -> Path:
    """The files that the crowd is read by."""
    folder.mkdir()
    (folder / "definitions.yaml").write_text(DEFINITIONS, "utf-8")
    (folder / "fields.yaml").write_text(FIELDS, "utf-8")
    (folder / "syncd.yaml").write_text("version: 1\ntime_zone: Europe/Berlin\n", "utf-8")
    return folder


def crowd(folder: Path, people: int) -> Store:
    """A SQLite store with so many people, twenty touches each."""
    store = open_store(f"sqlite:///{folder}/crowd.db")
    chance = random.Random(7)
    kept = fields_kept(load_config(config(folder / "files")))
    with store.transaction() as tx:
        note_seen(tx, Seen(frozenset(f"hubspot.contact.{name}" for name in (*VALUES, "hubspot_owner_id"))))
    for start in range(0, people, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, people))
        with store.transaction() as tx:
            tx.execute(insert(tables.person), [_person(number) for number in numbers])
            tx.execute(insert(tables.record), [_record(number, chance) for number in numbers])
            tx.execute(insert(tables.entry), [row for number in numbers for row in _entries(number, chance)])
            people_here = [PersonId(_name(number)) for number in numbers]
            courses.renew(tx, people_here)
            labels.keep(tx, people_here, kept)
    return store


def _name(number: int) -> str:
    return f"p{number:09d}"


def _person(number: int) -> dict[str, object]:
    return {"id": _name(number), "created_at": NOW - 300 * DAY, "dirty": 0, "due_at": 2**62}


def _record(number: int, chance: random.Random) -> dict[str, object]:
    born = Instant(NOW - chance.randrange(20, 700) * DAY)
    name = f"hubspot:contact:{number}"
    ats = [Instant(born + place * DAY) for place in range(TOUCHES)]
    pages = [f"https://we.example/page/{place}" for place in range(TOUCHES)]
    views = Strand("page_view", None, name, ":hs_analytics_last_url@", ats, ["url"], [pages])
    said = {name: f"{name} {chance.randrange(count)}" for name, count in VALUES.items()}
    rest = {f"field_{place}": "a value of some length" for place in range(15)}
    return {
        "system": System.HUBSPOT.value, "kind": "contact", "id": str(number), "person_id": _name(number),
        "created_at": born, "modified_at": born, "known_at": born, "seen_at": born, "deleted": 0, "link_due": 0,
        "properties": to_text({**rest, **said, "hubspot_owner_id": str(chance.randrange(40))}),
        "history": "{}", "evidence": packed(name, [views], {}, born),
    }  # fmt: skip


def _entries(number: int, chance: random.Random) -> Iterator[dict[str, object]]:
    at = NOW - chance.randrange(20, 700) * DAY
    stages = ["subscriber"]
    for stage, share in (("mql", 0.8), ("sql", 0.3), ("sqo", 0.5), ("customer", 0.4)):
        if chance.random() > share:
            break
        stages.append(stage)
    if stages[-1] == "mql" and chance.random() < 0.3:
        stages.append("recycled")
    for stage in stages:
        at += chance.randrange(DAY, 20 * DAY)
        yield {
            "person_id": _name(number), "stage": stage, "cycle": 1, "at": at, "source": "definition",
            "why": "score.fit is 55 and there was a visit of the pricing page", "evidence": "[]",
            "definition": "v1" if number % 3 else "v2", "recorded_at": at,
            "reason": "no_budget" if stage == "recycled" else None,
        }  # fmt: skip
