"""The part of syncd.yaml that says how deals are attributed to touches."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from syncd.files.scalars import PositiveDuration, Share, Word
from syncd.files.section import Section, said, wrong

AttributedKind: TypeAlias = Literal[
    "page_view", "web_visit", "form_submission", "email_open", "email_click", "email_reply", "list_join", "campaign",
    "event",
]  # fmt: skip
RESERVED = (
    "first", "lead_creation", "last", "linear", "time_decay", "u_hubspot", "u_marketo_measure", "w", "full_path",
)  # fmt: skip
"""The models that exist without being written; a file's own are called otherwise, so that a name says one thing."""


class Weighting(Section):
    """How much of a deal each anchor gets, and all other touches together in equal parts."""

    first: Share = Field(default=said("0 %"), description="The first touch.", examples=["40 %"])
    lead: Share = Field(default=said("0 %"), description="The last touch before the first record.", examples=["40 %"])
    opportunity: Share = Field(default=said("0 %"), description="The last one before the deal.", examples=["0 %"])
    won: Share = Field(default=said("0 %"), description="The last one before it was won.", examples=["0 %"])
    middle: Share = Field(default=said("0 %"), description="All others, in equal parts.", examples=["20 %"])

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        total = sum(self.weights.values(), Decimal(0))
        if total != 1:
            raise wrong(f"the parts of a deal sum to {(total * 100).normalize():f} %", "write parts that sum to 100 %")
        return self

    @property
    def weights(self) -> Mapping[str, Decimal]:
        """The parts that are not nothing, by name."""
        parts = {name: getattr(self, name) for name in ("first", "lead", "opportunity", "won", "middle")}
        return {name: part for name, part in parts.items() if part}


def _own_names(models: Mapping[str, Weighting]) -> Mapping[str, Weighting]:
    taken = next((name for name in models if name in RESERVED), None)
    if taken is not None:
        raise wrong(f"the model {taken} exists already, with weights of its own", "choose another name")
    return models


class Attribution(Section):
    """Which touches came before a deal, and how much of it each gets."""

    half_life: PositiveDuration = Field(
        default=said("7 days"),
        description="A touch so much older counts half, in the model time_decay.",
        examples=["7 days", "30 days"],
    )
    touches: Annotated[tuple[AttributedKind, ...], Field(min_length=1)] = Field(
        default=("page_view", "web_visit", "form_submission", "email_click", "list_join", "campaign", "event"),
        description="Kinds of touches that get credit.",
        examples=[["form_submission", "campaign"]],
    )
    models: Annotated[Mapping[Word, Weighting], AfterValidator(_own_names)] = Field(
        default={},
        description="Models of your own beside the known ones, by their weights.",
        examples=[{"u_ours": {"first": "50 %", "lead": "30 %", "middle": "20 %"}}],
    )
