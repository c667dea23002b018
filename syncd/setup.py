"""Properties that the files name and HubSpot lacks: shown as a plan of its own, then made, each by its intent.

Like every write, a property is meant before it is made and noted after it (design 3); what a killed run left open is
closed by the next one, which sees in HubSpot whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from connectors.errors import Forbidden, Refused
from connectors.records import Field, FieldType, Option, System
from syncd.brakes import pause
from syncd.store import intents, ledger, runs
from syncd.store.database import bind_pair
from syncd.store.intents import Intent
from syncd.store.ledger import LedgerItem
from syncd.streams import used_names

if TYPE_CHECKING:
    from syncd.desk import Desk
    from syncd.files.load import Config
    from syncd.journey.needs import Schemas
    from syncd.store.runs import RunId

PROPERTY = "property"
_YES_NO = (Option("true", "Yes"), Option("false", "No"))
_TYPES = {
    "number": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "boolean": FieldType.BOOLEAN,
}


class Maker(Protocol):
    """A CRM in which properties can be made."""

    def create_property(self, kind: str, field: Field) -> None:
        """Make one. Raises Forbidden and Refused."""
        ...


class SetupHeld(Exception):
    """Something keeps the setup from writing."""

    code = "held"
    exit_code = 4

    def __init__(self, message: str, next_step: str) -> None:
        self.message, self.next_step = message, next_step
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Wish:
    """A property to make: on which object, and as what; `why` is the name in the files that it holds."""

    kind: str
    field: Field
    why: str


def wishes(config: Config, schemas: Schemas) -> list[Wish]:
    """The properties of HubSpot that the files name and that are not there, by object and name. Pure."""
    found = {(one.kind, one.field.name): one for one in _missing(config, schemas)}
    return [found[key] for key in sorted(found)]


def _missing(config: Config, schemas: Schemas) -> Iterator[Wish]:
    contact, back = schemas.get((System.HUBSPOT, "contact")), config.fields.back
    told = ((back.reason, FieldType.TEXT, "reason"), (back.recycle_until, FieldType.DATE, "recycle_until"))
    for property_, kind, why in told:
        if contact is not None and property_ not in contact.fields:
            yield Wish("contact", Field(property_, property_.replace("_", " ").capitalize(), kind), why)
    for name in used_names(config):
        for source in name.sources:
            schema = schemas.get((System(source.system), source.object))
            if source.system != System.HUBSPOT or schema is None or source.field in schema.fields:
                continue
            # A choice is made as text: which values there are is for RevOps to say in HubSpot.
            kind = _TYPES.get(name.kind, FieldType.TEXT)
            label = name.name.replace("_", " ").capitalize()
            options = _YES_NO if kind is FieldType.BOOLEAN else ()
            yield Wish(source.object, Field(source.field, label, kind, options=options), name.name)


def make(desk: Desk, wanted: Sequence[Wish]) -> list[str]:
    """Make properties one by one. Codes of those that HubSpot refused, by the names of the files.

    The caller holds the store's writer lock. Raises SetupHeld where a pause or the mode says that nothing is written,
    and the connectors' errors.
    """
    if held := pause.look(desk.store, desk.config.directory, desk.clock()):
        raise SetupHeld(held.message, held.next_step)
    if desk.config.service.mode == "plan_only":
        raise SetupHeld(
            "`mode: plan_only` in syncd.yaml: nothing is written", "say `mode: apply`, or make them by hand"
        )
    run, refused = _start(desk), []
    code = 3
    try:
        for number, wish in enumerate(wanted, 1):
            error = _make(desk, run, wish, f"{run}:{number:06d}")
            refused += [f"{wish.kind}.{wish.field.name}: {error}"] if error else []
        code = 1 if refused else 0
    except Forbidden:
        code = 2
        raise
    finally:
        with desk.store.transaction() as tx:
            made = {"applied": {PROPERTY: len(wanted) - len(refused)} if code < 2 else {}}
            runs.finish(tx, run, at=desk.clock(), exit_code=code, stopped_by=None, summary=made)
    return refused


def _start(desk: Desk) -> RunId:
    now = desk.clock()
    with desk.store.transaction() as tx:
        bind_pair(tx, *desk.pair)
        definitions = desk.config.definitions_at(now).hash
        return runs.start(tx, command="setup", mode="apply", at=now, definitions=definitions, config=desk.config.hash)


def _make(desk: Desk, run: RunId, wish: Wish, intent: str) -> str | None:
    """Make one property: None, or why it was refused."""
    data = {
        "intent": intent,
        "system": str(System.HUBSPOT),
        "kind": PROPERTY,
        "object": wish.kind,
        "name": wish.field.name,
    }
    with desk.store.transaction() as tx:
        intents.open_many(tx, [_intent(desk, run, wish, intent)])
        ledger.append(tx, run, desk.clock(), [LedgerItem("intent", data)])
    error = None
    try:
        # HubSpot alone can make properties: no protocol of both CRMs has it.
        cast("Maker", desk.hubspot).create_property(wish.kind, wish.field)
    except Refused as refusal:
        error = refusal.what
    except Forbidden:
        _end(desk, run, intent, data, "forbidden")
        raise
    _end(desk, run, intent, data, error and "refused")
    return error


def _end(desk: Desk, run: RunId, intent: str, data: dict[str, str], code: str | None) -> None:
    now = desk.clock()
    with desk.store.transaction() as tx:
        intents.finish(tx, [(intent, "failed" if code else "done", None if code else data["name"], code)], now)
        ledger.append(
            tx, run, now, [LedgerItem("refused" if code else "written", data | ({"code": code} if code else {}))]
        )


def _intent(desk: Desk, run: RunId, wish: Wish, intent: str) -> Intent:
    return Intent(
        id=intent,
        run=run,
        person=None,
        system=System.HUBSPOT,
        kind=PROPERTY,
        op="create",
        record_id=None,
        key=None,
        fields={"object": wish.kind, "name": wish.field.name, "type": str(wish.field.type)},
        purpose=intents.SETUP,
        state="open",
        result_id=None,
        code=None,
        created_at=desk.clock(),
        ended_at=None,
    )
