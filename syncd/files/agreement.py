"""From definitions.yaml to `Definitions`: sections by their models, clauses by their reader, names by `checks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from syncd.definitions.language import (
    BantClause,
    Cap,
    Clause,
    Definitions,
    EngagementScore,
    Example,
    FitGroup,
    FitScore,
    NeverRule,
    PropertyClause,
    ReturnRule,
    ScoreClause,
    Signal,
    StageRule,
    Unanswered,
    fold,
    leaves_of,
)
from syncd.files import checks
from syncd.files.canonical import definitions_hash
from syncd.files.clauses import ClauseReader, Names
from syncd.files.contradictions import contradictions_in
from syncd.files.definitions_file import DefinitionsFile, ExampleSection, ReturnSection, ScoreSection, SignalSection
from syncd.files.operands import TestReader
from syncd.files.places import Document, Path
from syncd.files.problem import Problem
from syncd.files.section import read_section
from syncd.model.instant import BEGINNING, midnight_of
from syncd.model.stage import Stage, stage_order

Clauses = Mapping[Path, Clause]


def read_definitions(
    document: Document, properties: Mapping[str, str | None], *, sure: bool = True
) -> tuple[Definitions | None, list[Problem]]:
    """The definitions of a document and all its mistakes; None when there is a mistake.

    `properties` are the names that can be tested, with their types; `sure` is false where some may be missing.
    """
    if not document.whole:
        return None, list(document.problems)
    section, wrong = read_section(DefinitionsFile, document)
    problems = [*document.problems, *wrong]
    names = names_of(document, properties, sure=sure)
    problems += checks.check_names(document, names)
    problems += checks.check_stages(document, names)
    problems += checks.check_scores(document, names)
    problems += checks.check_examples(document, names)
    problems += [
        *checks.check_rows(document, names),
        *checks.check_caps(document),
        *checks.check_silence(document, names),
    ]
    checks.check_signals(document, problems)
    clauses = _clauses(document, names, problems)
    where = _where(document, problems)
    problems += _contradictions(document, clauses, properties)
    if section is None or problems or not sure:
        return None, problems
    definitions = _assemble(section, document, clauses, where)
    return replace(definitions, hash=definitions_hash(definitions)), []


def names_of(document: Document, properties: Mapping[str, str | None], *, sure: bool = True) -> Names:
    """What the clauses of a document may name."""
    signals = frozenset(checks.entries(document, "signals"))
    scores = frozenset(checks.entries(document, "scores"))
    return Names(properties, signals, scores, stage_order(checks.entries(document, "stages")), sure)


def _clauses(document: Document, names: Names, problems: list[Problem]) -> Clauses:
    """Every clause by its path, whether or not the sections around it are sound."""
    reader = ClauseReader(document, names, problems)
    found = {}
    for path in _clause_paths(document):
        if path[-1] in checks.entries(document, *path[:-1]):
            before = Stage(path[1]) if path[0] == "stages" and path[-1] == "when" else None
            clause = reader.read(checks.at(document, *path), path, before)
            if clause is not None:
                found[path] = clause
                problems += _round(document, path, clause)
    return found


def _round(document: Document, path: Path, clause: Clause) -> list[Problem]:
    """An answer that asks for the answers, itself or by a score that does."""
    if path[0] == "answers" and any(isinstance(leaf, BantClause | ScoreClause) for leaf in leaves_of(clause)):
        what = f"what gives the answer {path[1]} can't rest on bant or a score"
        return [document.problem(path, what, "write signals and properties", of_key=True)]
    if path[0] == "scores" and any(isinstance(leaf, ScoreClause) for leaf in leaves_of(clause)):
        what = "the rule of a score can't rest on a score"
        return [document.problem(path, what, "write signals and properties", of_key=True)]
    return []


def _clause_paths(document: Document) -> Iterator[Path]:
    """Where clauses stand, if anything stands there."""
    for section in ("stages", "returns"):
        for stage in checks.entries(document, section):
            yield (section, stage, "when")
    for stage in checks.entries(document, "stages"):
        yield ("stages", stage, "unanswered", "unless")
    for answer in checks.entries(document, "answers"):
        yield ("answers", answer)
    for index in range(len(checks.items(document, "never"))):
        yield ("never", index, "if")
    for score in checks.entries(document, "scores"):
        for index in range(len(checks.items(document, "scores", score, "rules"))):
            yield ("scores", score, "rules", index, "if")


def _where(document: Document, problems: list[Problem]) -> Mapping[str, tuple[PropertyClause, ...]]:
    """The tests of touches' fields, by signal."""
    reader = TestReader(document, problems)
    found = {}
    for signal in checks.entries(document, "signals"):
        tests = []
        for field, raw in checks.entries(document, "signals", signal, "where").items():
            path: Path = ("signals", signal, "where", field)
            tests.append(PropertyClause(field, reader.read(field, raw, path, "text"), _place(document, path)))
        found[signal] = tuple(tests)
    return found


def _contradictions(document: Document, clauses: Clauses, properties: Mapping[str, str | None]) -> list[Problem]:
    most = {}
    for score in checks.entries(document, "scores"):
        rules = checks.items(document, "scores", score, "rules")
        if rules:
            most[score] = _most(document, score, len(rules))
    problems = []
    for path, clause in clauses.items():
        never, found = contradictions_in(clause, properties, most)
        for each in found:
            line, column = map(int, each.place.rsplit(":", 2)[1:])
            effect = f"{path[1]} can never be entered" if never and path[0] == "stages" else "this never holds"
            instead = "change one of the tests"
            problems.append(Problem(document.name, line, column, f"{each.what}, so {effect}", instead))
    return problems


def _most(document: Document, score: str, count: int) -> int:
    total = 0
    for index in range(count):
        points = checks.at(document, "scores", score, "rules", index, "points")
        text = points.strip() if isinstance(points, str) else ""
        if text.lstrip("+").isascii() and text.lstrip("+").isdigit():
            total += int(text[:9])
    return total


def _assemble(
    section: DefinitionsFile, document: Document, clauses: Clauses, where: Mapping[str, tuple[PropertyClause, ...]]
) -> Definitions:
    order = stage_order(section.stages)
    never = (
        NeverRule(each.reason, clauses["never", index, "if"], _place(document, ("never", index)))
        for index, each in enumerate(section.never)
    )
    return Definitions(
        hash="",
        effective_from=midnight_of(section.effective_from) if section.effective_from else BEGINNING,
        signals={name: _signal(name, each, section, where[name]) for name, each in section.signals.items()},
        scores={name: _score(name, each, clauses) for name, each in section.scores.items()},
        never=tuple(never),
        stages=tuple(_stage(section, document, clauses, each) for each in order if each in section.stages),
        returns=tuple(_returns(section, document, clauses)),
        examples=tuple(
            _example(each, _place(document, ("examples", index))) for index, each in enumerate(section.examples)
        ),
        answers={str(answer): clauses["answers", str(answer)] for answer in section.answers},
        version=str(section.version or ""),
    )


def _signal(name: str, said: SignalSection, section: DefinitionsFile, where: tuple[PropertyClause, ...]) -> Signal:
    team = tuple(each if "@" not in each else fold(each) for each in section.teams.get(said.by or "", ()))
    return Signal(name, said.of or (), said.by, where, team, said.sequence or (), said.within)


def _score(name: str, section: ScoreSection, clauses: Clauses) -> FitScore | EngagementScore:
    if section.points is not None:
        caps = (Cap(cap, most, section.groups.get(cap, (cap,))) for cap, most in sorted(section.caps.items()))
        return EngagementScore(name, dict(section.points), section.half_life, tuple(caps))
    grouped: dict[str | None, list[tuple[Clause, int]]] = {None: []}
    for index, each in enumerate(section.rules or ()):
        grouped.setdefault(each.group, []).append((clauses["scores", name, "rules", index, "if"], each.points))
    groups = (FitGroup(group, most, tuple(grouped[group])) for group, most in sorted(section.caps.items()))
    return FitScore(name, tuple(grouped[None]), tuple(groups))


def _stage(section: DefinitionsFile, document: Document, clauses: Clauses, stage: Stage) -> StageRule:
    said = section.stages[stage]
    return StageRule(
        stage=stage,
        when=clauses["stages", str(stage), "when"],
        judged_by=said.judged_by,
        after=said.from_,
        leave=said.leave == "when_false",
        entered_at=said.entered_at,
        unanswered=None
        if said.unanswered is None
        else Unanswered(
            said.unanswered.after, said.unanswered.then, clauses.get(("stages", str(stage), "unanswered", "unless"))
        ),
        place=_place(document, ("stages", str(stage))),
    )


def _returns(section: DefinitionsFile, document: Document, clauses: Clauses) -> list[ReturnRule]:
    said: list[tuple[Stage, ReturnSection | None]] = [
        (Stage.RECYCLED, section.returns.recycled),
        (Stage.DISQUALIFIED, section.returns.disqualified),
    ]
    return [
        ReturnRule(
            stage=stage,
            when=clauses["returns", str(stage), "when"],
            reason=each.reason,
            to=each.to,
            requalify_after=each.requalify_after,
            reasons={fold(text): code for code, texts in each.reasons.items() for text in texts},
            place=_place(document, ("returns", str(stage))),
        )
        for stage, each in said
        if each is not None
    ]


def _example(section: ExampleSection, place: str) -> Example:
    """An opportunity is told among the person's values, as `opportunity.open` and so on."""
    person = dict(section.person)
    if section.opportunity is not None:
        said = section.opportunity.model_dump(exclude_none=True)
        person |= {f"opportunity.{name}": str(value) for name, value in said.items()}
    events, colleagues = (
        tuple((signal, ago) for event in part for signal, ago in event.items())
        for part in (section.events, section.colleagues)
    )
    return Example(person, events, section.expect, colleagues, section.since, place)


def _place(document: Document, path: Path) -> str:
    line, column = document.place(path, of_key=True)
    return f"{document.name}:{line}:{column}"
