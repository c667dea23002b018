"""What another version of the definitions would have done, compared with the one in force."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from syncd.journey.simulated.compare import FATES
from syncd.locales.words import Words, words_of
from syncd.model.instant import DAY, Instant
from syncd.model.stage import label_of
from syncd.web.errands import in_child
from syncd.web.visit import Misasked, Shown, Visit
from syncd.web.whatif import candidates, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from syncd.web.errands import Errand

KIND = "simulate"
DAYS = 90
"""How far back is looked where nobody says."""
SIDES = (("in_force", "In force"), ("new", "New"))
SEGMENTS = 12
"""Values of a split that are shown."""


def what_if(visit: Visit) -> Shown:
    """The form, and the last answer."""
    found = visit.lookout.errands.last(KIND)
    answer = found.answer if found is not None and found.state == "done" else None
    words = words_of(visit.config.service.language)
    shown = {
        "candidates": candidates(visit.config),
        "names": sorted(visit.config.fields.reads),
        "errand": found,
        "asked": _asked(visit, found),
        "answer": answer,
        "sides": [(side, words.text(name)) for side, name in SIDES],
        "fates": FATES,
        "days": DAYS,
        "segments": SEGMENTS,
        "stage_chart": None if answer is None else stage_chart(answer, words),
        "task_chart": None if answer is None else task_chart(answer, words),
    }
    return Shown("what_if.html", shown)


def ask(visit: Visit) -> Response:
    """Begin a comparison in a process of its own. Raises Misasked."""
    name, by = visit.form.get("version", ""), visit.form.get("by", "").strip() or None
    if name not in dict(candidates(visit.config)):
        raise Misasked("that version is not among the files", "choose one of the list")
    since = visit.instant("from") or Instant(visit.now - DAYS * DAY)
    if since >= visit.now:
        raise Misasked("there is nothing to look at after now", "choose an earlier day")
    if by is not None and by not in visit.config.fields.reads:
        raise Misasked(f"there is no property {by!r} to split by", "choose one of the list")
    lookout = visit.lookout
    question = {"version": name, "from": visit.form.get("from", ""), "by": by or ""}
    work = partial(in_child, simulate, lookout.store_url, lookout.config_dir, name, since, visit.now, by)
    lookout.errands.run(KIND, question, visit.now, work)
    return RedirectResponse("/what-if", status_code=303)


def stage_chart(answer: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Entries of each stage by both versions."""
    stages = answer["stages"]
    return {
        "names": [words.text(label_of(one["stage"])) for one in stages],
        "series": [{"name": words.text(label), "values": [one[side] for one in stages]} for side, label in SIDES],
    }


def task_chart(answer: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Tasks for sales of each day by both versions."""
    days = sorted({day for side, _ in SIDES for day in answer["days"][side]})
    return {
        "names": days,
        "series": [
            {"name": words.text(label), "values": [answer["days"][side].get(day, 0) for day in days]}
            for side, label in SIDES
        ],
    }


def _asked(visit: Visit, found: Errand | None) -> Mapping[str, str]:
    if found is not None:
        return dict(found.question)
    versions = [name for name, _ in candidates(visit.config)]
    in_force = visit.config.definitions_at(visit.now).hash
    other = next((name for name in versions if name != in_force), in_force)
    return {"version": other, "from": "", "by": ""}
