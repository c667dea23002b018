"""Definitions in plain words, to be read aloud: every clause a sentence, groups with their parts below them.

A sentence says all that the clause means, so that two clauses which read alike are alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Clause,
    Not,
    Operand,
    Operator,
    OpportunityClause,
    PropertyClause,
    ScoreClause,
    Signal,
    SignalClause,
    Test,
)
from syncd.files.fields_file import ANSWERS
from syncd.locales.words import Words, marked
from syncd.model.instant import Instant, midnight_of
from syncd.model.nouns import dataclass
from syncd.model.person import Moment, Money
from syncd.model.stage import Stage, label_of

NAMES: Mapping[str, str] = {
    "email": marked("e-mail address"),
    "email_domain": marked("e-mail domain"),
    "first_name": marked("first name"),
    "last_name": marked("last name"),
    "job_title": marked("job title"),
    "phone": marked("phone number"),
    "company_name": marked("company name"),
    "company_size": marked("company size"),
    "country": marked("country"),
    "city": marked("city"),
    "website": marked("website"),
    "industry": marked("industry"),
    "lifecycle_stage": marked("lifecycle stage in HubSpot"),
    "lead_status": marked("lead status in Salesforce"),
    "hubspot_lead_status": marked("lead status in HubSpot"),
    "owner_email": marked("owner's e-mail address"),
    "created_at": marked("date of creation"),
    "budget": marked("budget"),
    "authority": marked("authority"),
    "need": marked("need"),
    "timeline": marked("timeline"),
    "fit": marked("fit"),
    "engagement": marked("engagement"),
    "marketing": marked("marketing"),
    "sales": marked("sales"),
}
"""Names that every config knows, as people call them. A team's own names are said as they are written."""

FIELDS: Mapping[str, str] = {
    "url": marked("the web address"),
    "form": marked("the form's name"),
    "form_id": marked("the form's id"),
    "page": marked("the page's name"),
    "source": marked("the source"),
    "subject": marked("the subject"),
    "campaign": marked("the campaign"),
    "email": marked("the e-mail's name"),
    "type": marked("the type"),
    "outcome": marked("the outcome"),
    "status": marked("the status"),
    "owner": marked("the owner"),
    "name": marked("the name"),
    "list": marked("the list"),
    "property": marked("the property"),
    "from": marked("the value before"),
    "to": marked("the value after"),
}
"""Fields of touches."""

KINDS: Mapping[str, str] = {
    "page_view": marked("a page view"),
    "web_visit": marked("a visit of the website"),
    "form_submission": marked("a submitted form"),
    "email_open": marked("an opened marketing e-mail"),
    "email_click": marked("a click in a marketing e-mail"),
    "email_reply": marked("a reply to a marketing e-mail"),
    "meeting": marked("a meeting"),
    "call": marked("a call"),
    "email": marked("an e-mail"),
    "task": marked("a task"),
    "note": marked("a note"),
    "event": marked("an event"),
    "list_join": marked("joining a list"),
    "campaign": marked("an answer to a campaign"),
    "status_change": marked("a change of status"),
}
"""Kinds of touches."""

STAGES: Mapping[Stage, str] = {
    Stage.SUBSCRIBER: marked("Subscriber"),
    Stage.LEAD: marked("Lead"),
    Stage.CUSTOMER: marked("Customer"),
    Stage.RECYCLED: marked("Recycled"),
    Stage.DISQUALIFIED: marked("Disqualified"),
}
"""Stages that have a name in every language; MQL, SQL and SQO are called so everywhere."""

_TESTS: Mapping[Operator, str] = {
    Operator.IS: marked("{name} is {value}"),
    Operator.ANY_OF: marked("{name} is {value}"),
    Operator.NONE_OF: marked("{name} is none of these: {value}"),
    Operator.AT_LEAST: marked("{name} is at least {value}"),
    Operator.AT_MOST: marked("{name} is at most {value}"),
    Operator.ABOVE: marked("{name} is more than {value}"),
    Operator.BELOW: marked("{name} is less than {value}"),
    Operator.CONTAINS: marked("{name} contains {value}"),
    Operator.STARTS_WITH: marked("{name} starts with {value}"),
    Operator.HAS_WORD: marked("{name} has the word {value}"),
    Operator.CHANGED_WITHIN: marked("{name} changed in the last {value}"),
    Operator.OLDER_THAN: marked("{name} is more than {value} ago"),
}
_DATED: Mapping[Operator, str] = {
    Operator.AT_LEAST: marked("{name} is {value} or later"),
    Operator.AT_MOST: marked("{name} is {value} or earlier"),
    Operator.ABOVE: marked("{name} is later than {value}"),
    Operator.BELOW: marked("{name} is earlier than {value}"),
}


def stage_said(stage: Stage, words: Words) -> str:
    """A stage as people call it in a language; a team's own stages by their names."""
    return words.say(STAGES[stage]) if stage in STAGES else label_of(stage)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with its parts. `key` says what it is about, so that it is found again in another version."""

    says: str
    parts: tuple[Line, ...] = ()
    key: str = ""


class Teller:
    """Tells clauses in one language. `kinds` are the types of the names that definitions test."""

    def __init__(self, words: Words, kinds: Mapping[str, str]) -> None:
        self.words = words
        self.kinds = kinds

    def name(self, name: str) -> str:
        """A name of the files as people call it."""
        return self.words.say(NAMES[name]) if name in NAMES else name.replace("_", " ")

    def stage(self, stage: Stage) -> str:
        """A stage as people call it. Salesforce's picklist keeps its own values."""
        return stage_said(stage, self.words)

    def is_instant(self, name: str) -> bool:
        """Whether a name is read as a date with a time."""
        return self.kinds.get(name) == "datetime"

    def score(self, name: str) -> str:
        """A score by its name."""
        return self.words.say("{name} score", name=self.name(name))

    def clause(self, clause: Clause) -> Line:
        """A clause as a sentence, or as a heading over its parts."""
        match clause:
            case AllOf() | AnyOf() | AtLeastOf():
                return self._group(clause)
            case Not():
                return self._not(clause)
            case PropertyClause():
                text = self.tests(self.name(clause.name), clause.tests, self.kinds.get(clause.name))
                return Line(text, key=f"property {clause.name}")
            case ScoreClause():
                text = self.tests(self.score(clause.score), clause.tests, "points")
                return Line(text, key=f"score {clause.score}")
            case SignalClause():
                return Line(self._signal(clause), key=f"signal {clause.signal}")
            case BantClause():
                return Line(self._bant(clause), key="bant")
            case OpportunityClause():
                return Line(self._opportunity(clause), key="opportunity")

    def _group(self, clause: AllOf | AnyOf | AtLeastOf) -> Line:
        parts = tuple(map(self.clause, clause.clauses))
        if len(parts) == 1:
            return parts[0]
        return Line(f"{self.heading(clause)}:", parts, f"group {type(clause).__name__}")

    def heading(self, clause: AllOf | AnyOf | AtLeastOf) -> str:
        """How many of its parts a group asks for."""
        match clause:
            case AllOf():
                return self.words.say("all of these")
            case AnyOf():
                return self.words.say("at least one of these")
        return self.words.say("at least {n} of these {of}", n=clause.n, of=len(clause.clauses))

    def _not(self, clause: Not) -> Line:
        inner = clause.clause
        while isinstance(inner, AllOf | AnyOf | AtLeastOf) and len(inner.clauses) == 1:
            inner = inner.clauses[0]
        match inner:
            case Not():
                return self.clause(inner.clause)
            case AnyOf():
                heading = self.words.say("none of these")
            case AllOf():
                heading = self.words.say("not all of these together")
            case AtLeastOf():
                heading = self.words.say("fewer than {n} of these {of}", n=inner.n, of=len(inner.clauses))
            case _:
                told = self.clause(inner)
                return Line(self.words.say("not so: {what}", what=told.says), told.parts, f"not {told.key}")
        return Line(f"{heading}:", tuple(map(self.clause, inner.clauses)), f"group none {type(inner).__name__}")

    def _signal(self, clause: SignalClause) -> str:
        say = self.words.say
        values = {
            "signal": self._whose(clause),
            "times": self._times(clause.at_least, clause.at_most),
            "span": None if clause.within is None else self.words.span(clause.within),
            "stage": None if clause.since is None else self.stage(clause.since),
        }
        if clause.within is not None and clause.since is not None:
            return say("{signal}: {times} in the last {span}, since becoming {stage}", **values)
        if clause.within is not None:
            return say("{signal}: {times} in the last {span}", **values)
        if clause.since is not None:
            return say("{signal}: {times} since becoming {stage}", **values)
        return say("{signal}: {times}", **values)

    def _whose(self, clause: SignalClause) -> str:
        name = self.name(clause.signal)
        return self.words.say("{signal} by anyone at the company", signal=name) if clause.anyone_at_company else name

    def _times(self, at_least: int | None, at_most: int | None) -> str:
        words = self.words
        if at_most == 0 and not at_least:
            return words.say("not once")
        if at_most is None:
            return words.count("at least once", "at least {n} times", at_least or 0)
        if at_least is None:
            return words.count("at most once", "at most {n} times", at_most)
        if at_least == at_most:
            return words.count("exactly once", "exactly {n} times", at_most)
        return words.say("{low} to {high} times", low=words.number(at_least), high=words.number(at_most))

    def _bant(self, clause: BantClause) -> str:
        words, named = self.words, [self.name(each) for each in clause.including]
        if len(named) == clause.at_least:
            known = words.all_of(named)
            return words.count("{answers} is known (BANT)", "{answers} are known (BANT)", len(named), answers=known)
        values = {"n": clause.at_least, "all": words.all_of([self.name(each) for each in ANSWERS])}
        if named:
            values["answers"] = words.all_of(named)
            return words.say("at least {n} of the four BANT answers are known ({all}), {answers} among them",
                             **values)  # fmt: skip
        return words.say("at least {n} of the four BANT answers are known ({all})", **values)

    def _opportunity(self, clause: OpportunityClause) -> str:
        say = self.words.say
        facts = []
        if clause.open is not None:
            facts.append(say("it is open") if clause.open else say("it is closed"))
        if clause.won is not None:
            facts.append(say("it is won") if clause.won else say("it is not won"))
        if clause.amount:
            facts.append(self.tests(say("its amount"), clause.amount, "money"))
        if clause.close_date_set_by_sales:
            facts.append(say("sales set its close date"))
        facts += (self.tests(self.name(one.name), one.tests, self.kinds.get(one.name)) for one in clause.where)
        if not facts:
            return say("there is an opportunity")
        return say("there is an opportunity: {facts}", facts=self.words.all_of(facts))

    def tests(self, name: str, tests: Sequence[Test], kind: str | None) -> str:
        """The tests of a value, all of which must pass."""
        return self.words.all_of([self._test(name, test, kind) for test in tests])

    def _test(self, name: str, test: Test, kind: str | None) -> str:
        say, operand = self.words.say, test.operand
        if test.operator is Operator.KNOWN:
            return say("{name} is known", name=name) if operand else say("{name} is not known", name=name)
        if test.operator in (Operator.CHANGED_WITHIN, Operator.OLDER_THAN) and isinstance(operand, int):
            return say(_TESTS[test.operator], name=name, value=self.words.span(operand))
        if test.operator is Operator.BETWEEN and isinstance(operand, tuple):
            low, high = (self._value(each, kind) for each in operand)
            return say("{name} is from {low} to {high}", name=name, low=low, high=high)
        is_dated = kind in ("date", "datetime") or isinstance(test.operand, date | Moment)
        messages = _DATED if test.operator in _DATED and is_dated else _TESTS
        return say(messages[test.operator], name=name, value=self._values(test, kind))

    def _values(self, test: Test, kind: str | None) -> str:
        if not isinstance(test.operand, tuple):
            return self._value(test.operand, kind)
        shown = [self._value(each, kind) for each in test.operand]
        return self.words.one_of(shown)

    def _value(self, value: Operand, kind: str | None) -> str:
        if isinstance(value, bool):
            return self.words.say("yes") if value else self.words.say("no")
        if isinstance(value, Moment) or (isinstance(value, Decimal) and kind == "datetime"):
            return self.words.minute(Instant(int(value)))
        if isinstance(value, date):
            return self.words.day(midnight_of(value))
        if isinstance(value, Money):
            return self.words.money(value.amount, value.currency)
        if isinstance(value, Decimal) and kind == "points":
            number = self.words.number(value)
            return self.words.say("{points} points", points=number)
        if isinstance(value, Decimal | int):
            return self.words.number(value)
        return self.words.quoted(str(value))

    def signal(self, signal: Signal) -> str:
        """What counts as a signal."""
        say = self.words.say
        if signal.sequence:
            return self._sequence(signal)
        what = self.words.one_of([say(KINDS[kind]) if kind in KINDS else kind.replace("_", " ") for kind in signal.of])
        if signal.by is not None:
            what = say("{what} by {whom}", what=what, whom=self._whom(signal.by, signal.team))
        if not signal.where:
            return what
        tests = [self.tests(self._field(one.name), one.tests, "text") for one in signal.where]
        return say("{what}, if {tests}", what=what, tests=self.words.all_of(tests))

    def _whom(self, by: str, team: Sequence[str]) -> str:
        if not team:
            return self.name(by)
        return self.words.say("the team {team} ({members})", team=self.name(by), members=", ".join(sorted(team)))

    def _sequence(self, signal: Signal) -> str:
        row = " → ".join(map(self.name, signal.sequence))
        if signal.within is None:
            return self.words.say("these one after the other: {signals}", signals=row)
        span = self.words.span(signal.within)
        return self.words.say("these one after the other within {span}: {signals}", signals=row, span=span)

    def _field(self, name: str) -> str:
        return self.words.say(FIELDS[name]) if name in FIELDS else name.replace("_", " ")
