"""What a report is asked on a page: the filters of its form, and the words that bring them back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlencode

from syncd.files.problem import Wrong
from syncd.files.scalars import positive_duration_of
from syncd.journey.population import Asked, Scope
from syncd.journey.splits import MONTH, OWNER, TEAM, VERSION, WEEK
from syncd.model.nouns import dataclass
from syncd.web.visit import Misasked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syncd.files.load import Config
    from syncd.web.visit import Visit

FIELDS = ("from", "to", "order", "basis", "within", "by", "at", "as_of", "name", "value")
"""What the form of a report has."""
SPLITS = (MONTH, WEEK, VERSION, TEAM, OWNER)


@dataclass(frozen=True, slots=True)
class Report:
    """What is asked, with the texts of the form. `key` is equal for equal questions."""

    asked: Asked
    scope: Scope
    said: Mapping[str, str]

    @property
    def key(self) -> tuple[str, ...]:
        """The texts in order. What is asked of now is asked of whatever now is."""
        return tuple(self.said[name] for name in FIELDS)

    def link(self, **more: str) -> str:
        """The query of an address that asks the same, and more."""
        given = {name: text for name, text in self.said.items() if text}
        return urlencode(given | more)

    def by(self, *names: str) -> Asked:
        """The same question, split by each of some names."""
        return replace(self.asked, by=tuple(dict.fromkeys(names)))


def report_of(visit: Visit, by: str = "") -> Report:
    """What the query of a visit asks, split by a name unless it says another one. Raises Misasked."""
    said = {name: visit.asked(name) or "" for name in FIELDS}
    said["by"] = said["by"] or by
    at, as_of = visit.instant("at"), visit.instant("as_of")
    if said["order"] not in ("", "any", "strict") or said["basis"] not in ("", "cohort", "period"):
        raise Misasked("that is no way to count", "choose one of the lists")
    asked = Asked(
        strict=said["order"] == "strict",
        since=visit.instant("from"),
        until=visit.instant("to"),
        basis=cast("Literal['cohort', 'period']", said["basis"] or "cohort"),
        within=_within(said["within"]),
        by=(said["by"],) if said["by"] else (),
        where={said["name"]: said["value"]} if said["name"] else {},
    )
    return Report(asked, Scope(at or as_of or visit.now, as_of), said)


def splits_of(config: Config) -> Sequence[str]:
    """The names by which a report can be split."""
    return (*SPLITS, *sorted(config.fields.reads))


def _within(text: str) -> int | None:
    try:
        return positive_duration_of(text) if text else None
    except Wrong as wrong:
        raise Misasked(wrong.what, wrong.instead) from wrong
