"""What all sections of all files share, and how a model's errors become problems with places."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from syncd.files.places import Document, Path
from syncd.files.problem import Problem, choose, nearest, one_of, shown

SectionType = TypeVar("SectionType", bound="Section")

_SHAPES = {
    "model_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "a text",
}


class Section(BaseModel):
    """A part of a file: frozen, without unknown keys; defaults are written as in the file and read the same way."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)


def said(value: object) -> Any:  # noqa: ANN401 - a text stands for whatever the field's type is
    """A default as the file would say it; the model reads it like any other text."""
    return value


def wrong(what: str, instead: str) -> PydanticCustomError:
    """A mistake that a model's own validator found."""
    return PydanticCustomError("wrong", "{what}", {"what": what, "instead": instead})


def read_section(model: type[SectionType], document: Document) -> tuple[SectionType | None, list[Problem]]:
    """The whole file as its model, and all mistakes; the model is None when there is one."""
    try:
        return model.model_validate(sections_of(document)), []
    except ValidationError as error:
        # A list whose entries all failed is also called too short: the entries' own mistakes say enough.
        told = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        return None, [_problem(model, each, document) for each in told]


def sections_of(document: Document) -> Mapping[str, Any] | object:
    """The file's root without sections that are left empty, as when all lines below a key are comments."""
    root = document.root
    if isinstance(root, dict):
        return {key: value for key, value in root.items() if value != ""}
    return {} if root == "" else root


def _problem(model: type[Section], error: ErrorDetails, document: Document) -> Problem:
    path = _path_of(error["loc"], document)
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    of_key = kind in {"extra_forbidden", "missing"} or error["loc"][-1:] == ("[key]",)
    if kind == "wrong":
        what, instead = context["what"], context["instead"]
    elif kind == "extra_forbidden":
        what, instead = f"the key {shown(path[-1])} is unknown here", choose(str(path[-1]), _keys_at(model, path[:-1]))
    elif kind == "missing":
        key = str(error["loc"][-1])
        what, instead = f"{key} is missing", f"write {_sample(model, path, key)}"
    elif kind == "literal_error":
        options = [each.strip("' ") for each in str(context["expected"]).replace(" or ", ",").split(",")]
        close = nearest(value, options) if isinstance(value, str) else None
        what, instead = f"{shown(value)} is not known here", f"write {close or one_of(options)}"
    elif kind in _SHAPES:
        what, instead = f"{shown(value)} stands where {_SHAPES[kind]} should", _example(model, path)
    elif kind == "too_short":
        what, instead = "this is empty", "write at least one entry, or take the key out"
    else:
        what, instead = str(error["msg"]), f"write {_sample(model, path[:-1], str(path[-1]))}" if path else "correct it"
    return document.problem(path, what, instead, of_key=of_key)


def _path_of(loc: tuple[str | int, ...], document: Document) -> Path:
    """The part of a model's location that stands in the file: without union tags, `[key]` and missing keys."""
    node: Any = document.root
    path: Path = ()
    for part in loc:
        if isinstance(node, dict) and part in node:
            node, path = node[str(part)], (*path, part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node, path = node[part], (*path, part)
    return path


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model that describes a path."""
    at: object = model
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            field = _fields(at).get(str(part))
            at = _inner(field.annotation) if field else None
        elif typing.get_origin(at) in {dict, tuple, Mapping}:
            arguments = typing.get_args(at)
            at = _inner(arguments[1] if typing.get_origin(at) is not tuple else arguments[0])
        else:
            return None
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _inner(annotation: object) -> object:
    """An annotation without Annotated and without the None of an optional one."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return _inner(next(each for each in typing.get_args(annotation) if each is not type(None)))
    return annotation


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    found = _model_at(model, path)
    return list(_fields(found)) if found else []


def _sample(model: type[BaseModel], path: Path, key: str) -> str:
    found = _model_at(model, path)
    examples = (_fields(found)[key].examples or []) if found and key in _fields(found) else []
    if not examples:
        return f"`{key}:`"
    return "`" + yaml.safe_dump({key: examples[0]}, default_flow_style=True, width=10_000).strip()[1:-1] + "`"


def _example(model: type[BaseModel], path: Path) -> str:
    if not path:
        return f"begin with a key: {one_of(_fields(model))}"
    found = _model_at(model, path[:-1])
    key = str(path[-1])
    if found and key in _fields(found):
        return f"write {_sample(model, path[:-1], key)}"
    inside = _keys_at(model, path)
    return f"write the keys {', '.join(inside)}" if inside else "write it as the schema shows (syncd schema)"
