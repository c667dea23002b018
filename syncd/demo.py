"""The demo: the real job against two emulated CRMs with a lifelike portal, and the figures of what happened."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.records import System
from connectors.sandbox.demo import STORIES, build_demo
from connectors.sandbox.twin import Twin
from syncd.cycle import run_cycle
from syncd.desk import Order, Outcome, Progress
from syncd.files.starter import write_starter
from syncd.model.change import TASK, Decision, Refusal
from syncd.model.instant import datetime_of
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage
from syncd.settings import Settings, load_settings
from syncd.store import ledger, mirror, people
from syncd.store.ledger import Verification
from syncd.web.serve import PageUnavailable, Serving
from syncd.wiring import open_desk, present, read_store

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.person import PersonId

PLAYBOOK = "startup"
WAIT_SECONDS = 10.0
SHOWN = 3
TELLING = (Stage.SQL, Stage.MQL, Stage.SQO, Stage.RECYCLED, Stage.CUSTOMER, Stage.DISQUALIFIED)
"""Stages of people worth looking at under somebody's own files, the most telling first: one of each."""
UNJUDGED = "farah.nasser@kleinfeld.example"
"""Somebody who becomes an MQL as soon as somebody says how large her company is."""
ORDERS = (
    ("plan: read both CRMs, decide, and write nothing", Order("plan", write=False)),
    ("apply: write what the plan shows", Order("apply", by_hand=True, who="demo")),
    ("sync: the next cycle, which should find nothing to do", Order("sync")),
)
"""What people do on the first day. The demo has no exemption from first contact: a person's apply ends it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the demo takes place: both CRMs, the folder of files and store, and the settings that lead there."""

    twin: Twin
    folder: Path
    variables: Mapping[str, str]
    settings: Settings
    own_files: bool

    def company_of(self, email: str) -> str:
        """The id of somebody's company in HubSpot. KeyError for nobody's address."""
        contact = self.twin.hubspot.tables["contacts"].find_unique("email", email)
        if contact is None:
            raise KeyError(email)
        return str(contact.values["associatedcompanyid"])


@dataclass(frozen=True, slots=True)
class SetAside:
    """A reason for which something was not done: how many people, who can mend it, and the cases in words."""

    code: str
    people: int
    who: str
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Worth:
    """Somebody worth looking at. `why` is a line."""

    email: str
    stage: Stage
    cycle: int
    why: str


@dataclass(frozen=True, slots=True)
class Played:
    """What happened: the plan that was shown, its apply, and a second cycle that finds nothing to do.

    `in_both` people have records in both CRMs. `tasks` counts by the receiver's name, `stages` people by stage.
    """

    plan: Outcome
    apply: Outcome
    again: Outcome
    people: int
    in_both: int
    stages: Mapping[Stage, int]
    tasks: Mapping[str, int]
    set_aside: Sequence[SetAside]
    worth: Sequence[Worth]
    ledger: Verification
    seconds: float

    @property
    def calls(self) -> Mapping[str, int]:
        """HTTP calls of all three runs, by CRM."""
        total: Counter[str] = Counter()
        for outcome in (self.plan, self.apply, self.again):
            total.update(outcome.calls)
        return dict(total)


@contextmanager
def set_scene(folder: Path, config: Path | None) -> Iterator[Scene]:
    """Serve both CRMs with a fresh portal, and write the starter files into an empty folder, unless `config` names own
    files. Everything that is served ends with the block.
    """
    files = config.absolute() if config is not None else folder / "config"
    if config is None:
        write_starter(files, PLAYBOOK)
    with Twin(*build_demo(datetime_of(present()))) as twin:
        variables = {
            "SYNCD_CONFIG_DIR": str(files),
            "SYNCD_STORE_URL": f"sqlite:///{folder / 'syncd.db'}",
            **twin.settings(),
        }
        yield Scene(twin, folder, variables, load_settings(variables, folder), config is not None)


@contextmanager
def page_of(scene: Scene) -> Iterator[str]:
    """Serve the web page of what happened, and give its address: the usual port, or another one where that is taken."""
    for listen in (scene.settings.web.listen, "127.0.0.1:0"):
        web = scene.settings.web.model_copy(update={"listen": listen})
        settings = scene.settings.model_copy(update={"web": web})
        page = Serving(settings, settings.store_url.get_secret_value(), settings.config_dir)
        try:
            page.start()
        except PageUnavailable:
            if listen != scene.settings.web.listen:
                raise
        else:
            break
    try:
        yield page.url
    finally:
        page.stop()


def play(scene: Scene, progress: Progress) -> Played:
    """Run the job as people do: look at a plan, apply it, and run once more. Raises what the commands raise."""
    began = time.monotonic()
    outcomes = []
    for text, order in ORDERS:
        progress.step(text)
        with open_desk(scene.settings, progress, WAIT_SECONDS) as desk:
            outcomes.append(run_cycle(desk, order))
    plan, apply, again = outcomes
    with read_store(scene.settings) as store, store.reading() as tx:
        stages = {decision.person: Stage(decision.stage) for outcome in outcomes for decision in outcome.plan.decisions}
        return Played(
            plan=plan,
            apply=apply,
            again=again,
            people=people.count(tx),
            in_both=len(_persons(tx, System.HUBSPOT) & _persons(tx, System.SALESFORCE)),
            stages=Counter(stages.values()),
            tasks=_tasks(tx, apply),
            set_aside=list(_set_aside(apply.plan.refusals)),
            worth=list(_worth(tx, apply.plan.decisions, own_files=scene.own_files)),
            ledger=ledger.verify(tx),
            seconds=time.monotonic() - began,
        )


def _persons(tx: Connection, system: System) -> set[PersonId]:
    kinds = ("contact", "lead") if system is System.SALESFORCE else ("contact",)
    return {
        record.person
        for kind in kinds
        for record in mirror.iterate(tx, system, kind)
        if record.person is not None and not record.deleted
    }


def _tasks(tx: Connection, apply: Outcome) -> Mapping[str, int]:
    """Tasks by the name of the user or queue that got them, most first."""
    counts = Counter(change.owner or "" for change in apply.plan.changes if change.purpose == TASK)
    names = {
        record.id: str(record.properties.get("Name") or record.id)
        for kind in ("user", "group")
        for record in mirror.get(tx, System.SALESFORCE, kind, counts).values()
    }
    return {names.get(owner, owner): count for owner, count in counts.most_common()}


def _set_aside(refusals: Sequence[Refusal]) -> Iterator[SetAside]:
    """The plan's refusals by reason, the most frequent first."""
    groups: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        groups.setdefault(refusal.code, []).append(refusal)
    for code, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        examples = tuple(dict.fromkeys(refusal.why for refusal in group))
        yield SetAside(code, len({refusal.person for refusal in group}), group[0].who, examples)


def _worth(tx: Connection, decisions: Sequence[Decision], *, own_files: bool) -> Iterator[Worth]:
    """The first of the stories. Under somebody's own files what is told of them may not be true: then one person of
    each telling stage, with the proof.
    """
    decided = {decision.person: decision for decision in decisions}
    found = [
        (story, decided[person])
        for story in STORIES
        for person in people.find(tx, story.life.email)
        if person in decided
    ]
    if own_files:
        by_stage = {Stage(decision.stage): (story, decision) for story, decision in reversed(found)}
        found = [by_stage[stage] for stage in TELLING if stage in by_stage]
    for story, decision in found[:SHOWN]:
        latest = next((entry for entry in reversed(decision.entries) if entry.stage == decision.stage), None)
        why = (latest.why if latest else "") if own_files else story.why
        yield Worth(story.life.email, Stage(decision.stage), decision.cycle, why)
