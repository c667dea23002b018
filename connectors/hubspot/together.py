"""Several calls on their way at once, where none waits for what another answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

AT_A_TIME = 4
"""Up to so many calls, the waits for their answers add up no more; beyond, the limits do (facts: hubspot E21)."""


def together(ask: Callable[[Asked], Answered], several: Sequence[Asked]) -> Sequence[Answered]:
    """What `ask` gives for each, in their order. Raises the error of the first that failed, once all have ended."""
    if len(several) < 2:
        return [ask(each) for each in several]
    with ThreadPoolExecutor(min(AT_A_TIME, len(several)), "hubspot") as pool:
        return list(pool.map(ask, several))
