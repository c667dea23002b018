"""In whatever order records were made, and come page by page, the same people end the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import World

PEOPLE = ("lead1", "lead2", "contact", "new1", "new2", "twin", "both", "quiet")


def makers(world: World) -> list[tuple[str, object]]:
    made = [(f"hubspot {name}", lambda name=name: world.person(name)) for name in PEOPLE[:-1]]
    made.append(("hubspot quiet", lambda: world.person("quiet", seen=None)))
    made += [(f"lead {n}", lambda n=n: world.lead(n)) for n in ("lead1", "lead2", "both", "quiet")]
    made += [(f"lead twin {place}", lambda: world.lead("twin")) for place in (1, 2)]
    made += [(f"contact {n}", lambda n=n: world.contact(n)) for n in ("contact", "both")]
    return made


def told(world: World) -> list[tuple]:
    stages = [
        (sobject, row["Email"], row.get("Lifecycle_Stage__c"), row.get("MQL_At__c"), bool(row.get("HubSpot_Id__c")))
        for sobject in ("Lead", "Contact")
        for row in world.org.rows(sobject)
    ]
    tasks = [("Task", task["who"], task["Subject"]) for task in world.tasks().values()]
    return sorted(stages, key=str) + sorted(tasks)


def end_of(order: list[int]) -> tuple[int, list[tuple], list[str]]:
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        with world.twin:
            making = makers(world)
            for place in order:
                making[place][1]()
            code = world.cycle("apply").exit_code
            assert world.cycle().plan.changes == ()
            return code, told(world), sorted({code for code, _ in world.set_aside()})


COUNT = 14
PLAIN: list = []


@settings(max_examples=8)
@given(st.permutations(range(COUNT)))
def test_the_order_of_records_does_not_matter(order):
    if not PLAIN:
        PLAIN.append(end_of(list(range(COUNT))))
    assert end_of(order) == PLAIN[0]


def test_small_pages_in_the_search_do_not_matter(monkeypatch):
    plain = end_of(list(range(COUNT)))
    monkeypatch.setattr("connectors.hubspot.pull.PAGE", 2)
    monkeypatch.setattr("syncd.link.BATCH", 3)
    monkeypatch.setattr("syncd.judge.AT_ONCE", 2)
    assert end_of(list(reversed(range(COUNT)))) == plain
