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

_OPERANDS: dict[str, tuple[Schema, str, object]] = {
    Operator.IS: (_SCALAR, "The value is this one.", "Recycle"),
    Operator.ANY_OF: (_LIST, "The value is one of these.", ["Germany", "Norway"]),
    Operator.NONE_OF: (_LIST, "There is a value, and it is none of these.", ["gmail.com"]),
    Operator.AT_LEAST: (_SCALAR, "This or more; of dates this or later.", 50),
    Operator.AT_MOST: (_SCALAR, "This or less; of dates this or earlier.", 500),
    Operator.ABOVE: (_SCALAR, "More than this; of dates later.", "1000 EUR"),
    Operator.BELOW: (_SCALAR, "Less than this; of dates earlier.", "2026-12-01"),
    Operator.BETWEEN: (
        {"type": "array", "items": _SCALAR, "minItems": 2, "maxItems": 2},
        "From the first to the last, both included.",
        [10, 50],
    ),
    Operator.CONTAINS: (_ONE_OR_MORE, "One of these texts stands somewhere in it.", "/pricing"),
    Operator.STARTS_WITH: (_ONE_OR_MORE, "It begins with one of these texts.", "head"),
    Operator.HAS_WORD: (_ONE_OR_MORE, "One of these stands in it as a whole word.", ["head", "director", "vp"]),
    Operator.KNOWN: (_FLAG, "true: there is a value; false: there is none.", True),
    UNKNOWN: (_FLAG, "true: there is no value.", True),
    Operator.CHANGED_WITHIN: (_LENGTH, "The value changed so lately.", "7 days"),
    Operator.OLDER_THAN: (_LENGTH, "The date is longer ago.", "90 days"),
}


def json_schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of a file: definitions, fields, syncd or tasks. Raises LookupError for another."""
    name = name.removesuffix(".yaml")
    if name not in FILES:
        raise LookupError(f"there is no file {name}.yaml; {choose(name, FILES)}")
    schema = FILES[name].model_json_schema(by_alias=True)
    if name == "definitions":
        schema = _with_parts(schema)
        schema["$defs"] |= {"Clause": _clause(), "Tests": _tests(), "Count": _count(), "Points": _points()}
        schema["$defs"] |= {"Bant": _bant(), "Opportunity": _deal()}
    return {"$schema": _DRAFT, "title": f"{name}.yaml", **{key: schema[key] for key in schema if key != "title"}}


def _with_parts(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """A schema with references where the models leave the language of clauses out."""
    if isinstance(schema, dict):
        inner = {key: _with_parts(value) for key, value in schema.items() if key != "part"}
        return {"$ref": f"#/$defs/{schema['part']}", **inner} if isinstance(schema.get("part"), str) else inner
    return [_with_parts(each) for each in schema] if isinstance(schema, list) else schema


def _mapping(properties: Schema, **more: object) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _told(part: Schema, description: str, *examples: object) -> Schema:
    return {**part, "description": description, "examples": list(examples)}


def _tests() -> Schema:
    described = {str(key): _told(*operand) for key, operand in _OPERANDS.items()}
    tests = {"anyOf": [_SCALAR, _mapping(described, minProperties=1)]}
    words = (
        "Tests of a value, all of which must pass; a bare value means `is`. Case and outer blanks make no difference."
    )
    return _told(tests, words, {"at_least": 50}, "Recycle")


def _points() -> Schema:
    orders = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW)
    described = {
        str(key): _told(_NUMBER, f"{_OPERANDS[key][1].partition(';')[0].rstrip('.')}, in points.", 40) for key in orders
    }
    return _told(_mapping(described, minProperties=1), "What a score must reach, or stay under.", {"at_least": 40})


def _count() -> Schema:
    properties = {
        "at_least": _told(_NUMBER, "So often or more; unsaid, once.", 2),
        "at_most": _told(_NUMBER, "So often or less; 0 is not once.", 0),
        "within": _told(_LENGTH, "Only what happened so lately counts.", "30 days"),
        "since": _told(_STAGE, "Only what happened since this stage was entered counts.", "mql"),
        "anyone_at_company": _told(_FLAG, "What colleagues did counts too.", "true"),
    }
    return _told(
        _mapping(properties, minProperties=1), "How often a signal counts.", {"at_least": 1, "within": "30 days"}
    )


def _deal() -> Schema:
    orders = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.BETWEEN)
    amount = _mapping({str(key): _told(*_OPERANDS[key]) for key in orders}, minProperties=1)
    properties = {
        "open": _told(_FLAG, "true: neither won nor lost yet.", "true"),
        "won": _told(_FLAG, "true: it was won.", "true"),
        "amount": _told(amount, "Its amount, with the currency where your org has several.", {"above": 0}),
        "close_date": _told({"const": "set_by_sales"}, "A person has set the close date.", "set_by_sales"),
    }
    tests: Schema = {"$ref": "#/$defs/Tests"}
    words = "One opportunity of the person is all of this; other keys are names that fields.yaml reads from one."
    return _told(_mapping(properties, minProperties=1) | {"additionalProperties": tests}, words, {"open": True})


def _bant() -> Schema:
    answers: Schema = {"type": "array", "items": {"enum": list(ANSWERS)}}
    properties = {
        "at_least": _told(_NUMBER, "So many of the four answers are given.", 3),
        "including": _told(answers, "These are among them.", ["budget"]),
        "strength": _told({"enum": list(STRENGTHS)}, "The same in words: weak is one, strong all four.", "strong"),
    }
    words = "So many of the four answers are given, these among them."
    return _told(_mapping(properties, minProperties=1), words, {"at_least": 3, "including": ["budget"]})


def _clause() -> Schema:
    """Keys of the language; any other key is a property or a signal."""
    sample = {"pricing_visit": {"at_least": 1, "within": "30 days"}}
    some = {
        "n": _told(_NUMBER, "How many of them.", 2),
        "of": _told(_CLAUSES, "The clauses.", [sample, {"score.fit": {"at_least": 40}}]),
    }
    known: dict[str, Schema] = {
        "all": _told(_CLAUSES, "Every one of these holds.", [sample]),
        "any": _told(_CLAUSES, "At least one of these holds.", [sample]),
        "none": _told(_CLAUSES, "None of these holds.", [{"country": "Norway"}]),
        "not": _told(_CLAUSE, "This does not hold.", {"country": "Norway"}),
        "at_least": _told(
            _mapping(some), "So many of these hold.", {"n": 2, "of": [sample, {"score.fit": {"at_least": 40}}]}
        ),
        "bant": _told({"$ref": "#/$defs/Bant"}, "The four answers of sales.", {"at_least": 3}),
        "opportunity": _told({"$ref": "#/$defs/Opportunity"}, "An opportunity of the person.", {"open": True}),
    }
    return {
        "description": "What must hold; several keys in one mapping must hold together. A key is a word of the "
        "language, a property, a signal, or a score as `score.fit`.",
        "type": "object",
        "minProperties": 1,
        "properties": {key: known[key] for key in RESERVED},
        "patternProperties": {r"^score\.[a-z][a-z0-9_]*$": {"$ref": "#/$defs/Points"}},
        "additionalProperties": {"anyOf": [{"$ref": "#/$defs/Count"}, {"$ref": "#/$defs/Tests"}]},
        "examples": [sample],
    }
