"""Every playbook loads, and every example in it comes true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from syncd.definitions.evaluate import evaluate
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Clause,
    Definitions,
    Example,
    NeverRule,
    Not,
    Operator,
    PropertyClause,
    Signal,
    StageRule,
)
from syncd.definitions.language import Test as Asked  # pytest takes names that begin with Test for tests
from syncd.files import Config, load_config
from syncd.files.starter import StarterExists, UnknownPlaybook, list_playbooks, write_starter
from syncd.model.instant import BEGINNING, DAY, Instant, iso, parse_iso
from syncd.model.person import Coverage, Facts, Opportunity, PersonId, Property, Touch, Unknown, Value

NOW = parse_iso("2026-11-20T12:00:00Z")
PLAYBOOKS = list_playbooks()
ROOT = Path(__file__).parents[3]


def definitions_by_signal(definitions: Definitions) -> Definitions:
    """The same definitions, where each signal counts a kind of its own: examples name signals, not fields."""
    return replace(definitions, signals={name: Signal(name, (name,)) for name in definitions.signals})


def facts_of(example: Example, config: Config) -> Facts:
    properties = {}
    for name, read in config.fields.reads.items():
        said = example.person.get(name)
        value: Value = Unknown("empty") if said is None else Decimal(said) if read.kind == "number" else said
        start = ((BEGINNING, value),)
        if name == "lead_status" and said is not None:
            start = ((BEGINNING, "Open"), (Instant(NOW - DAY), said))
        properties[name] = Property(start, "example")
    touches = sorted(
        (Touch(Instant(NOW - ago), f"t{index}", name) for index, (name, ago) in enumerate(example.events)),
        key=lambda touch: (touch.at, touch.id),
    )
    return Facts(
        person=PersonId("somebody"),
        born=Instant(NOW - 400 * DAY),
        properties=properties,
        touches=touches,
        coverage={name: Coverage(BEGINNING, "example", "") for name in config.definitions.signals},
        opportunities=opportunities_of(example),
    )


def opportunities_of(example: Example) -> tuple[Opportunity, ...]:
    said = {name.partition(".")[2]: value for name, value in example.person.items() if name.startswith("opportunity.")}
    if not said:
        return ()
    begin, won = Instant(NOW - 5 * DAY), said.get("won") == "true"
    return (
        Opportunity(
            id="006",
            created_at=begin,
            closed_at=Instant(NOW - DAY) if won else None,
            won=won,
            stage="Proposal",
            amount=Decimal(said["amount"]) if "amount" in said else None,
            amount_at=begin,
            close_date=None,
            close_date_by_sales="close_date" in said,
        ),
    )


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_example_of_a_playbook_comes_true(playbook: str, tmp_path: Path):
    write_starter(tmp_path / "config", playbook)
    config = load_config(tmp_path / "config")
    definitions = definitions_by_signal(config.definitions)
    assert missed_by(definitions, config) == []
    assert len(config.definitions.examples) >= 8


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_clause_of_a_playbook_decides_an_example(playbook: str):
    config = load_config(ROOT / "config" / "playbooks" / playbook)
    definitions = definitions_by_signal(config.definitions)
    idle = [
        f"{leaf.place} taken as {constant}"
        for section in ("stages", "never")
        for index, rule in enumerate(getattr(definitions, section))
        for leaf in leaves_of(clause_of(rule))
        for constant in (True, False)
        if not missed_by(with_rule(definitions, section, index, leaf, constant=constant), config)
    ]
    assert idle == []


def missed_by(definitions: Definitions, config: Config) -> list[str]:
    found = []
    for example in config.definitions.examples:
        verdict = evaluate(facts_of(example, config), definitions, NOW)
        if verdict.stage != example.expect:
            found.append(f"{example.place}: {verdict.stage} instead of {example.expect} since {iso(verdict.since)}")
    return found


def clause_of(rule: StageRule | NeverRule) -> Clause:
    return rule.when if isinstance(rule, StageRule) else rule.clause


def leaves_of(clause: Clause) -> Iterator[Clause]:
    if isinstance(clause, AllOf | AnyOf | AtLeastOf):
        for part in clause.clauses:
            yield from leaves_of(part)
    elif isinstance(clause, Not):
        yield from leaves_of(clause.clause)
    else:
        yield clause


def with_rule(definitions: Definitions, section: str, index: int, leaf: Clause, *, constant: bool) -> Definitions:
    """The definitions where one clause is always or never true (`created_at` is empty in all examples)."""
    fixed = PropertyClause("created_at", (Asked(Operator.KNOWN, operand=not constant),))
    rules = list(getattr(definitions, section))
    name = "when" if section == "stages" else "clause"
    rules[index] = replace(rules[index], **{name: swapped(clause_of(rules[index]), leaf, fixed)})
    return replace(definitions, **{section: tuple(rules)})


def swapped(clause: Clause, old: Clause, new: Clause) -> Clause:
    if clause is old:
        return new
    if isinstance(clause, AllOf | AnyOf | AtLeastOf):
        return replace(clause, clauses=tuple(swapped(part, old, new) for part in clause.clauses))
    return Not(swapped(clause.clause, old, new), clause.place) if isinstance(clause, Not) else clause


def test_the_start_up_playbook_is_there():
    assert "startup" in PLAYBOOKS


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_starter_is_the_playbook_with_its_comments(playbook: str, tmp_path: Path):
    written = write_starter(tmp_path, playbook)
    assert [file.name for file in written] == ["definitions.yaml", "fields.yaml", "syncd.yaml", "tasks.yaml"]
    for file in written:
        assert file.read_bytes() == (ROOT / "config" / "playbooks" / playbook / file.name).read_bytes()
        assert file.read_text().startswith("# ")
        assert max(map(len, file.read_text().splitlines())) <= 130


def test_a_starter_overwrites_nothing_and_names_what_is_there(tmp_path: Path):
    (tmp_path / "tasks.yaml").write_text("mine")
    with pytest.raises(StarterExists, match=r"already holds tasks\.yaml"):
        write_starter(tmp_path, "startup")
    assert [file.name for file in tmp_path.iterdir()] == ["tasks.yaml"]
    assert (tmp_path / "tasks.yaml").read_text() == "mine"


def test_an_unknown_playbook_names_those_that_exist(tmp_path: Path):
    with pytest.raises(UnknownPlaybook, match="start-up") as caught:
        write_starter(tmp_path / "new", "start-up")
    assert "startup" in caught.value.next_step
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_says_the_defaults_that_it_calls_defaults(playbook: str):
    folder = ROOT / "config" / "playbooks" / playbook
    said = load_config(folder).service
    assert set(yaml.safe_load((folder / "syncd.yaml").read_text())) >= {"mode", "create", "floor", "match", "guards"}
    assert said == type(said)()


def test_there_is_a_playbook_for_each_way_of_selling():
    assert PLAYBOOKS == ("agency", "bant", "consulting", "startup")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_line_of_the_domain_is_traced_in_a_playbook_and_in_the_reference(playbook: str):
    page = (ROOT / "docs/reference/playbooks.md").read_text()
    files = (ROOT / "config" / "playbooks" / playbook).glob("*.yaml")
    traced = {line for file in files for line in re.findall(r"\b7\.[1-9]\b", file.read_text())}
    asked = set(re.findall(r"^\| (7\.[1-9]) \|", page, re.MULTILINE))
    assert f"`{playbook}`" in page
    assert traced <= asked
    assert asked - traced <= {"7.5"}, "only 7.5 is about some ways of selling"
