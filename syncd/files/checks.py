"""What one section of definitions.yaml says about another: names, stages, scores, examples."""

from __future__ import annotations

from syncd.files.clauses import RESERVED, Names
from syncd.files.kinds import KINDS
from syncd.files.operands import TestReader
from syncd.files.places import Document, Node, Path
from syncd.files.problem import Problem, Wrong, choose, one_of, shown
from syncd.files.scalars import stage_of
from syncd.model.stage import SIDE_STAGES, Stage


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
    if kind not in {None, "date", "datetime"}:
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
        for number in range(len(items(document, *path, "events"))):
            for signal in entries(document, *path, "events", number):
                if signal not in names.signals:
                    where = (*path, "events", number, signal)
                    what, instead = f"there is no signal {shown(signal)}", choose(signal, names.signals)
                    problems.append(document.problem(where, what, instead, of_key=True))
        problems += check_stage_name(document, (*path, "expect"), names.stages)
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
