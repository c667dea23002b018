"""Touches as they hang on the record that is evidence of them: one text per record, so that a person is read whole.

The text is JSON: `t`, a list of strands [kind, stem, by or null, names of fields, instants, a column of texts per
field, when they were learned], and `r`, from when on the CRM's own history reaches back where it is cut off, by
property. When they were learned is one instant where it is the same for all. A stem that begins with ":", or is
empty, follows the name of the record; one that ends with "@" is followed by the instant. A portal's history is mostly
counters that went up: a touch in a column takes a sixth of the room, and of the time to read, that it takes by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.model.instant import Instant
from syncd.model.touches import AT, Strand
from syncd.store.canonical import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet


NONE = ""
"""The text of a record that is evidence of nothing."""

_REACHING = "}}"
"""The end of a text that has an `r`: its touches alone end with a list."""


class _Kept(NamedTuple):
    """A touch with when it was learned; the key is its id without the name of its record."""

    at: Instant
    key: str
    kind: str
    fields: dict[str, str]
    by: str | None
    known_at: Instant


def packed(
    record: str, strands: Sequence[Strand], reach: Mapping[str, Instant], known_at: Instant, before: str = NONE
) -> str:
    """The text for a record (`hubspot:contact:1`) after the touches of some strands were learned at an instant.

    A touch that was known under its id keeps when it was learned, unless it now says something else; none is ever
    taken away.
    """
    if not strands and not reach:
        return before
    news = [
        [kind, stem if name == record else name + stem, by, names, ats, columns, known_at]
        for kind, by, name, stem, ats, names, columns in strands
    ]
    if before == NONE:
        return _text(news, reach)
    old = from_text(before)
    known = {one.key: one for strand in old["t"] for one in _unpacked(strand)}
    for one in (one for strand in news for one in _unpacked(strand)):
        if one.key not in known or known[one.key][:5] != one[:5]:
            known[one.key] = one
    cut = {name: _reaching(name, at, known.values()) for name, at in reach.items()} | old.get("r", {})
    return _text(_in_strands(known.values()), cut)


def strands_in(
    record: str, text: str, as_of: Instant | None = None, kinds: AbstractSet[str] | None = None
) -> list[Strand]:
    """The touches of a record in strands, those known at an instant and those of some kinds where these are given."""
    if text == NONE:
        return []
    found = []
    for kind, stem, by, names, ats, columns, known in from_text(text)["t"]:
        if kinds is not None and kind not in kinds:
            continue
        strand = Strand(kind, by, record if stem[:1] in ("", ":") else "", stem, ats, names, columns)
        if as_of is None or (isinstance(known, int) and known <= as_of):
            found.append(strand)
        elif not isinstance(known, int):
            found.append(strand.only([index for index, learned in enumerate(known) if learned <= as_of]))
    return found if as_of is None else [strand for strand in found if strand.ats]


def learned_in(record: str, text: str) -> dict[str, Instant]:
    """When each touch of a record was learned, by its id."""
    if text == NONE:
        return {}
    kept = (one for strand in from_text(text)["t"] for one in _unpacked(strand))
    return {(record + one.key if one.key[:1] in ("", ":") else one.key): one.known_at for one in kept}


def reach_in(text: str) -> Mapping[str, Instant]:
    """From when on the CRM's history of a record's properties reaches back, where it is cut off."""
    return from_text(text).get("r", {}) if text.endswith(_REACHING) else {}


def _text(strands: Sequence[Sequence[Any]], reach: Mapping[str, Instant]) -> str:
    return to_text({"t": strands, "r": reach} if reach else {"t": strands})


def _in_strands(touches: Iterable[_Kept]) -> list[list[Any]]:
    strands: dict[tuple[str, str, str | None], list[_Kept]] = {}
    for one in touches:
        stem, at, digits = one.key.rpartition(AT)
        strands.setdefault((one.kind, stem + at if digits == str(one.at) else one.key, one.by), []).append(one)
    return [_packed(*name, theirs) for name, theirs in strands.items()]


def _packed(kind: str, stem: str, by: str | None, touches: list[_Kept]) -> list[Any]:
    if len(touches) > 1:
        touches.sort()
    names = list(dict.fromkeys(name for one in touches for name in one.fields))
    columns = [[one.fields.get(name) for one in touches] for name in names]
    known = [one.known_at for one in touches]
    ats = [one.at for one in touches]
    return [kind, stem, by, names, ats, columns, known[0] if len(set(known)) == 1 else known]


def _unpacked(strand: Sequence[Any]) -> Iterator[_Kept]:
    kind, stem, by, names, ats, columns, known = strand
    for index, at in enumerate(ats):
        said = zip(names, (column[index] for column in columns), strict=True)
        fields = {name: text for name, text in said if text is not None}
        key = f"{stem}{at}" if stem.endswith(AT) else stem
        yield _Kept(at, key, kind, fields, by, Instant(known if isinstance(known, int) else known[index]))


def _reaching(name: str, at: Instant, known: Iterable[_Kept]) -> Instant:
    """Since when a property's changes are known, where the CRM's history begins at `at` and we saw some before."""
    return min((one.at for one in known if one.key.startswith(f":{name}{AT}")), default=at)
