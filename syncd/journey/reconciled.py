"""Reconciling out of the store: who is of the period, what is known of them, and what both CRMs count themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from connectors.records import Source, System
from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.facts.entered import hubspot_date
from syncd.facts.values import instant_in
from syncd.files.problem import choose
from syncd.journey.reading import Seen, between_of, last_seen, lifecycle_of, reading_of, versions_in_turn
from syncd.journey.reconcile import Bucket, Copy, Question, Reconciliation, Standing, Undated, place, reconcile
from syncd.journey.splits import NoSuchName
from syncd.journey.still_there import forgotten
from syncd.model import hubspot
from syncd.model.dossier import OURS, Dated, Dossier, Mirrored, Quarantined
from syncd.model.instant import Instant, datetime_of
from syncd.model.nouns import dataclass
from syncd.model.said import period_said, said
from syncd.model.stage import Stage
from syncd.plan.case import Case, Directory, Setting
from syncd.plan.leads import why_no_lead
from syncd.plan.stamps import STAMPED
from syncd.store import dossier, entries, mirror, people, quarantine, suppression
from syncd.store.batches import batches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

KINDS = ((System.HUBSPOT, "contact"), (System.SALESFORCE, "lead"), (System.SALESFORCE, "contact"))
"""What is counted: records of people."""
READ_AT_ONCE = 500
Gone: TypeAlias = "Collection[tuple[System, str, str]]"
"""Records, by system, kind and id, that their CRM has no more, though the store does not know it yet."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The fields in which each CRM keeps the day of the stage and the stage itself, and the names of those stages of
    HubSpot's that a portal made itself: they are numbers.
    """

    at: Mapping[System, str]
    stage: Mapping[System, str]
    labels: Mapping[str, str]


def dates_of(config: Config, seen: Seen, stage: Stage) -> Dates:
    """Where both CRMs date a stage. Raises NoSuchName for one that either of them has no date of."""
    own = config.fields.names
    stamps = {one: getattr(own, name) for one, name in STAMPED}
    known = {path.rpartition(".")[2] for path in seen.fields if path.startswith("hubspot.contact.")}
    options = lifecycle_of(seen)
    values = hubspot.named(options, config.fields.back.stages)
    near = hubspot_date(stage, values, known)
    if near is None or stage not in stamps:
        dated = [one for one in stamps if hubspot_date(one, values, known)]
        step = choose(str(stage), map(str, dated)) if dated else "run `syncd plan` first, so that the CRMs are known"
        raise NoSuchName(f"the CRMs do not both keep the date of a stage {stage}", step)
    return Dates(
        {System.HUBSPOT: near, System.SALESFORCE: stamps[stage]},
        {System.HUBSPOT: hubspot.LIFECYCLE, System.SALESFORCE: own.stage},
        {value: label for value, label in options if value.isdecimal()},
    )


def reconcile_crms(
    tx: Connection, config: Config, sources: Mapping[System, Source], question: Question, now: Instant
) -> Reconciliation:
    """Everybody of the period in one bucket, beside what the CRMs count when they are asked, a call for each kind.

    Where a CRM counts fewer than the store knows of, those that it counts are read once more by id: what was deleted
    since shows up as that, and so does of what it keeps no date. Where it counts more and people were forgotten, its
    list is read once more for theirs: no id of them is kept. Raises NoSuchName, and the errors of the connectors.
    """
    dates = dates_of(config, last_seen(tx), question.stage)
    own = _own_counts(sources, dates, question)
    found = reconcile(question, _standings(tx, config, dates, question, now, ()), own)
    fewer = [system for system, by in found.missing.items() if by < 0]
    gone: set[tuple[System, str, str]] = set()
    undated: dict[System, Undated] = {}
    for system in fewer:
        lost, without = _read_again(tx, sources[system], dates, question)
        gone |= lost
        if without:
            undated[system] = Undated(dates.at[system], without)
    if gone:
        found = reconcile(question, _standings(tx, config, dates, question, now, gone), own)
    more = [system for system, by in found.missing.items() if by > 0]
    away = suppression.load(tx)
    own_id = config.fields.names.hubspot_id
    left = [
        place(one)
        for system in (more if away else ())
        for one in forgotten(sources[system], away, dates.at[system], own_id, question)
    ]
    return replace(found, placed=[*found.placed, *left], undated=undated)


def _own_counts(sources: Mapping[System, Source], dates: Dates, question: Question) -> dict[System, int]:
    since, until = (None if at is None else datetime_of(at) for at in (question.since, question.until))
    own = dict.fromkeys(System, 0)
    for system, kind in KINDS:
        own[system] += sources[system].count(kind, dates.at[system], since, until)
    return own


def _read_again(
    tx: Connection, source: Source, dates: Dates, question: Question
) -> tuple[set[tuple[System, str, str]], int]:
    """Of the records that are counted by the store, those that the CRM has no more; and how many it has that were never
    seen with the date by which it counts, and still have none.
    """
    gone, undated, date = set(), 0, dates.at[source.system]
    for system, kind in KINDS:
        if system is not source.system:
            continue
        counted = (one for one in mirror.iterate(tx, system, kind) if _is_counted(one, dates, question))
        for some in batches([(one.id, bool(one.properties.get(date))) for one in counted], READ_AT_ONCE):
            there = source.read(kind, [one for one, _ in some], (date,))
            gone |= {(system, kind, one) for one, _ in some if one not in there}
            undated += sum(not (dated or there[one].properties.get(date)) for one, dated in some if one in there)
    return gone, undated


def _standings(
    tx: Connection,
    config: Config,
    dates: Dates,
    question: Question,
    now: Instant,
    gone: Gone,
) -> Iterator[Standing]:
    recorded = {
        person
        for person, found in entries.iterate(tx)
        if any(one.stage == question.stage and question.covers(one.at) for one in found)
    }
    asked = set(recorded)
    questions = {(row.system, row.kind, row.record_id): row for row in quarantine.questions(tx)}
    for system, kind in KINDS:
        for record in mirror.iterate(tx, system, kind):
            if not _is_counted(record, dates, question):
                continue
            if record.person is None:
                row = questions.get((str(system), kind, record.id))
                copy = _copy(record, dates, question, gone)
                yield Standing(
                    record.name, [copy], ambiguous=row.message if row else None, waits=said("it is not linked yet")
                )
            else:
                asked.add(record.person)
    looking = _Looking(tx, config, dates, question, now)
    due = set(people.due(tx, now))
    for some in batches(sorted(asked), READ_AT_ONCE):
        for one in dossier.load(tx, some):
            yield looking.standing(one, gone, recorded=one.person in recorded, due=one.person in due)


class _Looking:
    """Looks at one person after the other."""

    def __init__(self, tx: Connection, config: Config, dates: Dates, question: Question, now: Instant) -> None:
        seen = last_seen(tx)
        self._dates, self._question, self._now = dates, question, now
        self._reading = reading_of(tx, config, seen)
        self._versions = versions_in_turn(config, seen)
        self._ours = (seen.user_id or "-")[:15]
        self._setting = Setting(
            config.definitions_at(now),
            config.service,
            config.fields,
            config.tasks,
            {},
            Directory(),
            now,
            "",
            between=between_of(config, seen),
        )

    def standing(
        self,
        one: Dossier,
        gone: Gone,
        *,
        recorded: bool,
        due: bool,
    ) -> Standing:
        """What is known of a person."""
        copies = [
            replace(_copy(record, self._dates, self._question, gone), by=self._who_set(record, one))
            for record in one.records
            if (record.system, record.kind) in KINDS
        ]
        base = Standing(
            one.person,
            copies,
            recorded,
            ambiguous=_message(one, lambda row: row.cause == "link"),
            error=_message(one, lambda row: row.cause not in ("link", "forget")),
            dropped=bool(one.declined),
        )
        if {copy.system for copy in copies if copy.counted} == set(System):
            return base
        waits, left_out = self._why_one_side(one, recorded=recorded, due=due)
        return replace(base, waits=waits, left_out=left_out)

    def _why_one_side(self, one: Dossier, *, recorded: bool, due: bool) -> tuple[str | None, str | None]:
        """(what is still to be done about somebody whom only one CRM counts, why the rules leave them out)."""
        facts = build_facts(one, self._reading)
        case = Case(one, facts, evaluate_in_turn(facts, self._versions, self._now))
        entered = any(entry.stage == self._question.stage for entry in case.verdict.entries)
        left_out: str | None = None
        if case.verdict.barred:
            left_out = said("the definitions say never: {reason}", reason=case.verdict.barred)
        elif not entered:
            stage = self._question.stage
            left_out = (
                said("not {stage} by the definitions: {lacking}", stage=stage, lacking="; ".join(case.verdict.unknowns))
                if case.verdict.unknowns
                else said("not {stage} by the definitions, but {other}", stage=stage, other=case.verdict.stage)
            )
        elif not any(copy.system is System.SALESFORCE and not copy.deleted for copy in one.records):
            left_out = why_no_lead(case, self._setting)
        if due or (entered and not recorded):
            return said("to be written by the next cycle that writes"), left_out
        return None, left_out

    def _who_set(self, record: Mirrored, one: Dossier) -> str | None:
        """Who gave a record the stage that it has, as far as its CRM or our own writes tell."""
        name = self._dates.stage[record.system]
        now = record.properties.get(name)
        if now in (None, ""):
            return None
        mine = [version for version in record.history.get(name, ()) if version[1] == now]
        if mine:
            return self._writer(mine)
        for row in reversed(one.activities):
            told = row.properties
            if row.kind == f"{record.kind}_history" and told.get("Field") == name and told.get("NewValue") == now:
                return self._name_of(str(told.get("CreatedById") or ""))
        return "syncd" if name in record.amended else None

    def _writer(self, versions: Sequence[Dated]) -> str | None:
        """Who set a value: syncd where one of the versions is our own write, else the user, or what the CRM calls its
        source.
        """
        if any(version[2] == OURS for version in versions):
            return "syncd"
        _, _, kind, source = versions[-1]
        if kind == "user":
            return self._name_of(source or "")
        return " ".join(part for part in (kind, source) if part) or None

    def _name_of(self, user: str) -> str | None:
        """The address of a Salesforce user, else the id; syncd for our own."""
        return "syncd" if user[:15] == self._ours else self._reading.owners.get(user[:15], user) or None


def _message(one: Dossier, which: Callable[[Quarantined], bool]) -> str | None:
    rows = [row for row in one.quarantined if which(row)]
    return rows[-1].message if rows else None


def _is_counted(record: Mirrored, dates: Dates, question: Question) -> bool:
    return not record.deleted and question.covers(_date(record, dates))


def _date(record: Mirrored, dates: Dates) -> Instant | None:
    """When a record entered the stage, by its CRM's own field, or by the history of the stage where that is newer: a
    date that only followed our own write is no news that is read at once.
    """
    given = record.properties.get(dates.at[record.system])
    try:
        said = instant_in(str(given)) if given else None
    except (ValueError, OverflowError):
        said = None
    if record.system is not System.HUBSPOT:
        return said
    versions = record.history.get(dates.stage[record.system], ())
    moved = (
        at
        for (at, value, _, _), before in zip(versions, (None, *versions), strict=False)
        if dates.at[record.system] in hubspot.dates_of(str(value)) and (before is None or before[1] != value)
    )
    return max((*moved, *(() if said is None else (said,))), default=None)


def _copy(record: Mirrored, dates: Dates, question: Question, gone: Gone = ()) -> Copy:
    deleted = record.deleted or (record.system, record.kind, record.id) in gone
    says = record.properties.get(dates.stage[record.system])
    return Copy(
        record.system,
        record.kind,
        record.id,
        counted=not deleted and _is_counted(record, dates, question),
        deleted=deleted,
        converted=record.properties.get("IsConverted") is True,
        says=None if says in (None, "") else dates.labels.get(str(says), str(says)),
        at=_date(record, dates),
    )


def basis_of(question: Question) -> str:
    """What is counted, in words."""
    return said(
        "people who became {stage}{period} by HubSpot's own date, by Salesforce's stamp or by the ledger; each in one "
        "bucket, with the records that the CRMs count",
        stage=question.stage,
        period=period_said(question.since, question.until),
    )


def as_data(found: Reconciliation, bucket: Bucket | None = None) -> dict[str, Any]:
    """A reconciliation as `--json` prints it; the people of one bucket, or of all."""
    return {
        "basis": basis_of(found.question),
        "stage": found.question.stage,
        "sums_up": not found.missing,
        "own": {str(system): n for system, n in found.own.items()},
        "missing": {str(system): n for system, n in found.missing.items()},
        "undated": {str(system): {"field": one.field, "records": one.records} for system, one in found.undated.items()},
        "buckets": [
            {"bucket": name, "people": one.people, **{str(system): one.counts[system] for system in System}}
            for name, one in found.sums.items()
        ],
        "people": [
            {"person": one.person, "bucket": one.bucket, "why": one.why}
            for one in found.placed
            if bucket is None or one.bucket is bucket
        ],
    }
