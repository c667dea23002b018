"""One visit of a page: what was asked, and what it is answered from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from starlette.responses import Response

from syncd.endings import NotThere, Told
from syncd.model.instant import MINUTE, Instant, instant_of, parse_iso
from syncd.model.nouns import dataclass
from syncd.store import ledger, runs
from syncd.web.lookout import Lookout
from syncd.web.remembered import FIRST_SECONDS, PATIENCE_SECONDS, StillCounting

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.files.problem import Problem

T = TypeVar("T")
FRESH = 5 * MINUTE
"""Numbers that change by mere passing of time are counted anew so often."""


SOMEBODY = "somebody at the web page"
"""Who is named in the ledger for what is done here: the page knows no names."""


class NoSuchPage(NotThere):
    """What an address names is not there."""

    code = "not_found"


class Misasked(Told):
    """A question that cannot be answered as it was put, such as a day that is none."""

    code = "usage"


@dataclass(frozen=True, slots=True)
class Shown:
    """A template and what it shows."""

    template: str
    context: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page is asked: parts of its path, its query and its form, with the store at one moment and the files."""

    tx: Connection
    config: Config
    problems: tuple[Problem, ...]
    now: Instant
    lookout: Lookout
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    def asked(self, name: str) -> str | None:
        """A value of the query, None where it is empty or not there."""
        return self.query.get(name, "").strip() or None

    def instant(self, name: str) -> Instant | None:
        """A time of the query or the form, None where it is empty or not there; a day is its first moment in the
        portal's time zone. Raises Misasked.
        """
        text = self.asked(name) or self.form.get(name, "").strip() or None
        if text is None:
            return None
        try:
            if len(text) == len("2026-11-21"):
                zone = ZoneInfo(self.config.service.time_zone)
                return instant_of(datetime.combine(date.fromisoformat(text), datetime.min.time(), zone))
            return parse_iso(text)
        except (ValueError, OverflowError) as error:
            raise Misasked(f"{text!r} is no time", "write 2026-11-21, or 2026-11-21T08:30:00Z") from error

    def number(self, name: str, default: int) -> int:
        """A whole number above zero of the query. Raises Misasked."""
        text = self.asked(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:10]) < 10**9:
            raise Misasked(f"{text!r} is no number", "write one like 2")
        return int(text)

    def remembered(self, question: Hashable, make: Callable[[Connection], T], patience: float = FIRST_SECONDS) -> T:
        """What `make` finds in the store, kept until the store or the files change, or some minutes have passed.

        Raises StillCounting.
        """
        last = runs.recent(self.tx, 1)
        state = (ledger.head(self.tx), self.config.hash, last and (last[0].id, last[0].ended_at), self.now // FRESH)

        def made() -> T:
            with self.lookout.reading() as tx:
                return make(tx)

        return self.lookout.remembered.get(question, state, made, patience)

    def soon(self, question: Hashable, make: Callable[[Connection], T]) -> T | None:
        """The same, without waiting: None where it is still being counted."""
        try:
            return self.remembered(question, make, PATIENCE_SECONDS)
        except StillCounting:
            return None


Page: TypeAlias = Callable[[Visit], Shown | Response]
