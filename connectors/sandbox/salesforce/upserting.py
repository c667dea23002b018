"""Creating or changing one of several rows by a key: by Id, an external id, or a field with idLookup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.ids import normal_id
from connectors.sandbox.salesforce.schema import Field, SObject

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg
    from connectors.sandbox.salesforce.rows import Actor


class Upsert:
    """Writes rows of one call by one key. A key that two of its rows share fails both."""

    def __init__(self, org: SalesforceOrg, sobject: SObject, key: Field, sent: Sequence[Any]) -> None:
        self._org = org
        self._sobject = sobject
        self._key = key
        self._twice = _sent_twice(sent, key)

    def __call__(self, fields: dict[str, Any], actor: Actor) -> tuple[str, bool]:
        """The id of the row that was written, and whether it is new. Raises Refusal."""
        writer, sobject, key = self._org.writer, self._sobject, self._key
        named = {name.lower(): name for name in fields}
        if key.name == "Id":
            value = fields.pop(named["id"]) if "id" in named else None
            if value is None:
                return writer.insert(sobject, fields, actor), True
            record_id = own_id(sobject, value)
            writer.update(sobject, record_id, fields, actor)
            return record_id, False
        if "id" in named:  # facts: salesforce B2
            raise Refusal("INVALID_FIELD", "The Id field should not be specified in the sobject data.", ("Id",))
        value = fields.get(named.get(key.name.lower(), ""))
        match = self._match(value)
        if match is None:
            return writer.insert(sobject, fields, actor), True
        del fields[named[key.name.lower()]]
        writer.update(sobject, match, fields, actor)
        return match, False

    def _match(self, value: object) -> str | None:
        """The living row with that key, None where there is none. Raises Refusal for several, or for no value."""
        key = self._key
        if value is None or value == "":
            raise Refusal("MISSING_ARGUMENT", f"{key.name} not specified", (key.name,))
        if key.key(str(value)) in self._twice:
            raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key.name,))
        rows = self._org.tables[self._sobject.name].equal(key.name, str(value))
        living = [row["Id"] for row in rows if not row.get("IsDeleted")]
        if len(living) > 1:
            message = f"{key.name}: more than one record found for external id field: [{', '.join(living)}]"
            raise Refusal("DUPLICATE_EXTERNAL_ID", message, (key.name,))
        return living[0] if living else None


def own_id(sobject: SObject, value: object) -> str:
    """The 18-character id of a row of this object. Raises Refusal for none, or another object's."""
    if value is None:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))
    record_id = normal_id(value)
    if record_id is None or not record_id.startswith(sobject.prefix):
        raise Refusal("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {value}", ("Id",))
    return record_id


def _sent_twice(rows: Sequence[Any], key: Field) -> frozenset[object]:
    name = key.name.lower()
    sent = (value for row in rows if isinstance(row, Mapping) for each, value in row.items() if each.lower() == name)
    counted = Counter(key.key(str(value)) for value in sent if value is not None)
    return frozenset(value for value, times in counted.items() if times > 1)
