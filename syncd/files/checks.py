"""What one section of definitions.yaml says about another: names, stages, scores, examples."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.files.clauses import RESERVED, Names
from syncd.files.definitions_file import OpportunityExample
from syncd.files.fields_file import OF_DEALS
from syncd.files.kinds import KINDS
from syncd.files.operands import OPEN, TestReader
from syncd.files.places import Document, Node, Path
from syncd.files.problem import Problem, Wrong, choose, one_of, shown
from syncd.files.scalars import stage_of
from syncd.model.stage import SIDE_STAGES, Stage

SIDES = ("sales", "marketing")
"""Who can be told without naming anybody."""


def at(document: Document, *path: str | int) -> Node:
    """What stands at a path of the document, an empty text where nothing does."""
    node: Node = document.root
    for part in path:
        if isinstance(node, dict) and isinstance(part, str):
            node = node.get(part, "")
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return ""
    return node


def entries(document: Document, *path: str | int) -> dict[str, Node]:
    """The mapping at a path, empty where something else stands."""
    node = at(document, *path)
    return node if isinstance(node, dict) else {}


def items(document: Document, *path: str | int) -> list[Node]:
    """The list at a path, empty where something else stands."""
    node = at(document, *path)
    return node if isinstance(node, list) else []


def check_names(document: Document, names: Names) -> list[Problem]:
    """Names that stand for two things, and stages that are ways back."""
    problems = []
    for signal in entries(document, "signals"):
        if signal in RESERVED or signal in names.properties:
            other = "a word of the language" if signal in RESERVED else "a property"
            instead = f"rename the signal, such as {signal}_touch"
            problems.append(
                document.problem(("signals", signal), f"{shown(signal)} is also {other}", instead, of_key=True)
            )
    for stage in entries(document, "stages"):
        if stage in SIDE_STAGES:
            path = ("stages", stage)
            problems.append(document.problem(path, f"{stage} is a way back", "move it to returns", of_key=True))
    return problems


def check_stages(document: Document, names: Names) -> list[Problem]:
    """Stages that come from unknown or later ones, and dates that no property gives."""
    problems = []
    for stage in entries(document, "stages"):
        path: Path = ("stages", stage)
        before = at(document, *path, "from")
        if isinstance(before, str) and before:
            if before not in names.stages:
                problems.append(
                    document.problem(
                        (*path, "from"), f"there is no stage {shown(before)}", choose(before, names.stages)
                    )
                )
            elif stage in names.stages and names.stages.index(Stage(before)) >= names.stages.index(Stage(stage)):
                earlier = names.stages[: names.stages.index(Stage(stage))]
                instead = f"write {one_of(earlier)}" if earlier else "take it out"
                problems.append(document.problem((*path, "from"), f"{before} is not entered before {stage}", instead))
        dated = at(document, *path, "entered_at")
        if isinstance(dated, str) and dated and names.sure:
            problems += _check_dated(document, (*path, "entered_at"), dated, names)
    return problems


def _check_dated(document: Document, path: Path, name: str, names: Names) -> list[Problem]:
    if name not in names.properties:
        return [document.problem(path, f"there is no property {shown(name)}", choose(name, names.properties))]
    kind = names.properties[name]
    if kind not in {None, OPEN, "date", "datetime"}:
        dates = [each for each, kind in names.properties.items() if kind in {"date", "datetime"}]
        return [document.problem(path, f"{name} is a {kind}, not a date", choose(name, dates))]
    return []


def check_signals(document: Document, problems: list[Problem]) -> None:
    """Fields that the touches of a signal do not have."""
    for signal in entries(document, "signals"):
        of = at(document, "signals", signal, "of")
        kinds = [each for each in (of if isinstance(of, list) else [of]) if isinstance(each, str) and each in KINDS]
        known = sorted({field for kind in kinds for field in KINDS[kind]})
        for field in entries(document, "signals", signal, "where"):
            if kinds and field not in known:
                path = ("signals", signal, "where", field)
                what = f"{one_of(kinds)} has no field {shown(field)}"
                problems.append(document.problem(path, what, choose(field, known), of_key=True))


def check_rows(document: Document, names: Names) -> list[Problem]:
    """Sequences of what is no signal, or a sequence itself, and teams that nobody named."""
    problems = []
    teams = [*SIDES, *entries(document, "teams")]
    plain = [name for name in names.signals if not items(document, "signals", name, "sequence")]
    for signal in entries(document, "signals"):
        by = at(document, "signals", signal, "by")
        if isinstance(by, str) and by and by not in teams:
            what = f"there is no team {shown(by)}"
            instead = f"{choose(by, teams)}, or name its people under teams"
            problems.append(document.problem(("signals", signal, "by"), what, instead))
        for index, step in enumerate(items(document, "signals", signal, "sequence")):
            if isinstance(step, str) and step not in plain:
                what = f"{shown(step)} is a sequence itself" if step in names.signals else f"{shown(step)} is no signal"
                where = ("signals", signal, "sequence", index)
                problems.append(document.problem(where, what, choose(step, [each for each in plain if each != signal])))
    for team in entries(document, "teams"):
        if team in SIDES:
            what = f"{team} are all people of {team} already"
            problems.append(document.problem(("teams", team), what, "choose another name", of_key=True))
    return problems


def check_caps(document: Document) -> list[Problem]:
    """Caps of what is no group and no signal, groups without one, and signals in two of them."""
    return [problem for score in entries(document, "scores") for problem in _check_caps(document, ("scores", score))]


def _check_caps(document: Document, path: Path) -> Iterator[Problem]:
    rules = range(len(items(document, *path, "rules")))
    said = (at(document, *path, "rules", index, "group") for index in rules)
    groups = entries(document, *path, "groups")
    named = list(dict.fromkeys([*(each for each in said if isinstance(each, str) and each), *groups]))
    listed = (step for group in groups for step in items(document, *path, "groups", group))
    grouped = [step for step in listed if isinstance(step, str)]
    points, caps = entries(document, *path, "points"), entries(document, *path, "caps")
    known = [*named, *(name for name in points if name not in grouped)]
    for cap in caps:
        if cap not in known:
            what = f"{shown(cap)} is no group and no signal of {path[1]}"
            yield document.problem((*path, "caps", cap), what, choose(cap, known), of_key=True)
    for group in named:
        if group not in caps:
            what = f"the group {shown(group)} has no cap"
            yield document.problem(path, what, f"write caps: {{{group}: 30}}", of_key=True)
    for step in dict.fromkeys(grouped):
        if step not in points or grouped.count(step) > 1:
            what = f"{shown(step)} is in two groups" if step in points else f"{shown(step)} has no points here"
            yield document.problem((*path, "groups"), what, "name each signal that gives points once")


def check_silence(document: Document, names: Names) -> list[Problem]:
    """Stages that nobody can be accepted from: nothing comes after them."""
    judged = [stage for stage in names.stages if stage in entries(document, "stages")]
    problems = []
    for stage in judged[-1:]:
        if at(document, "stages", stage, "unanswered", "then") == "accept":
            what = f"nothing comes after {stage}, so nobody can be accepted from it"
            problems.append(document.problem(("stages", stage, "unanswered", "then"), what, "write then: recycle"))
    return problems


def check_scores(document: Document, names: Names) -> list[Problem]:
    """Points for signals that do not exist."""
    return [
        document.problem(
            ("scores", score, "points", signal),
            f"there is no signal {shown(signal)}",
            choose(signal, names.signals),
            of_key=True,
        )
        for score in entries(document, "scores")
        for signal in entries(document, "scores", score, "points")
        if signal not in names.signals
    ]


def check_examples(document: Document, names: Names) -> list[Problem]:
    """Examples about properties, signals and stages that do not exist, or with values of the wrong type."""
    problems: list[Problem] = []
    reader = TestReader(document, problems)
    for index in range(len(items(document, "examples"))):
        path: Path = ("examples", index)
        for name, value in entries(document, *path, "person").items():
            if names.sure and name not in names.properties:
                what = f"there is no property {shown(name)}"
                instead = choose(name, names.properties)
                problems.append(document.problem((*path, "person", name), what, instead, of_key=True))
            elif isinstance(value, str) and value:
                reader.read(name, value, (*path, "person", name), names.properties.get(name))
        problems += _check_deal(document, (*path, "opportunity"), names)
        for part in ("events", "colleagues"):
            problems += _check_events(document, (*path, part), names)
        problems += check_stage_name(document, (*path, "expect"), names.stages)
    return problems


def _check_deal(document: Document, path: Path, names: Names) -> list[Problem]:
    """What an example says of its opportunity under names that fields.yaml does not read from one."""
    problems: list[Problem] = []
    reader = TestReader(document, problems)
    read: dict[str, str | None] = {"amount": "money"}
    read |= {each.removeprefix(OF_DEALS): kind for each, kind in names.properties.items() if each.startswith(OF_DEALS)}
    for name, value in entries(document, *path).items():
        known = [*OpportunityExample.model_fields, *read]
        if name in read and isinstance(value, str) and value:
            reader.read(name, value, (*path, name), read[name])
        elif names.sure and name not in known:
            what = f"the key {shown(name)} is unknown here"
            problems.append(document.problem((*path, name), what, choose(name, known), of_key=True))
    return problems


def _check_events(document: Document, path: Path, names: Names) -> list[Problem]:
    problems = []
    for number in range(len(items(document, *path))):
        for signal in entries(document, *path, number):
            steps = items(document, "signals", signal, "sequence")
            if signal in names.signals and not steps:
                continue
            what, instead = f"there is no signal {shown(signal)}", choose(signal, names.signals)
            if steps:
                what, instead = f"{signal} is a sequence", "write the events that it is made of"
            problems.append(document.problem((*path, number, signal), what, instead, of_key=True))
    return problems


def check_stage_name(document: Document, path: Path, stages: tuple[Stage, ...]) -> list[Problem]:
    """A stage at a path that neither the funnel nor a way back knows."""
    said = at(document, *path)
    known = (*stages, *SIDE_STAGES)
    if not isinstance(said, str) or not said or said in known:
        return []
    try:
        stage_of(said)
    except Wrong:
        return []  # the model says so already
    return [document.problem(path, f"there is no stage {shown(said)}", choose(said, known))]
