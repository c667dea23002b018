"""Mappings that a CRM refuses from everybody alike: one field of a kind of record, or one value of it."""

from __future__ import annotations

import hashlib
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple

from connectors.records import JsonValue
from syncd.model.change import Change, FieldChange

MARK = "field:"
"""How the fingerprint of a mapping begins, in place of that of a whole change."""


class Mapped(NamedTuple):
    """What is not sent while it is set aside: `what` names the field, and the value where only that is refused."""

    system: str
    object: str
    what: str

    @property
    def field(self) -> str:
        """The field's own name."""
        return self.what.removeprefix(MARK).partition("=")[0]


def of_field(system: str, kind: str, name: str) -> Mapped:
    """The mapping of a field with all its values."""
    return Mapped(system, kind, f"{MARK}{name}")


def of_value(system: str, kind: str, name: str, value: JsonValue) -> Mapped:
    """The mapping of a field with one value, which is not told: it may be personal."""
    return Mapped(system, kind, f"{MARK}{name}={hashlib.sha256(repr(value).encode()).hexdigest()[:16]}")


def mappings_in(change: Change) -> set[Mapped]:
    """All mappings that a change makes use of."""
    return {each for one in change.fields for each in _of(change, one)}


def without(change: Change, stopped: AbstractSet[Mapped]) -> Change | None:
    """The change without mappings that are set aside; None where nothing but rendered texts would be left of it."""
    if not stopped or stopped.isdisjoint(mappings_in(change)):
        return change
    kept = tuple(one for one in change.fields if stopped.isdisjoint(_of(change, one)))
    return None if all(one.rendered for one in kept) else replace(change, fields=kept)


def _of(change: Change, one: FieldChange) -> set[Mapped]:
    where = (change.system, change.object, one.field)
    return {of_field(*where), of_value(*where, one.after)}
