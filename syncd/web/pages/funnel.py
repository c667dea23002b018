"""The funnel to explore: conversion by cohort and period, what became of people, how long it takes, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.journey.behind import Counted, behind_named, people_behind
from syncd.journey.counted import count_funnel
from syncd.journey.funnel_data import as_data
from syncd.journey.splits import MONTH, NEVER_ENTERED, WEEK
from syncd.journey.units import OUTCOMES
from syncd.locales.words import Words, marked, words_of
from syncd.model.stage import label_of
from syncd.web.asked import report_of, splits_of
from syncd.web.faces import faces
from syncd.web.visit import Misasked, Shown, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

PER_PAGE, GROUPS, COHORTS = 50, 40, 18
"""People on a page, values of a split, and months or weeks of the grid."""
ONGOING = ("open", "stalled")
SAID = (marked("converted"), marked("skipped"), marked("recycled"), marked("disqualified"), marked("stalled"),
        marked("open"), marked("days"))  # fmt: skip
"""What charts and tables call outcomes and their unit, for the catalogues."""


def funnel(visit: Visit) -> Shown:
    """All numbers of one question. Raises Misasked and NoSuchName."""
    ask, config = report_of(visit), visit.config
    grid = WEEK if ask.said["by"] == WEEK else MONTH

    def count(tx: Connection) -> dict[str, Any]:
        return as_data(count_funnel(tx, config, ask.by(*ask.asked.by, grid), ask.scope))

    found = visit.remembered(("funnel", ask.key), count)
    groups = [one for one in found["by"] if one["name"] == ask.said["by"]]
    timed = [one for one in found["by"] if one["name"] == grid]
    words = words_of(config.service.language)
    cohorts = [] if ask.asked.basis == "period" else _cohorts(timed)
    shown = {
        "ask": ask,
        "splits": splits_of(config),
        "found": found,
        "chain": [one["from"] for one in found["conversions"]] + [one["to"] for one in found["conversions"][-1:]],
        "outcomes": [name for name in OUTCOMES if any(one["outcomes"].get(name) for one in found["conversions"])],
        "groups": groups[-GROUPS:] if ask.said["by"] in (MONTH, WEEK) else groups[:GROUPS],
        "values": len(groups),
        "grid": grid,
        "cohorts": cohorts,
        "funnel_chart": [{"name": words.text(label_of(one["stage"])), "value": one["n"]} for one in found["stages"]],
        "outcome_chart": outcome_chart(found["conversions"], words),
        "time_chart": time_chart(found["time_in_stage"], words),
        "cohort_chart": cohort_chart(cohorts, words),
    }
    return Shown("funnel.html", shown)


def people(visit: Visit) -> Shown:
    """Who is behind one number. Raises Misasked and NoSuchName."""
    ask, config, page = report_of(visit), visit.config, visit.number("page", 1)
    text = visit.asked("stage")
    if text is None:
        raise Misasked("no stage was named", "follow a number of the funnel")
    what = behind_named(config.definitions_at(ask.scope.at), text)

    def look(tx: Connection) -> list[Counted]:
        return people_behind(tx, config, ask.asked, ask.scope, what)

    found = visit.remembered(("behind", text, ask.key), look)
    some = list(reversed(found))[(page - 1) * PER_PAGE : page * PER_PAGE]
    shown = {
        "ask": ask,
        "what": what,
        "stage": text,
        "people": some,
        "faces": faces(visit.tx, [one.person for one in some]),
        "count": len(found),
        "page": page,
        "pages": max(1, -(-len(found) // PER_PAGE)),
    }
    return Shown("behind.html", shown)


def outcome_chart(conversions: Sequence[Mapping[str, Any]], words: Words) -> dict[str, Any]:
    """What became of those who entered each stage, stacked."""
    names = [name for name in OUTCOMES if any(one["outcomes"].get(name) for one in conversions)]
    return {
        "names": [words.text(label_of(one["from"])) for one in conversions],
        "stacked": True,
        "series": [
            {
                "name": words.text(name),
                "values": [one["outcomes"].get(name, 0) for one in conversions],
                "tone": _tone(name),
            }
            for name in names
        ],
    }


def time_chart(times: Sequence[Mapping[str, Any]], words: Words) -> dict[str, Any]:
    """The median and 90th percentile of the last stay in each stage, in days."""
    return {
        "names": [words.text(label_of(one["stage"])) for one in times],
        "unit": words.text("days"),
        "series": [
            {"name": words.text(name), "values": [_days(one["latest"][key]) for one in times]}
            for name, key in ((marked("median"), "median_seconds"), ("P90", "p90_seconds"))
        ],
    }


def cohort_chart(cohorts: Sequence[Mapping[str, Any]], words: Words) -> dict[str, Any]:
    """A row for each month or week of entry: the share of it that had each later stage, and is still open."""
    columns = [words.text(label_of(one["stage"])) for one in cohorts[0]["later"]] if cohorts else []
    return {
        "columns": columns,
        "rows": [one["value"] for one in cohorts],
        "cells": [
            [place, row, cell["of_first"]["n"] / cell["of_first"]["of"]]
            for row, one in enumerate(cohorts)
            for place, cell in enumerate(one["later"])
            if cell["of_first"]["of"]
        ],
    }


def _cohorts(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The last months or weeks of entry, the newest first, with the stages after the first of the chain."""
    dated = sorted((one for one in groups if one["value"] != NEVER_ENTERED), key=lambda one: one["value"], reverse=True)
    found = []
    for one in dated[:COHORTS]:
        chain = [one["conversions"][0]["from"], *(each["to"] for each in one["conversions"])]
        steps = {step["stage"]: step for step in one["stages"]}
        found.append(
            {
                "value": one["value"],
                "n": steps[chain[0]]["n"] if chain[0] in steps else 0,
                "later": [steps[stage] for stage in chain[1:] if stage in steps],
                "open": one["conversions"][0]["open"],
            }
        )
    return found


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 86_400, 1)


def _tone(outcome: str) -> str:
    return "good" if outcome == "converted" else "open" if outcome in ONGOING else "left"
