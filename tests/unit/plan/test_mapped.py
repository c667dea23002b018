"""Which of two values is the newer one, and in whose words it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.records import ObjectSchema, System
from syncd.files.fields_file import FieldsFile
from syncd.model.dossier import Mirrored
from syncd.model.instant import BEGINNING, MINUTE, Instant
from syncd.model.person import Property, Unknown
from syncd.plan.case import Setting
from syncd.plan.mapped import mapped_fields
from tests.unit.plan.cases import NOW, case, hubspot, lead, setting, text

Said = tuple[int, str | None]


def at(minutes: int) -> Instant:
    return Instant(NOW + minutes * MINUTE)


def written(target: Mirrored, source: list[Said], system: str = "salesforce", **rule: object) -> dict[str, object]:
    """What a rule writes into a lead's or contact's field `Role`, where the other CRM said `source`, by the minute."""
    kind = "lead" if system == "salesforce" else "contact"
    other = "hubspot:contact:1:role" if system == "salesforce" else "salesforce:lead:00Q1:Role"
    fields = FieldsFile.model_validate(
        {
            "read": {"role": {"from": other.replace(":1:", ".").replace(":00Q1:", ".").replace(":", ".", 1)}},
            "write": {f"{system}.{kind}.Role": {"from": "role", "owner": "newest_wins", **rule}},
        }
    )
    timeline = [(BEGINNING, Unknown("was missing then")), *((at(m), v or Unknown("is missing")) for m, v in source)]
    if source[0][0] < -(10**5):
        timeline = [(BEGINNING, source[0][1])]
    one = case(target, hubspot()) if target.system is System.SALESFORCE else case(target)
    properties = {**one.facts.properties, "role": Property(tuple(timeline), other)}
    return dict(
        mapped_fields(
            replace(one, facts=replace(one.facts, properties=properties)),
            (system, kind),
            target,
            seeing(fields, system, kind),
        )
    )


def seeing(fields: FieldsFile, system: str, kind: str) -> Setting:
    schema = ObjectSchema(kind, {"Role": text("Role")})
    given = setting(fields=fields)
    if system == "salesforce":
        return replace(given, schemas={**given.schemas, kind: schema})
    return replace(given, portal={kind: schema})


def held(record: Mirrored, *versions: Said, by: str | None = None) -> Mirrored:
    """A record whose field was so by the minute; the last is what it holds."""
    record.properties["Role"] = versions[-1][1]
    return replace(record, history={"Role": [(at(m), value, by, None) for m, value in versions]})


def test_the_history_of_both_sides_says_which_value_is_newer():
    there = held(lead(), (-90, "Clerk"), (-50, "Boss"))
    assert written(there, [(-60, "CTO")]) == {}
    assert written(there, [(-60, "CTO"), (-40, "CIO")]) == {"Role": "CIO"}
    far = held(hubspot(), (-90, "Clerk"), (-50, "Boss"))
    assert written(far, [(-60, "CTO")], "hubspot") == {}
    assert written(far, [(-40, "CIO")], "hubspot") == {"Role": "CIO"}


def test_a_history_is_better_than_the_time_of_the_record():
    """The record was changed two hours ago, at another place: the field is older than that."""
    assert written(held(lead(), (-500, "Boss")), [(-300, "CTO")]) == {"Role": "CTO"}


def test_where_no_history_tells_the_target_is_as_new_as_its_record_and_the_source_as_old_as_can_be():
    assert written(lead(Role="Boss"), [(-121, "CTO")]) == {}
    assert written(lead(Role="Boss"), [(-119, "CTO")]) == {"Role": "CTO"}
    undated = [(-(10**6), "CTO")]
    assert written(lead(Role="Boss"), undated) == {}
    assert written(held(lead(), (-500, "Boss")), undated) == {}


def test_a_copy_is_no_news_beside_what_somebody_typed_meanwhile():
    """Salesforce said Boss, syncd copied it, and by then somebody in Salesforce had typed Chief."""
    copied = [(-90, "Clerk"), (-50, "Boss")]
    assert written(held(lead(), (-95, "Clerk"), (-60, "Boss"), (-55, "Chief")), copied) == {}
    there = held(hubspot(), *copied)
    assert written(there, [(-60, "Boss"), (-55, "Chief")], "hubspot") == {"Role": "Chief"}


def test_what_was_copied_is_no_news_on_the_way_back():
    there = held(lead(), (-90, "Clerk"), (-50, "CTO"))
    assert written(there, [(-60, "CTO"), (-55, "CIO")]) == {"Role": "CIO"}
    near = held(hubspot(), (-60, "CTO"), (-55, "CIO"))
    assert written(near, [(-90, "Clerk"), (-50, "CTO")], "hubspot") == {}


def test_whoever_types_an_old_value_again_says_it_anew():
    there = held(lead(), (-500, "Clerk"), (-200, "Boss"))
    assert written(there, [(-400, "CTO"), (-40, "Clerk")]) == {"Role": "Clerk"}


@pytest.mark.parametrize(("system", "target"), [("salesforce", lead), ("hubspot", hubspot)])
def test_values_are_told_in_the_targets_words_both_ways(system, target):
    words = {"Decision maker": "DM", "User": "US"}
    there = held(target(), (-90, "US"))
    assert written(there, [(-40, "decision maker")], system, values=words) == {"Role": "DM"}
    assert written(there, [(-40, "Gardener")], system, values=words) == {"Role": "Gardener"}


def test_a_copy_in_other_words_is_a_copy():
    words = {"Decision maker": "DM", "User": "US"}
    there = held(lead(), (-90, "US"), (-50, "DM"))
    said = [(-60, "Decision maker"), (-55, "User")]
    assert written(there, said, values=words) == {"Role": "US"}
