"""YAML as text with places: every scalar stays what somebody typed, every key and value knows its line and column.

Read from PyYAML's events, so nothing is constructed: NO stays "NO" and 12:30 stays "12:30". What YAML offers beyond
mappings, lists and texts (anchors, tags, merge keys, several documents) is refused, because it hides what a file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from typing import TypeAlias

import yaml

from syncd.files.problem import Problem, shown
from syncd.model.nouns import dataclass

Node: TypeAlias = "str | list[Node] | dict[str, Node]"
Path: TypeAlias = "tuple[str | int, ...]"
Place: TypeAlias = "tuple[int, int]"

LARGEST_FILE = 1_000_000  # bytes; a definitions file of a large team has some 30,000
DEEPEST = 30  # levels; clauses in clauses rarely need ten

_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it, as its wheels are."""
_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)
_NO_CHARACTER = re.compile(r"\\U(?!000[0-9A-Fa-f]|0010)[0-9A-Fa-f]{8}")
_HINTS = {
    "mapping values are not allowed": 'put a text that holds ": " in quotes, or start a new line for the key',
    "could not find expected ':'": "write `key: value`, with a colon and a blank",
    "expected ',' or '}'": "separate the entries by commas and close the bracket with }",
    "expected ',' or ']'": "separate the entries by commas and close the bracket with ]",
    "expected <block end>": "give the entries of one level the same indentation",
    "while scanning a quoted scalar": "close the quotes",
    "cannot start any token": "put the text in quotes",
    "found undefined alias": "put a text that begins with * in quotes",
    "expected alphabetic or numeric": "put a text that begins with & or * in quotes",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. `keys` and `values` hold the place of each path; `whole` is false after a syntax error."""

    name: str
    root: Node
    keys: Mapping[Path, Place] = field(default_factory=dict)
    values: Mapping[Path, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    whole: bool = True

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Where a path stands; for one that is not in the file, where its nearest parent does."""
        for length in range(len(path), -1, -1):
            known = path[:length]
            first, second = (self.keys, self.values) if of_key or length < len(path) else (self.values, self.keys)
            found = first.get(known) or second.get(known)
            if found:
                return found
        return (1, 1)

    def problem(self, path: Path, what: str, instead: str, *, of_key: bool = False) -> Problem:
        """A mistake at a path."""
        line, column = self.place(path, of_key=of_key)
        return Problem(self.name, line, column, what, instead)


def read_document(name: str, content: bytes) -> Document:
    """The document that a file's bytes hold. It never raises: mistakes of YAML are in `problems`.

    An empty file is an empty mapping; so is a file after a syntax error, with `whole` false.
    """
    if len(content) > LARGEST_FILE:
        return _broken(name, (1, 1), f"the file is larger than {LARGEST_FILE:,} bytes", "split or shorten it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        return _broken(name, _place_after(before), "this byte is not UTF-8 text", "save the file as UTF-8")
    if tab := _TAB_INDENT.search(text):
        return _broken(name, _place_after(text[: tab.end() - 1]), "a tab indents this line", "write blanks instead")
    return _Builder(name).build(text)


def _broken(name: str, place: Place, what: str, instead: str) -> Document:
    return Document(name, {}, problems=(Problem(name, *place, what, instead),), whole=False)


def _place_after(before: str) -> Place:
    lines = before.split("\n")
    return (len(lines), len(lines[-1]) + 1)


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read; `key` is the key whose value comes next."""

    container: list[Node] | dict[str, Node]
    path: Path
    key: str | None = None
    repeated: bool = False


class _Stop(Exception):
    """Nothing after this event can be read with sense."""


class _Builder:
    """Builds one document from the events of the YAML parser, without recursion."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._root: Node = {}
        self._stack: list[_Frame] = []
        self._documents = 0
        self._keys: dict[Path, Place] = {}
        self._values: dict[Path, Place] = {}
        self._problems: list[Problem] = []

    def build(self, text: str) -> Document:
        whole = False
        try:
            for event in _events(text):
                self._take(event)
            whole = True
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self._report(place, f"this is not YAML: {_sentence(error)}", _hint(error))
        except yaml.reader.ReaderError as error:
            place = _place_after(text[: error.position])
            self._report(place, "this character is not allowed in YAML", "take it out")
        except (yaml.YAMLError, ValueError, OverflowError):
            # PyYAML lets some escapes such as "\U99999999" fail in chr() instead of naming them.
            escape = _NO_CHARACTER.search(text)
            place = _place_after(text[: escape.start()] if escape else "")
            self._report(place, "this escape is no character", "write the character itself")
        root = self._root if whole else {}
        return Document(self._name, root, self._keys, self._values, tuple(self._problems), whole)

    def _take(self, event: yaml.Event) -> None:
        place = _place_of(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(place, "a second document begins here", "write one document per file, without ---")
        elif isinstance(event, yaml.AliasEvent):
            self._report(place, f"an alias (*{event.anchor}) stands here", "write the text out, or in quotes")
            self._add("", place)
        elif isinstance(event, yaml.NodeEvent):
            self._refuse_extras(event, place)
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._text(event.value, place), place)
            else:
                self._open({} if isinstance(event, yaml.MappingStartEvent) else [], place)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()

    def _refuse_extras(self, event: yaml.NodeEvent, place: Place) -> None:
        if event.anchor is not None:
            self._report(place, f"an anchor (&{event.anchor}) stands here", "write the text out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._report(place, f"a tag ({shown(tag)}) stands here", "leave it out: syncd knows the types of its keys")

    def _text(self, text: str, place: Place) -> str:
        if any("\ud800" <= each <= "\udfff" for each in text):
            self._report(place, "this text holds half a character (a lone surrogate)", "write the character itself")
            return ""
        return text

    def _open(self, container: list[Node] | dict[str, Node], place: Place) -> None:
        if len(self._stack) >= DEEPEST:
            self._stop(place, f"this is nested deeper than {DEEPEST} levels", "make it flatter")
        path = self._add(container, place)
        self._stack.append(_Frame(container, path))

    def _add(self, node: Node, place: Place) -> Path:
        """Put a node where it belongs, note its place, and return its path."""
        if not self._stack:
            self._root = node
            self._values[()] = place
            return ()
        frame = self._stack[-1]
        if isinstance(frame.container, list):
            path = (*frame.path, len(frame.container))
            frame.container.append(node)
        elif frame.key is None:
            self._begin_key(frame, node, place)
            return frame.path
        else:
            # The value of a repeated key is read, for its own mistakes, but kept out of the way.
            path = (*frame.path, f"{frame.key} (again)" if frame.repeated else frame.key)
            if not frame.repeated:
                frame.container[frame.key] = node
            frame.key = None
        self._values[path] = place
        return path

    def _begin_key(self, frame: _Frame, node: Node, place: Place) -> None:
        if not isinstance(node, str):
            self._stop(place, f"{shown(node)} stands where a key should", "write `key: value` with a plain word as key")
            return
        if node == "<<":
            self._report(place, "a merge key (<<) stands here", "write the entries out")
        path = (*frame.path, node)
        frame.key, frame.repeated = node, path in self._keys
        if frame.repeated:
            line = self._keys[path][0]
            self._report(
                place, f"the key {shown(node)} is here a second time", f"keep one; the first is on line {line}"
            )
        else:
            self._keys[path] = place

    def _report(self, place: Place, what: str, instead: str) -> None:
        self._problems.append(Problem(self._name, *place, what, instead))

    def _stop(self, place: Place, what: str, instead: str) -> None:
        self._report(place, what, instead)
        raise _Stop


def _place_of(event: yaml.Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _events(text: str) -> Iterator[yaml.Event]:
    """The events of a text. libyaml is ten times as fast; what it refuses PyYAML's own parser reads once more, since
    that one's mistakes are told in the words and with the places that `_HINTS` knows.
    """
    with suppress(yaml.YAMLError, ValueError, OverflowError):
        return iter(list(yaml.parse(text, Loader=_FAST)))
    return iter(yaml.parse(text, Loader=yaml.SafeLoader))


def _sentence(error: yaml.MarkedYAMLError) -> str:
    return " ".join(part for part in (error.context, error.problem) if part)


def _hint(error: yaml.MarkedYAMLError) -> str:
    sentence = _sentence(error)
    return next((hint for part, hint in _HINTS.items() if part in sentence), "correct the text at this place")
