"""The examples that stand beside the definitions: each is a made-up person, judged as everybody else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from syncd.definitions.evaluate import evaluate
from syncd.definitions.explain import prove
from syncd.definitions.language import Definitions, Example, PropertyClause, Signal, clauses_of, leaves_of
from syncd.definitions.order import rank
from syncd.definitions.reasons import context_of, towards
from syncd.model.instant import BEGINNING, DAY, Instant, parse_iso
from syncd.model.nouns import dataclass
from syncd.model.person import Coverage, Facts, Money, Opportunity, PersonId, Property, Touch, Unknown, Value, Verdict
from syncd.model.proof import Proof
from syncd.model.stage import SIDE_STAGES
from syncd.model.truth import Truth

LIFE = 400 * DAY
"""How long the person of an example has been known."""


@dataclass(frozen=True, slots=True)
class Missed:
    """An example that does not come true: what it is instead, and why."""

    example: Example
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Idle:
    """A clause that no example makes TRUE, or none FALSE: `lacks` says which. UNKNOWN is neither."""

    place: str
    says: str
    lacks: Truth


def missed(definitions: Definitions, kinds: Mapping[str, str], now: Instant) -> list[Missed]:
    """The examples of the definitions that do not come true. `kinds` are the types of properties by name."""
    plain = _by_signal(definitions)
    found = []
    for example in definitions.examples:
        facts = facts_of(example, plain, kinds, now)
        verdict = evaluate(facts, plain, now)
        if verdict.stage != example.expect or (example.since is not None and verdict.since != now - example.since):
            found.append(Missed(example, verdict, _why(facts, plain, verdict, example, now)))
    return found


def idle(definitions: Definitions, kinds: Mapping[str, str], now: Instant) -> list[Idle]:
    """The clauses that no example makes TRUE, and those that no example makes FALSE, in order of their place."""
    plain = _by_signal(definitions)
    truths: dict[tuple[str, str], set[Truth]] = {}
    for example in definitions.examples:
        facts = facts_of(example, plain, kinds, now)
        context = context_of(facts, plain, evaluate(facts, plain, now).entries, 1)
        for clause in clauses_of(plain):
            for leaf in _leaves(prove(clause, context, now)):
                truths.setdefault((leaf.place, leaf.says), set()).add(leaf.truth)
    found = [
        Idle(place, says, truth)
        for (place, says), seen in truths.items()
        for truth in (Truth.TRUE, Truth.FALSE)
        if truth not in seen
    ]
    return sorted(found, key=lambda one: (*_numbers(one.place), one.says, -one.lacks))


def facts_of(example: Example, definitions: Definitions, kinds: Mapping[str, str], now: Instant) -> Facts:
    """The facts of an example's person. Signals are kinds of touches of their own here (see `_by_signal`)."""
    # A return happens when its clause becomes true: what only sales' answer says is said now, all else was always so.
    answered = {
        leaf.name for rule in definitions.returns for leaf in leaves_of(rule.when) if isinstance(leaf, PropertyClause)
    }
    properties = {
        name: Property(_timeline(example.person.get(name), kind, now if name in answered else None), "the example")
        for name, kind in kinds.items()
    }
    touches, others = (_touches(events, now) for events in (example.events, example.colleagues))
    return Facts(
        person=PersonId("example"),
        born=Instant(min(now - LIFE, *(touch.at - DAY for touch in touches), now)),
        properties=properties,
        touches=touches,
        coverage={name: Coverage(BEGINNING, "the example", "") for name in definitions.signals},
        opportunities=_opportunities(example, kinds, now),
        colleagues=others,
    )


def _touches(events: Sequence[tuple[str, int]], now: Instant) -> list[Touch]:
    found = (Touch(Instant(now - ago), f"event {index}", name) for index, (name, ago) in enumerate(events, 1))
    return sorted(found, key=lambda touch: (touch.at, touch.id))


def _by_signal(definitions: Definitions) -> Definitions:
    """The same definitions, where each signal counts a kind of its own: examples name signals, not their fields."""
    plain = {name: rule if rule.sequence else Signal(name, (name,)) for name, rule in definitions.signals.items()}
    return replace(definitions, signals=plain)


def _timeline(said: str | None, kind: str, since: Instant | None) -> tuple[tuple[Instant, Value], ...]:
    missing: Value = Unknown("the example does not say it")
    if said is None:
        return ((BEGINNING, missing),)
    value = _typed(said, kind)
    return ((BEGINNING, value),) if since is None else ((BEGINNING, missing), (since, value))


def _typed(text: str, kind: str) -> Value:
    try:
        if kind == "money":
            return _money(text)
        if kind == "number":
            return Decimal(text)
        if kind == "date":
            return date.fromisoformat(text)
        if kind == "datetime":
            return Decimal(parse_iso(text))
    except (ValueError, InvalidOperation):
        return Unknown(f"the example's {text} is no {kind}")
    if kind == "boolean":
        return text.strip().casefold() in ("true", "yes")
    return frozenset(part.strip() for part in text.split(";")) if kind == "choices" else text


def _money(text: str) -> Decimal | Money:
    """An amount, with its currency where the example says one: 1000 or 1000 EUR."""
    amount, _, currency = text.strip().rpartition(" ")
    return Money(Decimal(amount), currency) if amount else Decimal(text)


def _opportunities(example: Example, kinds: Mapping[str, str], now: Instant) -> Sequence[Opportunity]:
    said = {name.partition(".")[2]: value for name, value in example.person.items() if name.startswith("opportunity.")}
    if not said:
        return ()
    won = said.get("won", "") in ("true", "yes")
    closed = won or said.get("open", "true") in ("false", "no")
    begun = Instant(now - 5 * DAY)
    amount = _money(said["amount"]) if "amount" in said else None
    return (
        Opportunity(
            id="example",
            created_at=begun,
            closed_at=Instant(now - DAY) if closed else None,
            won=won,
            stage="won" if won else "lost" if closed else "open",
            amount=amount.amount if isinstance(amount, Money) else amount,
            amount_at=begun,
            close_date=None,
            close_date_by_sales="close_date" in said,
            currency=amount.currency if isinstance(amount, Money) else None,
            properties={
                name: Property(_timeline(said.get(name), kind, None), "the example") for name, kind in kinds.items()
            },
        ),
    )


def _why(facts: Facts, definitions: Definitions, verdict: Verdict, example: Example, now: Instant) -> str:
    """What speaks against the expected stage, else for the one that came out."""
    rule = next((rule for rule in definitions.stages if rule.stage == example.expect), None)
    too_little = rule is not None and rank(definitions, verdict.stage) < rank(definitions, example.expect)
    if too_little and verdict.barred is not None:
        return f"the rule {verdict.barred} of `never` keeps them out"
    if rule is not None and too_little and verdict.stage not in SIDE_STAGES:
        found = towards(facts, definitions, verdict.entries, rule, verdict.cycle, now)
        if found.waits_for is not None:
            return f"{found.waits_for} was never entered"
        return "; ".join(f"{leaf.says}, found {leaf.found}" for leaf in found.lacking)
    return next((one.why for one in reversed(verdict.entries) if one.stage == verdict.stage), "")


def _leaves(proof: Proof) -> Iterator[Proof]:
    if not proof.parts:
        yield proof
    for part in proof.parts:
        yield from _leaves(part)


def _numbers(place: str) -> tuple[str, int, int]:
    file, line, column = place.rsplit(":", 2)
    return file, int(line), int(column)
