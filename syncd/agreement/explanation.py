"""An explanation as people read it, line by line, in the language of syncd.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.locales.words import marked
from syncd.model.instant import NEVER, iso
from syncd.model.truth import Truth
from syncd.telling.proofs import in_language, told

if TYPE_CHECKING:
    from syncd.definitions.reasons import Ahead
    from syncd.definitions.smallest import Change
    from syncd.journey.explained import Explained
    from syncd.journey.wrote import Wrote
    from syncd.model.proof import Proof
    from syncd.telling.clauses import Teller

MARKS = {Truth.TRUE: marked("yes"), Truth.FALSE: marked("no"), Truth.UNKNOWN: marked("?")}
"""Whether a clause holds, at the head of its line."""

SHOWN = 3
"""Sources of a clause, and writers of a value, that are told: the last ones."""


class Page:
    """Tells explanations in one language."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self.say = teller.words.say
        self._width = max(len(self.say(mark)) for mark in MARKS.values())

    def lines(self, explained: Explained) -> Iterator[str]:
        """The stage with its proof, why not the next one, and the smallest change that would do it."""
        verdict, now, say = explained.looked.verdict, explained.standing, self.say
        cycle = say(", cycle {n}", n=verdict.cycle) if verdict.cycle > 1 else ""
        since = say("since {at}", at=iso(verdict.since))
        yield f"{self._teller.stage(verdict.stage)}{cycle}, {since}   ({verdict.person})"
        if now.entry.reason:
            yield say("Sales says why: {reason}", reason=now.entry.reason)
        yield from ("", say("Because"), *self._tree(now.proof, explained.written))
        if now.entry.source == "definition" and explained.decided_by:
            yield "  " + say("decided by definitions {version}", version=explained.decided_by)
        if now.lapsed_at is not None:
            lapsed = iso(now.lapsed_at)
            yield "  " + say("This does not hold any more since {at}; a stage that was entered is kept.", at=lapsed)
        yield from self._next(explained)

    def _next(self, explained: Explained) -> Iterator[str]:
        found, verdict, say = explained.ahead, explained.looked.verdict, self.say
        if found is None:
            yield from ("", say("There is no stage after this one."))
            return
        label, again = self._teller.stage(found.stage), found.not_before is not None
        yield from ("", say("Why not {stage} (again)", stage=label) if again else say("Why not {stage}", stage=label))
        yield from self._tree(found.proof, explained.written)
        if verdict.barred is not None:
            text = say("kept out by the rule {reason} of `never`", reason=verdict.barred)
            yield f"  {self._mark(Truth.FALSE)}  {text}"
        yield from ("", say("The smallest change that would do it"))
        if found.not_before == NEVER:
            yield "  " + say("None: the definitions say that there is no way back from here.")
            return
        if found.waits_for is not None:
            yield "  " + say("First {stage} has to be entered.", stage=self._teller.stage(found.waits_for))
        if found.not_before is not None:
            yield "  " + say("Not before {at}, and then anew:", at=iso(found.not_before))
        yield from self._smallest(found)

    def _smallest(self, found: Ahead) -> Iterator[str]:
        """What was tried and would do; where nothing was found, what the stage lacks."""
        change, say = found.smallest, self.say
        for reason in change.barred if change is not None else ():
            yield "  " + say("First the rule {reason} of `never` has to fall away.", reason=reason)
        if change is not None and change.unknown:
            reasons = "; ".join(told(one, self._teller) for one in change.unknown)
            yield "  " + say("Only what is not known stands between: {reasons}.", reasons=reasons)
        if change is not None and change.waiting is not None:
            yield "  " + say("Waiting: as things are, it is so on {at}.", at=iso(change.waiting))
        if change is None or not change.ways:
            if change is None or change.waiting is None:
                yield from self._lacking(found)
            return
        yield "  " + say("Tried as of {at}:", at=iso(change.at))
        yield from self._ways(change.ways)

    def _ways(self, ways: Sequence[Sequence[Change]]) -> Iterator[str]:
        smallest, *others = ways
        for one in smallest:
            does, asked, now = (told(text, self._teller) for text in (one.says, one.asked_by, one.now))
            note = self.say("(asked: {asked}; now: {now})", asked=asked, now=now)
            yield f"    {does}   {note}"
        if not smallest:
            yield "    " + self.say("nothing else has to happen")
        for way in others:
            yield "  " + self.say("Or: {changes}", changes="; ".join(told(one.says, self._teller) for one in way))

    def _lacking(self, found: Ahead) -> Iterator[str]:
        if not found.lacking:
            yield "  " + self.say("None that we could name: all of it held before, and has to become true anew.")
            return
        yield "  " + self.say("None that we could try. What it lacks:")
        for one in found.lacking:
            leaf = in_language(one, self._teller)
            yield f"    {leaf.says}   " + self.say("(now: {now})", now=leaf.found)

    def _tree(self, proof: Proof, written: dict[str, Sequence[Wrote]]) -> Iterator[str]:
        yield from self._branch(in_language(proof, self._teller), written, 1)

    def _branch(self, proof: Proof, written: dict[str, Sequence[Wrote]], depth: int) -> Iterator[str]:
        margin = "  " * depth
        found = f": {proof.found}" if proof.found else ""
        place = f"   [{proof.place}]" if proof.place and not proof.parts else ""
        yield f"{margin}{self._mark(proof.truth)}  {proof.says}{found}{place}"
        for part in proof.parts:
            yield from self._branch(part, written, depth + 1)
        if proof.parts:
            return
        for one in proof.evidence[-SHOWN:]:
            if one not in proof.found:
                yield f"{margin}       " + self.say("from {source}", source=one)
            for wrote in written.get(one, ())[-SHOWN:]:
                yield f"{margin}       " + self._wrote(wrote)

    def _wrote(self, wrote: Wrote) -> str:
        return self.say("written on {at} by {whom}", at=self._teller.words.minute(wrote.at), whom=wrote.by)

    def _mark(self, truth: Truth) -> str:
        mark = self.say(MARKS[truth])
        return mark.center(self._width) if truth is Truth.UNKNOWN else mark.ljust(self._width)
