"""The reference pages of the files, out of their JSON Schemas: every key, what it means, and its default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from syncd.files.schema import FILES, json_schema

Schema: TypeAlias = "Mapping[str, Any]"

HEAD = "<!-- Made by `syncd schema {name} --format markdown`; do not edit. -->"
NAMED = {"Clause": "a clause", "Tests": "tests of a value", "Count": "a count", "Points": "tests of points"}
"""What the parts of the language are called."""

LIST = "a list of: "
_SHAPES = {"string": "a text", "integer": "a number", "number": "a number", "boolean": "true or false"}
_SCALARS = ("string", "number", "boolean")


def reference(name: str) -> str:
    """The page of a file (definitions, fields, syncd or tasks) as Markdown. Raises LookupError for another."""
    schema = json_schema(name)
    title, parts = schema["title"], schema.get("$defs", {})
    lines = [HEAD.format(name=title.removesuffix(".yaml")), f"# {title}", "", _prose(schema["description"])]
    others = ", ".join(f"[{each}.yaml]({each}.md)" for each in sorted(FILES) if f"{each}.yaml" != title)
    lines += ["", f"Beside it: {others}. Editors complete and explain all of this with `syncd schema {title}`."]
    lines += ["", "## Keys", "", *_table(schema)]
    for part in _in_order(schema, parts):
        lines += ["", f"## {_heading(part)}", "", _prose(parts[part].get("description", "")), "", *_part(parts[part])]
    return "\n".join(lines) + "\n"


def _part(schema: Schema) -> Iterator[str]:
    if "properties" not in schema:
        schema = next((one for one in schema.get("anyOf", ()) if "properties" in one), schema)
    yield from _table(schema)
    samples = [f"`{_yaml(sample)}`" for sample in schema.get("examples", ())]
    if samples:
        yield from ("", f"For example {' or '.join(samples)}.")


def _table(schema: Schema) -> Iterator[str]:
    yield "| key | what it means | takes | unless said | example |"
    yield "| --- | --- | --- | --- | --- |"
    needed = schema.get("required", ())
    for key, one in schema.get("properties", {}).items():
        default = "must be said" if key in needed else _default(one)
        samples = "<br>".join(f"`{_cell(_yaml(each))}`" for each in one.get("examples", ()))
        cells = (f"`{key}`", _cell(_prose(one.get("description", ""))), _cell(_takes(one)), default, samples)
        yield f"| {' | '.join(cells)} |"


def _takes(schema: Schema) -> str:
    """What a key takes, in words."""
    if "$ref" in schema:
        return _link(schema["$ref"].rsplit("/", 1)[1])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "anyOf" in schema:
        told = dict.fromkeys(_takes(one) for one in schema["anyOf"] if one.get("type") != "null")
        several = [one for one in told if f"{LIST}{one}" in told]
        shown = [f"one or {LIST}{one}" if one in several else one for one in told]
        return " or ".join(one for one in shown if one.removeprefix(LIST) not in several)
    kind = schema.get("type")
    if kind == "array":
        return f"{LIST}{_takes(schema['items'])}"
    if kind == "object":
        inner = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        return f"names, each with {_takes(inner)}" if isinstance(inner, Mapping) else "a mapping"
    if isinstance(kind, list):
        return "a value" if len(kind) == len(_SCALARS) else _SHAPES[kind[0]]
    return _SHAPES.get(str(kind), "a value")


def _in_order(schema: Schema, parts: Mapping[str, Schema]) -> list[str]:
    """The parts in the order in which a reader meets them."""
    found: list[str] = []
    waiting = list(_references(schema.get("properties", {})))
    while waiting:
        part = waiting.pop(0)
        if part not in found:
            found.append(part)
            waiting = [*_references(parts[part]), *waiting]
    return found


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key == "$ref":
                yield str(one).rsplit("/", 1)[1]
            else:
                yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


def _heading(part: str) -> str:
    words = NAMED.get(part) or "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in part).strip()
    text = words.removesuffix(" section").removesuffix(" file")
    return text[:1].upper() + text[1:]


def _link(part: str) -> str:
    heading = _heading(part)
    return f"[{heading[:1].lower()}{heading[1:]}](#{heading.lower().replace(' ', '-')})"


def _default(schema: Schema) -> str:
    default = schema.get("default")
    if default is None or default == "" or isinstance(default, dict | list):
        return ""
    return f"`{_cell(_yaml(default))}`"


def _yaml(value: object) -> str:
    """A value as people write it in YAML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _prose(text: str) -> str:
    """A docstring or description on one line."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "\\n")
