"""A second evaluator, slow and plain: the truth of a clause at one instant, by its definition. No intervals.

It shares nothing with syncd.definitions but the language, single tests of values and the table of decay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise, product

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Definitions,
    EngagementScore,
    FitScore,
    Not,
    Operator,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
    Test,
)
from syncd.definitions.scores import decay_table
from syncd.definitions.values import passes
from syncd.model.instant import BEGINNING, DAY, NEVER, midnight_of
from syncd.model.person import Facts, Opportunity, Property, Touch, Unknown
from syncd.model.truth import Truth

FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE
MICRO = 1_000_000


@dataclass
class Naive:
    facts: Facts
    definitions: Definitions
    began: int = BEGINNING
    entered: dict[str, int] = field(default_factory=dict)
    cautious: bool = False

    def truth(self, clause: Clause, t: int) -> Truth:  # noqa: PLR0911 - one line per kind of clause
        match clause:
            case AllOf(clauses):
                return min((self.truth(part, t) for part in clauses), default=TRUE)
            case AnyOf(clauses):
                return max((self.truth(part, t) for part in clauses), default=FALSE)
            case Not(part):
                return {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[self.truth(part, t)]
            case AtLeastOf(n, clauses):
                truths = [self.truth(part, t) for part in clauses]
                return decided(truths.count(TRUE) >= n, truths.count(TRUE) + truths.count(UNKNOWN) >= n)
            case PropertyClause():
                return self.property(clause, t)
            case SignalClause():
                return self.signal(clause, t)
            case ScoreClause():
                return self.score(clause, t)
            case BantClause():
                return self.bant(clause, t)
        return (
            max((self.opportunity(clause, each, t) for each in self.facts.opportunities), default=FALSE)
            if (self.facts.opportunities_known)
            else max([UNKNOWN, *(self.opportunity(clause, each, t) for each in self.facts.opportunities)])
        )

    def property(self, clause: PropertyClause, t: int) -> Truth:
        known = self.facts.properties.get(clause.name)
        if known is None or (self.cautious and t < known.assumed_until):
            return UNKNOWN
        return min(tested(known, test, t) for test in clause.tests)

    def signal(self, clause: SignalClause, t: int) -> Truth:
        since = self.began
        if clause.since is not None:
            if clause.since not in self.entered or t < self.entered[clause.since]:
                return FALSE
            since = max(since, self.entered[clause.since])
        truth = TRUE
        rule = self.definitions.signals[clause.signal]
        counted = [
            truth
            for at, truth in self.occurrences(rule, anyone=clause.anyone_at_company)
            if since <= at <= t and (clause.within is None or t < at + clause.within)
        ]
        sure = counted.count(TRUE)
        most = sure + counted.count(UNKNOWN)
        if self.blind(rule, since, t, clause.within, anyone=clause.anyone_at_company):
            most = 10**9
        if clause.at_least is not None:
            truth = min(truth, decided(sure >= clause.at_least, most >= clause.at_least))
        if clause.at_most is not None:
            truth = min(truth, decided(most <= clause.at_most, sure <= clause.at_most))
        return truth

    def occurrences(self, rule: Signal, *, anyone: bool = False) -> list[tuple[int, Truth]]:
        """When the signal happened in this cycle, and how sure that is, in no order."""
        touches = [*self.facts.touches, *((self.facts.colleagues or ()) if anyone else ())]
        if not rule.sequence:
            judged = [(touch.at, is_signal(rule, touch)) for touch in touches if touch.at > self.began]
            return [(at, truth) for at, truth in judged if truth is not FALSE]
        *before, last = [self.occurrences(self.definitions.signals[name], anyone=anyone) for name in rule.sequence]
        found = []
        for at, truth in last:
            rows = [
                min([truth, *(one for _, one in row)])
                for row in product(*before)
                if all(one[0] < two[0] for one, two in pairwise((*row, (at, truth))))
                and (rule.within is None or at - row[0][0] < rule.within)
            ]
            if rows:
                found.append((at, max(rows)))
        return found

    def blind(self, rule: Signal, since: int, t: int, within: int | None, *, anyone: bool = False) -> bool:
        """Whether a touch that counts at t may have happened where nothing could be read."""
        steps = [self.definitions.signals[name] for name in rule.sequence] or [rule]
        seen = max(readable(self.facts, step) for step in steps)
        if anyone:
            seen = NEVER if self.facts.colleagues is None else max(seen, self.facts.colleagues_since)
        earliest = self.began if anyone else max(self.began, self.facts.born)
        first = max(since, earliest)
        if seen <= earliest:
            return False
        if within is not None:
            first = max(first, t - within + 1)
        if rule.sequence:
            # the first step may be hidden, just before everything can be read, and the last one follow in time
            later = NEVER if rule.within is None or seen == NEVER else seen - 1 + rule.within
            return first < max(seen, later)
        return first < seen

    def score(self, clause: ScoreClause, t: int) -> Truth:
        score = self.definitions.scores[clause.score]
        if isinstance(score, FitScore):
            low = high = 0
            for rules, most in [(score.rules, None), *((group.rules, group.at_most) for group in score.groups)]:
                truths = [(self.truth(rule, t), points) for rule, points in rules]
                sure = sum(points for truth, points in truths if truth is TRUE)
                least = sure + sum(points for truth, points in truths if truth is UNKNOWN and points < 0)
                all_ = sure + sum(points for truth, points in truths if truth is UNKNOWN and points > 0)
                low += least if most is None else min(least, most)
                high += all_ if most is None else min(all_, most)
            return min(between(low * MICRO, high * MICRO, test) for test in clause.tests)
        low, high = self.engagement(score, t)
        return min(between(low, high, test) for test in clause.tests)

    def engagement(self, score: EngagementScore, t: int) -> tuple[float, float]:
        capped = [name for cap in score.caps for name in cap.signals]
        pots = [([name for name in score.points if name not in capped], None)]
        pots += [(list(cap.signals), cap.at_most * MICRO) for cap in score.caps]
        horizon = None if score.half_life is None else len(decay_table(score.half_life)) * DAY
        low: float = 0
        high: float = 0
        for names, cap in pots:
            least, most = self.pot({name: score.points[name] for name in names}, score.half_life, t)
            low += least if cap is None else min(least, cap)
            high += most if cap is None else min(most, cap)
        for name, points in score.points.items():
            if self.blind(self.definitions.signals[name], self.began, t, horizon):
                low, high = (low, float("inf")) if points > 0 else (float("-inf") if points < 0 else low, high)
        return low, high

    def pot(self, given: dict[str, int], half_life: int | None, t: int) -> tuple[int, int]:
        low = high = 0
        for name, points in given.items():
            for at, truth in self.occurrences(self.definitions.signals[name]):
                if at > t:
                    continue
                value = points * weight(half_life, t - at)
                low += value if truth is TRUE or (truth is UNKNOWN and points < 0) else 0
                high += value if truth is TRUE or (truth is UNKNOWN and points > 0) else 0
        return low, high

    def bant(self, clause: BantClause, t: int) -> Truth:
        given = {name: self.answered(name, t) for name in ("budget", "authority", "need", "timeline")}
        truths = list(given.values())
        enough = decided(truths.count(TRUE) >= clause.at_least, 4 - truths.count(FALSE) >= clause.at_least)
        return min([enough, *(given[name] for name in clause.including)])

    def answered(self, name: str, t: int) -> Truth:
        otherwise = self.definitions.answers.get(name)
        return max(self.said(name, t), FALSE if otherwise is None else self.truth(otherwise, t))

    def said(self, name: str, t: int) -> Truth:
        known = self.facts.properties.get(name)
        if known is None:
            return UNKNOWN
        value = at(known, t)
        if isinstance(value, Unknown):
            return FALSE if value.readable else UNKNOWN
        return FALSE if value is False or str(value).strip().lower() == "no" else TRUE

    def opportunity(self, clause, each: Opportunity, t: int) -> Truth:
        truth = opportunity_now(clause, each, t)
        if t < self.began or truth is not TRUE or self.began == BEGINNING:
            return FALSE if t < self.began and truth is TRUE else truth
        # It must have come to fit after the return: look back, change by change, whether it fitted all the time.
        changes = (each.created_at, each.closed_at, each.amount_at)
        times = [self.began, *sorted(moment for moment in changes if moment is not None and self.began < moment <= t)]
        return FALSE if all(opportunity_now(clause, each, moment) is TRUE for moment in times) else TRUE


def decided(surely, maybe) -> Truth:
    return TRUE if surely else UNKNOWN if maybe else FALSE


def at(known: Property, t: int):
    return [value for start, value in known.timeline if start <= t][-1]


def tested(known: Property, test: Test, t: int) -> Truth:
    value = at(known, t)
    if test.operator is Operator.CHANGED_WITHIN:
        now = known.timeline[-1][1]
        if isinstance(now, Unknown) and not now.readable:
            return UNKNOWN
        return decided(*[any(start <= t < start + test.operand for start, _ in known.timeline[1:])] * 2)
    if test.operator is Operator.OLDER_THAN:
        if isinstance(value, Decimal):
            return decided(*[t >= int(value) + test.operand] * 2)
        if isinstance(value, date):
            return decided(*[t >= midnight_of(value) + test.operand] * 2)
        return UNKNOWN
    return passes(value, test)


def is_signal(rule: Signal, touch: Touch) -> Truth:
    if touch.kind not in rule.of:
        return FALSE
    truths = [TRUE]
    if rule.team:
        mail, owner = touch.fields.get("owner_email"), touch.fields.get("owner")
        by_mail = any("@" in one for one in rule.team)
        by_id = any("@" not in one for one in rule.team)
        found = (mail is not None and mail.lower() in rule.team) or (owner is not None and owner[:15] in rule.team)
        maybe = (by_mail and mail is None) or (by_id and owner is None)
        truths.append(decided(found, found or maybe))
    elif rule.by is not None:
        truths.append(UNKNOWN if touch.by is None else decided(*[touch.by == rule.by] * 2))
    for clause in rule.where:
        if clause.name not in touch.fields:
            truths.append(UNKNOWN)
        else:
            truths += [passes(touch.fields[clause.name], test) for test in clause.tests]
    return min(truths)


def readable(facts: Facts, rule: Signal) -> int:
    return max(facts.coverage[kind].since if kind in facts.coverage else NEVER for kind in rule.of)


def weight(half_life: int | None, age: int) -> int:
    if half_life is None:
        return MICRO
    table = decay_table(half_life)
    return table[age // DAY] if age // DAY < len(table) else 0


def between(low: float, high: float, test: Test) -> Truth:
    compare = {
        Operator.AT_LEAST: lambda score: score >= test.operand * MICRO,
        Operator.AT_MOST: lambda score: score <= test.operand * MICRO,
        Operator.ABOVE: lambda score: score > test.operand * MICRO,
        Operator.BELOW: lambda score: score < test.operand * MICRO,
    }[test.operator]
    ends = {compare(low), compare(high)}
    return UNKNOWN if len(ends) == 2 else decided(*[ends.pop()] * 2)


def opportunity_now(clause, each: Opportunity, t: int) -> Truth:
    closed = each.closed_at is not None and each.closed_at <= t
    truths = [decided(*[each.created_at <= t] * 2)]
    if clause.won is not None:
        truths.append(decided(*[(closed and each.won) is clause.won] * 2))
    if clause.open is not None:
        truths.append(decided(*[(each.created_at <= t and not closed) is clause.open] * 2))
    if clause.amount:
        readable = each.amount is not None and (each.amount_at is None or each.amount_at <= t)
        truths.append(min(passes(each.amount, test) for test in clause.amount) if readable else UNKNOWN)
    if clause.close_date_set_by_sales:
        truths.append(TRUE if each.close_date_by_sales else FALSE)
    return min(truths)
