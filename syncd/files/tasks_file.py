"""tasks.yaml: which task sales gets when somebody enters a stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from syncd.files.problem import Wrong, shown
from syncd.files.scalars import Count, Duration, Phrase, Some, StageName, Word, WorkingTime, Written, phrase_of
from syncd.files.section import Section, said
from syncd.model.stage import Stage

Receiver: TypeAlias = Literal["record_owner", "territory", "rota", "queue", "fallback"]
Answered: TypeAlias = Literal["touched", "contacted", "qualified"]
Listener: TypeAlias = Literal["record_owner", "fallback", "alerts"]

WORDS = ("stage", "cycle", "entered_at", "why", "touches", "bant", "definition", "rank")
"""What a template may name in braces, beside every name that is read and {score.NAME} for each score."""


def placeholders_of(text: str) -> Iterator[str]:
    """The placeholders of a template in their order. Raises Wrong for braces that do not close."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise Wrong(
            "a brace is not closed or not opened", "write placeholders as {first_name}, a brace as {{"
        ) from None
    for _, name, layout, conversion in parts:
        if name is not None:
            if layout or conversion:
                raise Wrong(f"the placeholder {shown(name)} has a format", f"write {{{name}}}")
            yield name


def template_of(text: str) -> str:
    """A text whose braces are sound; `between` checks the names, which other files give."""
    list(placeholders_of(phrase_of(text)))
    return text


def _mail_of(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text.strip()):
        raise Wrong("this is no e-mail address", "write the address of an active Salesforce user")
    return text.strip()


Template: TypeAlias = Annotated[
    str, Written(template_of, str, {"type": "string", "minLength": 1, "examples": ["MQL: {first_name} {last_name}"]})
]
Mail: TypeAlias = Annotated[
    str, Written(_mail_of, str, {"type": "string", "format": "email", "examples": ["sales-desk@company.example"]})
]


class Task(Section):
    """One task for sales."""

    on: StageName = Field(description="Entering this stage makes the task.", examples=["mql"])
    purpose: Word = Field(description="One task per person, cycle and purpose is ever made.", examples=["follow_up"])
    subject: Template = Field(description="One line.", examples=["MQL: {first_name} {last_name}, {company_name}"])
    description: Template = Field(
        default="{why}\n\n{touches}\n\n{bant}",
        description="The proof, the last touches and the BANT checklist.",
        examples=["{why}\n\n{touches}\n\n{bant}"],
    )
    due: WorkingTime = Field(
        default=said("1 working day"),
        description="Time until it is due, in the hours of syncd.yaml.",
        examples=["1 working day"],
    )
    priority: Literal["High", "Normal", "Low"] = Field(
        default="Normal", description="As Salesforce calls it.", examples=["High"]
    )
    owner: Annotated[tuple[Receiver, ...], Field(min_length=1)] = Field(
        default=("record_owner", "queue", "fallback"),
        description="Who gets it: the first of these that exists and is active.",
        examples=[["record_owner", "territory", "rota", "queue", "fallback"]],
    )


class Escalation(Section):
    """What happens when sales has not answered a task for some time: a reminder while there is time, more after it."""

    purpose: Word = Field(description="The purpose of the task.", examples=["follow_up"])
    after: WorkingTime = Field(
        description="Time since the task was made, in the hours of syncd.yaml.", examples=["1 working day"]
    )
    until: Answered = Field(
        default="touched",
        description="What stops the clock: touched, any call, meeting or mail of sales, or the task being ticked off; "
        "contacted, a call that was answered, a meeting that was held or a reply; qualified, the next stage. Reminders "
        "that are still open then are closed.",
        examples=["touched", "contacted"],
    )
    tell: tuple[Listener, ...] = Field(
        default=("alerts",),
        description="Who is told: record_owner and fallback by a task of their own, alerts by a notice.",
        examples=[["record_owner", "alerts"]],
    )
    reassign: Receiver | None = Field(
        default=None,
        description="Who gets the task instead, or one of their own where it was ticked off; once, whatever people do "
        "later.",
        examples=["rota"],
    )
    text: Template | None = Field(
        default=None, description="What they are told.", examples=["Nobody has called {first_name} {last_name} yet."]
    )


class Territory(Section):
    """Whose people these are: those with one of some values."""

    where: Word = Field(description="A name that is read.", examples=["country"])
    any_of: Annotated[tuple[Phrase, ...], Field(min_length=1)] = Field(
        description="Its values, in any case.", examples=[["Norway", "Sweden"]]
    )
    owner: Mail = Field(description="The active Salesforce user who gets them.", examples=["kari@company.example"])


class Rank(Section):
    """Who comes first: weights of what speaks for somebody. A rank is from 0 to 100."""

    bant: Count = Field(default=said("40"), description="How many of the four answers are known.", examples=[40])
    fit: Count = Field(default=said("20"), description="The score called fit, 100 points being all.", examples=[20])
    engagement: Count = Field(
        default=said("20"), description="The score called engagement, 100 points being all.", examples=[20]
    )
    value: Count = Field(
        default=said("10"), description="The amount of open opportunities beside `full_value`.", examples=[10]
    )
    urgency: Count = Field(
        default=said("10"), description="How lately the person last did something; nothing after 7 days.", examples=[10]
    )
    full_value: Count = Field(default=said("50000"), description="The amount that is all.", examples=[50000])


class TasksFile(Section):
    """The whole of tasks.yaml."""

    tasks: tuple[Task, ...] = Field(
        default=(), description="Tasks by stage.", examples=[[{"on": "mql", "purpose": "follow_up", "subject": "Call"}]]
    )
    not_older_than: Duration = Field(
        default=said("7 days"), description="An older entry into a stage makes no task.", examples=["7 days"]
    )
    queue: Phrase | None = Field(default=None, description="Salesforce queue that takes tasks.", examples=["Inbound"])
    fallback: Mail | None = Field(
        default=None,
        description="Salesforce user who gets what nobody else can.",
        examples=["sales-desk@company.example"],
    )
    territories: tuple[Territory, ...] = Field(
        default=(),
        description="Who gets whom, the first that fits, for owners that say `territory`.",
        examples=[[{"where": "country", "any_of": ["Norway"], "owner": "kari@company.example"}]],
    )
    rota: tuple[Mail, ...] = Field(
        default=(),
        description="Active Salesforce users who share what owners that say `rota` give: a person stays with one.",
        examples=[["anna@company.example", "bo@company.example"]],
    )
    daily: Some | None = Field(
        default=None,
        description="At most so many new tasks of one owner a day, the best ranked; the rest waits. Unsaid: no bound.",
        examples=[20],
    )
    rank: Rank = Field(default=Rank(), description="Who comes first.", examples=[{"bant": 40, "fit": 20}])
    close_on: tuple[StageName, ...] = Field(
        default=(Stage.RECYCLED, Stage.DISQUALIFIED, Stage.CUSTOMER),
        description="Entering one of these closes the open tasks that syncd made.",
        examples=[["recycled", "disqualified", "customer"]],
    )
    closed_status: Phrase = Field(
        default="Completed", description="The Status of a task that syncd closes.", examples=["Completed"]
    )
    escalations: tuple[Escalation, ...] = Field(
        default=(),
        description="What happens to untouched tasks.",
        examples=[[{"purpose": "follow_up", "after": "1 working day"}]],
    )
