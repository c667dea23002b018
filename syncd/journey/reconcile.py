"""Why one CRM counts more people in a stage than the other: everybody in exactly one bucket (facts: market 2.1). Pure.

Each CRM counts records whose own date of the stage lies in the period. Buckets hold people, and of each person the
records that either CRM counts: over all buckets these are what the CRMs count themselves, or something is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from connectors.records import System
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.model.said import said
from syncd.model.stage import Stage


class Bucket(StrEnum):
    """Where a person of the period is; the order is that of the report."""

    IN_BOTH = "in both"
    CONVERTED = "converted"
    DIFFERS = "stage differs"
    WAITING = "waiting"
    NOT_ELIGIBLE = "not eligible"
    BLOCKED = "blocked by error"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"
    ONLY_IN_HUBSPOT = "only in HubSpot"
    ONLY_IN_SALESFORCE = "only in Salesforce"


@dataclass(frozen=True, slots=True)
class Question:
    """Which stage, and from when on and before when it was entered; None: whenever."""

    stage: Stage
    since: Instant | None = None
    until: Instant | None = None

    def covers(self, at: Instant | None) -> bool:
        """Whether a date lies in the period; no date does not."""
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Copy:
    """A record of a person: what it says of the stage, since when, and who set that where it is known.

    `counted` says that its CRM counts it: it lives, and its date of the stage lies in the period.
    """

    system: System
    kind: str
    id: str
    counted: bool
    deleted: bool = False
    converted: bool = False
    says: str | None = None
    at: Instant | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One person of the period. `recorded` says that the ledger has the entry. Each of the others is a reason in words,
    where there is one: what nobody could decide, what failed, what is still to be done, what the rules leave out.
    `dropped` says that something failed, and somebody wants it left so. `forgotten` is somebody of whom syncd keeps
    nothing, and a CRM still has a record.
    """

    person: str
    copies: Sequence[Copy]
    recorded: bool = False
    ambiguous: str | None = None
    error: str | None = None
    waits: str | None = None
    left_out: str | None = None
    dropped: bool = False
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A person in a bucket, with the reason and how many records each CRM counts."""

    person: str
    bucket: Bucket
    why: str
    counts: Mapping[System, int]


@dataclass(frozen=True, slots=True)
class Sum:
    """One bucket: how many people, and how many records of theirs each CRM counts."""

    people: int
    counts: Mapping[System, int]


@dataclass(frozen=True, slots=True)
class Undated:
    """Records that are in the buckets by the history of their stage alone: their CRM keeps no date in this field, by
    which it counts.
    """

    field: str
    records: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everybody of the period, what each CRM said that it counts itself, and of what it has no date."""

    question: Question
    placed: Sequence[Placed]
    own: Mapping[System, int]
    undated: Mapping[System, Undated] = field(default_factory=dict)

    @property
    def sums(self) -> Mapping[Bucket, Sum]:
        """Every bucket, empty ones too, in their order."""
        return {
            bucket: Sum(len(mine), total(mine))
            for bucket in Bucket
            for mine in ([one for one in self.placed if one.bucket is bucket],)
        }

    @property
    def missing(self) -> Mapping[System, int]:
        """By how much each CRM counts more than the buckets hold (less: below zero), where it does."""
        held = total(self.placed)
        return {system: own - held[system] for system, own in self.own.items() if own != held[system]}

    @property
    def changed(self) -> Mapping[System, int]:
        """The part of it that is not for want of a date: something changed there since it was read."""
        dated = {one: by + self.undated[one].records if one in self.undated else by for one, by in self.missing.items()}
        return {system: by for system, by in dated.items() if by}


def total(placed: Iterable[Placed]) -> Mapping[System, int]:
    """How many records each CRM counts of these people."""
    counts: Counter[System] = Counter({System.HUBSPOT: 0, System.SALESFORCE: 0})
    for one in placed:
        counts.update(one.counts)
    return counts


def reconcile(question: Question, people: Iterable[Standing], own: Mapping[System, int]) -> Reconciliation:
    """Put everybody into exactly one bucket."""
    placed = sorted(map(place, people), key=lambda one: (list(Bucket).index(one.bucket), one.person))
    return Reconciliation(question, placed, own)


def place(one: Standing) -> Placed:
    """The bucket of one person: the first that fits, what needs somebody's hands before what explains itself."""
    bucket, why = next(_fitting(one))
    counts = {system: sum(copy.counted for copy in one.copies if copy.system is system) for system in System}
    return Placed(one.person, bucket, why, counts)


def _fitting(one: Standing) -> Iterator[tuple[Bucket, str]]:
    if one.forgotten:
        yield Bucket.FORGOTTEN, said("forgotten here, and the record is still in the CRM")
    if twice := one.ambiguous or _twice(one):
        yield Bucket.DUPLICATE, twice
    near, far = (_living(one, system) for system in System)
    counted = [any(copy.counted for copy in side) for side in (near, far)]
    if converted := next((copy for copy in far if copy.converted and (copy.counted or not counted[1])), None):
        yield Bucket.CONVERTED, said("lead {lead} was converted", lead=converted.id)
    if all(counted):
        yield Bucket.IN_BOTH, ""
    yield from _on_one_side(one)
    if near and far:
        yield Bucket.DIFFERS, "; ".join(_said(copy) for copy in (*near, *far))
    if near:
        yield (
            Bucket.ONLY_IN_HUBSPOT,
            (
                said("Salesforce has no record of this person: what failed was dropped from the quarantine")
                if one.dropped
                else said("Salesforce has no record of this person")
            ),
        )
    yield Bucket.ONLY_IN_SALESFORCE, said("HubSpot has no contact of this person")


def _on_one_side(one: Standing) -> Iterator[tuple[Bucket, str]]:
    """Where somebody belongs whom not both CRMs count, for a reason that we know."""
    if one.error:
        yield Bucket.BLOCKED, one.error
    if gone := next((copy for copy in one.copies if copy.deleted and not _living(one, copy.system)), None):
        yield Bucket.DELETED, said("{what} was deleted", what=f"{gone.system} {gone.kind} {gone.id}")
    here = any(copy.counted and copy.system is System.SALESFORCE for copy in one.copies)
    left_out = None if here else one.left_out  # whom Salesforce has in the stage, the rules left in
    if left_out and not one.recorded:
        yield Bucket.NOT_ELIGIBLE, left_out
    if one.waits:
        yield Bucket.WAITING, one.waits
    if left_out:
        yield Bucket.NOT_ELIGIBLE, left_out


def _living(one: Standing, system: System) -> list[Copy]:
    return [copy for copy in one.copies if copy.system is system and not copy.deleted]


def _twice(one: Standing) -> str | None:
    """That a CRM has two living records of one kind; a converted lead beside another one is history."""
    kinds = Counter((copy.system, copy.kind) for copy in one.copies if not (copy.deleted or copy.converted))
    return next((f"{system} has {n} {kind}s of this person" for (system, kind), n in kinds.items() if n > 1), None)


def _said(copy: Copy) -> str:
    by = f", set by {copy.by}" if copy.by else ""
    at = "no date of the stage asked for" if copy.at is None else f"dated {iso(copy.at)}"
    return f"{copy.system} {copy.kind} {copy.id} says {copy.says or 'no stage'}{by} ({at})"
