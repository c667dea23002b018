"""Properties that the files name and HubSpot lacks, as a plan: it is shown, and carried out like every other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connectors.records import Field, FieldType, System
from syncd.journey.needs import ANSWERS
from syncd.model.change import PROPERTY, SETUP, Change, FieldChange, Plan
from syncd.model.nouns import dataclass
from syncd.streams import used_names

if TYPE_CHECKING:
    from syncd.desk import Desk
    from syncd.files.load import Config
    from syncd.journey.needs import Schemas

_TYPES = {
    "number": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "boolean": FieldType.BOOLEAN,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A property to make: on which object, and as what; `why` is the name in the files that it holds."""

    kind: str
    field: Field
    why: str

    @property
    def change(self) -> Change:
        """The wish as a change, about nobody."""
        return Change(
            system=System.HUBSPOT,
            object=PROPERTY,
            purpose=SETUP,
            person=None,
            id=None,
            key=("name", f"{self.kind}.{self.field.name}"),
            fields=(FieldChange("label", None, self.field.label), FieldChange("type", None, str(self.field.type))),
            reason=f"the files name it: {self.why}",
        )


def wishes(config: Config, schemas: Schemas) -> list[Wish]:
    """The properties of HubSpot that the files name and that are not there, by object and name. Pure."""
    found = {(one.kind, one.field.name): one for one in _missing(config, schemas)}
    return [found[key] for key in sorted(found)]


def plan_of(desk: Desk, wanted: Sequence[Wish]) -> Plan:
    """The plan that makes them."""
    return desk.plan_of([one.change for one in wanted], desk.clock())


def _missing(config: Config, schemas: Schemas) -> Iterator[Wish]:
    contact, back = schemas.get((System.HUBSPOT, "contact")), config.fields.back
    for part, types in ANSWERS.items():
        name = getattr(back, part)
        if contact is not None and name not in contact.fields:
            yield Wish("contact", Field(name, name.replace("_", " ").capitalize(), types[0]), part)
    for name in used_names(config):
        for source in name.sources:
            schema = schemas.get((System(source.system), source.object))
            if source.system != System.HUBSPOT or schema is None or source.field in schema.fields:
                continue
            # A choice is made as text: which values there are is for RevOps to say in HubSpot.
            kind = _TYPES.get(name.kind, FieldType.TEXT)
            yield Wish(source.object, Field(source.field, name.name.replace("_", " ").capitalize(), kind), name.name)
