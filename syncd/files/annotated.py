"""Annotated files out of the models that read them: every key with what it means and its default or an example.

All of it is comments: `##` before what is told, `#` before what the file could say.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from syncd.files.schema import json_schema

Schema: TypeAlias = "Mapping[str, Any]"

WIDTH = 118
DEPTH = 5
"""How deep sections are told key by key; what stands deeper is one example."""


def annotated(name: str) -> str:
    """A file (definitions, fields, syncd or tasks) with all of its keys. Raises LookupError for another."""
    schema = json_schema(name)
    title = schema["title"]
    lines = [f"# yaml-language-server: $schema={title.removesuffix('.yaml')}.json", f"## {title}"]
    lines += _told(schema["description"], 0)
    lines += _told("Every key is here, as it is unless somebody says otherwise, or with an example.", 0)
    return "\n".join([*lines, *_keys(schema, schema.get("$defs", {}), 0)]) + "\n"


def _keys(section: Schema, parts: Mapping[str, Schema], depth: int) -> Iterator[str]:
    """The lines of a section's keys."""
    needed = section.get("required", ())
    for key, given in section.get("properties", {}).items():
        one = _resolved(given, parts)
        inner = _section(given, parts)
        if depth == 0:
            yield ""
        must = "Must be said. " if key in needed else ""
        yield from _told(f"{must}{given.get('description') or one.get('description', '')}", depth)
        pad = "  " * depth
        listed, named = _section(one.get("items"), parts), _section(one.get("additionalProperties"), parts)
        ways = named is not None and not named.get("required")  # nothing must be said: each example is one way
        if depth >= DEPTH or ways or (inner or listed or named) is None or _says_some(given, inner):
            yield f"# {pad}{key}: {json.dumps(_sample(given, one), ensure_ascii=False)}"
        elif inner is not None:
            yield from (f"# {pad}{key}:", *_keys(inner, parts, depth + 1))
        elif listed is not None:
            yield from (f"# {pad}{key}:", *_first_of_list(list(_keys(listed, parts, depth + 2)), depth + 1))
        elif named is not None:
            yield from (f"# {pad}{key}:", f"# {pad}  {_name(given)}:", *_keys(named, parts, depth + 2))


def _says_some(given: Schema, inner: Schema | None) -> bool:
    """Whether a default says some of a section's keys and leaves others out, as one way of several."""
    default = given.get("default")
    return inner is not None and isinstance(default, Mapping) and 0 < len(default) < len(inner["properties"])


def _first_of_list(lines: list[str], depth: int) -> list[str]:
    """The lines of a section as those of the first entry of a list."""
    first = next(index for index, line in enumerate(lines) if line.startswith("# "))
    at = len("# ") + 2 * depth
    return [*lines[:first], f"{lines[first][:at]}- {lines[first][at + 2 :]}", *lines[first + 1 :]]


def _name(given: Schema) -> str:
    """What an entry of a mapping is called, in an example."""
    return str(next(iter(given["examples"][0])))


def _resolved(schema: Schema, parts: Mapping[str, Schema]) -> Schema:
    """The part that a schema refers to, else the schema itself."""
    return parts[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _section(schema: object, parts: Mapping[str, Schema]) -> Schema | None:
    """The mapping with keys of its own that a value is, None where it is something else, or may be."""
    if not isinstance(schema, Mapping):
        return None
    resolved = _resolved(schema, parts)
    options = [_resolved(one, parts) for one in resolved.get("anyOf", (resolved,)) if one.get("type") != "null"]
    closed = [one for one in options if one.get("properties") and one.get("additionalProperties") is False]
    return closed[0] if len(closed) == len(options) == 1 else None


def _sample(given: Schema, one: Schema) -> object:
    """What a key is unless somebody says it; an example where that is nothing."""
    default = given.get("default", one.get("default"))
    if default not in (None, "", [], {}):
        return default
    examples = given.get("examples") or one.get("examples") or [default]
    return examples[0]


def _told(text: str, depth: int) -> list[str]:
    lines = textwrap.wrap(" ".join(text.split()), WIDTH - 2 * depth)
    return [f"## {'  ' * depth}{line}" for line in lines]
