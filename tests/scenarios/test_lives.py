"""What happens to people and their records in either CRM: each folder under `lives` is one life, given and expected.

Of every life it holds besides: the link follows, nothing is orphaned or made twice, nobody has two open tasks for one
thing, the ledger is sound, and when all is done another cycle plans nothing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from syncd.store import tables
from tests.scenarios.knowing import person_of, stages_of
from tests.scenarios.lives import SOBJECTS, Life, lived
from tests.world import World

LIVES = Path(__file__).parent / "lives"
FOLDERS = sorted(path for path in LIVES.iterdir() if path.is_dir())
TURNS = 3
"""Within so many cycles there is nothing left to do."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_life(world: World, folder: Path) -> None:
    life = lived(folder, world)
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    comes_to_rest(life)
    assert ended(life, expected) == expected["end"]
    assert sorted(code for code, _ in world.set_aside()) == expected.get("set aside", [])
    assert set(expected.get("ledger", ())) <= set(world.ledger_kinds())
    for name, stages in expected.get("stages", {}).items():
        assert stages_of(world, life.contact(name)) == stages, name
    for name, kinds in expected.get("journey", {}).items():
        assert in_order(kinds, told(life, name)), (name, told(life, name))
    who_is_who(life, expected.get("one person", []), expected.get("nobody knows whose", []))
    nothing_is_twice(life)
    assert world.ledger_is_sound()


def comes_to_rest(life: Life) -> None:
    for _ in range(TURNS):
        outcome = life.world.cycle("apply")
        life.look()
        if not outcome.plan.changes:
            return
    raise AssertionError(outcome.plan.changes)


def ended(life: Life, expected: dict[str, Any]) -> dict[str, Any]:
    """The end as far as the folder asks for it: all living records and our tasks, of each the fields that it names."""
    asked = expected["end"]
    portal = life.world.portal
    live = {life.names[str(one)]: str(one) for one in portal.tables["contacts"].live}
    end: dict[str, Any] = {
        "hubspot": {
            name: {key: portal.values("contacts", one).get(key) for key in asked["hubspot"].get(name) or ()} or None
            for name, one in live.items()
        }
    }
    for kind, sobject in SOBJECTS.items():
        end[kind] = {
            life.names[row["Id"]]: shown(life, row, asked[kind].get(life.names[row["Id"]]) or {}) or None
            for row in life.world.org.rows(sobject)
        }
    ours = [row for row in life.world.org.rows("Task") if row.get("Syncd_Key__c")]
    end["tasks"] = sorted(
        f"{row['Subject'].partition(':')[0]} of {life.names[row['WhoId']]}, {'done' if row['IsClosed'] else 'open'}"
        for row in ours
    )
    return end


def shown(life: Life, row: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Some fields of a record: another record by its name, and `kept` for what has stood since it was first there."""
    found = {}
    for name, wanted in asked.items():
        value = life.names.get(str(row.get(name)), row.get(name))
        first = life.first.get((life.names[row["Id"]], name))
        found[name] = "kept" if wanted == "kept" and value is not None and value == first else value
    return found


def told(life: Life, name: str) -> list[str]:
    ran = life.world.here("journey", f"hubspot:{life.contact(name)}", "--json")
    return [one["kind"] for one in ran.data["entries"]]


def in_order(wanted: list[str], kinds: list[str]) -> bool:
    left = iter(kinds)
    return all(one in left for one in wanted)


def who_is_who(life: Life, one_person: list[list[str]], nobodys: list[str]) -> None:
    """Records of one name are one person's, of others another's, but for those who became one; nobody's are named."""
    becomes = {name: group[0] for group in one_person for name in group}
    by_name: dict[str, set[str | None]] = {}
    with life.world.store() as store, store.reading() as tx:
        c = tables.record.c
        rows = tx.execute(select(c.id, c.person_id).where(c.kind.in_(["contact", "lead"]))).all()
    for record, person in rows:
        name = life.names[record]
        if person is None:
            assert name in nobodys, f"{name} is nobody's"
        else:
            by_name.setdefault(becomes.get(name, name), set()).add(person_of(life.world, record))
    assert {name: len(persons) for name, persons in by_name.items() if len(persons) != 1} == {}
    assert len({one for persons in by_name.values() for one in persons}) == len(by_name)


def nothing_is_twice(life: Life) -> None:
    rows = [row for sobject in SOBJECTS.values() for row in life.world.org.rows(sobject)]
    claimed = Counter((row["Id"][:3], row["HubSpot_Id__c"]) for row in rows if row.get("HubSpot_Id__c"))
    assert [one for one, count in claimed.items() if count > 1] == []
    open_ones = Counter(
        (row["WhoId"], row["Subject"].partition(":")[0])
        for row in life.world.org.rows("Task")
        if row.get("Syncd_Key__c") and not row["IsClosed"]
    )
    assert [one for one, count in open_ones.items() if count > 1] == []
