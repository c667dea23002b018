"""Clauses: from what stands in the file to the tree that is evaluated. Every mistake is noted with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeAlias, TypeVar

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    SignalClause,
    Test,
)
from syncd.files.fields_file import ANSWERS, OF_DEALS
from syncd.files.operands import TestReader
from syncd.files.places import Document, Node, Path
from syncd.files.problem import Problem, Wrong, choose, shown
from syncd.files.scalars import count_of, flag_of, positive_duration_of, stage_of
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

T = TypeVar("T")
Group: TypeAlias = "type[AllOf | AnyOf]"

RESERVED = ("all", "any", "none", "not", "at_least", "bant", "opportunity")
"""Keys of a clause that are no names; nothing else may be called so."""

COUNTING = ("at_least", "at_most", "within", "since", "anyone_at_company")
"""Keys of a signal's clause."""

STRENGTHS = ("weak", "fair", "good", "strong")
"""How strong one, two, three and four answers are."""

_OF_DEALS = ("open", "won", "amount", "close_date")
"""What can be asked of every opportunity, beside the names that fields.yaml reads from them."""

_AMOUNT = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.BETWEEN)
_SCORE = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW)


@dataclass(frozen=True, slots=True)
class Names:
    """What clauses may name: properties with their type (None: not known), signals, scores, stages in order.

    `sure` is false where the file that names the properties could not be read: no name is then called unknown.
    """

    properties: Mapping[str, str | None] = field(default_factory=dict)
    signals: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()
    stages: tuple[Stage, ...] = ()
    sure: bool = True


class ClauseReader:
    """Reads clauses of one document."""

    def __init__(self, document: Document, names: Names, problems: list[Problem]) -> None:
        self._document = document
        self._names = names
        self._problems = problems
        self._tests = TestReader(document, problems)
        self._before: Stage | None = None

    def read(self, raw: Node, path: Path, before: Stage | None = None) -> Clause | None:
        """The clause at a path, None when it has a mistake that leaves nothing. `before`: the stage it decides on."""
        self._before = before
        return self._clause(raw, path)

    def _clause(self, raw: Node, path: Path) -> Clause | None:
        if not isinstance(raw, dict) or not raw:
            instead = (
                "write `all:` or `any:` before the list"
                if raw and isinstance(raw, list)
                else ("write one such as {company_size: {at_least: 50}}")
            )
            self._report(path, f"{shown(raw) if raw else 'nothing'} stands where a clause should", instead)
            return None
        parts = [self._part(key, value, (*path, key)) for key, value in raw.items()]
        found = [each for each in parts if each is not None]
        if len(found) == 1:
            return found[0]
        return AllOf(tuple(found), self._place(path)) if found else None

    def _part(self, key: str, raw: Node, path: Path) -> Clause | None:
        readers: dict[str, Callable[[Node, Path], Clause | None]] = {
            "all": lambda raw, path: self._group(AllOf, raw, path),
            "any": lambda raw, path: self._group(AnyOf, raw, path),
            "none": self._none,
            "not": self._not,
            "at_least": self._at_least,
            "bant": self._bant,
            "opportunity": self._opportunity,
        }
        if key in readers:
            return readers[key](raw, path)
        if key.startswith("score."):
            return self._score(key.removeprefix("score."), raw, path)
        if key in self._names.signals:
            return self._signal(key, raw, path)
        if f"{OF_DEALS}{key}" in self._names.properties:
            self._report(path, f"{key} is read from opportunities", f"write opportunity: {{{key}: ...}}", of_key=True)
            return None
        if key in self._names.properties and not key.startswith(OF_DEALS):
            tests = self._tests.read(key, raw, path, self._names.properties[key])
            return PropertyClause(key, tests, self._place(path)) if tests else None
        if self._names.sure:
            scores = (f"score.{each}" for each in self._names.scores)
            known = [*self._names.signals, *self._names.properties, *scores, *RESERVED]
            near = choose(key, known)
            instead = near if near.count(",") == 0 else "name it in fields.yaml under read, or in signals"
            self._report(path, f"{shown(key)} is no property, signal or score", instead, of_key=True)
        return None

    def _list(self, raw: Node, path: Path) -> tuple[Clause, ...]:
        if not isinstance(raw, list) or not raw:
            self._report(path, f"{path[-1]} needs a list of clauses", f"write `{path[-1]}:` and each clause after a -")
            return ()
        clauses = [self._clause(each, (*path, index)) for index, each in enumerate(raw)]
        return tuple(each for each in clauses if each is not None)

    def _group(self, group: Group, raw: Node, path: Path) -> Clause | None:
        clauses = self._list(raw, path)
        return group(clauses, self._place(path)) if clauses else None

    def _none(self, raw: Node, path: Path) -> Clause | None:
        clauses = self._list(raw, path)
        return Not(AnyOf(clauses, self._place(path)), self._place(path)) if clauses else None

    def _not(self, raw: Node, path: Path) -> Clause | None:
        clause = self._clause(raw, path)
        return Not(clause, self._place(path)) if clause else None

    def _at_least(self, raw: Node, path: Path) -> Clause | None:
        keys = self._mapping(raw, path, ("n", "of"), "{n: 2, of: [...]}")
        if keys is None:
            return None
        if "n" not in keys or "of" not in keys:
            self._report(path, "at_least needs a number and a list of clauses", "write at_least: {n: 2, of: [...]}")
            return None
        number = self._value(keys, "n", path, _from_one)
        clauses = self._list(keys["of"], (*path, "of"))
        if number is None or not clauses:
            return None
        listed = len(keys["of"])
        if number > listed:
            self._report((*path, "n"), f"{number} of {listed} clauses can never hold", f"write {listed} or fewer")
        return AtLeastOf(number, clauses, self._place(path))

    def _bant(self, raw: Node, path: Path) -> Clause | None:
        keys = self._mapping(raw, path, ("at_least", "including", "strength"), "{at_least: 3, including: [budget]}")
        if keys is None:
            return None
        if "strength" in keys and "at_least" in keys:
            self._report((*path, "strength"), "strength says how many answers, and so does at_least", "take one out")
        including = self._answers(keys.get("including", []), (*path, "including"))
        said = "strength" if "strength" in keys else "at_least"
        at_least = self._value(keys, said, path, _of_four if said == "at_least" else _strength)
        if at_least is None and not including:
            if said not in keys and "including" not in keys:
                self._report(path, "bant asks for nothing", "write bant: {at_least: 3}")
            return None
        return BantClause(max(at_least or 0, len(including)), including, self._place(path))

    def _answers(self, raw: Node, path: Path) -> tuple[str, ...]:
        if not isinstance(raw, list):
            self._report(path, "including needs a list", "write including: [budget]")
            return ()
        for index, each in enumerate(raw):
            if not isinstance(each, str) or each not in ANSWERS:
                instead = choose(each if isinstance(each, str) else "", ANSWERS)
                self._report((*path, index), f"{shown(each)} is none of the four answers", instead)
        return tuple(dict.fromkeys(each for each in raw if isinstance(each, str) and each in ANSWERS))

    def _opportunity(self, raw: Node, path: Path) -> Clause | None:
        sample = "{open: true, amount: {above: 0}}"
        named = [each.removeprefix(OF_DEALS) for each in self._names.properties if each.startswith(OF_DEALS)]
        known = (*_OF_DEALS, *(each for each in named if each not in _OF_DEALS))
        keys = self._mapping(raw, path, known, sample, sure=self._names.sure)
        if keys is None:
            return None
        amount: tuple[Test, ...] = ()
        if "amount" in keys:
            amount = self._tests.read("amount", keys["amount"], (*path, "amount"), "money", _AMOUNT)
        by_sales = "close_date" in keys
        if by_sales and keys["close_date"] != "set_by_sales":
            said = shown(keys["close_date"])
            self._report((*path, "close_date"), f"{said} is nothing to ask of a close date", "write set_by_sales")
        is_open, won = self._value(keys, "open", path, flag_of), self._value(keys, "won", path, flag_of)
        where = (self._of_deal(key, keys[key], (*path, key)) for key in known[len(_OF_DEALS) :] if key in keys)
        asked = tuple(each for each in where if each.tests)
        return OpportunityClause(is_open, won, amount, by_sales, asked, self._place(path))

    def _of_deal(self, name: str, raw: Node, path: Path) -> PropertyClause:
        """Tests of a name that is read from opportunities."""
        tests = self._tests.read(name, raw, path, self._names.properties[f"{OF_DEALS}{name}"])
        return PropertyClause(name, tests, self._place(path))

    def _score(self, name: str, raw: Node, path: Path) -> Clause | None:
        if name not in self._names.scores:
            self._report(path, f"there is no score {shown(name)}", choose(name, self._names.scores), of_key=True)
        tests = self._tests.read(f"score.{name}", raw, path, "points", _SCORE)
        return ScoreClause(name, tests, self._place(path)) if tests else None

    def _signal(self, name: str, raw: Node, path: Path) -> Clause | None:
        keys = self._mapping(raw, path, COUNTING, "{at_least: 1, within: 30 days}")
        if keys is None:
            return None
        at_least = self._value(keys, "at_least", path, _from_one)
        at_most = self._value(keys, "at_most", path, count_of)
        within = self._value(keys, "within", path, positive_duration_of)
        since = self._value(keys, "since", path, self._earlier)
        if at_least is None and "at_most" not in keys:
            at_least = 1
        anyone = bool(self._value(keys, "anyone_at_company", path, flag_of))
        return SignalClause(name, at_least, at_most, within, since, self._place(path), anyone)

    def _earlier(self, text: str) -> Stage:
        """The stage after which touches count: a known one, before the stage that the clause decides on."""
        stage, stages = stage_of(text), self._names.stages
        if stage not in stages:
            raise Wrong(f"there is no stage {shown(text)}", choose(text, stages))
        if self._before in stages and stages.index(stage) >= stages.index(self._before):
            earlier = stages[: stages.index(self._before)]
            raise Wrong(f"{stage} is not entered before {self._before}", choose("", earlier))
        return stage

    def _mapping(
        self, raw: Node, path: Path, known: tuple[str, ...], sample: str, *, sure: bool = True
    ) -> dict[str, Node] | None:
        if not isinstance(raw, dict) or not raw:
            said = shown(raw) if raw else "nothing"
            self._report(path, f"{said} stands where {path[-1]} needs its keys", f"write {path[-1]}: {sample}")
            return None
        for key in raw:
            if key not in known and sure:
                self._report((*path, key), f"the key {shown(key)} is unknown here", choose(key, known), of_key=True)
        return {key: value for key, value in raw.items() if key in known}

    def _value(self, keys: Mapping[str, Node], key: str, path: Path, read: Callable[[str], T]) -> T | None:
        raw = keys.get(key)
        if raw is None:
            return None
        try:
            return read(_single(key, raw))
        except Wrong as wrong:
            self._report((*path, key), wrong.what, wrong.instead)
            return None

    def _place(self, path: Path) -> str:
        line, column = self._document.place(path, of_key=True)
        return f"{self._document.name}:{line}:{column}"

    def _report(self, path: Path, what: str, instead: str, *, of_key: bool = False) -> None:
        self._problems.append(self._document.problem(path, what, instead, of_key=of_key))


def _single(key: str, raw: Node) -> str:
    if not isinstance(raw, str):
        raise Wrong(f"{shown(raw)} stands where one value should", f"write one value after {key}:")
    return raw


def _from_one(text: str) -> int:
    count = count_of(text)
    if count == 0:
        raise Wrong("at least 0 is always true", "write 1 or more, or take it out")
    return count


def _strength(text: str) -> int:
    if text not in STRENGTHS:
        raise Wrong(f"{shown(text)} is no strength", choose(text, STRENGTHS))
    return STRENGTHS.index(text) + 1


def _of_four(text: str) -> int:
    count = _from_one(text)
    if count > len(ANSWERS):
        raise Wrong(f"there are four answers, not {count}", "write 1 to 4")
    return count
