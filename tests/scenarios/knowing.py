"""What syncd knows of somebody, and how the next day comes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from sqlalchemy import select

from connectors.records import System
from syncd.model.dossier import Dossier
from syncd.model.instant import DAY, Instant
from syncd.store import dossier, people, streams, tables
from syncd.store import entries as entry_rows
from syncd.store.database import open_store
from syncd.streams import GONE
from tests.world import World


def person_of(world: World, record: str) -> str | None:
    """Whose a record is, by its id."""
    with world.store() as store, store.reading() as tx:
        c = tables.record.c
        return tx.execute(select(c.person_id).where(c.id == record)).scalar()


def known(world: World, record: str) -> Dossier:
    """All that is known of whose a record is."""
    with world.store() as store, store.reading() as tx:
        return next(dossier.load(tx, [person_of(world, record)]))


def stages_of(world: World, record: str) -> list[str]:
    """The stages that whose a record is has entered, in order."""
    with world.store() as store, store.reading() as tx:
        person = people.resolve(tx, person_of(world, record))
        return [str(entry.stage) for entry in entry_rows.of_persons(tx, [person])[person]]


def met(world: World, name: str = "a", **properties: str) -> tuple[str, str]:
    """A person who became an MQL, and has a Lead and a task: (HubSpot contact, Lead)."""
    contact = world.person(name, **properties)
    world.cycle("apply")
    return contact, next(row["Id"] for row in world.org.rows("Lead") if row["HubSpot_Id__c"] == contact)


def a_day_passes(world: World) -> None:
    """What is read once a day is due again."""
    with closing(open_store(world.store_url)) as store, store.transaction() as tx:
        for kind in GONE:
            for system in System:
                state = streams.get(tx, system, kind)
                if state.watermark is not None:
                    streams.save(tx, replace(state, watermark=Instant(state.watermark - 2 * DAY)))
