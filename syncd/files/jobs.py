"""Jobs of the service in syncd.yaml: which there are, and when each runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator

from syncd.files.problem import Wrong, choose
from syncd.files.scalars import Flag, PositiveDuration, Written, word_of
from syncd.files.section import Section, said, wrong
from syncd.model.instant import SECOND

CYCLE, SALES_PULL, CLOCKS, SWEEP = "cycle", "sales_pull", "clocks", "sweep"
RECONCILE, RETENTION = "reconcile", "retention"
JOBS: Mapping[str, str] = {
    CYCLE: "reads both CRMs, decides, and writes what follows",
    SALES_PULL: "the same, of Salesforce alone; once it has its times, the cycle reads HubSpot alone",
    CLOCKS: "decides by what is known where the cycle is late: SLA clocks, and what changes as time passes",
    SWEEP: "a cycle that also looks for what was deleted, archived or merged, and weekly for what no window showed",
    RECONCILE: "compares what both CRMs count of the last 30 days with what is known here",
    RETENTION: "forgets records of runs that wrote nothing, and notices that are over",
}
"""Every job and what it does."""

_CRON_PART = re.compile(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*")
_CRON_DAYS = re.compile(r"(\*|(mon|tue|wed|thu|fri|sat|sun)([-,](mon|tue|wed|thu|fri|sat|sun))*)")


def _cron_of(text: str) -> str:
    """The five parts of a cron line; weekdays are names, because systems count them differently."""
    parts = text.casefold().split()
    if len(parts) != 5 or not all(_CRON_PART.fullmatch(part) for part in parts[:4]):
        raise Wrong("this is no cron line", "write minute, hour, day, month and weekday, such as 30 6 * * mon-fri")
    if not _CRON_DAYS.fullmatch(parts[4]):
        raise Wrong("cron weekdays are names here", "write the last part as mon-fri or sat,sun or *")
    return " ".join(parts)


def _job_of(text: str) -> str:
    """The name of a job."""
    if text not in JOBS:
        raise Wrong(f"{word_of(text)} is no job of the service", choose(text, JOBS))
    return text


Cron: TypeAlias = Annotated[str, Written(_cron_of, str, {"type": "string", "examples": ["30 6 * * mon-fri"]})]
JobName: TypeAlias = Annotated[str, Written(_job_of, str, {"type": "string", "enum": [*JOBS]})]


class Job(Section):
    """When a job runs: every so often, or at the times of a cron line, or never."""

    every: PositiveDuration | None = Field(
        default=None, description="Time between two starts.", examples=["60 seconds"]
    )
    cron: Cron | None = Field(
        default=None, description="Times in the time zone of this file.", examples=["30 6 * * mon-fri"]
    )
    jitter: PositiveDuration | None = Field(
        default=None,
        description="Starts move by up to so much, so that many machines do not start at once.",
        examples=["10 seconds"],
    )
    in_hours: Flag = Field(
        default=said("false"), description="true: only in the working hours of `hours`.", examples=[True]
    )
    never: Flag = Field(default=said("false"), description="true: this job does not run.", examples=[True])

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.every is not None) + (self.cron is not None) + self.never != 1:
            raise wrong("a job needs either every or cron", "write `every: 60 seconds` or `cron: 30 6 * * mon-fri`")
        return self


USUAL: Mapping[str, Job] = {
    CYCLE: Job(every=60 * SECOND),
    CLOCKS: Job(every=60 * SECOND),
    SWEEP: Job(cron="40 2 * * *"),
    RECONCILE: Job(cron="10 3 * * *"),
    RETENTION: Job(cron="50 3 * * *"),
}


def with_the_usual(jobs: Mapping[str, Job]) -> Mapping[str, Job]:
    """The jobs of a file; one that names some does not mean to stop the others."""
    return {**USUAL, **jobs}
