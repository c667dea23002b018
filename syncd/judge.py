"""Who is due, what is known of them, and what the definitions say: the people of a plan, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors.records import System
from syncd.definitions.evaluate import evaluate
from syncd.facts.build import Reading, build_facts
from syncd.plan.case import Case, Directory, Seller, Setting
from syncd.store import dossier, mirror, people, streams
from syncd.streams import used_names

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.desk import Desk, Run

AT_ONCE = 500
"""People whose dossiers are in memory at a time."""


def judge(desk: Desk, run: Run) -> Iterator[Case]:
    """Everybody about whom something can have changed, judged as of the run's now, in order of person."""
    definitions = desk.config.definitions_at(run.now)
    with desk.store.reading() as tx:
        reading = reading_for(tx, desk)
        due = people.due(tx, run.now)
        for start in range(0, len(due), AT_ONCE):
            desk.progress.count("judging people", start, len(due))
            for one in dossier.load(tx, due[start : start + AT_ONCE]):
                facts = build_facts(one, reading)
                yield Case(one, facts, evaluate(facts, definitions, run.now))


def reading_for(tx: Connection, desk: Desk) -> Reading:
    """How dossiers are read under the config: names, fields that exist, and gaps in what was pulled."""
    fields = {f"{system}.{kind}.{name}" for (system, kind), schema in desk.schemas.items() for name in schema.fields}
    directory = directory_of(tx, desk)
    return Reading(
        names=used_names(desk.config),
        fields=frozenset(fields),
        gaps={
            f"{state.system}.{state.kind}": state.gap
            for state in streams.all(tx)
            if state.watermark is not None or state.gap is not None
        },
        reasons=[rule.reason for rule in desk.config.definitions.returns if rule.reason],
        integration_users=frozenset(one.id[:15] for one in directory.sellers.values() if not one.human),
        floor=desk.config.service.floor == "hubspot",
        owners={**directory.hubspot_owners, **{one.id[:15]: one.email for one in directory.sellers.values()}},
    )


def directory_of(tx: Connection, desk: Desk) -> Directory:
    """Users, queues and owners as mirrored. Our own user and users of programs are nobody to give a task to."""
    account = desk.accounts.get(System.SALESFORCE)
    ours = ((account.user_id if account else None) or "")[:15]
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


def setting_for(desk: Desk, run: Run) -> Setting:
    """What the run's plan is made by."""
    with desk.store.reading() as tx:
        directory = directory_of(tx, desk)
    return Setting(
        definitions=desk.config.definitions_at(run.now),
        service=desk.config.service,
        fields=desk.config.fields,
        tasks=desk.config.tasks,
        schemas={kind: schema for (system, kind), schema in desk.schemas.items() if system is System.SALESFORCE},
        directory=directory,
        now=run.now,
        run=run.id,
        history=run.order.is_history,
    )
