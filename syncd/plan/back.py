"""What goes back to HubSpot: the stage, sales' answer, and who is on the list for nurture (design 3 and 7.3).

HubSpot's stage moves on only, unless fields.yaml says `backward: returns`: HubSpot passes over a step back without a
word, so that `syncd.apply` clears the stage first, sets it, and reads it back (facts: hubspot B10).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping

from connectors.records import Field, JsonValue
from syncd.facts.build import of_others
from syncd.model.change import LIST, MEMBERSHIP, TELL, Change, FieldChange, Refusal
from syncd.model.dossier import Mirrored
from syncd.model.instant import NEVER, Instant
from syncd.model.person import Entry
from syncd.model.stage import SIDE_STAGES
from syncd.plan.case import Case, Setting
from syncd.plan.mapped import mapped_fields
from syncd.plan.taken import taken
from syncd.plan.values import moment, option_of, same


def tell_hubspot(
    case: Case, record: Mirrored | None, setting: Setting, notes: Counter[str]
) -> Iterator[Change | Refusal]:
    """What HubSpot is told of a person: at most one change of the contact, and one of a list.

    `record` is the person's Salesforce record, whose owner the contact may get. Without a contact there is nobody to
    tell, and what our token may not write is left out. A value that HubSpot would not take sets the contact's whole
    change aside, one that a picklist does not offer only itself. Who was sent back long ago joins no list, since lists
    send mails; that is counted in `notes`.
    """
    contact = case.hubspot_contact
    if contact is None:
        return
    if contact.kind not in setting.closed:
        yield from _contact(case, contact, record, setting)
    if MEMBERSHIP not in setting.closed:
        yield from _lists(case, contact, setting, notes)


def _contact(case: Case, contact: Mirrored, record: Mirrored | None, setting: Setting) -> Iterator[Change | Refusal]:
    stage, goes_on = setting.told.get(case.verdict.stage), True
    wanted: dict[str, JsonValue] = {**dict(_answer(case, setting)), **dict(_owner(record, setting))}
    wanted |= dict(mapped_fields(case, (contact.system, contact.kind), contact, setting))
    if stage is not None:
        goes_on = _is_further(contact, stage, setting)
        if goes_on or (setting.fields.back.backward == "returns" and _was_returned(case)):
            wanted = {str(setting.fields.back.stage): stage, **wanted}
    place = (str(contact.system), contact.kind, contact.id)
    changes, refusals = taken(case, place, list(_differing(contact, wanted, setting)), setting)
    yield from refusals
    if changes:
        yield Change(
            system=str(contact.system),
            object=contact.kind,
            purpose=TELL,
            person=case.facts.person,
            id=contact.id,
            key=None,
            fields=tuple(changes),
            reason=case.current.why,
            evidence=case.current.evidence,
            demotes=not goes_on and changes[0].field == setting.fields.back.stage,
            overwrites=any(one.before not in (None, "") for one in changes),
        )


def _differing(contact: Mirrored, wanted: Mapping[str, JsonValue], setting: Setting) -> Iterator[FieldChange]:
    """What the contact does not hold yet, of properties that there are and that we may write."""
    for name, value in wanted.items():
        field, held = setting.property(name), contact.properties.get(name)
        if field is not None and field.updateable and not same(held, value, field):
            yield FieldChange(name, held, value)


def _was_returned(case: Case) -> bool:
    """Whether sales sent the person back, now or before the present cycle."""
    return case.verdict.stage in SIDE_STAGES or case.verdict.cycle > 1


def _is_further(contact: Mirrored, value: str, setting: Setting) -> bool:
    """Whether a stage comes after the contact's in the portal's own order. An unknown stage is never moved."""
    field = setting.property(setting.fields.back.stage or "")
    now = contact.properties.get(setting.fields.back.stage or "")
    if now in (None, "") or field is None:
        return True
    order = [one.value for one in field.options]
    return now in order and value in order and order.index(value) > order.index(str(now))


def _answer(case: Case, setting: Setting) -> Iterator[tuple[str, JsonValue]]:
    """Status, reason and date of sales' answer. What an earlier cycle left is cleared, and nothing else."""
    rule, entry = setting.fields.back, case.current
    status = setting.property(rule.status)
    if status is not None and (said := rule.statuses.get(entry.stage)) and not _is_answered(case, status, entry):
        yield status.name, option_of(said, status)
    if entry.stage in SIDE_STAGES:
        if entry.reason:
            yield rule.reason, entry.reason
    elif case.verdict.cycle > 1:
        yield rule.reason, None
    until = setting.property(rule.recycle_until)
    if until is None:
        return
    given = next((one for one in setting.definitions.returns if one.stage == entry.stage), None)
    if given is not None and given.requalify_after and entry.at + given.requalify_after < NEVER:
        yield until.name, moment(Instant(entry.at + given.requalify_after), until)
    elif case.verdict.cycle > 1 and entry.stage not in SIDE_STAGES:
        yield until.name, None


def _is_answered(case: Case, status: Field, entry: Entry) -> bool:
    """Whether somebody gave the contact another status after the stage was entered, and after we told of it: what
    people, and workflows, say of what they do is theirs until the next stage.
    """
    contact = case.hubspot_contact
    versions = contact.history.get(status.name, ()) if contact else ()
    last = max((at for at, *_ in versions), default=entry.at)
    return last > entry.at and last in {at for at, _ in of_others(versions)}


def _owner(record: Mirrored | None, setting: Setting) -> Iterator[tuple[str, JsonValue]]:
    """HubSpot's owner with the address of the active person who owns the Salesforce record."""
    if not setting.fields.back.owner or record is None:
        return
    seller = setting.directory.active(str(record.properties.get("OwnerId") or ""))
    owner = setting.directory.owner_by_email(seller.email) if seller else None
    if owner is not None:
        yield "hubspot_owner_id", owner


def _lists(case: Case, contact: Mirrored, setting: Setting, notes: Counter[str]) -> Iterator[Change]:
    """Joining a list on being sent back, and leaving it on qualifying again; each is done once a cycle."""
    seen = setting.portal.get("list")
    static = {one.value for one in seen.fields["id"].options} if seen else None
    for rule in setting.definitions.returns:
        chosen = setting.fields.back.lists.get(rule.to or "")
        if chosen is None or (static is not None and chosen not in static):
            continue
        joins = case.verdict.stage == rule.stage
        cycle = case.verdict.cycle if joins else case.verdict.cycle - 1
        joined = _list_key(case, cycle, chosen, member=True)
        key = joined if joins else _list_key(case, cycle, chosen, member=False)
        if key in case.dossier.done_keys or (not joins and joined not in case.dossier.done_keys):
            continue
        if joins and setting.now - case.current.at > setting.tasks.not_older_than:
            notes["joins no list, too long ago"] += 1
            continue
        yield Change(
            system="hubspot",
            object=MEMBERSHIP,
            purpose=LIST,
            person=case.facts.person,
            id=chosen,
            key=("syncd_key", key),
            fields=(FieldChange("record", None, contact.id), FieldChange("member", not joins, joins)),
            reason=case.current.why,
            evidence=case.current.evidence,
        )


def _list_key(case: Case, cycle: int, chosen: str, *, member: bool) -> str:
    """Names one joining or leaving of a person and cycle, so that it is done once."""
    text = f"list\x1f{case.facts.person}\x1f{cycle}\x1f{chosen}\x1f{member}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]
