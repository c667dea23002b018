"""Making properties, as a CRM is asked to make any other record: the key names one, as contact.signed_on."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import Forbidden, Refused
from connectors.hubspot.client import Api
from connectors.hubspot.describe import definition_of
from connectors.hubspot.kinds import Kind, kind_of
from connectors.records import Field, FieldType, Recovery, RowError, Write, WriteResult

PROPERTY = "property"
"""Our word for the kind of record that a property is."""


def make_properties(api: Api, writes: Sequence[Write]) -> Sequence[WriteResult]:
    """One result per write, in order; a call each, and another where one was refused. What is there already is done.

    A write has the key ("name", object.property) and the fields `label` and `type`, one of FieldType's. Each object has
    a scope of its own, so that one which is missing fails its rows only.
    """
    return tuple(_make(api, write) for write in writes)


def object_of(write: Write) -> str:
    """Our word for the kind of records that a property is made for."""
    return _place(write)[0]


def _make(api: Api, write: Write) -> WriteResult:
    word, name = _place(write)
    kind = kind_of(word)
    field = Field(name, str(write.fields["label"]), FieldType(str(write.fields["type"])))
    try:
        api.define_property(kind.path, definition_of(kind, field))
    except Forbidden as error:
        told = f"{error.scope}: {error.what}" if error.scope else error.what
        return WriteResult(None, error=RowError("FORBIDDEN", told, Recovery.PERMISSION))
    except Refused as error:
        if not _is_there(api, kind, name):
            return WriteResult(None, error=RowError("REFUSED", error.what, Recovery.MAPPING))
    return WriteResult(f"{word}.{name}", created=True)


def _is_there(api: Api, kind: Kind, name: str) -> bool:
    """Whether it was made all the same: by a call whose answer was lost, or by somebody meanwhile."""
    return any(row.get("name") == name for row in api.properties(kind.path))


def _place(write: Write) -> tuple[str, str]:
    if write.key is None:
        raise ValueError("a property is named by its key, as contact.signed_on")
    word, _, name = write.key[1].partition(".")
    return word, name
