"""How sales answers, and which touches came before deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.journey.attributed import attribute, models_named
from syncd.journey.attribution_data import as_data as attribution_data
from syncd.locales.words import Words, marked, words_of
from syncd.web.asked import report_of, splits_of
from syncd.web.numbers import answers_of_sales
from syncd.web.views import GROUPS, model_in
from syncd.web.visit import Shown, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

SPEEDS = (
    ("speed_to_lead", marked("Speed to lead"), marked("from what they did until sales reached out")),
    ("system_delay", marked("of it the system's"), marked("until somebody of sales had them")),
    ("human_delay", marked("of it people's"), marked("until that one reached out")),
    ("pick_up_working", marked("Pick-up"), marked("in working hours")),
    ("to_contacted", marked("To contact"), marked("until both spoke, met or wrote: an attempt is none")),
    ("assigned_to_contacted", marked("of it since assignment"), marked("from when somebody of sales had them")),
    ("to_qualified", marked("To the next stage"), marked("from being handed over")),
)
PEOPLE = marked("people")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BY = "channel"
OF_TOUCHES = ("channel", "campaign", "content", "kind")


def sla(visit: Visit) -> Shown:
    """Speed to lead, split into the system's delay and people's, by owner and hour of the week."""
    ask, config = report_of(visit), visit.config
    found = visit.remembered(("sla", ask.key), lambda tx: answers_of_sales(tx, config, ask))
    words = words_of(config.service.language)
    shown = {
        "ask": ask,
        "splits": splits_of(config),
        "found": found,
        "speeds": SPEEDS,
        "band_chart": {
            "names": [words.text(band) if band in GROUPS else band for band in found["bands"]],
            "series": [{"name": words.text(PEOPLE), "values": list(found["bands"].values())}],
        },
        "hour_chart": hour_chart(found["by_hour"], words),
        "weekdays": {day: words.weekday(number) for number, day in enumerate(DAYS)},
    }
    return Shown("sla.html", shown)


def attribution(visit: Visit) -> Shown:
    """Deals shared among the touches before them, by each model."""
    ask, config = report_of(visit, BY), visit.config

    def count(tx: Connection) -> dict[str, Any]:
        models = models_named(config, ())
        return attribution_data(attribute(tx, config, ask.asked, ask.scope, "won", models))

    found = visit.remembered(("attribution", ask.key), count)
    words = words_of(config.service.language)
    values = list(dict.fromkeys(each["value"] for model in found["models"] for each in model["by"]))
    credit = {
        value: [next((e["credit"] for e in model["by"] if e["value"] == value), None) for model in found["models"]]
        for value in values
    }
    shown = {
        "ask": ask,
        "splits": (*OF_TOUCHES, *splits_of(config)),
        "by": ask.said["by"],
        "found": found,
        "credit": credit,
        "chart": {
            "names": [model_in(words, model["model"]) for model in found["models"]],
            "stacked": True,
            "series": [
                {"name": words.text(value) if value in GROUPS else value, "values": [float(one or 0) for one in given]}
                for value, given in credit.items()
            ],
        },
    }
    return Shown("attribution.html", shown)


def hour_chart(hours: Sequence[Mapping[str, Any]], words: Words) -> dict[str, Any]:
    """The share in time by the day and hour of handing over."""
    cells = [
        [one["hour"], DAYS.index(one["day"]), one["attainment"]["rate"]["n"] / one["attainment"]["rate"]["of"]]
        for one in hours
        if one["attainment"]["rate"]["of"]
    ]
    return {
        "columns": [f"{hour}" for hour in range(24)],
        "rows": [words.weekday(number) for number in range(7)],
        "cells": cells,
        "small": True,
    }
