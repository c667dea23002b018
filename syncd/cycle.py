"""One cycle of syncd, from pulling to writing. Read `run_cycle` first: it is the map of the program."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.agreement.approvals import lacking
from syncd.anchors.anchoring import anchor, close_old, with_checkpoint
from syncd.apply import apply, as_of_now
from syncd.brakes import pause
from syncd.brakes.budget import LIMITS, noted
from syncd.brakes.filled import filled_since, note_filled
from syncd.brakes.rehearsed import leaving, rehearsed
from syncd.desk import Desk, Order, Outcome, Run, Stop, TurnOver
from syncd.endings import code_of, exit_code_of
from syncd.journey.examined import left_out, told_as_left_out
from syncd.journey.reading import note_seen
from syncd.judge import judge, keep_due, leave_to_cycles, setting_for, who_is_due
from syncd.link import link
from syncd.model.change import ANCHOR, Plan
from syncd.plan.build import build_plan
from syncd.plan.guard import Known, holding, way_on
from syncd.plan.render import as_data, forecast
from syncd.pull import pull
from syncd.repair.undo import hold
from syncd.store import approvals, held, intents, mirror, people, quarantine, runs
from syncd.store.database import bind_pair, get_meta
from syncd.store.held import Held
from syncd.writing.aside import mapping_of
from syncd.writing.recover import recover
from syncd.writing.remember import APPLIED_ONCE, RULES_IN_FORCE, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from syncd.model.instant import Instant
    from syncd.repair.undo import Undoing

FIRST_CONTACT = Stop(
    "first_contact",
    "first contact",
    "this is the first contact of these two CRMs, and nothing is written before a person has looked",
    "look at `syncd plan`, then run `syncd apply`",
    exit_code=4,
)
PEOPLE = ((System.HUBSPOT, "contact"), (System.SALESFORCE, "contact"), (System.SALESFORCE, "lead"))
"""The sources that people come from: one that lost all of its records holds a plan."""
PLAN_ONLY = Stop("plan_only", "plan only", "`mode: plan_only` in syncd.yaml: nothing is written", "say `mode: apply`")


def run_cycle(desk: Desk, order: Order) -> Outcome:
    """Bring both CRMs in line with the definitions, or stop after the plan where the order or a rule says so.

    A guard that holds, first contact and `mode: plan_only` are in the outcome. Raises the connectors' and the store's
    errors; whatever was written by then is in the ledger, and the next cycle goes on from there. The caller holds the
    store's writer lock.
    """
    with _run(desk, order) as run:
        recover(desk, run)
        pull(desk, run)
        link(desk, run)
        plan = with_checkpoint(desk, _plan(desk, run))
        stop = _rule_against(desk, run) or _guard_against(desk, run, plan)
        if stop is None and order.write:
            apply(desk, run, plan)
        return _outcome(desk, run, plan, stop)


def _plan(desk: Desk, run: Run) -> Plan:
    """What follows for everybody about whom something can have changed: in most cycles that is nobody."""
    if run.order.is_history:
        keep_due(desk, run)
    due = who_is_due(desk, run)
    if not due:
        return desk.plan_of((), run.now)
    return build_plan(judge(desk, run, due), setting_for(desk, run), desk.config.hash, desk.pair)


def read_slice(desk: Desk, order: Order) -> tuple[Run, bool]:
    """Read on until the desk's turn is over, and decide nothing: by half of a history people would be judged wrongly.
    Whom it read of is kept for when all is read, but for those to whom something happened since it began: they are for
    the next cycle.

    Returns the run, and whether that was all. Raises as `run_cycle`.
    """
    with _run(desk, order) as run:
        try:
            pull(desk, run)
        except TurnOver:
            whole = False
        else:
            whole = True
        link(desk, run)
        leave_to_cycles(desk, run)
        with desk.store.transaction() as tx:
            _finish(tx, desk, run, 0, None)
        return run, whole


def note_turn(desk: Desk, order: Order) -> None:
    """Note that a turn ends in the midst of a run, as a run that did nothing: who has the next one goes on counting the
    calls that were made.
    """
    now = desk.clock()
    with desk.store.transaction() as tx:
        definitions = desk.config.definitions_at(now).hash
        turn = runs.start(
            tx, command=order.command, mode="plan", at=now, definitions=definitions, config=desk.config.hash
        )
        calls = {LIMITS: noted(desk.hubspot, desk.salesforce)}
        runs.finish(tx, turn, at=now, exit_code=0, stopped_by=None, summary=calls)


def apply_file(desk: Desk, order: Order, plan: Plan) -> Outcome:
    """Carry out a plan that was made before, as it stands: moved records lose only their own changes.

    Nobody is settled by it: what was learned since the plan was made is for the next cycle to judge. The caller has
    checked that the plan is this pair's and of these definitions. Raises as `run_cycle`.
    """
    with _run(desk, order) as run:
        recover(desk, run)
        pull(desk, run)
        link(desk, run)
        stop = _rule_against(desk, run) or _guard_against(desk, run, plan)
        if stop is None:
            apply(desk, run, as_of_now(desk, run, plan), settle=False)
        return _outcome(desk, run, plan, stop)


def take_back(desk: Desk, order: Order, undone: Undoing) -> Outcome:
    """Carry out the inverse of a run, under the same guards. Everybody concerned is held before the first write, so
    that no cycle writes it again by itself. Raises as `run_cycle`.
    """
    with _run(desk, order) as run:
        recover(desk, run)
        stop = _rule_against(desk, run) or _guard_against(desk, run, undone.plan)
        if stop is None:
            hold(desk, run, undone)
            apply(desk, run, undone.plan, settle=False)
        return _outcome(desk, run, undone.plan, stop)


def set_up(desk: Desk, order: Order, plan: Plan) -> Outcome:
    """Carry out a plan that is about nobody: what the files need of a CRM. Raises as `run_cycle`."""
    with _run(desk, order) as run:
        recover(desk, run)
        stop = _rule_against(desk, run)
        if stop is None:
            apply(desk, run, plan, settle=False)
        return _outcome(desk, run, plan, stop)


def _rule_against(desk: Desk, run: Run) -> Stop | None:
    """What keeps a run from writing: the mode, a pause, definitions that wait for approval, or first contact until a
    person has applied (design 3).
    """
    if not run.order.write:
        return None
    if desk.config.service.mode == "plan_only" and not run.order.by_hand:
        return PLAN_ONLY
    if not run.order.brakes:
        return None
    if brake := pause.look(desk.store, desk.config.directory, desk.clock()):
        return Stop("paused", "pause", brake.message, brake.next_step, exit_code=4)
    if held := unapproved(desk, run):
        return held
    with desk.store.reading() as tx:
        return None if run.order.by_hand or intents.any_ever(tx) else FIRST_CONTACT


def unapproved(desk: Desk, run: Run) -> Stop | None:
    """What keeps a run from writing as long as marketing and sales have not both approved the version it decides by."""
    rule, version = desk.config.service.approvals, desk.config.definitions_at(run.now).hash
    if not rule.required:
        return None
    with desk.store.reading() as tx:
        sides = lacking(rule, approvals.all_of(tx), version)
    if not sides:
        return None
    what = f"definitions {version} wait for the approval of {' and '.join(sides)}, and nothing is written before"
    return Stop("unapproved", "approvals", what, "have them look, and run `syncd approve`", exit_code=4)


def _guard_against(desk: Desk, run: Run, plan: Plan) -> Stop | None:
    """The guards that hold a plan which is to be written. Where nothing is about people, only rules that are new can be
    wrong.
    """
    about_people = any(one.person is not None for one in plan.changes)
    if not run.order.write or not (about_people or run.has_new_rules):
        return None
    held = holding(plan, desk.config.service.guards, _known(desk, run, plan), run.order.forced)
    if not held:
        return None
    by, what = ", ".join(one.key for one in held), "; ".join(one.says for one in held)
    return Stop("guard", by, what, way_on(held, run.order.again), exit_code=4)


def _known(desk: Desk, run: Run, plan: Plan) -> Known:
    with desk.store.reading() as tx:
        living = {kind: mirror.count(tx, *kind) for kind in PEOPLE}
        gone = {kind: mirror.count(tx, *kind, deleted=True) for kind, there in living.items() if there == 0}
        first_contact = get_meta(tx, APPLIED_ONCE) is None
        everybody, filled = people.count(tx), filled_since(tx, desk, run)
        let_in = rehearsed(tx, desk, run) if run.order.brakes and not first_contact else {}
        out = {} if first_contact else leaving(tx, plan)
    emptied = {
        f"{system}.{kind}" for (system, kind), lost in gone.items() if lost >= desk.config.service.guards.at_least
    }
    unseen = {f"{system}.{kind}" for (system, kind), there in living.items() if there} & run.unseen
    records = sum(there for (system, _), there in living.items() if system is System.SALESFORCE)
    contacts = living[System.HUBSPOT, "contact"]
    return Known(records, emptied | unseen, first_contact, contacts, everybody, filled, let_in, out)


@contextmanager
def _run(desk: Desk, order: Order) -> Iterator[Run]:
    """Begin a run, and note how it ended, whatever happens."""
    now = order.now if order.now is not None else desk.clock()
    mode = "apply" if order.write else "plan"
    with desk.store.transaction() as tx:
        if not desk.is_noted:
            bind_pair(tx, *desk.pair)
            note_seen(tx, desk.seen)
        before, rules = get_meta(tx, RULES_IN_FORCE), rules_of(desk, now)
        if before != rules:
            people.mark_all_dirty(tx)
        run_id = runs.start(
            tx,
            command=order.command,
            mode=mode,
            at=desk.clock(),
            definitions=desk.config.definitions_at(now).hash,
            config=desk.config.hash,
        )
        stopped = [one for row in quarantine.mappings(tx) if (one := mapping_of(row)) is not None]
    desk.is_noted = True
    missing = told_as_left_out(_left_out(desk, now), stopped)
    run = Run(run_id, order, now, left_out=missing, rules=rules, rules_before=before)
    try:
        yield run
    except BaseException as error:
        with desk.store.transaction() as tx:
            _finish(tx, desk, run, exit_code_of(error), code_of(error))
        raise


def _left_out(desk: Desk, now: Instant) -> Sequence[tuple[str, str]]:
    """Fields that the files name and that are passed over, and why, looked for once for each version of the
    definitions.
    """
    version = desk.config.definitions_at(now).hash
    if version not in desk.left_out:
        desk.left_out[version] = left_out(desk.config, dict(desk.schemas), now)
    return desk.left_out[version]


def _outcome(desk: Desk, run: Run, plan: Plan, stop: Stop | None) -> Outcome:
    aside = 1 if run.order.write and (run.quarantined or run.moved) else 0
    code = run.lacks.exit_code if run.lacks else aside if stop is None else stop.exit_code
    close_old(desk, run)
    anchor(desk, run)
    with desk.store.transaction() as tx:
        _finish(tx, desk, run, code, stop.by if stop else None, plan)
        if run.order.write:
            _hold(tx, run, plan, stop)
    if run.order.write:
        note_filled(desk, run, stop.by if stop else None)
    calls = {"hubspot": desk.hubspot.calls, "salesforce": desk.salesforce.calls}
    return Outcome(run, plan, stop, code, calls)


def _hold(tx: Connection, run: Run, plan: Plan, stop: Stop | None) -> None:
    """Keep a plan that waits for a person where people look; one that is carried out waits no more.

    A checkpoint alone is nothing to look at: it goes out with whatever is let go next.
    """
    if stop is None or all(one.purpose == ANCHOR for one in plan.changes):
        if held.waiting(tx) is not None:
            held.clear(tx)
        return
    said = (stop.code, stop.by, stop.message, stop.next_step)
    refused = Counter(refusal.code for refusal in plan.refusals)
    kept = Held(run.id, run.now, *said, plan.digest, plan.definitions, forecast(plan), refused)
    held.keep(tx, kept, ((one.person, one.purpose, as_data(one)) for one in plan.changes))


def _finish(tx: Connection, desk: Desk, run: Run, code: int, stopped_by: str | None, plan: Plan | None = None) -> None:
    summary = {
        "pulled": run.pulled,
        "applied": dict(run.applied),
        "quarantined": run.quarantined,
        "moved": run.moved,
        "waiting": run.waiting,
        "gaps": run.gaps,
        "left_out": run.left_out,
        LIMITS: noted(desk.hubspot, desk.salesforce),
    }
    if plan is not None and plan.decisions:
        of, unjudged = len(plan.decisions), plan.unjudged
        summary["unjudged"] = {"people": unjudged.people, "of": of, "reasons": unjudged.most_frequent()}
    runs.finish(tx, run.id, at=desk.clock(), exit_code=code, stopped_by=stopped_by, summary=summary)
