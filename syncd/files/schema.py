"""JSON Schemas of the four files, for editors and the reference page, from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from syncd.definitions.language import Operator
from syncd.files.clauses import RESERVED, STRENGTHS
from syncd.files.definitions_file import DefinitionsFile
from syncd.files.fields_file import ANSWERS, FieldsFile
from syncd.files.operands import UNKNOWN
from syncd.files.problem import choose
from syncd.files.service_file import ServiceFile
from syncd.files.tasks_file import TasksFile

Schema = dict[str, Any]

FILES: dict[str, type[BaseModel]] = {
    "definitions": DefinitionsFile,
    "fields": FieldsFile,
    "syncd": ServiceFile,
    "tasks": TasksFile,
}

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_NUMBER: Schema = {"type": ["number", "string"]}
_FLAG: Schema = {"type": ["boolean", "string"]}
_LENGTH: Schema = {"type": "string", "examples": ["30 days"]}
_STAGE: Schema = {"type": "string", "examples": ["mql"]}
_CLAUSE: Schema = {"$ref": "#/$defs/Clause"}
_CLAUSES: Schema = {"type": "array", "items": _CLAUSE, "minItems": 1}
_LIST: Schema = {"type": "array", "items": _SCALAR, "minItems": 1}
_ONE_OR_MORE: Schema = {"anyOf": [_SCALAR, _LIST]}

_OPERANDS: dict[str, tuple[Schema, str]] = {
    Operator.IS: (_SCALAR, "The value is this one."),
    Operator.ANY_OF: (_LIST, "The value is one of these."),
    Operator.NONE_OF: (_LIST, "The value is none of these."),
    Operator.AT_LEAST: (_SCALAR, "This or more."),
    Operator.AT_MOST: (_SCALAR, "This or less."),
    Operator.ABOVE: (_SCALAR, "More than this."),
    Operator.BELOW: (_SCALAR, "Less than this."),
    Operator.BETWEEN: (
        {"type": "array", "items": _SCALAR, "minItems": 2, "maxItems": 2},
        "From the first to the last.",
    ),
    Operator.CONTAINS: (_ONE_OR_MORE, "One of these texts stands somewhere in it."),
    Operator.STARTS_WITH: (_ONE_OR_MORE, "It begins with one of these texts."),
    Operator.HAS_WORD: (_ONE_OR_MORE, "One of these stands in it as a whole word."),
    Operator.KNOWN: (_FLAG, "true: there is a value; false: there is none."),
    UNKNOWN: (_FLAG, "true: there is no value."),
    Operator.CHANGED_WITHIN: (_LENGTH, "The value changed so lately."),
    Operator.OLDER_THAN: (_LENGTH, "The date is longer ago."),
}


def json_schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of a file: definitions, fields, syncd or tasks. Raises LookupError for another."""
    name = name.removesuffix(".yaml")
    if name not in FILES:
        raise LookupError(f"there is no file {name}.yaml; {choose(name, FILES)}")
    schema = FILES[name].model_json_schema(by_alias=True)
    if name == "definitions":
        schema = _with_parts(schema)
        schema["$defs"] |= {"Clause": _clause(), "Tests": _tests(), "Count": _count()}
    return {"$schema": _DRAFT, "title": f"{name}.yaml", **{key: schema[key] for key in schema if key != "title"}}


def _with_parts(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """A schema with references where the models leave the language of clauses out."""
    if isinstance(schema, dict):
        inner = {key: _with_parts(value) for key, value in schema.items() if key != "part"}
        return {"$ref": f"#/$defs/{schema['part']}", **inner} if isinstance(schema.get("part"), str) else inner
    return [_with_parts(each) for each in schema] if isinstance(schema, list) else schema


def _mapping(properties: Schema, **more: object) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _tests() -> Schema:
    described = {str(key): {**operand, "description": words} for key, (operand, words) in _OPERANDS.items()}
    return {
        "description": "Tests of a value, all of which must pass; a bare value means `is`.",
        "anyOf": [_SCALAR, _mapping(described, minProperties=1)],
        "examples": [{"at_least": 50}, "Recycle"],
    }


def _count() -> Schema:
    properties = {"at_least": _NUMBER, "at_most": _NUMBER, "within": _LENGTH, "since": _STAGE}
    properties["anyone_at_company"] = {**_FLAG, "description": "Touches of colleagues count too."}
    return {**_mapping(properties, minProperties=1), "examples": [{"at_least": 1, "within": "30 days"}]}


def _clause() -> Schema:
    """Keys of the language; any other key is a property or a signal."""
    amount = _mapping(dict.fromkeys(("at_least", "at_most", "above", "below"), _NUMBER) | {"between": _LIST})
    answers: Schema = {"type": "array", "items": {"enum": list(ANSWERS)}}
    bant = _mapping({"at_least": _NUMBER, "including": answers, "strength": {"enum": list(STRENGTHS)}})
    close_date = {"const": "set_by_sales"}
    known: dict[str, Schema] = {
        "all": {**_CLAUSES, "description": "Every one of these holds."},
        "any": {**_CLAUSES, "description": "One of these holds."},
        "none": {**_CLAUSES, "description": "None of these holds."},
        "not": {**_CLAUSE, "description": "This does not hold."},
        "at_least": {**_mapping({"n": _NUMBER, "of": _CLAUSES}), "description": "So many of these hold."},
        "bant": {**bant, "description": "So many of the four answers are given, these among them."},
        "opportunity": {
            **_mapping({"open": _FLAG, "won": _FLAG, "amount": amount, "close_date": close_date}),
            "additionalProperties": {"$ref": "#/$defs/Tests"},
            "description": "One opportunity of the person is all of this; other keys are names that are read from one.",
        },
    }
    return {
        "description": "What must hold; several keys in one mapping must hold together.",
        "type": "object",
        "minProperties": 1,
        "properties": {key: known[key] for key in RESERVED},
        "patternProperties": {r"^score\.[a-z][a-z0-9_]*$": {"type": "object", "minProperties": 1}},
        "additionalProperties": {"anyOf": [{"$ref": "#/$defs/Count"}, {"$ref": "#/$defs/Tests"}]},
        "examples": [{"pricing_visit": {"at_least": 1, "within": "30 days"}}],
    }
