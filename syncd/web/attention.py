"""What needs somebody's attention, the worst first: in words, with where to go for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from syncd.brakes.pause import Pause
from syncd.journey.state import State, lag
from syncd.model.instant import HOUR
from syncd.model.nouns import dataclass
from syncd.model.said import Count, Span, When, Word, and_said, marked, said

Weight: TypeAlias = Literal["bad", "warn"]

LATE = 6 * HOUR
"""A stream that was not read for so long is late, whatever the schedule says."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at: how grave it is, what it is, what to do, and the page for it."""

    weight: Weight
    title: str
    says: str
    address: str
    link: str


def attention(
    found: State, brake: Pause | None, waiting: Mapping[str, Sequence[str]], waits_for: str | None
) -> list[Attention]:
    """Everything that does not go by itself. `waiting` are versions of the definitions with the sides whose approval
    they lack, `waits_for` the CRM that has no calls left for us, `brake` the pause in force.
    """
    things = [
        *_paused(brake),
        *_held(found),
        *_unapproved(waiting),
        *_noticed(found),
        *_failed(found),
        *_streams(found),
        *_calls(waits_for),
        *_aside(found),
        *_unjudged(found),
    ]
    return sorted(things, key=lambda one: one.weight != "bad")


def _paused(brake: Pause | None) -> Iterator[Attention]:
    if brake is not None:
        says = said("{what}. Next: {step}.", what=brake.message, step=brake.next_step)
        yield Attention("bad", said("syncd is paused and writes nothing"), says, "/plans", said("Look at the plan"))


def _held(found: State) -> Iterator[Attention]:
    last = next((one for one in found.runs if one.mode == "apply"), None)
    if found.pair is not None and not found.first_contact_done:
        says = said(
            "Nothing is written to these two CRMs before a person has looked at the plan and run `syncd apply`."
        )
        yield Attention("warn", said("First contact is still to come"), says, "/plans", said("Look at the plan"))
    elif last is not None and last.exit_code == 4:
        says = said("Held by {guard}. Nothing was written; the plan says what would be.", guard=last.stopped_by)
        yield Attention("bad", said("The last plan waits for a person"), says, "/plans", said("Look at the plan"))


def _unapproved(waiting: Mapping[str, Sequence[str]]) -> Iterator[Attention]:
    for version, sides in waiting.items():
        whose = and_said(*map(Word, sides))
        says = said("It lacks the yes of {sides}, and writes nothing until then: `syncd approve`.", sides=whose)
        title = said("Definitions {version} wait for approval", version=version)
        yield Attention("warn", title, says, "/definitions", said("Read them"))


def _noticed(found: State) -> Iterator[Attention]:
    """What the service itself calls wrong."""
    for one in found.notices:
        says = said("Since {at}. Next: {step}", at=When(one.opened_at), step=one.next_step)
        yield Attention("bad", f"{one.said[:1].upper()}{one.said[1:]}", says, "/status", said("See status"))


def _failed(found: State) -> Iterator[Attention]:
    last = next((one for one in found.runs if one.ended_at is not None), None)
    if last is not None and last.exit_code in (2, 3, 5):
        code, at = Count(last.exit_code), When(last.started_at)
        says = said("{command} ended with {code} at {at}.", command=last.command, code=code, at=at)
        yield Attention("bad", said("The last run failed"), says, "/status", said("See the runs"))


def _streams(found: State) -> Iterator[Attention]:
    for one in found.streams:
        if one.gap:
            title = said("{stream} cannot be read", stream=f"{one.system}.{one.kind}")
            says = said("{gap}. What depends on it is unknown.", gap=one.gap)
            yield Attention("warn", title, says, "/status", said("See the streams"))
    late = [one for one in found.streams if one.gap is None and (lag(one, found.now) or 0) > LATE]
    if late:
        least = Span(min(lag(one, found.now) or 0 for one in late) // HOUR * HOUR)
        message = (
            marked("{n} stream was not read for {span} or more. Is `syncd run` up?")
            if len(late) == 1
            else marked("{n} streams were not read for {span} or more. Is `syncd run` up?")
        )
        says = said(message, n=Count(len(late)), span=least)
        yield Attention("warn", said("The data is old"), says, "/status", said("See the streams"))


def _calls(waits_for: str | None) -> Iterator[Attention]:
    if waits_for:
        says = said("The service goes on by itself once the day's limit begins anew.")
        title = said("No calls are left in {crm}", crm=waits_for)
        yield Attention("warn", title, says, "/status", said("See the budgets"))


def _aside(found: State) -> Iterator[Attention]:
    by_who: dict[str, int] = {}
    for one in found.aside:
        by_who[one.who] = by_who.get(one.who, 0) + one.count
    for who, count in sorted(by_who.items(), key=lambda item: -item[1]):
        codes = ", ".join(sorted({one.code for one in found.aside if one.who == who}))
        one_case = count == 1
        title = said(marked("{n} case is set aside") if one_case else marked("{n} cases are set aside"), n=Count(count))
        message = marked("{who} can mend it: {codes}.") if one_case else marked("{who} can mend them: {codes}.")
        yield Attention("warn", title, said(message, who=who, codes=codes), "/quarantine", said("Look"))


def _unjudged(found: State) -> Iterator[Attention]:
    last = found.unjudged
    if last is not None and last["people"]:
        reasons = ", ".join(f"{reason} ({n:,})" for reason, n in [*last["reasons"].items()][:2])
        n, of = Count(last["people"]), Count(last["of"])
        title = said("{n} of {of} people could not be judged", n=n, of=of)
        yield Attention("warn", title, said("Most often: {reasons}.", reasons=reasons), "/status", said("See why"))
