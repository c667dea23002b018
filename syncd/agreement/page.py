"""The agreement as a page: one version of the definitions, told section by section from what the file means."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Cap,
    Clause,
    Definitions,
    EngagementScore,
    FitScore,
    ReturnRule,
    StageRule,
    Unanswered,
)
from syncd.definitions.order import order_of
from syncd.locales.words import Words, marked
from syncd.model.instant import NEVER
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage
from syncd.telling.clauses import Line, Teller

MEANS: Mapping[Stage, str] = {
    Stage.MQL: marked("MQL: marketing qualified lead"),
    Stage.SQL: marked("SQL: sales qualified lead"),
    Stage.SQO: marked("SQO: sales qualified opportunity"),
}
"""What the short names stand for."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the agreement: what is said about one thing. `ordered`: the order of its lines means something."""

    title: str
    lines: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    key: str = ""
    ordered: bool = False


def sections_of(definitions: Definitions, words: Words, kinds: Mapping[str, str]) -> tuple[Section, ...]:
    """All that a version says, in the order in which people read it: stages first, then what their words mean.

    `kinds` are the types of the names that definitions test (`kinds_of`).
    """
    teller = Teller(words, kinds)
    found = (
        _stages(definitions, teller),
        _returns(definitions, teller),
        _never(definitions, teller),
        _scores(definitions, teller),
        _answers(definitions, teller),
        _signals(definitions, teller),
    )
    return tuple(each for each in found if each.lines or each.sections)


def how_to_read(definitions: Definitions, words: Words) -> tuple[str, ...]:
    """What holds for every sentence of the page."""
    say = words.say
    named = {rule.stage for rule in definitions.stages}
    meant = [say(text) for stage, text in MEANS.items() if stage in named]
    return (
        *([f"{'; '.join(meant)}."] if meant else []),
        say("What is not known is never taken for a no: nobody enters a stage, and nobody is kept out, by a value that "
            "is missing."),
        say("Upper and lower case make no difference. Days are counted as 24 hours each, to the minute."),
    )  # fmt: skip


def _stages(definitions: Definitions, teller: Teller) -> Section:
    say = teller.words.say
    order = " → ".join(teller.stage(stage) for stage in order_of(definitions))
    return Section(
        say("Stages"),
        (Line(say("In this order: {stages}.", stages=order), key="order"),),
        tuple(_stage(rule, teller) for rule in definitions.stages),
        (
            say("Whoever has entered a stage keeps it until the next stage or a way back, even if what is said here "
                "does not hold any more, unless the stage itself says otherwise."),
        ),
        "stages",
    )  # fmt: skip


def _stage(rule: StageRule, teller: Teller) -> Section:
    say, label = teller.words.say, teller.stage(rule.stage)
    title = label
    if rule.judged_by is not None:
        title = say("{stage}, judged by {whom}", stage=label, whom=teller.name(rule.judged_by))
    lines = [_when(rule.stage, rule.when, teller)]
    if rule.after is not None:
        text = say("Only whoever is {before} already can become {stage}.", before=teller.stage(rule.after), stage=label)
        lines.append(Line(text, key="after"))
    if rule.leave:
        lines.append(Line(say("The stage ends as soon as this does not hold any more."), key="leave"))
    if rule.entered_at is not None:
        lines.append(
            Line(say("The date of the stage is taken from: {name}.", name=teller.name(rule.entered_at)), key="at")
        )
    if rule.unanswered is not None:
        lines.append(_unanswered(rule.unanswered, teller))
    return Section(title, tuple(lines), key=str(rule.stage))


def _unanswered(rule: Unanswered, teller: Teller) -> Line:
    """What happens by itself, with the clause that keeps it from happening."""
    say, span = teller.words.say, teller.words.span(rule.after)
    text = say("Whoever gets no answer from sales within {span} enters the next stage.", span=span)
    if rule.then != "accept":
        back = teller.stage(Stage.RECYCLED)
        text = say("Whoever gets no answer from sales within {span} goes back: {stage}.", span=span, stage=back)
    if rule.unless is None:
        return Line(text, key="unanswered")
    unless = teller.clause(rule.unless)
    return Line(text, (Line(say("unless this holds, or cannot be told:"), (unless,), "unless"),), "unanswered")


def _when(stage: Stage, clause: Clause, teller: Teller) -> Line:
    """The clause of a stage under one sentence."""
    say = teller.words.say
    while isinstance(clause, AllOf | AnyOf | AtLeastOf) and len(clause.clauses) == 1:
        clause = clause.clauses[0]
    told = teller.clause(clause)
    if isinstance(clause, AllOf | AnyOf | AtLeastOf):
        heading = say("Somebody becomes {stage} if {how}:", stage=teller.stage(stage), how=_hold(clause, teller))
        return Line(heading, told.parts, "when")
    return Line(say("Somebody becomes {stage} if this holds:", stage=teller.stage(stage)), (told,), "when")


def _hold(clause: AllOf | AnyOf | AtLeastOf, teller: Teller) -> str:
    say = teller.words.say
    match clause:
        case AllOf():
            return say("all of these hold")
        case AnyOf():
            return say("at least one of these holds")
    return say("at least {n} of these {of} hold", n=clause.n, of=len(clause.clauses))


def _returns(definitions: Definitions, teller: Teller) -> Section:
    parts = tuple(_return(rule, teller) for rule in definitions.returns)
    return Section(teller.words.say("Ways back and out"), (), parts, key="returns")


def _return(rule: ReturnRule, teller: Teller) -> Section:
    words, label = teller.words, teller.stage(rule.stage)
    lines = [_when(rule.stage, rule.when, teller)]
    if rule.reason is not None:
        text = words.say("Sales says why in the field {field} in Salesforce.", field=rule.reason)
        lines.append(Line(text, _codes(rule, teller), "reason"))
    if rule.to is not None:
        lines.append(Line(words.say("They go to: {list}", list=rule.to), key="to"))
    lines.append(Line(_again(rule, words), key="again"))
    return Section(label, tuple(lines), key=str(rule.stage))


def _codes(rule: ReturnRule, teller: Teller) -> tuple[Line, ...]:
    """Under which code each text of sales' reason is counted."""
    words, said = teller.words, dict[str, list[str]]()
    for text, code in rule.reasons.items():
        said.setdefault(code, []).append(words.quoted(text))
    lines = [
        Line(
            words.say("{code}: if it says {texts}", code=teller.name(code), texts=words.one_of(sorted(texts))), (), code
        )
        for code, texts in said.items()
    ]
    return (*lines, Line(words.say("any other reason: without a code"), key="other")) if lines else ()


def _again(rule: ReturnRule, words: Words) -> str:
    wait = rule.requalify_after
    if wait is None:
        wait = NEVER if rule.stage == Stage.DISQUALIFIED else 0
    if wait >= NEVER:
        return words.say("There is no way back into the funnel.")
    if wait == 0:
        return words.say("They can qualify again at once.")
    return words.say("They can qualify again, {span} later at the earliest.", span=words.span(wait))


def _never(definitions: Definitions, teller: Teller) -> Section:
    say = teller.words.say
    lines = tuple(
        _titled(rule.reason, teller.clause(rule.clause), f"never {rule.reason}") for rule in definitions.never
    )
    notes = (
        say("They enter no stage by what is said here, whatever they do; only an opportunity still counts. If several "
            "lines apply, the first one is told as the reason."),
    )  # fmt: skip
    return Section(say("Who stays out"), lines, notes=notes, key="never", ordered=True)


def _titled(title: str, told: Line, key: str) -> Line:
    """A line under a name: "competitor: ..."."""
    return Line(f"{title}: {told.says}", told.parts, key)


def _scores(definitions: Definitions, teller: Teller) -> Section:
    parts = tuple(_score(score, teller) for score in definitions.scores.values())
    return Section(teller.words.say("Scores"), (), parts, key="scores")


def _score(score: FitScore | EngagementScore, teller: Teller) -> Section:
    words, title = teller.words, _capital(teller.score(score.name))
    if isinstance(score, FitScore):
        lines = [_points(points, teller.clause(clause), words) for clause, points in score.rules]
        for group in score.groups:
            rules = tuple(_points(points, teller.clause(clause), words) for clause, points in group.rules)
            lines.append(Line(_together(group.name, group.at_most, teller), rules, f"group {group.name}"))
        note = words.say("Points for who somebody is: the sum of all lines that hold.")
        return Section(title, tuple(lines), notes=(note,), key=score.name)
    ages = words.say("The points do not fade.")
    if score.half_life is not None:
        ages = words.say("The points of each time fade: half of them are left after {span}.",
                         span=words.span(score.half_life))  # fmt: skip
    told = [
        Line(_each_time(teller.name(signal), points, words), key=f"points {signal}")
        for signal, points in score.points.items()
    ]
    told += (_cap(cap, teller) for cap in score.caps)
    note = words.say("Points for what somebody does, for each time.")
    return Section(title, (*told, Line(ages, key="half_life")), notes=(note,), key=score.name)


def _cap(cap: Cap, teller: Teller) -> Line:
    """The most points of a signal, or of several together."""
    if tuple(cap.signals) == (cap.name,):
        number = teller.words.number(cap.at_most)
        text = teller.words.say("{name}: at most {points} points in all", name=teller.name(cap.name), points=number)
        return Line(text, key=f"cap {cap.name}")
    parts = tuple(Line(teller.name(signal), key=signal) for signal in cap.signals)
    return Line(_together(cap.name, cap.at_most, teller), parts, f"cap {cap.name}")


def _together(name: str, at_most: int, teller: Teller) -> str:
    number = teller.words.number(at_most)
    return teller.words.say("{name}, at most {points} points together:", name=teller.name(name), points=number)


def _points(points: int, told: Line, words: Words) -> Line:
    number = _signed(points, words)
    text = words.count("{points} point: {what}", "{points} points: {what}", points, points=number, what=told.says)
    return Line(text, told.parts, told.key)


def _each_time(signal: str, points: int, words: Words) -> str:
    number = _signed(points, words)
    return words.count("{points} point: {what}", "{points} points: {what}", points, points=number, what=signal)


def _signed(points: int, words: Words) -> str:
    return f"+{words.number(points)}" if points >= 0 else f"-{words.number(-points)}"


def _answers(definitions: Definitions, teller: Teller) -> Section:
    say = teller.words.say
    lines = tuple(
        _titled(teller.name(name), teller.clause(clause), f"answer {name}")
        for name, clause in definitions.answers.items()
    )
    notes = (say("A BANT answer is known if its field in Salesforce is filled, and also if this holds."),)
    return Section(say("What else answers BANT"), lines, notes=notes, key="answers")


def _signals(definitions: Definitions, teller: Teller) -> Section:
    lines = tuple(
        Line(f"{teller.name(name)}: {teller.signal(signal)}", key=f"signal {name}")
        for name, signal in definitions.signals.items()
    )
    return Section(teller.words.say("What the signals mean"), lines, key="signals")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
