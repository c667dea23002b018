"""`hours` of syncd.yaml: when people work, the team and those who work at other hours than it does."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from syncd.files.problem import Wrong
from syncd.files.scalars import Clock, Day, TimeZone, WeekDay, Written
from syncd.files.section import Section, said, wrong


def _address_of(text: str) -> str:
    address = text.strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise Wrong("this is no e-mail address", "write one such as anna@company.example")
    return address


Address: TypeAlias = Annotated[
    str, Written(_address_of, str, {"type": "string", "pattern": "^\\S+@\\S+$", "examples": ["anna@company.example"]})
]


def _country_of(text: str) -> str:
    """A country that the calendar of public holidays knows."""
    # Imported here: the calendar is large, and most files name no country.
    from holidays.utils import list_supported_countries  # noqa: PLC0415

    if text not in list_supported_countries():
        raise Wrong(f"`{text[:20]}` is no country with known holidays", "write its two-letter code, such as DE or NO")
    return text


Country: TypeAlias = Annotated[
    str, Written(_country_of, str, {"type": "string", "pattern": "^[A-Z]{2}$", "examples": ["DE", "NO"]})
]


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values. Raises what pydantic tells of where one of them stands twice."""
    if len(set(values)) != len(values):
        raise wrong("one of these stands here twice", "name each once")
    return values


WeekDays: TypeAlias = Annotated[tuple[WeekDay, ...], Field(min_length=1), AfterValidator(each_once)]


class Others(Section):
    """People who work at other hours than the team: what is unsaid is as it is for all."""

    people: Annotated[tuple[Address, ...], Field(min_length=1), AfterValidator(each_once)] = Field(
        description="Their addresses in Salesforce.", examples=[["kari@company.example"]]
    )
    time_zone: TimeZone | None = Field(default=None, description="Their time zone.", examples=["Europe/Oslo"])
    country: Country | None = Field(default=None, description="Whose public holidays they have.", examples=["NO"])
    days: WeekDays | None = Field(default=None, description="Their working days.", examples=[["mon", "tue"]])
    from_: Clock | None = Field(default=None, alias="from", description="Their work begins.", examples=["08:00"])
    to: Clock | None = Field(default=None, description="Their work ends.", examples=["16:00"])
    holidays: tuple[Day, ...] | None = Field(
        default=None, description="Further days off of theirs, such as a leave.", examples=[["2026-12-24"]]
    )


class Hours(Section):
    """When people work: for due dates and SLA clocks."""

    country: Country | None = Field(
        default=None, description="Its public holidays are no working days.", examples=["DE", "NO"]
    )
    days: WeekDays = Field(
        default=("mon", "tue", "wed", "thu", "fri"), description="Working days.", examples=[["mon", "tue", "wed"]]
    )
    from_: Clock = Field(default=said("09:00"), alias="from", description="Work begins.", examples=["09:00"])
    to: Clock = Field(default=said("17:00"), description="Work ends.", examples=["17:00"])
    holidays: tuple[Day, ...] = Field(
        default=(), description="Further days off, such as those of the company.", examples=[["2026-12-24"]]
    )

    others: tuple[Others, ...] = Field(
        default=(),
        description="Who works at other hours: an SLA clock and a due date go by the hours of the owner.",
        examples=[[{"people": ["kari@company.example"], "country": "NO", "time_zone": "Europe/Oslo"}]],
    )

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        everybody: list[Hours] = [self, *(self.of(some) for some in self.others)]
        if any(one.from_ >= one.to for one in everybody):
            raise wrong("working hours end before they begin", "write `from` earlier than `to`")
        return self

    @model_validator(mode="after")
    def _everybody_works_at_one_time(self) -> Self:
        named = Counter(person.casefold() for one in self.others for person in one.people)
        twice = sorted(person for person, count in named.items() if count > 1)
        if twice:
            raise wrong(f"{twice[0]} works at two times", "name each person under `others` once")
        return self

    def of(self, others: Others) -> Hours:
        """The hours of some who work at others: what they leave unsaid is the team's."""
        theirs = {name: getattr(others, name) for name in ("country", "days", "from_", "to", "holidays")}
        return self.model_copy(update={name: one for name, one in theirs.items() if one is not None} | {"others": ()})
