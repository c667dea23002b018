"""How dossiers are read: by what the files name, what the CRMs show us, and who works there.

A cycle knows the CRMs' fields from their descriptions and leaves a note of them in the store, so that reports read
dossiers in the same way without a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.records import FieldType, ObjectSchema, System
from syncd.definitions.options import Misnamed, Picklist, misnamed, resolved
from syncd.facts.activities import Around
from syncd.facts.build import Reading
from syncd.files.fields_file import Kind
from syncd.files.problem import Wrong
from syncd.files.typed import misfits
from syncd.model.hubspot import LIFECYCLE, named, stages_of
from syncd.model.nouns import dataclass
from syncd.plan.case import Directory, Seller
from syncd.store import mirror, streams
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.streams import touch_rules, used_names

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.model.instant import Instant
    from syncd.model.stage import Stage

SCHEMAS = "schemas"
"""The store's note of what was last seen of both CRMs."""

KINDS: Mapping[FieldType, Kind] = {
    FieldType.NUMBER: "number",
    FieldType.MONEY: "money",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
    FieldType.CHOICE: "choice",
    FieldType.CHOICES: "choices",
}
"""What a CRM's own type of a field is to definitions; all else is text."""


@dataclass(frozen=True)
class Seen:
    """What the CRMs show us: fields as `salesforce.lead.Title`, the Salesforce user that we act as, picklists by field,
    and the types of fields that are no plain text.
    """

    fields: frozenset[str] = frozenset()
    user_id: str | None = None
    picklists: Mapping[str, Picklist] = field(default_factory=dict)
    types: Mapping[str, Kind] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The same as a note for reports (see `last_seen`)."""
        picklists = {path: [one.options, one.closed] for path, one in sorted(self.picklists.items())}
        types = dict(sorted(self.types.items()))
        return to_text({"fields": sorted(self.fields), "user": self.user_id, "picklists": picklists, "types": types})


def seen_in(schemas: Mapping[tuple[System, str], ObjectSchema], user_id: str | None) -> Seen:
    """What descriptions of objects, by (system, kind), show us."""
    fields = {
        f"{system}.{kind}.{name}": one
        for (system, kind), schema in schemas.items()
        for name, one in schema.fields.items()
    }
    picklists = {
        path: Picklist(
            [(option.value, option.label) for option in one.options], one.restricted or path.startswith("hubspot.")
        )
        for path, one in fields.items()
        if one.type in (FieldType.CHOICE, FieldType.CHOICES) and one.options
    }
    types = {path: KINDS[one.type] for path, one in fields.items() if one.type in KINDS}
    return Seen(frozenset(fields), user_id, picklists, types)


def typed(config: Config, seen: Seen) -> Config:
    """The config with the types that the CRMs' own descriptions give to names for which fields.yaml says none."""
    return config.typed(_kinds(config, seen))


def _kinds(config: Config, seen: Seen) -> dict[str, Kind]:
    """Of several fields behind a name the first that is there says the type; one of plain text is text."""
    there = {
        name: next((str(one) for one in sources if str(one) in seen.fields), None)
        for name, sources in config.fields.open_names.items()
    }
    return {name: seen.types.get(path, "text") for name, path in there.items() if path is not None}


def mistyped(config: Config, now: Instant, seen: Seen) -> Iterator[tuple[str, Wrong]]:
    """Tests in the version in force that do not go with the type that a CRM gives to a name: place and mistake."""
    for clause, wrong in misfits(config.definitions_at(now), _kinds(config, seen)):
        yield clause.place, wrong


def definitions_in_force(config: Config, now: Instant, seen: Seen) -> Definitions:
    """The version in force at an instant, with labels of picklists as the CRMs' own values."""
    return resolved(typed(config, seen).definitions_at(now), picklists_of(config, seen))


def versions_in_turn(config: Config, seen: Seen) -> list[Definitions]:
    """All versions, oldest first, with labels of picklists as the CRMs' own values."""
    picklists = picklists_of(config, seen)
    return [resolved(version, picklists) for version in typed(config, seen).versions]


def misnamed_values(config: Config, now: Instant, seen: Seen) -> list[Misnamed]:
    """The values that the definitions name and that no picklist of the CRMs has, or that mean several."""
    return list(misnamed(config.definitions_at(now), picklists_of(config, seen)))


def picklists_of(config: Config, seen: Seen) -> dict[str, Picklist]:
    """The picklists of the names that the files use; of several fields behind a name their values together.

    A name that is also read from a field of free text has no picklist that is closed.
    """
    found = {}
    for name in used_names(config):
        readable = [str(source) for source in name.sources if str(source) in seen.fields]
        lists = [seen.picklists[path] for path in readable if path in seen.picklists]
        if lists:
            options = list(dict.fromkeys(option for one in lists for option in one.options))
            closed = len(lists) == len(readable) and all(one.closed for one in lists)
            found[name.name] = Picklist(options, closed)
    return found


def note_seen(tx: Connection, seen: Seen) -> None:
    """Leave a note for reports. Nothing is written where the note says so already."""
    if get_meta(tx, SCHEMAS) != seen.text:
        set_meta(tx, SCHEMAS, seen.text)


def last_seen(tx: Connection) -> Seen:
    """What the last cycle saw; nothing before the first."""
    text = get_meta(tx, SCHEMAS)
    if text is None:
        return Seen()
    noted = from_text(text)
    picklists = {
        path: Picklist([(value, label) for value, label in options], closed)
        for path, (options, closed) in noted.get("picklists", {}).items()
    }
    return Seen(frozenset(noted["fields"]), noted["user"], picklists, noted.get("types", {}))


def reading_of(tx: Connection, config: Config, seen: Seen) -> Reading:
    """How dossiers are read under the config: names, fields that exist, and gaps in what was pulled."""
    directory = directory_of(tx, seen.user_id)
    addresses = {**directory.hubspot_owners, **{one.id[:15]: one.email for one in directory.sellers.values()}}
    owners = {owner: mail.strip().lower() for owner, mail in addresses.items()}  # both CRMs' spellings are one person
    return Reading(
        names=used_names(typed(config, seen)),
        fields=seen.fields,
        gaps={
            f"{state.system}.{state.kind}": state.gap
            for state in streams.all(tx)
            if state.watermark is not None or state.gap is not None
        },
        reasons=[rule.reason for version in config.versions for rule in version.returns if rule.reason],
        floor=config.service.floor == "hubspot",
        owners=owners,
        touches=touch_rules(config),
        around=replace(_around(tx, seen, directory, owners), event_outcome=_event_outcome(config, seen)),
        lost_reason=config.fields.sales.lost_reason,
        stages=stages_of(lifecycle_of(seen), config.fields.back.stages),
    )


def between_of(config: Config, seen: Seen) -> Mapping[str, tuple[Stage, str]]:
    """The lifecycle stages of the portal's own that lie between known ones, by value: the known one before each, and
    its label. None where HubSpot's stage is no floor.
    """
    if config.service.floor != "hubspot":
        return {}
    options, told = lifecycle_of(seen), config.fields.back.stages
    known, labels = named(options, told), dict(options)
    return {value: (stage, labels[value]) for value, stage in stages_of(options, told).items() if value not in known}


def lifecycle_of(seen: Seen) -> Sequence[tuple[str, str]]:
    """HubSpot's lifecycle stages as (value, label) in the portal's order; none before the first cycle."""
    picklist = seen.picklists.get(f"hubspot.contact.{LIFECYCLE}")
    return [(str(value), str(label)) for value, label in picklist.options] if picklist else ()


def _event_outcome(config: Config, seen: Seen) -> str | None:
    """The field that says how an event of Salesforce ended, where there is one."""
    name = config.fields.sales.event_outcome
    return name if name and f"salesforce.event.{name}" in seen.fields else None


def _around(tx: Connection, seen: Seen, directory: Directory, owners: Mapping[str, str]) -> Around:
    """What activities are read by."""
    labels = {
        path: {str(value): str(label) for value, label in one.options}
        for path, one in seen.picklists.items()
        if path.startswith("hubspot.call.")
    }
    campaigns = {
        one.id[:15]: str(name)
        for one in mirror.iterate(tx, System.SALESFORCE, "campaign")
        if (name := one.properties.get("Name"))
    }
    programs = frozenset(one.id[:15] for one in directory.sellers.values() if not one.human)
    return Around(programs, labels, owners, campaigns)


def directory_of(tx: Connection, user_id: str | None) -> Directory:
    """Users, queues and owners as mirrored. Our own user and users of programs are nobody to give a task to."""
    ours = (user_id or "")[:15]
    sellers = {}
    for user in mirror.iterate(tx, System.SALESFORCE, "user"):
        kind = user.properties.get("UserType")
        sellers[user.id[:15]] = Seller(
            id=user.id,
            email=str(user.properties.get("Email") or ""),
            active=user.properties.get("IsActive") is not False and not user.deleted,
            human=user.id[:15] != ours and kind in (None, "Standard"),
        )
    queues = {
        str(name).casefold(): group.id
        for group in mirror.iterate(tx, System.SALESFORCE, "group")
        if group.properties.get("Type") == "Queue" and not group.deleted
        for name in (group.properties.get("DeveloperName"), group.properties.get("Name"))
        if name
    }
    owners = {
        owner.id: str(owner.properties.get("email") or "")
        for owner in mirror.iterate(tx, System.HUBSPOT, "owner")
        if not owner.deleted
    }
    return Directory(sellers, queues, owners)
