"""The overview: the funnel, what needs attention, the last runs and the calls of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncd.agreement.approvals import lacking, waiting
from syncd.definitions.order import order_of
from syncd.journey import counted
from syncd.journey.flow import Flow, flows
from syncd.journey.funnel import Funnel, Question, funnel
from syncd.journey.state import State, state
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage, label_of
from syncd.store import approvals
from syncd.web import budgets
from syncd.web.attention import attention
from syncd.web.visit import Shown, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What takes time to count."""

    state: State
    funnel: Funnel
    flows: Sequence[Flow]


def overview(visit: Visit) -> Shown:
    """The first page."""
    config, now = visit.config, visit.now
    definitions = config.definitions_at(now)
    question = Question(counted.chain_of(definitions))
    order = order_of(definitions)

    def count(tx: Connection) -> _Numbers:
        units = list(counted.units_in(tx, counted.Scope(now)))
        return _Numbers(state(tx, now), funnel(units, question, order), flows(units, question.chain))

    found = visit.remembered("overview", count)
    rule, given = config.service.approvals, approvals.all_of(visit.tx)
    lacks = {one.hash: lacking(rule, given, one.hash) for one in waiting(config, given, now)} if rule.required else {}
    calls, waits = budgets.of(visit)
    return Shown(
        "overview.html",
        {
            "state": found.state,
            "funnel": found.funnel,
            "stages": census(found.state.stages),
            "funnel_chart": [{"name": label_of(one.stage), "value": one.n} for one in found.funnel.steps],
            "flows": found.flows,
            "flow_chart": flow_chart(found.flows),
            "things": attention(found.state, lacks, waits),
            "pace": calls,
        },
    )


def census(stages: Mapping[str, int]) -> list[tuple[Stage, int]]:
    """How many people are in each stage now, in the order of the funnel."""
    known = [*FUNNEL, *SIDE_STAGES]
    named = [(Stage(stage), n) for stage, n in stages.items()]
    return sorted(named, key=lambda one: known.index(one[0]) if one[0] in known else len(known))


def flow_chart(found: Sequence[Flow]) -> dict[str, Any]:
    """Streams as a Sankey diagram takes them; who is still in a stage flows into an end of its own."""
    links = [
        {"source": label_of(one.source), "target": label_of(one.to) if one.to else f"still {label_of(one.source)}",
         "value": one.n}
        for one in found
    ]  # fmt: skip
    names = dict.fromkeys(name for link in links for name in (link["source"], link["target"]))
    return {"nodes": [{"name": name} for name in names], "links": links}
