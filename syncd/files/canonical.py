"""Hashes of what files mean: the same for any formatting, comments, and any order where order means nothing.

What nobody said counts for nothing, so that a newer syncd with a key more still finds approvals, plans and what was
taken back as they are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal

from pydantic import BaseModel

from syncd.definitions.language import Definitions, Operator, Test

HASH_LENGTH = 12  # hex digits

_IN_ORDER = "in order"

_SAID_IN_ORDER = {"stages", "never", "sequence", _IN_ORDER}
"""The order of stages is the funnel, and that of a sequence what it is about; of several reasons to stay out, the
first is the one that is told; the other files say lists in order."""

_MEANS_NOTHING = {"place", "hash", "examples", "version"}
"""Examples test the agreement and a version's name names it; they are no part of it."""


def definitions_hash(definitions: Definitions) -> str:
    """The first 12 hex digits of the SHA-256 of what the definitions mean."""
    return digest_of(definitions)


def digest_of(*things: object) -> str:
    """The first 12 hex digits of the SHA-256 of models, dataclasses and plain values."""
    text = json.dumps([_plain(each) for each in things], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _plain(thing: object, name: str = "") -> object:
    if isinstance(thing, Test) and thing.operator is Operator.BETWEEN:
        return ["between", str(thing.operand)]
    if isinstance(thing, BaseModel):
        unsaid = {name: each.get_default(call_default_factory=True) for name, each in type(thing).model_fields.items()}
        said = {name: getattr(thing, name) for name in unsaid if getattr(thing, name) != unsaid[name]}
        return {name: _plain(value, _IN_ORDER) for name, value in said.items()}
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        fields = [each for each in dataclasses.fields(thing) if each.name not in _MEANS_NOTHING]
        told = {each.name: getattr(thing, each.name) for each in fields if getattr(thing, each.name) != _unsaid(each)}
        return [type(thing).__name__, {name: _plain(value, name) for name, value in told.items()}]
    if isinstance(thing, Mapping):
        return {str(key): _plain(value, name) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        parts = [_plain(each, name) for each in thing]
        return parts if name in _SAID_IN_ORDER else sorted(parts, key=json.dumps)
    return thing if isinstance(thing, bool | int) or thing is None else f"{type(thing).__name__} {_exact(thing)}"


def _unsaid(field: dataclasses.Field[object]) -> object:
    """What a field holds where nothing was said."""
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _exact(thing: object) -> str:
    """Numbers without superfluous zeros, so that 50 and 50.0 are one."""
    return f"{thing.normalize():f}" if isinstance(thing, Decimal) else str(thing)
