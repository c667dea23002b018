"""What the fields of a record would take of a change, before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from syncd.model.change import FieldChange, Refusal
from syncd.plan.case import Case, Setting
from syncd.plan.values import is_unlisted, trouble_with

Place: TypeAlias = "tuple[str, str, str | None]"
"""System, kind and id of a record; no id where it is yet to be made."""


def taken(
    case: Case, place: Place, changes: Sequence[FieldChange], setting: Setting
) -> tuple[list[FieldChange], list[Refusal]]:
    """The changes that their fields would take, and refusals of the others.

    A value that a picklist does not offer is left out by itself. Any other that would be refused sets the whole record
    aside, with this one reason: then no change is taken. The texts name field and fault, never the value.
    """
    fit, refusals = [], []
    for one in changes:
        field = setting.described(*place[:2], one.field)
        trouble = trouble_with(one.after, field)
        if trouble is None:
            fit.append(one)
            continue
        alone = one.field if is_unlisted(one.after, field) else None
        why = f"{one.field} {trouble}"
        refusals.append(Refusal(case.facts.person, "value", why, "RevOps", *place, quarantine=True, field=alone))
    whole = [refusal for refusal in refusals if refusal.field is None]
    return ([], whole[:1]) if whole else (fit, refusals)
