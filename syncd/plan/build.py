"""From judged people to a plan: the differences between what both CRMs hold and what they shall hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace

from syncd.facts.conversions import opt_outs_lost
from syncd.model.change import CREATE_LEAD, LIST, TASK, TELL, TEND, UPDATE, Change, Decision, Plan, Refusal, Unjudged
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import NEVER, Instant
from syncd.model.mapping import without
from syncd.model.nouns import dataclass
from syncd.model.person import Entry
from syncd.model.stage import Stage
from syncd.plan import day
from syncd.plan.back import tell_hubspot
from syncd.plan.case import Case, Setting
from syncd.plan.escalations import Late, escalate
from syncd.plan.leads import create_lead
from syncd.plan.stamps import unlisted_stage, update_record
from syncd.plan.tasks import close_tasks, make_tasks
from syncd.plan.undone import held_back

ORDER = {UPDATE: 0, CREATE_LEAD: 1, TASK: 2, TEND: 3, TELL: 4, LIST: 5}
"""Records first, then leads, then the tasks that hang on them; HubSpot is told last."""


@dataclass(slots=True)
class _Pages:
    changes: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    unjudged: int = 0
    unknowns: Counter[str] = field(default_factory=Counter)


def build_plan(cases: Iterable[Case], setting: Setting, config: str, pair: tuple[str, str]) -> Plan:
    """The plan for some judged people. The order in which they come makes no difference."""
    pages = _Pages()
    for case in cases:
        plan_person(case, setting, pages)
    _wait_for_tomorrow(pages, setting)
    pages.changes.sort(
        key=lambda one: (
            ORDER[one.purpose],
            one.object,
            one.purpose == TELL and one.demotes,
            one.id or "",
            one.key or ("", ""),
            one.person or "",
        )
    )
    pages.decisions.sort(key=lambda one: one.person)
    pages.refusals.sort(key=lambda one: (one.code, one.person))
    return Plan(
        changes=tuple(pages.changes),
        refusals=tuple(pages.refusals),
        decisions=tuple(pages.decisions),
        definitions=setting.definitions.hash,
        config=config,
        pair=pair,
        notes={note: count for note, count in sorted(pages.notes.items()) if count},
        unjudged=Unjudged(pages.unjudged, dict(sorted(pages.unknowns.items()))),
    )


def _wait_for_tomorrow(pages: _Pages, setting: Setting) -> None:
    """Leave out the tasks that are too many for their owner's day, and look at those people again on the next."""
    waiting = day.put_off(pages.changes, setting)
    if not waiting:
        return
    before, then = len(pages.changes), day.tomorrow(setting)
    pages.changes = day.without_tasks_of(pages.changes, waiting)
    pages.notes["no task yet, the owner has enough for today"] += before - len(pages.changes)
    pages.decisions = [
        replace(one, due_at=min(one.due_at, then)) if one.person in waiting else one for one in pages.decisions
    ]


def plan_person(case: Case, setting: Setting, pages: _Pages) -> None:
    """Add what one person needs: at most one change of a record, tasks, and what HubSpot is told."""
    wanted: list[Change] = []
    refusals: list[Refusal] = []
    if (undone := held_back(case, setting)) is not None:
        pages.refusals.append(undone)
        pages.decisions.append(_decision(case, setting.now, NEVER, ()))
        return
    target, refusal = target_of(case)
    if refusal is not None:
        refusals.append(refusal)
    elif target is not None:
        _sort(update_record(case, target, setting), wanted, refusals, setting)
    else:
        _sort(create_lead(case, setting), wanted, refusals, setting)
    if wanted and (label := unlisted_stage(case, wanted[0].object, setting)):
        pages.notes[f"stage left out, {setting.fields.names.stage} has no value {label}"] += 1
    waiting = _waiting(case.dossier, setting.now)
    # A record that takes no stage (a value is refused, or it is further on) is nothing to hand to sales, nor to tell.
    held = bool(waiting) and any(one.content in waiting for one in wanted)
    lead = next((one for one in wanted if one.purpose == CREATE_LEAD), None)
    tasks: list[Change] = []
    if all(one.field for one in refusals) and not held and (target is not None or lead is not None):
        _sort(make_tasks(case, target, lead, setting, pages.notes), tasks, refusals, setting)
    late = _late(case, target, setting)
    if setting.history:
        pages.notes["no task yet, a backfill makes none"] += len(tasks)
    wanted += [*([] if setting.history else tasks), *late.changes]
    if refusal is None and not held:
        _sort(tell_hubspot(case, target, setting, pages.notes), wanted, refusals, setting)
    # Fingerprints are worked out only where something waits, which is seldom.
    pages.changes += [change for change in wanted if not waiting or change.content not in waiting]
    pages.refusals += refusals
    _note(case, pages)
    again = setting.now if setting.history and tasks else late.due_at
    pages.decisions.append(_decision(case, setting.now, again, late.overdue))


def _late(case: Case, target: Mirrored | None, setting: Setting) -> Late:
    """What becomes of tasks that are there: closed where nobody needs them, escalated where nobody answered."""
    if not case.dossier.tasks or setting.history:
        return Late()
    late = escalate(case, target, setting) if setting.tasks.escalations else Late()
    late.changes += close_tasks(case, late.standing, setting)
    return late


def _note(case: Case, pages: _Pages) -> None:
    """Count what kept a person from something."""
    pages.notes["opt-out from mails not carried over by a conversion"] += len(list(opt_outs_lost(case.dossier.records)))
    if case.verdict.barred:
        pages.notes[f"never: {case.verdict.barred}"] += 1
    if case.verdict.unknowns:
        pages.unjudged += 1
        # A reason that keeps somebody from several stages counts once.
        pages.unknowns.update({said.partition(": ")[2] for said in case.verdict.unknowns})


def target_of(case: Case) -> tuple[Mirrored | None, Refusal | None]:
    """The one Salesforce record that stands for a person: the contact, else the lead. Never a guess between two."""
    held = next((row for row in case.dossier.quarantined if row.cause == "link"), None)
    if held is not None:
        return None, Refusal(case.facts.person, "ambiguous", held.message, held.who)
    for kind in ("contact", "lead"):
        found = case.records("salesforce", kind)
        if len(found) > 1:
            ids = " and ".join(sorted(record.id for record in found))
            why = f"Salesforce has {len(found)} live {kind}s of this person ({ids}); merge them"
            where = ("salesforce", kind, found[0].id)
            return None, Refusal(case.facts.person, "ambiguous", why, "Salesforce admin", *where, quarantine=True)
        if found:
            return found[0], None
    return None, None


def _sort(items: Iterator[Change | Refusal], changes: list[Change], refusals: list[Refusal], setting: Setting) -> None:
    """Changes, without what is set aside for everybody, and refusals, each to their own."""
    for item in items:
        if not isinstance(item, Change):
            refusals.append(item)
        elif (allowed := without(item, setting.stopped)) is not None:
            changes.append(allowed)


def _waiting(dossier: Dossier, now: Instant) -> AbstractSet[str]:
    """Changes that failed as they are, and are not due to be tried again, or were given up."""
    return dossier.declined | {row.digest for row in dossier.quarantined if row.next_at is None or row.next_at > now}


def _decision(case: Case, now: Instant, again: Instant, overdue: Sequence[str]) -> Decision:
    """What is remembered of a person, who is looked at again at `again` at the latest."""
    verdict = case.verdict
    retry = min((row.next_at for row in case.dossier.quarantined if row.next_at and row.next_at > now), default=NEVER)
    return Decision(
        person=verdict.person,
        stage=verdict.stage,
        cycle=verdict.cycle,
        since=verdict.since,
        due_at=min(verdict.due_at, retry, again),
        entries=_news(verdict.entries, case.facts.held),
        overdue=tuple(overdue),
    )


def _news(entries: Sequence[Entry], held: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries of each stage and cycle in which something differs from what the ledger holds.

    Of a stage that can be left and entered again, what is news supersedes all that stood: the whole is told.
    """
    if not held:
        return tuple(entries)
    known = set(map(_said, held))
    fresh = {(entry.stage, entry.cycle) for entry in entries if _said(entry) not in known}
    return tuple(entry for entry in entries if (entry.stage, entry.cycle) in fresh)


def _said(entry: Entry) -> tuple[Stage, int, Instant, Instant | None, str | None]:
    """What makes an entry news when it changes."""
    return entry.stage, entry.cycle, entry.at, entry.left_at, entry.reason
