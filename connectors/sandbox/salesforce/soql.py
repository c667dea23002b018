r"""Parses the part of SOQL that the emulated org answers; refuses all else with MALFORMED_QUERY.

    SELECT item, ... FROM Object [WHERE condition] [ORDER BY path [ASC|DESC] [NULLS FIRST|LAST], ...]
        [LIMIT n] [OFFSET n]
    item       path (Owner.Name), COUNT() alone, or (SELECT ... FROM ChildRelationship ...) one level deep
    condition  NOT simple | simple AND simple ... | simple OR simple ...     mixing needs parentheses
    simple     ( condition ) | path operator literal | path [NOT] IN ( literal, ... )
    operator   = != <> < <= > >= LIKE
    literal    'text' with \\ \' \" \n \r \t \b \f (and \% \_ for LIKE), number, date, dateTime with a zone,
               true, false, null

Grouping, other aggregates, TYPEOF, FIELDS(), date words such as TODAY, and semi-joins are refused
(facts: salesforce B4). What FieldDefinition is asked for is answered beside this (routes.definitions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, TypeAlias

from connectors.sandbox.salesforce.errors import Refusal

MOST_CHARACTERS = 100_000  # of a query (facts: salesforce B2)
MOST_IN_TEXT = 4_000  # characters of one literal in WHERE (facts: salesforce B2)

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written. `kind` is string, number, boolean, null, date or dateTime; text keeps LIKE's escapes."""

    kind: str
    value: str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of a field. `operator` is = != < <= > >= LIKE, IN or NOT IN; only the last two have several values."""

    path: Path
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """AND, OR over all parts, or NOT of the one part."""

    operator: str
    parts: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Logic


@dataclass(frozen=True, slots=True)
class Order:
    """One key to sort by."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `counts` is SELECT COUNT(); `select` is then empty."""

    select: tuple[Path | Query, ...]
    source: str
    counts: bool = False
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<dateTime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)(?![\w:.]))
    |(?P<date>\d{4}-\d\d-\d\d(?![\w:.]))
    |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.:-]))
    |(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
    |(?P<mark><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE,
)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_CLAUSES = frozenset({"select", "from", "where", "order", "limit", "offset", "group", "having", "and", "or", "not"})
_OBJECTS = frozenset({"group"})
"""Words of the language that are objects too: FROM Group is the object, GROUP BY the clause."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Query:
    """The query that a text means. Raises Refusal with MALFORMED_QUERY."""
    if len(text) > MOST_CHARACTERS:
        raise Refusal("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters.")
    parser = _Parser(_tokens(text))
    query = parser.query(deep=False)
    parser.end()
    return query


def malformed(message: str) -> Refusal:
    """The refusal of a text that is no query."""
    return Refusal("MALFORMED_QUERY", message)


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise malformed(f"line 1:{place} unexpected char {text[place : place + 12]!r}")
        if found.lastgroup != "space":
            tokens.append(_Token(str(found.lastgroup), found.group()))
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end", "<EOF>")]
        self._place = 0

    def query(self, *, deep: bool) -> Query:
        self._word("select")
        counts = not deep and self._count()
        select = () if counts else self._items(deep=deep)
        self._word("from")
        source = self._next()
        if source.kind != "name" or "." in source.text or source.text.lower() in _CLAUSES - _OBJECTS:
            self._unexpected(-1)
        where = self._condition() if self._accept("where") else None
        order = self._orders() if self._accept("order") else ()
        limit = self._whole() if self._accept("limit") else None
        offset = self._whole() if self._accept("offset") else 0
        return Query(select, source.text, counts, where, order, limit, offset)

    def end(self) -> None:
        if self._tokens[self._place].kind != "end":
            self._unexpected()

    def _count(self) -> bool:
        if self._peek() == "count" and self._tokens[self._place + 1].text == "(":
            self._place += 2
            self._mark(")")  # COUNT(field) is an aggregate, which this org refuses
            return True
        return False

    def _items(self, *, deep: bool) -> tuple[Path | Query, ...]:
        items: list[Path | Query] = []
        while True:
            if not deep and self._accept("("):
                items.append(self.query(deep=True))
                self._mark(")")
            else:
                items.append(self._path())
            if not self._accept(","):
                return tuple(items)

    def _condition(self) -> Condition:
        if self._accept("not"):
            return Logic("NOT", (self._simple(),))
        parts, first = [self._simple()], self._peek()
        if first not in {"and", "or"}:
            return parts[0]
        while self._accept(first):
            parts.append(self._simple())
        if self._peek() in {"and", "or"}:  # mixed without parentheses (facts: salesforce B4)
            self._unexpected()
        return Logic(first.upper(), tuple(parts))

    def _simple(self) -> Condition:
        if self._accept("("):
            condition = self._condition()
            self._mark(")")
            return condition
        path = self._path()
        if self._accept("not"):
            self._word("in")
            return Comparison(path, "NOT IN", self._list())
        if self._accept("in"):
            return Comparison(path, "IN", self._list())
        if self._accept("like"):
            return Comparison(path, "LIKE", (self._literal(like=True),))
        token = self._next()
        if token.text not in {"=", "!=", "<>", "<", "<=", ">", ">="}:
            self._unexpected(-1)
        return Comparison(path, "!=" if token.text == "<>" else token.text, (self._literal(),))

    def _list(self) -> tuple[Literal, ...]:
        self._mark("(")
        values = [self._literal()]  # an empty list is refused here (facts: salesforce A2.19)
        while self._accept(","):
            values.append(self._literal())
        self._mark(")")
        return tuple(values)

    def _literal(self, *, like: bool = False) -> Literal:
        token = self._next()
        if token.kind == "text":
            return Literal("string", _unescape(token.text[1:-1], like=like))
        if token.kind == "number":
            return Literal("number", Decimal(token.text))
        if token.kind in {"date", "dateTime"}:
            return Literal(token.kind, token.text)
        word = token.text.lower()
        if word in {"true", "false"}:
            return Literal("boolean", word == "true")
        if word == "null":
            return Literal("null", None)
        return self._unexpected(-1)

    def _orders(self) -> tuple[Order, ...]:
        self._word("by")
        orders = []
        while True:
            path = self._path()
            descending = self._accept("desc")
            if not descending:
                self._accept("asc")
            nulls_last = False  # nulls come first in both directions
            if self._accept("nulls"):
                nulls_last = self._accept("last")
                if not nulls_last:
                    self._word("first")
            orders.append(Order(path, descending, nulls_last))
            if not self._accept(","):
                return tuple(orders)

    def _path(self) -> Path:
        token = self._next()
        if token.kind != "name" or token.text.lower() in _CLAUSES:
            self._unexpected(-1)
        return tuple(token.text.split("."))

    def _whole(self) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdigit():
            self._unexpected(-1)
        return int(token.text)

    def _peek(self) -> str:
        return self._tokens[self._place].text.lower()

    def _next(self) -> _Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _accept(self, text: str) -> bool:
        token = self._tokens[self._place]
        if token.kind in {"name", "mark"} and token.text.lower() == text:
            self._place += 1
            return True
        return False

    def _word(self, text: str) -> None:
        if not self._accept(text):
            self._unexpected()

    _mark = _word

    def _unexpected(self, step: int = 0) -> NoReturn:
        token = self._tokens[min(self._place + step, len(self._tokens) - 1)]
        raise malformed(f"unexpected token: {token.text!r}")


def _unescape(text: str, *, like: bool) -> str:
    if len(text) > MOST_IN_TEXT:
        raise malformed("a string literal is longer than 4000 characters")

    def meant(found: re.Match[str]) -> str:
        character = found.group(1)
        if like and character in "%_\\":
            return found.group()  # the comparison needs to know which signs are meant literally
        if character in _ESCAPED:
            return _ESCAPED[character]
        raise malformed(f"Illegal character sequence '\\{character}' in string literal")

    return re.sub(r"\\(.)", meant, text, flags=re.DOTALL)
