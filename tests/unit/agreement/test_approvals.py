"""Two keys: whose approval is still needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syncd.agreement.approvals import Approval, NobodyWhoApproves, lacking, sides_of, speaker
from syncd.files.service_file import Approvals
from syncd.model.instant import Instant

NAMED = {"marketing": ["Anna@us.example", "both@us.example"], "sales": ["bo@us.example", "both@us.example"]}
RULE = Approvals.model_validate({"required": "true", **NAMED})


def yes(email: str, *sides: str, version: str = "v1") -> Approval:
    return Approval(version, email, sides, "login", Instant(0))


def test_both_sides_have_to_agree_to_the_very_version() -> None:
    assert lacking(RULE, [], "v1") == ("marketing", "sales")
    assert lacking(RULE, [yes("anna@us.example", "marketing")], "v1") == ("sales",)
    both = [yes("anna@us.example", "marketing"), yes("bo@us.example", "sales")]
    assert lacking(RULE, both, "v1") == ()
    assert lacking(RULE, both, "v2") == ("marketing", "sales")


def test_one_person_on_both_sides_counts_for_one_of_them() -> None:
    alone = [yes("both@us.example", "marketing", "sales"), yes("BOTH@us.example", "marketing", "sales")]
    assert lacking(RULE, alone, "v1") == ("sales",)
    assert lacking(RULE, [*alone, yes("anna@us.example", "marketing")], "v1") == ()
    assert lacking(RULE, [*alone, yes("bo@us.example", "sales")], "v1") == ()


def test_switched_off_nothing_waits() -> None:
    assert lacking(Approvals(), [], "v1") == ()


def test_who_left_since_has_still_approved() -> None:
    later = Approvals.model_validate({"required": "true", "marketing": ["new@us.example"], "sales": ["bo@us.example"]})
    assert lacking(later, [yes("anna@us.example", "marketing"), yes("bo@us.example", "sales")], "v1") == ()


people = st.sampled_from(("a@x", "b@x", "c@x"))
given_ones = st.lists(
    st.tuples(people, st.sampled_from((("marketing",), ("sales",), ("marketing", "sales")))).map(
        lambda one: yes(one[0], *one[1])
    ),
    max_size=5,
)


@given(given_ones)
def test_it_takes_two_different_people_of_both_sides(approvals) -> None:
    pairs = [
        (one.email, other.email)
        for one in approvals
        for other in approvals
        if "marketing" in one.sides and "sales" in other.sides and one.email != other.email
    ]
    assert (lacking(RULE, approvals, "v1") == ()) == bool(pairs)


def test_a_person_speaks_for_the_sides_that_name_them() -> None:
    assert sides_of(RULE, " anna@US.example") == ("marketing",)
    assert sides_of(RULE, "both@us.example") == ("marketing", "sales")
    assert sides_of(RULE, "nobody@us.example") == ()


def test_who_speaks_is_said_or_follows_from_the_login() -> None:
    assert speaker(RULE, "BO@us.example", "root") == "bo@us.example"
    assert speaker(RULE, None, "anna") == "Anna@us.example"
    for email, login in ((None, "root"), ("eve@us.example", "anna")):
        with pytest.raises(NobodyWhoApproves):
            speaker(RULE, email, login)
    with pytest.raises(NobodyWhoApproves, match="nobody is named"):
        speaker(Approvals(), "anna@us.example", "anna")


@pytest.mark.parametrize(("marketing", "sales"), [([], ["b@x"]), (["a@x"], []), (["a@x"], ["A@x"]), (["a"], ["b@x"])])
def test_approvals_that_could_never_be_given_are_a_mistake(marketing: list[str], sales: list[str]) -> None:
    with pytest.raises(ValidationError):
        Approvals.model_validate({"required": "true", "marketing": marketing, "sales": sales})
