"""What needs somebody's attention, the worst first: in words, with where to go for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from syncd.brakes.pause import Pause
from syncd.journey.state import State, lag
from syncd.model.instant import HOUR, datetime_of
from syncd.model.said import counted

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
        says = f"{brake.message[:1].upper()}{brake.message[1:]}. Next: {brake.next_step}."
        yield Attention("bad", "syncd is paused and writes nothing", says, "/plans", "Look at the plan")


def _held(found: State) -> Iterator[Attention]:
    last = next((one for one in found.runs if one.mode == "apply"), None)
    if found.pair is not None and not found.first_contact_done:
        says = "Nothing is written to these two CRMs before a person has looked at the plan and run `syncd apply`."
        yield Attention("warn", "First contact is still to come", says, "/plans", "Look at the plan")
    elif last is not None and last.exit_code == 4:
        says = f"Held by {last.stopped_by}. Nothing was written; the plan says what would be."
        yield Attention("bad", "The last plan waits for a person", says, "/plans", "Look at the plan")


def _unapproved(waiting: Mapping[str, Sequence[str]]) -> Iterator[Attention]:
    for version, sides in waiting.items():
        says = f"It lacks the yes of {' and '.join(sides)}, and writes nothing until then: `syncd approve`."
        yield Attention("warn", f"Definitions {version} wait for approval", says, "/definitions", "Read them")


def _noticed(found: State) -> Iterator[Attention]:
    """What the service itself calls wrong."""
    for one in found.notices:
        says = f"Since {datetime_of(one.opened_at):%Y-%m-%d %H:%M} UTC. Next: {one.next_step}"
        yield Attention("bad", f"{one.said[:1].upper()}{one.said[1:]}", says, "/status", "See status")


def _failed(found: State) -> Iterator[Attention]:
    last = next((one for one in found.runs if one.ended_at is not None), None)
    if last is not None and last.exit_code in (2, 3, 5):
        says = f"{last.command} ended with {last.exit_code} at {datetime_of(last.started_at):%Y-%m-%d %H:%M} UTC."
        yield Attention("bad", "The last run failed", says, "/status", "See the runs")


def _streams(found: State) -> Iterator[Attention]:
    for one in found.streams:
        if one.gap:
            title = f"{one.system}.{one.kind} cannot be read"
            yield Attention("warn", title, f"{one.gap}. What depends on it is unknown.", "/status", "See the streams")
    late = [one for one in found.streams if one.gap is None and (lag(one, found.now) or 0) > LATE]
    if late:
        hours = min(lag(one, found.now) or 0 for one in late) // HOUR
        which = counted(len(late), "stream was", "streams were")
        says = f"{which} not read for {counted(hours, 'hour')} or more. Is `syncd run` up?"
        yield Attention("warn", "The data is old", says, "/status", "See the streams")


def _calls(waits_for: str | None) -> Iterator[Attention]:
    if waits_for:
        says = "The service goes on by itself once the day's limit begins anew."
        yield Attention("warn", f"No calls are left in {waits_for}", says, "/status", "See the budgets")


def _aside(found: State) -> Iterator[Attention]:
    by_who: dict[str, int] = {}
    for one in found.aside:
        by_who[one.who] = by_who.get(one.who, 0) + one.count
    for who, count in sorted(by_who.items(), key=lambda item: -item[1]):
        title = f"{counted(count, 'case is', 'cases are')} set aside"
        codes = ", ".join(sorted({one.code for one in found.aside if one.who == who}))
        yield Attention(
            "warn", title, f"{who} can mend {'it' if count == 1 else 'them'}: {codes}.", "/quarantine", "Look"
        )


def _unjudged(found: State) -> Iterator[Attention]:
    last = found.unjudged
    if last is not None and last["people"]:
        reasons = ", ".join(f"{reason} ({n:,})" for reason, n in [*last["reasons"].items()][:2])
        title = f"{last['people']:,} of {last['of']:,} people could not be judged"
        yield Attention("warn", title, f"Most often: {reasons}.", "/status", "See why")
