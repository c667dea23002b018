"""How what was refused stands in quarantine: a row, a mapping that a CRM takes from nobody, or a plan's own refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.errors import Forbidden, Missing, Refused
from connectors.records import Recovery, RowError
from syncd.model.change import ANCHOR, Change, FieldChange, Refusal
from syncd.model.dossier import Quarantined, Who, case_id
from syncd.model.instant import DAY, HOUR, MINUTE, Instant
from syncd.model.mapping import MARK, Mapped, of_field, of_value
from syncd.model.person import PersonId

MENDED_BY: dict[Recovery, Who] = {
    Recovery.RETRY: "operator",
    Recovery.MAPPING: "RevOps",
    Recovery.REJECT: "RevOps",
    Recovery.PERMISSION: "Salesforce admin",
    Recovery.DUPLICATE: "Salesforce admin",
    Recovery.CONVERTED: "RevOps",
    Recovery.GONE: "RevOps",
}
"""Who can do something about a refused row."""

RETRY_AFTER = {
    Recovery.RETRY: MINUTE,
    Recovery.MAPPING: HOUR,
    Recovery.REJECT: DAY,
    Recovery.PERMISSION: HOUR,
    Recovery.DUPLICATE: HOUR,
    Recovery.CONVERTED: 10 * MINUTE,
    Recovery.GONE: 10 * MINUTE,
}
"""Milliseconds until an unchanged row is sent again. A change of the record or of the rules makes it another row."""

NOT_KEPT = "NOT_KEPT"
"""A field that is taken and then holds something else: nobody is looked at again for that but once a day."""

OF_A_MAPPING = (Recovery.MAPPING, Recovery.PERMISSION)
"""Classes of errors that may be about a field, whoever's it is."""
OF_A_VALUE = frozenset({"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_OPTION"})
"""Codes that are about one value of a field; its others are taken."""
NEVER_LEFT_OUT = frozenset({"Id", "LastName", "Company", "OwnerId", "WhoId", "record", "member"})
"""Without these a row would be another one, or nobody's."""


def refusal_of(error: Forbidden | Missing | Refused) -> RowError:
    """What a call that was refused as a whole means for each of its rows."""
    recovery = Recovery.MAPPING if isinstance(error, Refused) else Recovery.PERMISSION
    fields = (error.field,) if isinstance(error, Refused) and error.field else ()
    return RowError(getattr(error, "code", type(error).__name__.upper()), error.what, recovery, fields)


def refused_row(change: Change, error: RowError, now: Instant) -> Quarantined:
    """A row that was refused, as it was sent. A checkpoint that comes after one is the same case."""
    key = None if change.purpose == ANCHOR else change.key
    return Quarantined(
        id=case_id("row", change.person, change.object, change.id, key),
        system=change.system,
        kind=change.object,
        record_id=change.id,
        person=change.person,
        key=change.key[1] if change.key else None,
        cause=str(error.recovery),
        code=error.code,
        message=error.message,
        who=_mender(change.system, error.recovery),
        digest=change.content,
        first_at=now,
        next_at=Instant(now + RETRY_AFTER[error.recovery]),
    )


def refused_mappings(change: Change, error: RowError, keys: Collection[str]) -> list[Mapped]:
    """The mappings that a row was refused for and can do without: none where the error is about the row, names no field
    of it, or one that it must have (`keys` are those by which records are found). What is about nobody is whole or not
    at all.
    """
    named = {name.casefold() for name in error.fields}
    if error.recovery not in OF_A_MAPPING or not named or change.person is None:
        return []
    guilty = [one for one in change.fields if one.field.casefold() in named]
    if any(one.field in NEVER_LEFT_OUT or one.field in keys for one in guilty):
        return []
    return [_mapping(change, one, error.code) for one in guilty]


def mapping_case(one: Mapped, change: Change, error: RowError, now: Instant) -> Quarantined:
    """A mapping that was refused, set aside for everybody; its row's person is the one with whom it is tried again."""
    return Quarantined(
        id=case_id("mapping", *one),
        system=one.system,
        kind=one.object,
        record_id=None,
        person=change.person,
        key=one.field,
        cause=str(error.recovery),
        code=error.code,
        message=error.message,
        who=_mender(one.system, error.recovery),
        digest=one.what,
        first_at=now,
        next_at=Instant(now + (DAY if error.code == NOT_KEPT else RETRY_AFTER[error.recovery])),
    )


def mapping_of(row: Quarantined) -> Mapped | None:
    """The mapping that a case is about; None for a case of a row or a person."""
    return Mapped(row.system, row.kind, row.digest) if row.digest.startswith(MARK) else None


def held_by_plan(refusal: Refusal, now: Instant) -> Quarantined:
    """What a plan itself refused. A field that is left out is the same case once its record is made."""
    which = refusal.field or refusal.record_id
    return Quarantined(
        id=case_id("held", refusal.person, refusal.object, which, refusal.code),
        system=refusal.system,
        kind=refusal.object,
        record_id=refusal.record_id,
        person=refusal.person,
        cause="data",
        code=refusal.code,
        message=refusal.why,
        who=refusal.who,
        first_at=now,
    )


def retries(rows: Sequence[Quarantined], now: Instant) -> dict[PersonId, Instant]:
    """When each person's cases are tried again, of those that are not due yet."""
    found: dict[PersonId, Instant] = {}
    for row in rows:
        if row.person and row.next_at and row.next_at > now:
            found[row.person] = min(found.get(row.person, row.next_at), row.next_at)
    return found


def _mapping(change: Change, one: FieldChange, code: str) -> Mapped:
    if code in OF_A_VALUE:
        return of_value(change.system, change.object, one.field, one.after)
    return of_field(change.system, change.object, one.field)


def _mender(system: str, recovery: Recovery) -> Who:
    who = MENDED_BY[recovery]
    return "HubSpot admin" if system == "hubspot" and who == "Salesforce admin" else who
