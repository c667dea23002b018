"""Nouns: dataclasses that nobody changes, made at the price of those that can be changed.

For mypy `dataclass` is Python's own, and `frozen=True` refuses every assignment. Python is not asked to refuse it once
more: it would set each field through a check, and making an object would cost four times as much. A first run makes
some hundred of them for each person, a twentieth of its time.

Python's own also writes and compiles six methods for every class, a tenth of each start. Here a class gets its
`__init__` so, and shares the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen: bool = False, eq: bool = True, **how: bool):  # noqa: ANN201 - Python's own says it
        """The class as `dataclasses.dataclass` makes it, but that Python does not hold anybody to `frozen`."""

        def made(cls: type) -> type:
            shared = {"__repr__": _shown}
            if eq:
                shared |= {"__eq__": _equals, "__hash__": _hashed if frozen else None}
            for name, method in shared.items():
                if name not in cls.__dict__:
                    setattr(cls, name, method)
            noun = dataclasses.dataclass(eq=False, repr=False, **how)(cls)
            compared = [one.name for one in dataclasses.fields(noun) if one.compare]
            noun.__values__ = attrgetter(*compared) if compared else _nothing
            return noun

        return made

    def _shown(self: object) -> str:
        told = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
        return f"{type(self).__qualname__}({', '.join(told)})"

    def _equals(self: object, other: object) -> bool:
        kind = type(self)
        return kind.__values__(self) == kind.__values__(other) if type(other) is kind else NotImplemented

    def _hashed(self: object) -> int:
        return hash(type(self).__values__(self))

    def _nothing(_noun: object) -> None:
        """The values of a noun without any."""


__all__ = ["dataclass"]
