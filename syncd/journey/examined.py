"""What doctor finds: both CRMs compared with what the files need of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.errors import Forbidden, Missing, Refused
from connectors.limits import zone_of
from connectors.records import Account, Destination, Field, ObjectSchema, Source, System, Window
from syncd.definitions.language import fold
from syncd.facts.references import OF_CONTACTS
from syncd.journey.needs import Need, Schemas, admin_of, needs_of, unfilled
from syncd.model.dossier import Who
from syncd.model.instant import DAY, Instant, datetime_of, instant_of
from syncd.model.mapping import Mapped
from syncd.model.nouns import dataclass
from syncd.streams import Stream, described_for, streams_for

if TYPE_CHECKING:
    from syncd.files.load import Config

OK = "ok"
NOBODY = "0"
"""An id that no contact has."""
CUSTOM = "__c"
"""How the names of objects end that an admin made."""
SKEW = 60_000
"""Milliseconds between a CRM's clock and this machine's that are told."""
KINDS = {
    System.HUBSPOT: ("contact", "company"),
    System.SALESFORCE: ("lead", "contact", "account", "opportunity", "task"),
}
"""What is looked at in each CRM."""


FIELD = "{field}"
"""Where the field's name stands in the sentence of a check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `state` is "ok", or in one word what is wrong, `sentence` what to do, with FIELD
    in place of the field's name where the same may be true of others, and `who` can.

    `type`, `length`, `external_id` and `unique` are those that are needed, else those that were found.
    """

    system: str
    object: str
    field: str | None
    state: str
    required: bool
    sentence: str = ""
    who: Who | None = None
    type: str | None = None
    length: int | None = None
    external_id: bool = False
    unique: bool = False

    @property
    def bad(self) -> bool:
        """Whether something does not work because of it."""
        return self.required and self.state != OK

    @property
    def fix(self) -> str:
        """What to do."""
        return self.fix_of((self,))

    def fix_of(self, alike: Sequence[Check]) -> str:
        """What to do about several with this sentence."""
        return self.sentence.replace(FIELD, ", ".join(one.field or "" for one in alike))


@dataclass(frozen=True, slots=True)
class Looked:
    """One CRM as far as it can be seen without the files: who we are there, how far its clock is off (milliseconds),
    its objects, and what kept us from seeing one.
    """

    source: Destination
    account: Account
    skew: int
    schemas: Schemas
    hidden: Sequence[Check]


def look(source: Destination, config: Config, now: Instant) -> Looked:
    """Look at one CRM. Raises the connectors' errors where it cannot be reached at all."""
    account = source.check()
    skew = instant_of(source.now()) - now
    schemas, hidden = _described(source, [kind for system, kind in described_for(config) if system is source.system])
    return Looked(source, account, skew, schemas, hidden)


def examine(found: Sequence[Looked], config: Config, now: Instant) -> list[Check]:
    """Compare what answers of both CRMs with what the files need of them, field by field, and try every stream."""
    schemas: Schemas = {key: schema for one in found for key, schema in one.schemas.items()}
    checks = [check for one in found for check in (*one.hidden, _clock(one.account.system, one.skew))]
    checks += [_zone(one.account, config.service.time_zone, now) for one in found]
    checks += [_ending(one.account.system, told) for one in found if (told := one.source.warning())]
    needs = needs_of(config, config.definitions_at(now), schemas)
    checks += [judged(need, schemas[need.system, need.kind]) for need in needs if (need.system, need.kind) in schemas]
    checks += [_unfilled(kind, field) for kind, field in unfilled(config, schemas)]
    sources = {one.account.system: one.source for one in found}
    streams = [one for one in streams_for(config, schemas) if one.system in sources and not one.quiet]
    checks += [probed(sources[one.system], one) for one in streams]
    return list(_once(checks))


def left_out(config: Config, schemas: Schemas, now: Instant) -> list[tuple[str, str]]:
    """Fields that the files name and that are passed over, since they are missing or can't be used as they are: each
    with what is wrong in one word.
    """
    needs = [need for need in needs_of(config, config.definitions_at(now), schemas) if not need.compared]
    checks = [judged(need, schemas[need.system, need.kind]) for need in needs if (need.system, need.kind) in schemas]
    return [(f"{one.system}.{one.object}.{one.field}", one.state) for one in _once(checks) if one.state != OK]


def told_as_left_out(known: Sequence[tuple[str, str]], stopped: Iterable[Mapped]) -> list[str]:
    """What is left out as people read it: those fields, and of what is set aside for everybody what is none of them."""
    names = {f"{one.system}.{api_name(one.system, one.object)}.{one.field}" for one in stopped}
    aside = sorted(names - {name for name, _ in known})
    return [f"{name} ({why})" for name, why in (*known, *((name, "set aside") for name in aside))]


def _described(source: Source, activities: Sequence[str]) -> tuple[Schemas, list[Check]]:
    """The objects as described, and a check for each that is hidden; of activities their streams tell."""
    schemas: Schemas = {}
    checks = []
    source.learn([*KINDS[source.system], *activities])
    for kind in (*KINDS[source.system], *activities):
        try:
            schemas[source.system, kind] = source.describe(kind)
        except (Forbidden, Missing) as error:
            if kind in activities and not kind.endswith(CUSTOM):
                continue
            fix = f"let our user read {api_name(source.system, kind)}: {error.what}"
            if kind.endswith(CUSTOM):
                fix = f"deploy {kind}, which `syncd doctor --salesforce-package DIR` writes, and let our user see it"
            needed = kind not in ("company", "opportunity")
            checks.append(
                Check(
                    source.system,
                    api_name(source.system, kind),
                    None,
                    "no_access",
                    needed,
                    fix,
                    admin_of(source.system),
                )
            )
    return schemas, checks


def _clock(system: System, skew: int) -> Check:
    if abs(skew) <= SKEW:
        return Check(system, "clock", None, OK, required=False)
    off = f"{abs(skew) // 1000} s {'behind' if skew > 0 else 'ahead'}"
    fix = f"this machine's clock is {off}: let it follow a time server"
    return Check(system, "clock", None, "clock_off", False, fix, "operator")  # noqa: FBT003


def _zone(account: Account, ours: str, now: Instant) -> Check:
    """Whether a CRM counts days as we do, in summer and in winter: else its reports differ from ours at midnight."""
    theirs, zone = account.time_zone, zone_of(account.time_zone)
    times = [datetime_of(Instant(now + days * DAY)) for days in (0, 180)]
    if zone is None or all(
        at.astimezone(zone).utcoffset() == at.astimezone(ZoneInfo(ours)).utcoffset() for at in times
    ):
        return Check(account.system, "time zone", theirs, OK, required=False)
    fix = f"days begin in {theirs} there and in {ours} here, so that reports differ: mend `time_zone` of syncd.yaml"
    return Check(account.system, "time zone", theirs, "differs", False, fix, "RevOps")  # noqa: FBT003


def _ending(system: System, told: str) -> Check:
    """An API version that ends: nothing is broken yet."""
    return Check(system, "API version", None, "ending", False, told, "operator")  # noqa: FBT003


def judged(need: Need, schema: ObjectSchema) -> Check:
    """One need compared with the object as described."""
    field = schema.fields.get(need.field)
    state, fix, who = _verdict(need, field)
    return Check(
        need.system,
        api_name(need.system, need.kind),
        need.field,
        state,
        need.required,
        fix,
        who,
        type=_type(need, field),
        length=need.length or (field.length if field else None),
        external_id=need.key or bool(field and field.external_id),
        unique=need.key or bool(field and field.unique),
    )


def _unfilled(kind: str, field: Field) -> Check:
    """A field without which every new record is refused (facts: salesforce B7, REQUIRED_FIELD_MISSING)."""
    mapping = "" if kind == "task" else f", or name salesforce.lead.{field.name} under `write` in fields.yaml"
    where = api_name(System.SALESFORCE, kind)
    fix = f"give {field.name} on {where} a default{mapping}; it is required, so every new {kind} is refused without it"
    who = admin_of(System.SALESFORCE)
    return Check(System.SALESFORCE, where, field.name, "unfilled", True, fix, who, type=str(field.type))  # noqa: FBT003


def _type(need: Need, field: Field | None) -> str | None:
    if field is not None and not need.key:
        return str(field.type)
    return str(need.types[0]) if need.types else None


def _verdict(need: Need, field: Field | None) -> tuple[str, str, Who | None]:
    """The state of a field, what to do about it, and who can."""
    admin = admin_of(need.system)
    where = f"{FIELD} on {api_name(need.system, need.kind)}"
    if field is None:
        extras = (
            f" ({need.types[0]}" + (f" {need.length}, external id, unique)" if need.key else ")") if need.types else ""
        )
        by_us = ", as `syncd setup hubspot` does" if need.system is System.HUBSPOT else ""
        return "missing", f"create {where}{extras}{by_us}, or let our user see it; {need.why}", admin
    if need.types and field.type not in need.types:
        kinds = " or ".join(map(str, need.types))
        return "wrong_type", f"{where} is {field.type}; make it {kinds}, or name another field; {need.why}", admin
    if need.length is not None and field.length is not None and field.length < need.length:
        return "too_short", f"make {where} {need.length} characters long", admin
    if need.key and not field.external_id:
        return "not_external_id", f"tick External ID on {where}", admin
    if need.key and not field.unique:
        return "not_unique", f"tick Unique on {where}", admin
    if (need.written or need.made) and not (field.createable and (need.made or field.updateable)):
        return "read_only", f"give our user edit access to {where}; {need.why}", admin
    lacking = _lacking(need, field)
    if lacking:
        who: Who = admin if need.written else "RevOps"
        return (
            "missing_value",
            f"{where} has no value {', '.join(lacking)}; add it, or write one it has; {need.why}",
            who,
        )
    return OK, "", None


def _lacking(need: Need, field: Field) -> list[str]:
    """Values that a picklist does not have. One that takes any value needs none for being written."""
    if not field.options or (need.written and not field.restricted):
        return []
    known = {fold(text) for option in field.options if option.active for text in (option.value, option.label)}
    return [value for value in need.values if fold(value) not in known]


def probed(source: Source, stream: Stream) -> Check:
    """Whether a stream can be read: one page of the last minute; of what is read contact by contact, of nobody."""
    until = source.now()
    window = Window(until - timedelta(minutes=1), until)
    try:
        if stream.kind in OF_CONTACTS:
            with suppress(Missing):  # there is no such contact
                next(iter(source.of_contacts(stream.kind, [NOBODY], window)), None)
        else:
            next(iter(source.pull(stream.kind, window, stream.properties)), None)
    except Forbidden as error:
        fix = f"give the token or user {error.scope or 'the right'} to read {stream.kind}: {error.what}"
        return Check(source.system, stream.kind, None, "no_scope", stream.needed, fix, admin_of(source.system))
    except (Missing, Refused) as error:
        fix = f"{stream.kind} cannot be read: {error.what}"
        return Check(source.system, stream.kind, None, "not_readable", stream.needed, fix, admin_of(source.system))
    return Check(source.system, stream.kind, None, OK, stream.needed)


def _once(checks: Sequence[Check]) -> Iterator[Check]:
    """Each field once for what is wrong with it, or once as ok."""
    troubled = {(check.system, check.object, check.field) for check in checks if check.state != OK}
    seen: set[tuple[str, str, str | None, str]] = set()
    for check in sorted(checks, key=lambda check: not check.required):
        key = (check.system, check.object, check.field)
        if (*key, check.state) in seen or (check.state == OK and key in troubled):
            continue
        seen.add((*key, check.state))
        yield check


def api_name(system: System | str, kind: str) -> str:
    """An object as an admin knows it: Salesforce's Lead, and Activity for what a task's fields are made on."""
    if system != System.SALESFORCE or kind.endswith(CUSTOM):
        return kind
    return "Activity" if kind == "task" else kind.capitalize()
