"""A plan as data for programs and as a file for `syncd apply FILE`; what people read is made in `syncd.cli`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from math import ceil
from typing import Any, TypeAlias

from syncd.endings import ExitCode, Told
from syncd.model.change import TELL, TEND, UPDATE, Change, Decision, FieldChange, Plan, Refusal, Unjudged
from syncd.model.instant import Instant
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage

API_NAMES = {"lead": "Lead", "contact": "Contact", "account": "Account", "task": "Task"}
"""Our words for kinds as Salesforce calls them; HubSpot's are its own."""

ROWS_PER_CALL, ROWS_READ_BACK = {"salesforce": 200, "hubspot": 100}, {"salesforce": 2_000, "hubspot": 100}


def planned(plan: Plan) -> dict[str, int]:
    """How many changes of each purpose a plan has."""
    return dict(sorted(Counter(change.purpose for change in plan.changes).items()))


Group: TypeAlias = "tuple[str, str, str]"
"""What goes out together: system, purpose and kind of record."""


def forecast(plan: Plan) -> dict[str, int]:
    """Calls that carrying out a plan takes, by CRM: one per 200 rows of a kind in Salesforce and 2,000 read back, one
    per 100 rows written or read back in HubSpot.
    """
    return calls_of(Counter((change.system, change.purpose, change.object) for change in plan.changes))


def calls_of(groups: Mapping[Group, int]) -> dict[str, int]:
    """The same for so many changes of each kind."""
    calls = {"hubspot": 0, "salesforce": 0}
    for (system, purpose, _), count in groups.items():
        calls[system] += ceil(count / ROWS_PER_CALL[system])
        if purpose in (UPDATE, TELL, TEND):
            calls[system] += ceil(count / ROWS_READ_BACK[system])
    return calls


def rows(plan: Plan) -> Iterator[dict[str, Any]]:
    """One row per field that would be written, in the plan's order: the shape that `--json` prints (design 6)."""
    for change in plan.changes:
        for one in _fields(change):
            yield {
                "system": change.system,
                "object": _api_name(change),
                "key": change.key[1] if change.key and change.id is None else None,
                "id": change.id,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "reason": change.reason,
                "evidence": list(change.evidence),
            }


def _api_name(change: Change) -> str:
    return API_NAMES.get(change.object, change.object) if change.system == "salesforce" else change.object


def _fields(change: Change) -> Iterator[FieldChange]:
    if change.key and change.id is None:
        yield FieldChange(change.key[0], None, change.key[1])
    yield from change.fields


def as_file(plan: Plan, made_at: Instant) -> dict[str, Any]:
    """A plan to keep and to apply later, whole, with the digest that tells whether it was altered."""
    return {
        "schema": "syncd.plan-file/1",
        "made_at": made_at,
        "digest": plan.digest,
        "definitions": plan.definitions,
        "config": plan.config,
        "pair": list(plan.pair),
        "changes": list(map(as_data, plan.changes)),
        "refusals": [asdict(refusal) for refusal in plan.refusals],
        "decisions": [asdict(decision) for decision in plan.decisions],
        "notes": dict(plan.notes),
        "unjudged": asdict(plan.unjudged),
    }


def as_data(change: Change) -> dict[str, Any]:
    """One change whole."""
    return asdict(change) | {"fields": [one._asdict() for one in change.fields]}


def change_of(data: Mapping[str, Any]) -> Change:
    """The change of `as_data`."""
    fields = tuple(FieldChange(**field) for field in data["fields"])
    key = (data["key"][0], data["key"][1]) if data["key"] else None
    rest = {name: value for name, value in data.items() if name not in ("fields", "key", "evidence")}
    return Change(**rest, fields=fields, key=key, evidence=tuple(data["evidence"]))


class PlanRefused(Told):
    """A plan file that may not be applied; it is refused whole, and nothing was written."""

    code = "plan_refused"
    exit_code = ExitCode.HELD
    next_step = "make a new one with `syncd plan --out FILE`"


def from_file(data: object) -> tuple[Plan, Instant]:
    """The plan of a file and when it was made. Raises PlanRefused when it is none, or was altered."""
    try:
        plan, made_at, digest = _plan_of(data if isinstance(data, Mapping) else {})
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise PlanRefused("this is no plan that `syncd plan --out` wrote") from error
    if plan.digest != digest:
        raise PlanRefused("the plan was altered after it was made: its digest does not fit")
    return plan, made_at


def _plan_of(data: Mapping[str, Any]) -> tuple[Plan, Instant, str]:
    if data["schema"] != "syncd.plan-file/1":
        raise ValueError(data["schema"])
    plan = Plan(
        changes=tuple(map(change_of, data["changes"])),
        refusals=tuple(Refusal(**refusal) for refusal in data["refusals"]),
        decisions=tuple(map(_decision_of, data["decisions"])),
        definitions=data["definitions"],
        config=data["config"],
        pair=(data["pair"][0], data["pair"][1]),
        notes=data["notes"],
        unjudged=Unjudged(**data.get("unjudged", {})),
    )
    return plan, Instant(int(data["made_at"])), data["digest"]


def _decision_of(data: Mapping[str, Any]) -> Decision:
    entries = tuple(
        Entry(**{**entry, "stage": Stage(entry["stage"]), "evidence": tuple(entry["evidence"])})
        for entry in data["entries"]
    )
    rest = {name: value for name, value in data.items() if name not in ("entries", "overdue", "person", "stage")}
    overdue = tuple(data.get("overdue", ()))
    return Decision(
        **rest, person=PersonId(data["person"]), stage=Stage(data["stage"]), entries=entries, overdue=overdue
    )


def refuse_unless(plan: Plan, pair: tuple[str, str], definitions: str, config: str, age: int, max_age: int) -> None:
    """Raise PlanRefused when pair, definitions or config in force are others than the plan's, or it is too old.

    `age` and `max_age` are in milliseconds.
    """
    if plan.pair != pair:
        raise PlanRefused("the plan is for another pair of HubSpot portal and Salesforce org")
    if plan.definitions != definitions:
        raise PlanRefused("the definitions are not those of the plan any more")
    if plan.config != config:
        raise PlanRefused("the files in config are not those of the plan any more")
    if age > max_age:
        raise PlanRefused("the plan is older than --max-age allows")
