"""What a text in a file may say, by type: durations, shares, counts, flags, days, stages.

Files give texts only (see `places`). Each `..._of` function returns the typed value of a text or raises `Wrong` with
what to write instead; the annotated types below use them in the models and describe themselves to JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from syncd.files.problem import Wrong, choose, shown
from syncd.model.instant import DAY, HOUR, MINUTE, NEVER, SECOND
from syncd.model.nouns import dataclass
from syncd.model.stage import Stage

_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), SECOND),
    **dict.fromkeys(("min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY),
}
_LONGEST = 36_500 * DAY
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([a-z]+)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WorkingDuration:
    """How long somebody has: whole working days, else milliseconds, of working hours or of the clock on the wall."""

    days: int = 0
    milliseconds: int = 0
    working: bool = True


def duration_of(text: str) -> int:
    """Milliseconds of `30 days`, `1 hour`, `14 d`; units are seconds, minutes, hours, days and weeks."""
    match = _DURATION.fullmatch(text.strip().casefold())
    if match is None:
        raise Wrong(f"{shown(text)} is no duration", "write a number and a unit, such as 30 days or 1 hour")
    amount, unit = match.groups()
    if unit not in _UNITS:
        if unit.startswith(("mo", "y", "q")):
            raise Wrong(f"{shown(text)} has no fixed length", "write it in days, such as 30 days")
        raise Wrong(f"{shown(unit)} is no unit of time", "write seconds, minutes, hours, days or weeks")
    length = Decimal(amount) * _UNITS[unit]
    if length > _LONGEST:
        raise Wrong(f"{shown(text)} is longer than a hundred years", "write a shorter duration")
    return int(length)


def positive_duration_of(text: str) -> int:
    """Milliseconds of a duration that is not zero."""
    length = duration_of(text)
    if length <= 0:
        raise Wrong(f"{shown(text)} is no time at all", "write a duration above zero, such as 30 days")
    return length


def duration_or_never_of(text: str) -> int:
    """Milliseconds of a duration, NEVER for the word never."""
    return int(NEVER) if text.strip().casefold() == "never" else duration_of(text)


def ago_of(text: str) -> int:
    """Milliseconds before now of `3 days ago` or `now`."""
    folded = text.strip().casefold()
    if folded == "now":
        return 0
    if not folded.endswith("ago"):
        raise Wrong(f"{shown(text)} does not say when", "write how long ago, such as 3 days ago, or now")
    return duration_of(folded.removesuffix("ago"))


def working_duration_of(text: str) -> WorkingDuration:
    """The time of `1 working day`, `4 working hours`, or of a plain duration."""
    folded = " ".join(text.casefold().split())
    if "working" not in folded:
        return WorkingDuration(milliseconds=positive_duration_of(text), working=False)
    amount, _, unit = folded.partition(" working ")
    if unit in {"day", "days"}:
        days = count_of(amount)
        if days == 0:
            raise Wrong(f"{shown(text)} is no time at all", "write 1 working day or more")
        return WorkingDuration(days=days)
    if unit in {"hour", "hours", "minute", "minutes"}:
        return WorkingDuration(milliseconds=positive_duration_of(f"{amount} {unit}"))
    raise Wrong(f"{shown(text)} is no working time", "write it as 1 working day or 4 working hours")


def count_of(text: str) -> int:
    """A whole number of 0 or more."""
    stripped = text.strip()
    if not re.fullmatch(r"[0-9]{1,9}", stripped):
        instead = "write 0 or more" if stripped.startswith("-") else "write digits only, such as 3"
        raise Wrong(f"{shown(text)} is no count", instead)
    return int(stripped)


def points_of(text: str) -> int:
    """A whole number of points, which may be negative."""
    stripped = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,6}", stripped):
        raise Wrong(f"{shown(text)} is no number of points", "write a whole number, such as 20 or -10")
    return int(stripped)


def number_of(text: str) -> Decimal:
    """An exact number."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        bare = re.sub(r"[^0-9.+-]", "", stripped)
        instead = f"write {bare}" if _NUMBER.fullmatch(bare) else "write digits, such as 50 or 12.5"
        raise Wrong(f"{shown(text)} is no number", instead)
    return Decimal(stripped)


def share_of(text: str) -> Decimal:
    """A share between 0 and 1 of `30 %` or `0.3`."""
    stripped = text.strip()
    digits = stripped.removesuffix("%").strip()
    if not _NUMBER.fullmatch(digits):
        raise Wrong(f"{shown(text)} is no share", "write it as 30 % or 0.3")
    share = Decimal(digits) / 100 if stripped.endswith("%") else Decimal(digits)
    if not 0 <= share <= 1:
        instead = (
            f"write {digits} %"
            if share <= 100 and digits == stripped and share > 1
            else "write a share from 0 % to 100 %"
        )
        raise Wrong(f"{shown(text)} is no share between nothing and all", instead)
    return share


def flag_of(text: str) -> bool:
    """True for true or yes, False for false or no."""
    folded = text.strip().casefold()
    if folded not in {"true", "yes", "false", "no"}:
        raise Wrong(f"{shown(text)} is neither true nor false", "write true or false")
    return folded in {"true", "yes"}


def time_zone_of(text: str) -> str:
    """The IANA name of a time zone."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = available_timezones()
        instead = choose(text, zones) if zones else "write UTC"
        raise Wrong(f"{shown(text)} is no time zone", instead) from None


def weekday_of(text: str) -> str:
    """A weekday as mon to sun, of a weekday's name, short or long."""
    folded = text.strip().casefold()
    if folded not in WEEKDAYS and folded not in _WEEKDAY_NAMES:
        raise Wrong(f"{shown(text)} is no weekday", "write mon, tue, wed, thu, fri, sat or sun")
    return folded[:3]


def _some_of(text: str) -> int:
    """A count of at least one: nothing works with none."""
    if (count := count_of(text)) < 1:
        raise Wrong("with 0 nothing could be asked", "write 1 or more, or take the key out")
    return count


def clock_of(text: str) -> time:
    """The time of day of `09:00`."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise Wrong(f"{shown(text)} is no time of day", "write it as 09:00")
    return time(int(match[1]), int(match[2]))


def day_of(text: str) -> date:
    """The date of `2026-12-24`."""
    try:
        # strptime and not fromisoformat: the latter also takes 2026-W52-4 and 20261224.
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Wrong(f"{shown(text)} is no date", "write it as 2026-12-24") from None


def word_of(text: str) -> str:
    """A name: small letters, digits and underscores."""
    if not _WORD.fullmatch(text):
        bare = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:40]
        instead = f"write {bare}" if _WORD.fullmatch(bare) else "write small letters and underscores"
        raise Wrong(f"{shown(text)} is no name for syncd", instead)
    return text


def stage_of(text: str) -> Stage:
    """A stage by its name."""
    return Stage(word_of(text))


def phrase_of(text: str) -> str:
    """A text that says something."""
    if not text.strip():
        raise Wrong("nothing is written here", "write a text, or take the key out")
    return text


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: annotations are put into sets
class Written:
    """How a model reads a text: by a `..._of` function, described by a JSON Schema. Typed values pass as they are."""

    parse: Callable[[str], Any]
    kind: type
    schema: dict[str, Any]

    def read(self, value: object) -> object:
        """The typed value. Raises PydanticCustomError with what to write instead."""
        try:
            if isinstance(value, self.kind) and not isinstance(value, str):
                return value
            return self.parse(self._text(value))
        except Wrong as wrong:
            context = {"what": wrong.what, "instead": wrong.instead}
            raise PydanticCustomError("wrong", "{what}", context) from None

    def _text(self, value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(f"{shown(value)} stands where one value should", f"write it as {self.schema['examples'][0]}")
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def _text(*examples: str, **more: object) -> dict[str, Any]:
    return {"type": "string", "examples": list(examples), **more}


_DIGITS = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0, "examples": [3]}
_LENGTH_PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]+\s*$"

Duration: TypeAlias = Annotated[int, Written(duration_of, int, _text("30 days", "1 hour", pattern=_LENGTH_PATTERN))]
PositiveDuration: TypeAlias = Annotated[
    int, Written(positive_duration_of, int, _text("60 seconds", "14 days", pattern=_LENGTH_PATTERN))
]
DurationOrNever: TypeAlias = Annotated[int, Written(duration_or_never_of, int, _text("30 days", "never"))]
WorkingTime: TypeAlias = Annotated[
    WorkingDuration, Written(working_duration_of, WorkingDuration, _text("1 working day", "4 working hours"))
]
Ago: TypeAlias = Annotated[int, Written(ago_of, int, _text("3 days ago", "now"))]
Count: TypeAlias = Annotated[int, Written(count_of, int, _DIGITS)]
Points: TypeAlias = Annotated[int, Written(points_of, int, {"type": ["integer", "string"], "examples": [20, -10]})]
Share: TypeAlias = Annotated[Decimal, Written(share_of, Decimal, {"type": ["string", "number"], "examples": ["30 %"]})]
Flag: TypeAlias = Annotated[bool, Written(flag_of, bool, {"type": ["boolean", "string"], "examples": [True, False]})]
TimeZone: TypeAlias = Annotated[str, Written(time_zone_of, str, _text("UTC", "Europe/Berlin"))]
WeekDay: TypeAlias = Annotated[str, Written(weekday_of, str, _text("mon", enum=[*WEEKDAYS, *_WEEKDAY_NAMES]))]
Clock: TypeAlias = Annotated[time, Written(clock_of, time, _text("09:00"))]
Day: TypeAlias = Annotated[date, Written(day_of, date, _text("2026-12-24", format="date"))]
Word: TypeAlias = Annotated[str, Written(word_of, str, _text("follow_up", pattern="^[a-z][a-z0-9_]*$"))]
Some: TypeAlias = Annotated[
    int, Written(_some_of, int, {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "examples": [100]})
]
StageName: TypeAlias = Annotated[Stage, Written(stage_of, Stage, _text("mql", pattern="^[a-z][a-z0-9_]*$"))]
Phrase: TypeAlias = Annotated[str, Written(phrase_of, str, _text("a text", minLength=1))]
Scalar: TypeAlias = Annotated[
    str, Written(phrase_of, str, {"type": ["string", "number", "boolean"], "examples": ["Head of IT", 80, True]})
]
