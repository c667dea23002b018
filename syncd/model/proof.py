"""Why a clause holds or not: a tree that people can read and tasks can quote."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.model.nouns import dataclass
from syncd.model.truth import Truth


@dataclass(frozen=True, slots=True)
class Proof:
    """One clause at one instant: what it says, whether it holds, what was found, and from where.

    `evidence` are ids of touches and records, oldest first. `place` is where the clause stands in the file.
    """

    says: str
    truth: Truth
    found: str = ""
    evidence: Sequence[str] = ()
    place: str = ""
    parts: Sequence[Proof] = ()

    def leaves(self, truth: Truth) -> list[Proof]:
        """The clauses without parts that have a truth and whose parents do too: what made it so."""
        if self.truth is not truth:
            return []
        if not self.parts:
            return [self]
        return [leaf for part in self.parts for leaf in part.leaves(truth)]
