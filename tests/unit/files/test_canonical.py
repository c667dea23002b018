"""Hashes of what files mean."""

from __future__ import annotations

from dataclasses import field, make_dataclass

from pydantic import create_model

from syncd.files.canonical import digest_of


def test_a_key_more_that_nobody_says_is_no_change():
    """A newer syncd knows a key more: what people approved or took back is the same to it."""
    old = create_model("Service", mode=(str, "apply"), within=(int, 3))
    new = create_model("Service", mode=(str, "apply"), within=(int, 3), among=(list[str], []))
    assert digest_of(old(within=5)) == digest_of(new(within=5)) == digest_of(new(within=5, mode="apply", among=[]))
    assert digest_of(new(within=5)) != digest_of(new(within=5, among=["a"]))
    assert digest_of(new(within=5)) != digest_of(new(within=5, mode="plan_only"))
    assert digest_of(new(within=5)) != digest_of(new())


def test_a_part_more_of_a_rule_that_nobody_says_is_no_change():
    old = make_dataclass("Rule", [("points", int), ("since", "str | None", field(default=None))])
    more = [("points", int), ("since", "str | None", field(default=None)), ("of", list, field(default_factory=list))]
    new = make_dataclass("Rule", more)
    assert digest_of(old(5)) == digest_of(new(5))
    assert digest_of(new(5)) != digest_of(new(5, of=["mql"]))
    assert digest_of(new(5, None)) != digest_of(new(5, "mql"))
