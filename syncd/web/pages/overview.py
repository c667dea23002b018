"""The overview: the funnel, what needs attention, the last runs and the calls of the day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.agreement.approvals import lacking, waiting
from syncd.brakes.pause import in_force
from syncd.journey.paths import Path
from syncd.locales.words import Words, words_of
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage, label_of
from syncd.store import approvals
from syncd.web import budgets
from syncd.web.asked import report_of
from syncd.web.attention import attention
from syncd.web.numbers import answers_of_sales, numbers
from syncd.web.visit import Shown, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def overview(visit: Visit) -> Shown:
    """The first page."""
    config, now = visit.config, visit.now
    found = visit.remembered("overview", lambda tx: numbers(tx, config, now))
    plain = report_of(replace(visit, query={}))
    answers = visit.soon(("sla", plain.key), lambda tx: answers_of_sales(tx, config, plain))
    words = words_of(config.service.language)
    rule, given = config.service.approvals, approvals.all_of(visit.tx)
    lacks = {one.hash: lacking(rule, given, one.hash) for one in waiting(config, given, now)} if rule.required else {}
    calls, waits = budgets.of(visit)
    steps = found.funnel["stages"]
    return Shown(
        "overview.html",
        {
            "state": found.state,
            "funnel": found.funnel,
            "chain": found.chain,
            "answers": answers,
            "stages": census(found.state.stages),
            "funnel_chart": [{"name": words.text(label_of(one["stage"])), "value": one["n"]} for one in steps],
            "paths": found.paths,
            "path_chart": path_chart(found.paths, words),
            "things": attention(found.state, in_force(visit.tx, config.directory), lacks, waits),
            "pace": calls,
        },
    )


def census(stages: Mapping[str, int]) -> list[tuple[Stage, int]]:
    """How many people are in each stage now, in the order of the funnel."""
    known = [*FUNNEL, *SIDE_STAGES]
    named = [(Stage(stage), n) for stage, n in stages.items()]
    return sorted(named, key=lambda one: known.index(one[0]) if one[0] in known else len(known))


def path_chart(found: Sequence[Path], words: Words) -> dict[str, Any]:
    """Streams as a Sankey diagram takes them; who is still in a stage flows into an end of its own."""
    links = [
        {
            "source": words.text(label_of(one.source)),
            "target": _target(one, words),
            "value": one.n,
            "ends": one.to is None,
        }
        for one in found
    ]
    names = dict.fromkeys(name for link in links for name in (link["source"], link["target"]))
    ends = {link["target"] for link in links if link["ends"]}
    return {"nodes": [{"name": name, "ends": name in ends} for name in names], "links": links}


def _target(path: Path, words: Words) -> str:
    stage = words.text(label_of(path.to or path.source))
    return stage if path.to else words.say("still {stage}", stage=stage)
