"""The house's nouns: dataclasses that nobody changes, made at the price of those that can be changed.

For mypy `dataclass` is Python's own, and `frozen=True` refuses every assignment. Python is not asked to refuse it once
more: it would set each field through a check, and making an object would cost four times as much. A first run makes
some hundred of them for each person, a twentieth of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, frozen: bool = False, eq: bool = True, **how: bool):  # noqa: ANN201 - Python's own says it
        """The class as `dataclasses.dataclass` makes it, but that Python does not hold anybody to `frozen`."""
        return dataclasses.dataclass(eq=eq, unsafe_hash=frozen and eq, **how)


__all__ = ["dataclass"]
