"""What judging one person costs, beside a stated yardstick: `pytest -m benchmark -s tests/benchmarks/test_evaluate.py`.

The yardstick is `json.loads` of a document of 1 kB, measured in the same run: bars are multiples of it, so that a slow
machine fails nobody and a fast one hides nothing. Each figure is the best of several rounds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import Definitions
from syncd.facts.touches import coverage_of
from syncd.files.fields_file import BUILT_IN
from syncd.files.load import load_config
from syncd.model.instant import BEGINNING, DAY, HOUR, Instant, parse_iso
from syncd.model.person import Facts, PersonId, Property, Touch, Unknown, Value
from syncd.model.stage import Stage

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]
STARTUP = Path(__file__).parents[2] / "config/playbooks/startup"
NOW = parse_iso("2026-11-21T08:30:00Z")
BORN = Instant(NOW - 300 * DAY)
ROUNDS, TIMES = 40, 60
DOCUMENT = json.dumps({f"property_{number}": "a value of some length" for number in range(24)})
NAMES = [*BUILT_IN, "company_size", "budget", "authority", "need", "timeline"]
BARS = {"nothing": 12, "a few touches": 16, "an MQL, held": 32, "an MQL, new": 45, "an SQL, 40 touches": 95}
"""How many yardsticks one evaluation may cost."""


def somebody(number: int, said: dict[str, Value], touches: Sequence[Touch] = (), *, known: bool = False) -> Facts:
    """A person as the mirror gives them: every name is there, most of them empty."""
    properties = {
        name: Property(
            ((BEGINNING, said.get(name, Unknown(f"{name} is missing"))),), f"hubspot:contact:{number}:{name}"
        )
        for name in NAMES
    }
    return Facts(
        person=PersonId(f"p{number}"),
        born=BORN,
        properties=properties,
        touches=sorted(touches, key=lambda touch: (touch.at, touch.id)),
        coverage=coverage_of({}, {"hubspot.form_submission": None, "salesforce.task": None}, ()),
        floor=((Instant(BORN + DAY), Stage.LEAD, "record"),) if known else (),
    )


def touch(kind: str, ago: float, **fields: str) -> Touch:
    return Touch(Instant(int(NOW - ago * DAY)), f"{kind}:{ago}", kind, fields, "sales")


def named(number: int) -> dict[str, Value]:
    return {"email_domain": f"company{number}.example", "job_title": "Clerk", "last_name": f"Name {number}"}


def qualified(number: int) -> dict[str, Value]:
    return {**named(number), "job_title": "Head of IT", "company_size": Decimal(80)}


def mql(number: int) -> Facts:
    visits = [touch("page_view", 3 + day, url="https://we.example/pricing") for day in range(3)]
    mails = [touch("email_click", 2.5 + day) for day in range(4)]
    return somebody(number, qualified(number), [*visits, *mails, touch("form_submission", 5, form="E-book: growth")])


def sql(number: int) -> Facts:
    clicks = [touch("email_click", 4 + day / 2) for day in range(30)]
    views = [touch("page_view", 9 + day, url="https://we.example/pricing") for day in range(8)]
    trial = touch("form_submission", 7, form="Free account")
    demo = touch("task", 2, subject="Demo for the team", status="Completed")
    said: dict[str, Value] = {**qualified(number), "budget": "20000"}
    return somebody(number, said, [*clicks, *views, trial, demo], known=True)


def held(facts: Facts, definitions: Definitions) -> Facts:
    return replace(facts, held=evaluate(facts, definitions, NOW).entries)


def people(definitions: Definitions) -> dict[str, list[Facts]]:
    few = [touch("page_view", 40, url="https://we.example/blog"), touch("email_click", 12)]
    return {
        "nothing": [somebody(number, named(number)) for number in range(20)],
        "a few touches": [somebody(number, named(number), few) for number in range(20)],
        "an MQL, held": [held(mql(number), definitions) for number in range(20)],
        "an MQL, new": [mql(number) for number in range(20)],
        "an SQL, 40 touches": [sql(number) for number in range(20)],
    }


def microseconds(judge: Callable[[int], object]) -> float:
    """The best of some rounds of many calls each."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for number in range(TIMES):
            judge(number)
        best = min(best, time.process_time() - started)
    return best / TIMES * 1e6


def test_judging_one_person_costs_a_few_readings_of_a_small_document() -> None:
    definitions = load_config(STARTUP).definitions
    yardstick = microseconds(lambda _: json.loads(DOCUMENT))
    sys.stdout.write(f"\n{'json.loads of 1 kB':24}{yardstick:9.1f} us\n")
    costs = {}
    for name, facts in people(definitions).items():
        spent = microseconds(lambda number, facts=facts: evaluate(facts[number % 20], definitions, NOW))
        again = microseconds(lambda number, facts=facts: evaluate(facts[number % 20], definitions, Instant(NOW + HOUR)))
        costs[name] = min(spent, again) / yardstick
        sys.stdout.write(f"{name:24}{spent:9.1f} us{costs[name]:7.1f} yardsticks (bar {BARS[name]})\n")
    assert {name: cost for name, cost in costs.items() if cost > BARS[name]} == {}


def test_the_people_of_the_benchmark_are_what_they_are_called() -> None:
    definitions = load_config(STARTUP).definitions
    stages = {name: evaluate(facts[0], definitions, NOW).stage for name, facts in people(definitions).items()}
    assert list(stages.values()) == [Stage.SUBSCRIBER, Stage.SUBSCRIBER, Stage.MQL, Stage.MQL, Stage.SQL]
