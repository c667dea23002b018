"""tasks.yaml: which task sales gets when somebody enters a stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from syncd.files.problem import Wrong, shown
from syncd.files.scalars import Duration, Phrase, StageName, Word, WorkingTime, Written, phrase_of
from syncd.files.section import Section, said

Receiver: TypeAlias = Literal["record_owner", "queue", "fallback"]
Listener: TypeAlias = Literal["record_owner", "fallback", "alerts"]

WORDS = ("stage", "cycle", "entered_at", "why", "touches", "bant", "definition")
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
        examples=[["record_owner", "queue", "fallback"]],
    )


class Escalation(Section):
    """Who hears of a task that nobody has touched."""

    purpose: Word = Field(description="The purpose of the task.", examples=["follow_up"])
    after: WorkingTime = Field(description="Time since the task was made.", examples=["1 working day"])
    tell: Annotated[tuple[Listener, ...], Field(min_length=1)] = Field(
        default=("alerts",), description="Who is told.", examples=[["record_owner", "alerts"]]
    )
    text: Template | None = Field(
        default=None, description="What they are told.", examples=["Nobody has called {first_name} {last_name} yet."]
    )


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
    escalations: tuple[Escalation, ...] = Field(
        default=(),
        description="What happens to untouched tasks.",
        examples=[[{"purpose": "follow_up", "after": "1 working day"}]],
    )
