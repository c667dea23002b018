"""What was taken back stays taken back until something is different: the verdict, the definitions or the files."""

from __future__ import annotations

import hashlib

from syncd.model.change import Refusal
from syncd.model.instant import Instant
from syncd.plan.case import Case, Setting

UNDONE = "undone"
"""The cause and code under which a person stands in quarantine whose changes were taken back."""


def fingerprint(stage: str, cycle: int, since: Instant, rules: str) -> str:
    """What a verdict and the rules that it was made by say together: the same again is not news."""
    return hashlib.sha256(f"{stage}\x1f{cycle}\x1f{since}\x1f{rules}".encode()).hexdigest()[:24]


def held_back(case: Case, setting: Setting) -> Refusal | None:
    """The refusal of everything about a person whose changes somebody took back, as long as nothing is different.

    Whoever has it tried again gives it a time, and whoever dropped it wants it to stay so.
    """
    rows = [row for row in case.dossier.quarantined if row.cause == UNDONE and row.next_at is None]
    if not rows and not case.dossier.declined:
        return None
    verdict = case.verdict
    now = fingerprint(str(verdict.stage), verdict.cycle, verdict.since, setting.rules)
    if now not in {row.digest for row in rows} | set(case.dossier.declined):
        return None
    why = "what was written was taken back, and nothing is different since; `syncd quarantine retry` writes it again"
    return Refusal(case.facts.person, UNDONE, why, "RevOps")
