"""A person's dossier as facts that definitions can judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property, partial

from connectors.records import JsonValue, System
from syncd.facts.activities import Around, touch_of
from syncd.facts.authors import PROGRAMS
from syncd.facts.touches import TouchProperty, coverage_of, without_echoes
from syncd.facts.values import Named, Properties, currency_of, day_of, named, source_of
from syncd.files.fields_file import CrmField, ReadName
from syncd.links.keys import MAILED
from syncd.model.dossier import OURS, Dated, Dossier, Mirrored
from syncd.model.hubspot import HUBSPOT_STAGES
from syncd.model.instant import BEGINNING, HOUR, Instant, datetime_of, midnight_of, parse_iso
from syncd.model.nouns import dataclass
from syncd.model.person import Coverage, Facts, Opportunity, Property, Touch
from syncd.model.stage import FUNNEL, Stage
from syncd.model.touches import Folded, Touches, in_strands, strand_of


@dataclass(frozen=True)
class Reading:
    """How dossiers are read: the names that are needed, the fields that exist, and what the streams lack.

    `reasons` are Salesforce fields that say why somebody was returned. `gaps` is per stream, see `coverage_of`.
    `touches` are the properties whose changes are touches, `around` what activities are read by, `lost_reason` the
    field of an opportunity that says why it was lost.
    `stages` are what HubSpot's lifecycle stages say. `owners` are e-mail addresses by owner id, of HubSpot's owners and
    (15 characters) Salesforce's users.
    """

    names: Sequence[ReadName]
    fields: frozenset[str]
    gaps: Mapping[str, str | None] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    floor: bool = True
    owners: Mapping[str, str] = field(default_factory=dict)
    touches: Sequence[TouchProperty] = ()
    around: Around = field(default_factory=Around)
    lost_reason: str = ""
    stages: Mapping[str, Stage] = field(default_factory=lambda: HUBSPOT_STAGES)

    @cached_property
    def named(self) -> Mapping[str, Named]:
        """Every name with those of its fields that can be read. Worked out once for all people."""
        return {
            name.name: named(name, [source_of(one) for one in name.sources if str(one) in self.fields], self.owners)
            for name in (*self.names, *map(_reason_name, self.reasons))
        }

    @cached_property
    def of_deals(self) -> Mapping[str, Named]:
        """The names that are read from opportunities."""
        return {name: one for name, one in self.named.items() if one.name.of_deals}

    @cached_property
    def whole(self) -> Mapping[str, Coverage]:
        """What is covered for people whose history is nowhere cut off, which is nearly everybody."""
        return coverage_of({}, self.gaps, self.touches)


def build_facts(dossier: Dossier, reading: Reading, *, fresh: bool = False) -> Facts:
    """The facts of one person. Of several records of a kind the live one that was changed last speaks.

    `fresh` leaves out what the ledger holds, as if the person had never been judged.
    """
    by_kind = _by_kind(dossier)
    contact = next(iter(by_kind.get("hubspot.contact", ())), None)
    return Facts(
        person=dossier.person,
        born=min([one.created_at or one.modified_at for one in dossier.records]) if dossier.records else Instant(0),
        properties=Properties(reading.named, by_kind),
        touches=Folded(partial(_touches, dossier, reading)),
        coverage=coverage_of(contact.reach, reading.gaps, reading.touches)
        if contact and contact.reach
        else reading.whole,
        opportunities=[
            opportunity_of(one, reading)
            for one in sorted(dossier.opportunities, key=lambda one: one.id)
            if not one.deleted
        ]
        if dossier.opportunities
        else (),
        opportunities_known=reading.gaps.get("salesforce.opportunity", "not read") is None,
        floor=sorted(_floor(dossier, contact if reading.floor else None, reading.stages)),
        held=() if fresh else dossier.entries,
        colleagues=_of_colleagues(dossier, reading),
        colleagues_since=max(map(_seen_since, dossier.colleagues), default=BEGINNING)
        if dossier.colleagues
        else BEGINNING,
    )


def _by_kind(dossier: Dossier) -> dict[str, list[Mirrored]]:
    """The records of a dossier by CRM and kind, the one that speaks first."""
    found: dict[str, list[Mirrored]] = {}
    for record in (*dossier.records, *dossier.companies):
        if record.kind not in MAILED:
            found.setdefault(f"{record.system}.{record.kind}", []).append(record)
    for records in found.values():
        if len(records) > 1:
            records.sort(key=lambda record: (not record.deleted, record.modified_at, record.id), reverse=True)
    return found


def _of_colleagues(dossier: Dossier, reading: Reading) -> Sequence[Touch] | None:
    """The touches of all colleagues in order, each once: a call with two of them is one. None where nobody looked."""
    if dossier.colleagues is None:
        return None
    found = {touch.id: touch for one in dossier.colleagues for touch in _touches(one, reading)}
    mine = {touch.id for touch in _touches(dossier, reading)} if found else ()
    return sorted((touch for touch in found.values() if touch.id not in mine), key=lambda touch: (touch.at, touch.id))


def _seen_since(colleague: Dossier) -> Instant:
    """From when on nothing that somebody did was cut off by the CRM."""
    return max((at for record in colleague.records for at in record.reach.values()), default=BEGINNING)


def _reason_name(api_name: str) -> ReadName:
    return ReadName(api_name, tuple(CrmField("salesforce", kind, api_name) for kind in ("contact", "lead")))


def _touches(dossier: Dossier, reading: Reading) -> Touches:
    """The dossier's touches, those of sales among them, in order and each only once."""
    # Salesforce keeps a task beside each e-mail: the e-mail says more, and counts.
    told = {str(one.properties.get("ActivityId"))[:15] for one in dossier.activities if one.kind == "email_message"}
    tasks = [one for one in dossier.tasks if one.id[:15] not in told]
    records = [*tasks, *dossier.activities, *[one for one in dossier.records if one.kind == "email_event"]]
    made = [strand_of(touch) for record in records if (touch := touch_of(record, reading.around)) is not None]
    given = in_strands(dossier.touches)
    return without_echoes(Touches([*given.strands, *made]) if made else given)


def _floor(dossier: Dossier, contact: Mirrored | None, stages: Mapping[str, Stage]) -> list[tuple[Instant, Stage, str]]:
    """What the CRMs say by themselves: HubSpot's lifecycle stage as far as it stands, and being in Salesforce.

    What stands is what others said last: a stage that they took back does not come back because we told HubSpot one.
    """
    said = [
        (record.created_at or record.modified_at, Stage.LEAD, "record")
        for record in dossier.records
        if record.system is System.SALESFORCE
    ]
    if contact is None:
        return said
    versions = contact.history.get("lifecyclestage") or [
        (contact.created_at or contact.modified_at, contact.properties.get("lifecyclestage"), None, None)
    ]
    told = [(at, stages.get(str(value or ""))) for at, value in of_others(versions)]
    now = told[-1][1] if told else None
    if now is not None:
        bar = FUNNEL.index(now)
        said += ((at, stage, "hubspot") for at, stage in told if stage is not None and FUNNEL.index(stage) <= bar)
    return said


ECHO = HOUR
"""How far HubSpot's clock and history may be from when we wrote a value, for the version to be ours."""


def of_others(versions: Sequence[Dated]) -> Iterator[tuple[Instant, JsonValue]]:
    """Versions that syncd did not write: what it told HubSpot comes back in HubSpot's history as an integration's."""
    ours = [(at, value) for at, value, by, _ in versions if by == OURS]
    for at, value, by, _ in versions:
        echo = ours and by in (None, *PROGRAMS) and any(said == value and abs(at - told) <= ECHO for told, said in ours)
        if by != OURS and not echo:
            yield at, value


def opportunity_of(record: Mirrored, reading: Reading) -> Opportunity:
    """A deal as a Salesforce record tells it."""
    properties = record.properties
    closes = _day(properties.get("CloseDate"))
    closed = properties.get("IsClosed") is True
    created = record.created_at or record.modified_at
    amount = _money(properties.get("Amount"))
    return Opportunity(
        id=record.id,
        created_at=created,
        closed_at=_closed_at(record, closes) if closed else None,
        won=properties.get("IsWon") is True,
        stage=str(properties.get("StageName") or ""),
        amount=amount,
        amount_at=_since_when(record, "Amount") if amount is not None else None,
        close_date=closes,
        close_date_by_sales=closes is not None and not _looks_default(record, closes, reading),
        currency=currency_of(record),
        properties=_of_deal(record, reading),
        amounts=_amounts(record, created),
        stages=[(at, str(value)) for at, value, _, _ in record.history.get("StageName", ()) if value],
        close_date_at=_last_set(record, "CloseDate"),
        lost_because=_lost_because(record, reading) if closed else None,
    )


def _amounts(record: Mirrored, created: Instant) -> list[tuple[Instant, Decimal | None]]:
    """What the amount was from when on; the first that is known holds from the beginning (decision 0007)."""
    found = [(at, _money(value)) for at, value, _, _ in record.history.get("Amount", ())]
    return [(min(created, found[0][0]), found[0][1]), *found[1:]] if found else []


def _last_set(record: Mirrored, name: str) -> Instant | None:
    """When a field was last changed after its record was made, None where nobody saw that."""
    versions = record.history.get(name, ())
    return versions[-1][0] if len(versions) > 1 else None


def _lost_because(record: Mirrored, reading: Reading) -> str | None:
    said = record.properties.get(reading.lost_reason)
    return None if said in (None, "") or record.properties.get("IsWon") is True else str(said)


def _of_deal(record: Mirrored, reading: Reading) -> Mapping[str, Property]:
    """The names that are read from opportunities, for one of them."""
    if not reading.of_deals:
        return {}
    return Properties(reading.of_deals, {f"{record.system.value}.{record.kind}": [record]})


def _closed_at(record: Mirrored, closes: date | None) -> Instant:
    """When a deal was won or lost: at its last stage change, unless its close date is days before that.

    Deals that were loaded from elsewhere, or noted down late, keep the true day in the close date only. A close date
    that is still to come is the one that somebody once hoped for.
    """
    given = record.properties.get("LastStageChangeDate")
    changed = parse_iso(str(given)) if given else _stage_since(record)
    if closes is None or closes >= datetime_of(changed).date() - timedelta(days=1):
        return changed
    return midnight_of(closes)


def _stage_since(record: Mirrored) -> Instant:
    """From when on a deal is in its stage by its history; its creation where that shows no change."""
    versions = record.history.get("StageName", ())
    moves = [at for (at, value, _, _), before in zip(versions[1:], versions, strict=False) if value != before[1]]
    return moves[-1] if moves else record.created_at or record.modified_at


def _since_when(record: Mirrored, name: str) -> Instant:
    """From when on a field holds something: what the mirror saw of it, else the record's creation."""
    since = record.created_at or record.modified_at
    empty = False
    for at, value, _, _ in record.history.get(name, []):
        if empty and value not in (None, ""):
            since = at
        empty = value in (None, "")
    return since


def _looks_default(record: Mirrored, closes: date, reading: Reading) -> bool:
    """Whether a close date is the one that a conversion gives: a quarter's last day, untouched by a person since.

    Salesforce sets it so (facts: market 5). Its history tells who changed the date; without that it is guessed.
    """
    last_day = (closes.month, closes.day) in QUARTERS_END
    versions = record.history.get("CloseDate", ())
    if len(versions) > 1:  # changed since: by whom, the history tells
        by = versions[-1][3] or record.properties.get("LastModifiedById")
        return str(by or "")[:15] in reading.around.programs
    if versions:
        return last_day
    untouched = record.created_at is not None and record.modified_at - record.created_at < UNTOUCHED
    by_program = str(record.properties.get("LastModifiedById") or "")[:15] in reading.around.programs
    return last_day and (untouched or by_program)


QUARTERS_END = ((3, 31), (6, 30), (9, 30), (12, 31))

UNTOUCHED = 60_000
"""Milliseconds in which Salesforce's own automation finishes a new record."""


def _day(value: JsonValue) -> date | None:
    try:
        return day_of(str(value)) if value else None
    except (ValueError, OverflowError):
        return None


def _money(value: JsonValue) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
