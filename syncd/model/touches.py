"""Touches in columns: most are told apart by nothing but their instant, and few are ever looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple, overload

from syncd.model.instant import Instant
from syncd.model.person import NOTHING, Touch

AT = "@"
"""The end of a stem that an instant follows."""

in_time = itemgetter(0, 1)
"""The order of touches: (at, id). By index: attrgetter takes twice as long, and there are very many."""


class Strand(NamedTuple):
    """Touches of one kind by one actor, in order of time, with what they say as a column of texts per field.

    The id of a touch is `record` and `stem`, and where the stem ends with "@" the instant in milliseconds. A text
    that a touch lacks is None.
    """

    kind: str
    by: str | None
    record: str
    stem: str
    ats: Sequence[Instant]
    names: Sequence[str] = ()
    columns: Sequence[Sequence[str | None]] = ()

    def touches(self) -> Iterator[Touch]:
        """All of them, in order of time."""
        kind, by, start = self.kind, self.by, self.record + self.stem
        said = map(self._said, zip(*self.columns, strict=True)) if self.names else repeat(NOTHING)
        counted = start.endswith(AT)
        for at, fields in zip(self.ats, said, strict=False):
            yield Touch(at, f"{start}{at}" if counted else start, kind, fields, by)

    def only(self, indexes: Sequence[int]) -> Strand:
        """The strand of the touches at some places, in order."""
        ats = [self.ats[index] for index in indexes]
        columns = [[column[index] for index in indexes] for column in self.columns]
        return Strand(self.kind, self.by, self.record, self.stem, ats, self.names, columns)

    def after(self, instant: Instant) -> Strand:
        """The strand of the touches after an instant."""
        return self.only([index for index, at in enumerate(self.ats) if at > instant])

    def column(self, name: str) -> Sequence[str | None] | None:
        """The texts of a field, None where none of the touches has it."""
        return self.columns[self.names.index(name)] if name in self.names else None

    def times_of(self, ids: Collection[str]) -> list[Instant]:
        """When those of its touches were whose id is among some."""
        start = self.record + self.stem
        if not start.endswith(AT):
            return list(self.ats) if start in ids else []
        if not any(each.startswith(start) for each in ids):
            return []
        return [at for at in self.ats if f"{start}{at}" in ids]

    def _said(self, texts: Iterable[str | None]) -> Mapping[str, str]:
        return {name: text for name, text in zip(self.names, texts, strict=True) if text is not None}


def strand_of(touch: Touch) -> Strand:
    """A touch by itself as a strand."""
    names = tuple(touch.fields)
    return Strand(touch.kind, touch.by, "", touch.id, (touch.at,), names, [(touch.fields[name],) for name in names])


class Touches(Sequence[Touch]):  # noqa: PLW1641 - compared like a list, and as little hashed
    """Touches by (at, id), kept in strands: those of a kind are found at once, and the whole is put in order only when
    somebody asks for it.
    """

    __slots__ = ("_kinds", "_ordered", "strands")

    def __init__(self, strands: Sequence[Strand]) -> None:
        self.strands = strands
        self._kinds: dict[str, list[Strand]] | None = None
        self._ordered: list[Touch] | None = None

    @property
    def kinds(self) -> Mapping[str, Sequence[Strand]]:
        """The strands by kind of touch."""
        if self._kinds is None:
            self._kinds = {}
            for strand in self.strands:
                self._kinds.setdefault(strand.kind, []).append(strand)
        return self._kinds

    def ordered(self) -> list[Touch]:
        """All touches by (at, id)."""
        if self._ordered is None:
            self._ordered = [touch for strand in self.strands for touch in strand.touches()]
            self._ordered.sort(key=in_time)
        return self._ordered

    def instants(self) -> Sequence[Instant]:
        """When they were, in order."""
        if len(self.strands) == 1:
            return self.strands[0].ats
        return sorted([at for strand in self.strands for at in strand.ats])

    def __len__(self) -> int:
        return sum([len(strand.ats) for strand in self.strands]) if self.strands else 0

    def __bool__(self) -> bool:
        return bool(self.strands)

    def __iter__(self) -> Iterator[Touch]:
        return iter(self.ordered())

    @overload
    def __getitem__(self, index: int) -> Touch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Touch]: ...
    def __getitem__(self, index: int | slice) -> Touch | Sequence[Touch]:
        return self.ordered()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.ordered() == list(other)

    def __repr__(self) -> str:
        return f"Touches({self.ordered()!r})"


class Folded(Sequence[Touch]):  # noqa: PLW1641 - compared like a list, and as little hashed
    """Touches that are unfolded when somebody first looks at them: about most people their properties tell enough."""

    __slots__ = ("_touches", "_unfold")

    def __init__(self, unfold: Callable[[], Touches]) -> None:
        self._unfold = unfold
        self._touches: Touches | None = None

    def unfolded(self) -> Touches:
        """The touches."""
        if self._touches is None:
            self._touches = self._unfold()
        return self._touches

    def __len__(self) -> int:
        return len(self.unfolded())

    def __iter__(self) -> Iterator[Touch]:
        return iter(self.unfolded())

    @overload
    def __getitem__(self, index: int) -> Touch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Touch]: ...
    def __getitem__(self, index: int | slice) -> Touch | Sequence[Touch]:
        return self.unfolded()[index]

    def __eq__(self, other: object) -> bool:
        return self.unfolded() == other

    def __repr__(self) -> str:
        return repr(self.unfolded())


def in_strands(touches: Sequence[Touch]) -> Touches:
    """Touches as strands, as they are where they are so already."""
    if isinstance(touches, Folded):
        return touches.unfolded()
    return touches if isinstance(touches, Touches) else Touches([strand_of(touch) for touch in touches])
