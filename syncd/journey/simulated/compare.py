"""One person under two versions of the definitions: which entries differ, and what became of the person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, TypeAlias

from syncd.model.instant import NEVER, Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Opportunity, PersonId, Verdict
from syncd.model.stage import SIDE_STAGES, Stage

Kind: TypeAlias = Literal["gained", "lost", "earlier", "later", "same"]
Fate: TypeAlias = Literal["sql", "sqo", "won", "lost", "open"]

FATES: tuple[Fate, ...] = ("sql", "sqo", "won", "lost", "open")
"""What can become of somebody: the later stages, a deal won or lost, a deal that is open still."""
_FATE_OF: Mapping[Fate, Stage] = {"sql": Stage.SQL, "sqo": Stage.SQO}


@dataclass(frozen=True, slots=True)
class Period:
    """Entries from `since` on and before `until` are compared; what became of people is followed up to `now`."""

    since: Instant
    until: Instant
    now: Instant

    def holds(self, at: Instant) -> bool:
        """Whether an instant is in the period."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Replay:
    """One person judged by both versions, as if neither had ever decided anything.

    `at_once` are the stages that the person would enter on the spot if the new version came into force now. `deals`
    are the person's opportunities. `worked_at` is when sales first had the person, by a task or as recorded MQL;
    NEVER if it had not. `segment` is the value by which the numbers are split.
    """

    person: PersonId
    old: Verdict
    new: Verdict
    deals: Sequence[Opportunity] = ()
    worked_at: Instant = NEVER
    segment: str = ""
    at_once: Sequence[Stage] = ()


@dataclass(frozen=True, slots=True)
class Became:
    """What became of somebody after an entry, each with its first instant.

    `worked` are those of them that came when sales had the person already: they may be the work's doing rather than
    the person's, so they say less about how good the definitions are.
    """

    at: Mapping[Fate, Instant]
    worked: frozenset[Fate]


@dataclass(frozen=True, slots=True)
class Difference:
    """One stage of one cycle that at least one version has in the period.

    `old` and `new` are the first entries in the period by each version; where a version has none there, its first
    entry outside of it; None where it has none at all. `gained`: only the new version has one in the period; `lost`:
    only the old one; `earlier`, `later`: both have, and the new one's is then. What became of the person is told after
    each of the two that is in the period.
    """

    person: PersonId
    stage: Stage
    cycle: int
    kind: Kind
    old: Instant | None
    new: Instant | None
    why: str
    segment: str
    after_old: Became | None
    after_new: Became | None

    @property
    def became(self) -> Became:
        """What became of the person after the entry that counts: the new version's where it has one in the period."""
        return self.after_new or self.after_old or Became({}, frozenset())


def compare(replay: Replay, period: Period, order: Sequence[Stage]) -> list[Difference]:
    """Every entry of the period by either version, in order of cycle and stage; stages not in `order` are left out."""
    old, new = _by_stage(replay.old, period), _by_stage(replay.new, period)
    keys = [key for key in old.keys() | new.keys() if key[0] in order]
    found = []
    for stage, cycle in sorted(keys, key=lambda key: (key[1], order.index(key[0]))):
        before, after = old.get((stage, cycle)), new.get((stage, cycle))
        kind = _kind(before, after, period)
        if kind is None:
            continue
        became = [
            became_of(replay, stage, one.at, order) if one is not None and period.holds(one.at) else None
            for one in (before, after)
        ]
        found.append(
            Difference(
                person=replay.person,
                stage=stage,
                cycle=cycle,
                kind=kind,
                old=None if before is None else before.at,
                new=None if after is None else after.at,
                why=next(
                    one.why for one in ((before, after) if kind == "lost" else (after, before)) if one is not None
                ),
                segment=replay.segment,
                after_old=became[0],
                after_new=became[1],
            )
        )
    return found


def became_of(replay: Replay, stage: Stage, at: Instant, order: Sequence[Stage]) -> Became:
    """What became of a person after entering a stage at an instant.

    The truth is the same for both versions, else their figures could not be compared: a stage counts as reached where
    either of them says so, and deals are as Salesforce tells.
    """
    first: dict[Fate, Instant] = {}
    for fate in fates_after(stage, order):
        wanted = _FATE_OF.get(fate)
        if wanted is not None and (later := first_after(entered(replay, wanted), at)) is not None:
            first[fate] = later
    if (won := first_after(wins(replay), at)) is not None:
        first["won"] = won
    lost = (one.closed_at for one in replay.deals if not one.won and one.closed_at is not None)
    if (later := first_after(lost, at)) is not None:
        first["lost"] = later
    if opened := [one.created_at for one in replay.deals if one.closed_at is None]:
        first["open"] = Instant(max(at, min(opened)))
    return Became(first, frozenset(fate for fate, then in first.items() if replay.worked_at <= then))


def fates_after(stage: Stage, order: Sequence[Stage]) -> list[Fate]:
    """What can become of somebody after a stage: stages that come later, and deals."""
    if stage not in order or stage in SIDE_STAGES:
        return list(FATES)
    passed = order[: order.index(stage) + 1]
    return [fate for fate in FATES if _FATE_OF.get(fate) not in passed]


def entered(replay: Replay, stage: Stage) -> Iterator[Instant]:
    """When a person entered a stage by either version."""
    return (entry.at for entry in chain(replay.old.entries, replay.new.entries) if entry.stage == stage)


def wins(replay: Replay) -> Iterator[Instant]:
    """When a person was won: by a deal, or because HubSpot says so."""
    yield from (one.closed_at for one in replay.deals if one.won and one.closed_at is not None)
    both = chain(replay.old.entries, replay.new.entries)
    yield from (entry.at for entry in both if entry.stage == Stage.CUSTOMER and entry.source == "hubspot")


def first_after(instants: Iterator[Instant], at: Instant) -> Instant | None:
    """The first of some instants that is at or after another one."""
    return min((one for one in instants if one >= at), default=None)


def _by_stage(verdict: Verdict, period: Period) -> dict[tuple[Stage, int], Entry]:
    """The entry that counts by stage and cycle: the first in the period, else the first that there is."""
    found: dict[tuple[Stage, int], Entry] = {}
    for entry in verdict.entries:
        key = (entry.stage, entry.cycle)
        if key not in found or _counts_more(entry, found[key], period):
            found[key] = entry
    return found


def _counts_more(entry: Entry, other: Entry, period: Period) -> bool:
    return (not period.holds(entry.at), entry.at) < (not period.holds(other.at), other.at)


def _kind(old: Entry | None, new: Entry | None, period: Period) -> Kind | None:
    had = old is not None and period.holds(old.at)
    has = new is not None and period.holds(new.at)
    if old is None or new is None or had != has:
        return "gained" if has else "lost" if had else None
    if not has:
        return None
    return "same" if old.at == new.at else "earlier" if new.at < old.at else "later"
