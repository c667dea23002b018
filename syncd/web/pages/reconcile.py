"""Why both CRMs count differently: everybody of a stage in one bucket, beside what the CRMs count themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from connectors.records import Source, System
from syncd.definitions.order import order_of
from syncd.journey.population import stage_named
from syncd.journey.reconcile import Bucket, Question, Reconciliation, total
from syncd.journey.reconciled import basis_of, reconcile_crms
from syncd.locales.words import Words, words_of
from syncd.model.person import PersonId
from syncd.web.faces import faces
from syncd.web.visit import Shown, Visit
from syncd.wiring import connect, present

if TYPE_CHECKING:
    from starlette.responses import Response

KIND = "reconcile"
STAGE = "mql"
LISTED = 200
"""People of a bucket that are listed."""


def reconcile(visit: Visit) -> Shown:
    """The form, and the last answer; with the people of one bucket where it is asked for."""
    errand, bucket = visit.lookout.errands.last(KIND), visit.asked("bucket")
    answer: Reconciliation | None = errand.answer if errand is not None and errand.state == "done" else None
    chosen = [] if answer is None else [one for one in answer.placed if one.bucket == bucket][:LISTED]
    shown = {
        "errand": errand,
        "asked": {"stage": STAGE, "from": "", "to": ""} if errand is None else errand.question,
        "stages": order_of(visit.config.definitions_at(visit.now)),
        "answer": answer,
        "held": None if answer is None else total(answer.placed),
        "systems": list(System),
        "basis": "" if answer is None else basis_of(answer.question),
        "bucket": bucket,
        "chosen": chosen,
        "faces": faces(visit.tx, [PersonId(one.person) for one in chosen]),
        "most": LISTED,
        "chart_of_buckets": None if answer is None else _chart(answer, words_of(visit.config.service.language)),
    }
    return Shown("reconcile.html", shown)


def ask(visit: Visit) -> Response:
    """Have both CRMs counted. Raises NoSuchName and Misasked."""
    stage = stage_named(visit.config.definitions_at(visit.now), visit.form.get("stage", ""))
    question = Question(stage, visit.instant("from"), visit.instant("to"))
    lookout, config = visit.lookout, visit.config

    def work() -> Reconciliation:
        sources: dict[System, Source] = {one.system: one for one in connect(lookout.settings)}
        with lookout.reading() as tx:
            return reconcile_crms(tx, config, sources, question, present())

    asked = {name: visit.form.get(name, "") for name in ("stage", "from", "to")}
    lookout.errands.run(KIND, asked, visit.now, work)
    return RedirectResponse("/reconcile", status_code=303)


def _chart(answer: Reconciliation, words: Words) -> dict[str, object]:
    """People by bucket, in the order of the report."""
    return {
        "names": [words.text(bucket) for bucket in Bucket],
        "series": [{"name": words.text("people"), "values": [one.people for one in answer.sums.values()]}],
    }
