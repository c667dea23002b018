"""definitions.yaml as it is written: its sections, with clauses and tests still raw (`clauses` reads those)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from syncd.files.fields_file import Answer
from syncd.files.kinds import KINDS
from syncd.files.problem import Wrong, choose, shown
from syncd.files.scalars import (
    Ago,
    Count,
    Day,
    DurationOrNever,
    Phrase,
    Points,
    PositiveDuration,
    Scalar,
    StageName,
    Word,
    Written,
)
from syncd.files.section import Section, wrong
from syncd.files.told import ApiName

# `schema` puts the language itself where a schema says `part`; pydantic knows no references but its own.
RawClause: TypeAlias = Annotated[Any, WithJsonSchema({"part": "Clause"})]
RawTests: TypeAlias = Annotated[Any, WithJsonSchema({"part": "Tests"})]


def _kind_of(text: str) -> str:
    if text not in KINDS:
        raise Wrong(f"{shown(text)} is no kind of touch", choose(text, KINDS))
    return text


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


_KIND_SCHEMA: dict[str, Any] = {"type": "string", "enum": list(KINDS), "examples": ["page_view"]}
Phrases: TypeAlias = Annotated[tuple[Phrase, ...], Field(min_length=1), BeforeValidator(_listed)]
Kinds: TypeAlias = Annotated[
    tuple[Annotated[str, Written(_kind_of, str, _KIND_SCHEMA)], ...],
    Field(min_length=1),
    AfterValidator(_once),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_KIND_SCHEMA, {"type": "array", "items": _KIND_SCHEMA, "minItems": 1}]}),
]


class SignalSection(Section):
    """A kind of engagement that counts: touches of some kinds, or a row of other signals."""

    of: Kinds | None = Field(default=None, description="Which touches count.", examples=["page_view"])
    by: Word | None = Field(
        default=None, description="Only touches by sales, by marketing, or by a team named here.", examples=["sales"]
    )
    where: Mapping[str, RawTests] = Field(
        default={}, description="Tests of the touch's fields.", examples=[{"url": {"contains": "/pricing"}}]
    )
    sequence: Annotated[tuple[Word, ...], Field(min_length=2)] | None = Field(
        default=None,
        description="Instead of `of`: signals that follow each other; the last of them is what counts.",
        examples=[["trial_signup", "demo_held"]],
    )
    within: PositiveDuration | None = Field(
        default=None, description="With a sequence: all of it in this time.", examples=["14 days"]
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.of is None) == (self.sequence is None):
            raise wrong("a signal has either kinds of touches or a sequence", "write `of:` or `sequence:`")
        if self.sequence is None and self.within is not None:
            raise wrong("within belongs to a sequence here", "say how lately where the signal is counted")
        if self.sequence is not None and (self.by is not None or self.where):
            raise wrong("a sequence has no by and no where", "write them at the signals that it is made of")
        return self


class RuleSection(Section):
    """Points for a clause that holds."""

    if_: RawClause = Field(
        alias="if", description="Who gets the points.", examples=[{"company_size": {"at_least": 50}}]
    )
    points: Points = Field(description="How many, also negative ones.", examples=[20, -10])
    group: Word | None = Field(
        default=None, description="Rules of a group give at most its cap together.", examples=["company"]
    )


class ScoreSection(Section):
    """Points, either for who somebody is (rules) or for what somebody does (points by signal)."""

    rules: Annotated[tuple[RuleSection, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Fit: the sum over the rules that hold.",
        examples=[[{"if": {"company_size": {"at_least": 50}}, "points": 20}]],
    )
    points: Annotated[Mapping[str, Points], Field(min_length=1)] | None = Field(
        default=None, description="Engagement: points per touch of a signal.", examples=[{"pricing_visit": 15}]
    )
    half_life: PositiveDuration | None = Field(
        default=None, description="Points of a touch halve in this time.", examples=["14 days"]
    )
    groups: Mapping[Word, Annotated[tuple[Word, ...], Field(min_length=1)]] = Field(
        default={}, description="Signals that share a cap.", examples=[{"mails": ["mail_click", "mail_reply"]}]
    )
    caps: Mapping[Word, Count] = Field(
        default={}, description="The most points of a group, or of a signal.", examples=[{"mails": 12}]
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.rules is None) == (self.points is None):
            raise wrong("a score has either rules or points", "write `rules:` for fit or `points:` for engagement")
        if self.rules is not None and self.half_life is not None:
            raise wrong("rules do not age", "take half_life out, or write `points:` by signal")
        if self.rules is not None and self.groups:
            raise wrong("a group of rules is named at its rules", "write `group: company` at each of them")
        return self


class NeverSection(Section):
    """Who stays out of every stage but those that an opportunity alone tells: a deal with a competitor is a deal."""

    reason: Phrase = Field(description="A few words for reports.", examples=["competitor"])
    if_: RawClause = Field(
        alias="if", description="Whom it is about.", examples=[{"email_domain": {"any_of": ["rival.example"]}}]
    )


class UnansweredSection(Section):
    """What happens when sales does not answer. Without it, nothing does."""

    after: PositiveDuration = Field(description="How long sales has, by the clock on the wall.", examples=["5 days"])
    then: Literal["accept", "recycle"] = Field(
        description="accept: into the next stage; recycle: back to marketing.", examples=["recycle"]
    )
    unless: RawClause | None = Field(
        default=None,
        description="Where this holds, or can't be judged, nothing happens.",
        examples=[{"sales_talk": {"at_least": 1}}],
    )


class StageSection(Section):
    """How a stage is entered."""

    when: RawClause = Field(description="The clause that must hold.", examples=[{"bant": {"at_least": 3}}])
    judged_by: Literal["marketing", "sales"] | None = Field(
        default=None, description="Whose judgement it is.", examples=["sales"]
    )
    from_: StageName | None = Field(
        default=None, alias="from", description="Only after this stage was entered.", examples=["mql"]
    )
    leave: Literal["when_false", "never"] = Field(
        default="never", description="when_false: the stage ends when its clause does.", examples=["when_false"]
    )
    entered_at: Word | None = Field(
        default=None, description="The property that dates the entry.", examples=["created_at"]
    )
    unanswered: UnansweredSection | None = Field(
        default=None,
        description="When sales neither goes on nor sends back in time.",
        examples=[{"after": "5 days", "then": "recycle"}],
    )


class ReturnSection(Section):
    """How somebody goes back to marketing, or out."""

    when: RawClause = Field(description="The clause that must hold.", examples=[{"lead_status": "Recycle"}])
    reason: ApiName | None = Field(
        default=None, description="The field in Salesforce that says why.", examples=["Recycle_Reason__c"]
    )
    reasons: Mapping[Word, Phrases] = Field(
        default={},
        description="Codes for reports, and what the field says for each; any other text is told as one without code.",
        examples=[{"no_budget": ["No budget", "Budget frozen"]}],
    )
    to: Phrase | None = Field(default=None, description="Where to: the list in HubSpot.", examples=["nurture"])
    requalify_after: DurationOrNever | None = Field(
        default=None,
        description="A new cycle begins at the earliest so much later; unsaid: at once when recycled, else never.",
        examples=["30 days", "never"],
    )


class ReturnsSection(Section):
    """The two ways back."""

    recycled: ReturnSection | None = Field(
        default=None, description="Not now: back to nurture.", examples=[{"when": {"lead_status": "Recycle"}}]
    )
    disqualified: ReturnSection | None = Field(
        default=None, description="Not ever: out.", examples=[{"when": {"lead_status": "Disqualified"}}]
    )


class OpportunityExample(Section, extra="allow"):
    """The opportunity of an example's person; beside these keys, every name that is read from opportunities."""

    __pydantic_extra__: dict[str, Scalar] = Field(init=False)

    open: Annotated[str, Field(pattern="^(true|false|yes|no)$")] | None = Field(
        default=None, description="Still open.", examples=["true"]
    )
    won: Annotated[str, Field(pattern="^(true|false|yes|no)$")] | None = Field(
        default=None, description="Won.", examples=["true"]
    )
    amount: Scalar | None = Field(default=None, description="Its amount.", examples=["12000"])
    close_date: Literal["set_by_sales"] | None = Field(
        default=None, description="Somebody of sales set its close date.", examples=["set_by_sales"]
    )


class ExampleSection(Section):
    """A test of the definitions."""

    person: Mapping[str, Scalar] = Field(
        default={}, description="Properties and BANT answers.", examples=[{"company_size": "80"}]
    )
    events: tuple[Annotated[Mapping[str, Ago], Field(min_length=1)], ...] = Field(
        default=(), description="Signals and when.", examples=[[{"pricing_visit": "3 days ago"}]]
    )
    opportunity: OpportunityExample | None = Field(
        default=None, description="An opportunity of the person.", examples=[{"open": "true", "amount": "12000"}]
    )
    colleagues: tuple[Annotated[Mapping[str, Ago], Field(min_length=1)], ...] = Field(
        default=(), description="Signals of others at the company, and when.", examples=[[{"pricing_visit": "now"}]]
    )
    expect: StageName = Field(description="The stage now.", examples=["mql"])
    since: Ago | None = Field(default=None, description="When it was entered.", examples=["3 days ago"])


class DefinitionsFile(Section):
    """The whole of definitions.yaml."""

    version: Scalar | None = Field(default=None, description="A name for this version.", examples=["2026-11"])
    effective_from: Day | None = Field(
        default=None, description="In force from this day on (UTC).", examples=["2026-12-01"]
    )
    teams: Mapping[Word, Phrases] = Field(
        default={},
        description="Named teams, by their people's e-mail addresses or owner ids.",
        examples=[{"north": ["ann@company.example", "0055g00000AbCdE"]}],
    )
    signals: Mapping[Word, SignalSection] = Field(
        default={},
        description="Kinds of engagement that count.",
        examples=[{"pricing_visit": {"of": "page_view", "where": {"url": {"contains": "/pricing"}}}}],
    )
    scores: Mapping[Word, ScoreSection] = Field(
        default={},
        description="Fit and engagement in points.",
        examples=[{"engagement": {"points": {"pricing_visit": 15}}}],
    )
    never: tuple[NeverSection, ...] = Field(
        default=(),
        description="Who stays out, and why.",
        examples=[[{"reason": "competitor", "if": {"email_domain": "rival.example"}}]],
    )
    answers: Mapping[Answer, RawClause] = Field(
        default={},
        description="What gives a BANT answer beside its field: a form, a call's outcome.",
        examples=[{"budget": {"budget_call": {"at_least": 1}}}],
    )
    stages: Annotated[Mapping[StageName, StageSection], Field(min_length=1)] = Field(
        description="How each stage is entered.", examples=[{"mql": {"when": {"score.fit": {"at_least": 40}}}}]
    )
    returns: ReturnsSection = Field(
        default=ReturnsSection(),
        description="Ways back.",
        examples=[{"recycled": {"when": {"lead_status": "Recycle"}}}],
    )
    examples: tuple[ExampleSection, ...] = Field(
        default=(),
        description="Tests of the definitions, run by syncd check.",
        examples=[
            [{"person": {"job_title": "Head of IT"}, "events": [{"pricing_visit": "3 days ago"}], "expect": "mql"}]
        ],
    )
