"""What a cycle works with, what it is asked to do, and what it keeps count of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from connectors.records import Account, Destination, ObjectSchema, System
from syncd.endings import ExitCode, Told
from syncd.journey.reading import Seen
from syncd.model.change import Change, Plan
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from connectors.walked import Pages
    from syncd.files.load import Config
    from syncd.model.dossier import Reference
    from syncd.store.database import Store
    from syncd.store.runs import RunId
    from syncd.streams import Stream


EVERYTHING = frozenset(System)


class Stopped(Told):
    """Somebody asked the service to end: what was begun is done, the rest is left to the next cycle."""

    code = "stopped"
    exit_code = ExitCode.DONE
    next_step = "run `syncd sync`, or start the service again"

    def __init__(self) -> None:
        super().__init__("stopped on request; the next cycle goes on from here")


class TurnOver(Exception):
    """A slice of a backfill has had its time: what was read is kept, and somebody else may write now."""


class Progress(Protocol):
    """Somebody who watches long work."""

    def step(self, text: str) -> None:
        """A part of the work begins or has ended, in words."""
        ...

    def count(self, what: str, done: int, of: int | None = None) -> None:
        """So many of something are done, of a number where that is known."""
        ...


@dataclass(slots=True)
class Desk:
    """Both CRMs, the store, the files of RevOps, a clock, and somebody who watches.

    `stopping` says that somebody wants the work to end at the next good place, `turn_over` that reading is to go on in
    another slice. `give_way` lets others write who wait for that, where nothing is under way. `keeps` says that whom it
    reads of is kept for the end of a backfill.
    `left_off` are pages of a stream, by its place in the store, that are on their way when its turn comes, in this
    slice or in another, and the id after which they begin.
    `signing_key` signs the checkpoints of the ledger, None where the machine has no key.
    `schemas` are the fields that our users see, by (system, kind); `accounts` who we are in each CRM; `seen` is what
    both say to definitions, and `is_noted` whether the store knows who and what. `streams` are what is read, and
    `left_out` are fields that are passed over and why, by version of the definitions: both follow from the files and
    from what the CRMs show, and every cycle asks for them.
    """

    store: Store
    hubspot: Destination
    salesforce: Destination
    config: Config
    clock: Callable[[], Instant]
    sleep: Callable[[float], None]
    progress: Progress
    stopping: Callable[[], bool] = lambda: False
    turn_over: Callable[[], bool] = lambda: False
    give_way: Callable[[], None] = lambda: None
    keeps: bool = False
    left_off: dict[tuple[str, str], tuple[str | None, Pages]] = field(default_factory=dict)
    schemas: Mapping[tuple[System, str], ObjectSchema] = field(default_factory=dict)
    accounts: Mapping[System, Account] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    is_noted: bool = False
    streams: Sequence[Stream] = ()
    left_out: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    signing_key: str | None = field(default=None, repr=False)

    def crm(self, system: System) -> Destination:
        """The connector of a CRM."""
        return self.hubspot if system is System.HUBSPOT else self.salesforce

    def may_end(self) -> None:
        """A good place to end: everything is committed. Raises Stopped where somebody wants that."""
        if self.stopping():
            raise Stopped

    @property
    def pair(self) -> tuple[str, str]:
        """(HubSpot portal id, Salesforce org id) that we are connected to."""
        return self.accounts[System.HUBSPOT].id, self.accounts[System.SALESFORCE].id

    def plan_of(self, changes: Sequence[Change], at: Instant) -> Plan:
        """The plan of changes that no verdict asked for, under the files in force at an instant; none, an empty one."""
        definitions = self.config.definitions_at(at).hash
        return Plan(tuple(changes), (), (), definitions, config=self.config.hash, pair=self.pair)


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do.

    `now` decides as of then (None: the present). `write` false stops after the plan; `by_hand` is a person's own
    `apply`, which ends first contact. `since` and `until` bound the history that a backfill reads, `begun` is when that
    backfill began: what it has read since then it reads no more. `forced` are
    guards that somebody let pass, `who` is that somebody, and `why` what they said of it. `reads` are the CRMs that are
    read before anything is decided; with `sweeps` also what is read once a day at most: what is gone from them.
    `again` is the command by which a person lets a guard pass.
    """

    command: str
    now: Instant | None = None
    write: bool = True
    by_hand: bool = False
    since: Instant | None = None
    until: Instant | None = None
    begun: Instant | None = None
    forced: tuple[str, ...] = ()
    who: str = ""
    why: str = ""
    reads: frozenset[System] = EVERYTHING
    sweeps: bool = False
    again: str = "apply"

    @property
    def is_history(self) -> bool:
        """Whether this is a backfill, which makes no tasks."""
        return self.since is not None

    @property
    def brakes(self) -> bool:
        """Whether a pause, or definitions that wait for approval, hold this. Taking back what a bad run wrote must not
        wait until all may write again.
        """
        return self.command != "undo"


@dataclass(slots=True)
class Run:
    """One run, while it runs. Counts are by name: "hubspot.contact", "update", "create", "task".

    `lacks` is a permission that turned out to be missing while it wrote: all else is written. `waiting` are people for
    whom there were no calls. `rules` are those that it decides by, `rules_before` those by which everybody was last
    judged, None where nobody was (see `remember.rules_of`). `happened` are records, by (system, kind), with what they
    name, that a backfill was the first to read and that moved after it began.
    """

    id: RunId
    order: Order
    now: Instant
    pulled: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    happened: dict[tuple[System, str], dict[str, Sequence[Reference]]] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0
    moved: int = 0
    waiting: int = 0
    lacks: Stop | None = None
    rules: str = ""
    rules_before: str | None = None

    @property
    def has_new_rules(self) -> bool:
        """Whether nothing was decided by these rules yet, and something was by others."""
        return self.rules_before not in (None, self.rules)


@dataclass(frozen=True, slots=True)
class Stop:
    """What held a run back after its plan: a word for programs, a name for people, the cause and the next step."""

    code: str
    by: str
    message: str
    next_step: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did. `stop` is None where nothing held it; `exit_code` is that of the command."""

    run: Run
    plan: Plan
    stop: Stop | None
    exit_code: int
    calls: Mapping[str, int]

    @property
    def stopped_by(self) -> str | None:
        """The name of what held the run back."""
        return self.stop.by if self.stop else None
