"""Clauses over time: for every clause the line of when it holds for one person, in one cycle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from syncd.definitions.context import Context, Judge, Ready
from syncd.definitions.deals import opportunity_judge
from syncd.definitions.intervals import (
    ALWAYS,
    FALSE,
    TRUE,
    UNKNOWN,
    Line,
    all_of,
    any_of,
    at_least_of,
    combine,
    negation,
)
from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Definitions,
    EngagementScore,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
    Test,
    clauses_of,
    fold,
    leaves_of,
    property_clauses_of,
)
from syncd.definitions.order import order_of
from syncd.definitions.points import score_judge
from syncd.definitions.properties import Asked, value_line
from syncd.definitions.signals import signal_judge, signal_reader
from syncd.definitions.values import passes
from syncd.model.instant import BEGINNING, Instant
from syncd.model.person import Facts, Value
from syncd.model.stage import Stage

BANT = ("budget", "authority", "need", "timeline")
"""The four answers, by the names of the properties that hold them."""

_GIVEN = Test(Operator.KNOWN, operand=True)
_KEPT = 16
"""Versions that stay ready: those in force, those that were, and what somebody compares them with."""
_ready: dict[int, Ready] = {}


def ready(definitions: Definitions) -> Ready:
    """A version made ready for judging, worked out once for each."""
    found = _ready.get(id(definitions))
    if found is None or found.definitions is not definitions:
        if len(_ready) >= _KEPT:
            _ready.clear()
        found = _ready[id(definitions)] = _made_ready(definitions)
    return found


def _made_ready(definitions: Definitions) -> Ready:
    order = order_of(definitions)
    make = _Maker(definitions)
    for clause in clauses_of(definitions):
        for part in parts_of(clause):
            make(part)
    returns = (leaf for rule in definitions.returns for leaf in leaves_of(rule.when))
    return Ready(
        definitions,
        judges=make.made,
        signals={name: signal_reader(rule) for name, rule in definitions.signals.items()},
        kinds={name: _kinds(rule, definitions) for name, rule in definitions.signals.items()},
        make=make.beside,
        order=order,
        ranks={stage: place for place, stage in enumerate(order)},
        stages={rule.stage: rule for rule in definitions.stages},
        bars=[(rule, make(rule.clause)) for rule in definitions.never],
        barred=frozenset(rule.stage for rule in definitions.stages if _is_judged(rule.when)),
        waiting=[rule for rule in definitions.stages if rule.unanswered is not None],
        answers=_tested_by(returns, definitions),
    )


def _tested_by(leaves: Iterable[Clause], definitions: Definitions) -> frozenset[str]:
    """The properties that some clauses test: all of the definitions' where a score or BANT is among them."""
    names: set[str] = set()
    for leaf in leaves:
        if isinstance(leaf, PropertyClause):
            names.add(leaf.name)
        elif isinstance(leaf, ScoreClause | BantClause):
            names.update(BANT, (clause.name for clause in property_clauses_of(definitions)))
    return frozenset(names)


def _kinds(rule: Signal, definitions: Definitions) -> Sequence[str]:
    steps = [kind for step in rule.sequence for kind in _kinds(definitions.signals[step], definitions)]
    return tuple(dict.fromkeys((*rule.of, *steps)))


def _is_judged(clause: Clause) -> bool:
    """Whether definitions judge a stage. One that cannot do without an opportunity rests on a fact that sales made."""
    match clause:
        case OpportunityClause():
            return False
        case AllOf():
            return all(_is_judged(part) for part in clause.clauses)
        case AnyOf() | AtLeastOf():
            return any(_is_judged(part) for part in clause.clauses)
    return True


def context_for(
    facts: Facts,
    definitions: Definitions,
    began: Instant = BEGINNING,
    entered: dict[Stage, Instant] | None = None,
    *,
    cautious: bool = False,
) -> Context:
    """A person in a cycle, about to be judged by a version."""
    return Context(facts, ready(definitions), began, {} if entered is None else entered, cautious)


def line_of(clause: Clause, context: Context) -> Line:
    """When a clause holds: its line from the beginning of time on, into the future as far as time alone decides."""
    return context.line(clause)


def parts_of(clause: Clause) -> Iterator[Clause]:
    """A clause and every clause inside it."""
    yield clause
    match clause:
        case AllOf() | AnyOf() | AtLeastOf():
            for part in clause.clauses:
                yield from parts_of(part)
        case Not():
            yield from parts_of(clause.clause)


class _Maker:
    """Makes the judges of clauses, each once; those of a group ask those of its parts and no dictionary."""

    def __init__(self, definitions: Definitions, made: dict[int, Judge] | None = None) -> None:
        self._definitions = definitions
        self.made = {} if made is None else made
        self._asked: dict[str, Asked] = {}

    def __call__(self, clause: Clause) -> Judge:
        judge = self.made.get(id(clause))
        if judge is None:
            judge = self.made[id(clause)] = self._make(clause)
        return judge

    def beside(self, clause: Clause) -> Judge:
        """The judge of a clause that the definitions do not hold. It is not kept: its id may be another's soon."""
        return _Maker(self._definitions, dict(self.made))(clause)

    def _make(self, clause: Clause) -> Judge:  # noqa: PLR0911 - one line per kind of clause
        match clause:
            case PropertyClause():
                asked = self._asked.setdefault(clause.name, Asked(clause.name))
                return asked.judge(clause.tests)
            case SignalClause():
                return signal_judge(clause)
            case ScoreClause():
                return score_judge(clause, self._definitions, self)
            case BantClause():
                return lambda context: _bant(clause, context)
            case OpportunityClause():
                return opportunity_judge(clause)
            case AllOf():
                return self._group(clause.clauses, FALSE, TRUE)
            case AnyOf():
                return self._group(clause.clauses, TRUE, FALSE)
            case AtLeastOf():
                parts, n = [self(part) for part in clause.clauses], clause.n
                return lambda context: at_least_of(n, [part(context) for part in parts])
        opposite = self(clause.clause)
        return lambda context: negation(opposite(context))

    def _group(self, clauses: Sequence[Clause], decides: int, idle: int) -> Judge:
        """The least (where FALSE decides) or the greatest of some clauses; asks for no more than it takes to tell.

        What rests on touches is asked last: about most people all else tells, and their touches stay folded.
        """
        of_touches_last = sorted(clauses, key=lambda clause: _rests_on_touches(clause, self._definitions))
        parts = [self(clause) for clause in of_touches_last]
        decided, untold = ALWAYS[decides], ALWAYS[idle]
        rule = min if decides == FALSE else max

        def judge(context: Context) -> Line:
            live: list[Line] = []
            for part in parts:
                line = part(context)
                if line is decided:
                    return line
                if line is not untold:
                    live.append(line)
            if len(live) < 2:
                return live[0] if live else untold
            return combine(live, rule)

        return judge


def _rests_on_touches(clause: Clause, definitions: Definitions) -> bool:
    return all(
        isinstance(leaf, SignalClause)
        or (isinstance(leaf, ScoreClause) and isinstance(definitions.scores[leaf.score], EngagementScore))
        for leaf in leaves_of(clause)
    )


def _bant(clause: BantClause, context: Context) -> Line:
    answers = {name: answer_line(name, context) for name in BANT}
    return all_of([at_least_of(clause.at_least, list(answers.values())), *(answers[name] for name in clause.including)])


def answer_line(name: str, context: Context) -> Line:
    """When a BANT answer is given: a known value other than a plain no, or what else the definitions take for one."""
    otherwise = context.definitions.answers.get(name)
    line = field_line(name, context)
    return line if otherwise is None else any_of([line, context.line(otherwise)])


def field_line(name: str, context: Context) -> Line:
    """When the field of a BANT answer holds a value other than a plain no."""
    known = context.facts.properties.get(name)
    return ALWAYS[UNKNOWN] if known is None else value_line(known, _is_answer, context.facts.born)


def _is_answer(value: Value) -> int:
    if value is False or (isinstance(value, str) and fold(value) in ("no", "false")):
        return FALSE
    return int(passes(value, _GIVEN))
