"""Whether the definitions go with what the CRMs say of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.files.problem import Problem
from syncd.journey.reading import misnamed_values, mistyped

if TYPE_CHECKING:
    from syncd.definitions.options import Misnamed
    from syncd.files.load import Config
    from syncd.journey.reading import Seen
    from syncd.model.instant import Instant


def unfitting(config: Config, now: Instant, seen: Seen) -> list[Problem]:
    """What the version in force says of fields that does not go with what the CRMs say of them: types and values."""
    typed = [Problem(*place_of(place), wrong.what, wrong.instead) for place, wrong in mistyped(config, now, seen)]
    return [*typed, *map(_problem_of, misnamed_values(config, now, seen))]


def _problem_of(one: Misnamed) -> Problem:
    """A value in the definitions that no picklist has, as a mistake in the file."""
    file, line, column = place_of(one.place)
    if one.several:
        what, instead = f"{one.text!r} is the label of several values of {one.name}", "write one of the values"
    else:
        what, instead = f"{one.name} has no value {one.text!r} in the CRM", "write a value or label of its picklist"
    return Problem(file, line, column, what, f"{instead}: {', '.join(one.near)}")


def place_of(text: str) -> tuple[str, int, int]:
    """File, line and column of a place as clauses have it."""
    file, line, column = text.rsplit(":", 2)
    return file, int(line), int(column)
