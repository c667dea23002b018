"""How dossiers are read: by what the files name, what the CRMs show us, and who works there.

A cycle knows the CRMs' fields from their descriptions and leaves a note of them in the store, so that reports read
dossiers in the same way without a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.records import ObjectSchema, System
from syncd.facts.build import Reading
from syncd.plan.case import Directory, Seller
from syncd.store import mirror, streams
from syncd.store.canonical import from_text, to_text
from syncd.store.database import get_meta, set_meta
from syncd.streams import used_names

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.files.load import Config

SCHEMAS = "schemas"
"""The store's note of what was last seen of both CRMs."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the CRMs show us: fields as `salesforce.lead.Title`, and the Salesforce user that we act as."""

    fields: frozenset[str]
    user_id: str | None = None


def seen_in(schemas: Mapping[tuple[System, str], ObjectSchema], user_id: str | None) -> Seen:
    """What descriptions of objects, by (system, kind), show us."""
    fields = (f"{system}.{kind}.{name}" for (system, kind), schema in schemas.items() for name in schema.fields)
    return Seen(frozenset(fields), user_id)


def note_seen(tx: Connection, seen: Seen) -> None:
    """Leave a note for reports. Nothing is written where the note says so already."""
    text = to_text({"fields": sorted(seen.fields), "user": seen.user_id})
    if get_meta(tx, SCHEMAS) != text:
        set_meta(tx, SCHEMAS, text)


def last_seen(tx: Connection) -> Seen:
    """What the last cycle saw; nothing before the first."""
    text = get_meta(tx, SCHEMAS)
    if text is None:
        return Seen(frozenset())
    noted = from_text(text)
    return Seen(frozenset(noted["fields"]), noted["user"])


def reading_of(tx: Connection, config: Config, seen: Seen) -> Reading:
    """How dossiers are read under the config: names, fields that exist, and gaps in what was pulled."""
    directory = directory_of(tx, seen.user_id)
    return Reading(
        names=used_names(config),
        fields=seen.fields,
        gaps={
            f"{state.system}.{state.kind}": state.gap
            for state in streams.all(tx)
            if state.watermark is not None or state.gap is not None
        },
        reasons=[rule.reason for rule in config.definitions.returns if rule.reason],
        integration_users=frozenset(one.id[:15] for one in directory.sellers.values() if not one.human),
        floor=config.service.floor == "hubspot",
        owners={**directory.hubspot_owners, **{one.id[:15]: one.email for one in directory.sellers.values()}},
    )


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
