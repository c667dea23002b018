"""Made-up agreements and people for the property tests: few values and close instants, so that things meet."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from syncd.definitions.language import (
    AllOf,
    AnyOf,
    AtLeastOf,
    BantClause,
    Cap,
    Definitions,
    EngagementScore,
    FitGroup,
    FitScore,
    NeverRule,
    Not,
    Operator,
    OpportunityClause,
    PropertyClause,
    ReturnRule,
    ScoreClause,
    Signal,
    SignalClause,
    StageRule,
    Test,
    Unanswered,
)
from syncd.model.instant import BEGINNING, DAY, HOUR
from syncd.model.person import Coverage, Facts, Opportunity, PersonId, Property, Touch, Unknown
from syncd.model.stage import Stage

LAST = 60 * DAY
KINDS = ("page_view", "page_view", "call", "form")
SIGNALS = {
    "visit": Signal("visit", ("page_view",), where=(PropertyClause("url", (Test(Operator.CONTAINS, ("/pricing",)),)),)),
    "talk": Signal("talk", ("call",), by="sales"),
    "any": Signal("any", ("page_view", "form")),
    "spam": Signal("spam", ("form",)),
    "north": Signal("north", ("call",), by="north", team=("ann@we.example", "005A00000000001")),
    "soon": Signal("soon", (), sequence=("visit", "talk"), within=3 * DAY),
    "path": Signal("path", (), sequence=("visit", "spam", "any")),
}

PRICING = {"url": "https://x/Pricing?a"}
ANN = {**PRICING, "owner": "005A00000000001AAA", "owner_email": "Ann@we.example"}

instants = st.builds(
    lambda day, extra: day * DAY + extra,
    st.integers(0, 40),
    st.sampled_from((0, 0, 1, -1 + DAY, 12 * HOUR, 7 * HOUR + 13)),
)
spans = st.sampled_from((HOUR, DAY, 3 * DAY, 10 * DAY + 5))
numbers = st.integers(0, 5).map(lambda n: Decimal(n * 10))
unknowns = st.sampled_from((Unknown("is missing"), Unknown("is not readable", readable=False)))
texts = st.sampled_from(("Head of IT", "student", "No", "open"))
statuses = st.sampled_from(("Recycle", "Recycle", "Disqualified", "open", "open"))


@st.composite
def properties(draw, values):
    starts = sorted(draw(st.sets(instants, max_size=3)))
    timeline = tuple((start, draw(values)) for start in (BEGINNING, *starts))
    assumed = draw(st.sampled_from((BEGINNING, BEGINNING, *([starts[0] - HOUR] if starts else [5 * DAY]))))
    return Property(timeline, "hubspot:contact:1:x", assumed)


touches = st.builds(
    Touch,
    at=instants,
    id=st.integers(0, 10**6).map(lambda n: f"touch:{n}"),
    kind=st.sampled_from(KINDS),
    fields=st.sampled_from((PRICING, PRICING, PRICING, {}, {"url": "https://x/"}, ANN, {**PRICING, "owner": "005B"})),
    by=st.sampled_from(("sales", "sales", "marketing", None)),
)


@st.composite
def opportunities(draw):
    created = draw(instants)
    closed = draw(st.none() | st.integers(0, 20).map(lambda days: created + days * DAY))
    amount = draw(st.none() | numbers)
    return Opportunity(
        id="006",
        created_at=created,
        closed_at=closed,
        won=closed is not None and draw(st.booleans()),
        stage="Proposal",
        amount=amount,
        amount_at=None if amount is None else draw(st.none() | instants),
        close_date=None,
        close_date_by_sales=draw(st.booleans()),
    )


def in_order(some):
    return tuple(sorted(some, key=lambda touch: (touch.at, touch.id)))


@st.composite
def people(draw, floor=None):
    born = draw(st.sampled_from((0, 0, 5 * DAY)))
    given = {
        "size": draw(st.none() | properties(numbers | unknowns)),
        "title": draw(st.none() | properties(texts | unknowns)),
        "status": draw(properties(statuses | unknowns)),
        "seen": draw(st.none() | properties(instants.map(Decimal) | unknowns)),
        "budget": draw(st.none() | properties(st.booleans() | texts | unknowns)),
        "need": draw(st.none() | properties(texts | unknowns)),
        "authority": draw(st.none() | properties(texts | unknowns)),
    }
    found = draw(
        st.lists(touches, min_size=draw(st.sampled_from((0, 6))), max_size=9, unique_by=lambda touch: touch.id)
    )
    coverage = {
        kind: Coverage(since, f"{kind}s", "nothing before") for kind in KINDS if (since := draw(st.sampled_from(SINCE)))
    }
    return Facts(
        person=PersonId("p1"),
        born=born,
        properties={name: known for name, known in given.items() if known},
        touches=tuple(sorted(found, key=lambda touch: (touch.at, touch.id))),
        coverage=coverage,
        opportunities=tuple(
            replace(one, id=f"006{number}") for number, one in enumerate(draw(st.lists(opportunities(), max_size=2)))
        ),
        opportunities_known=draw(st.sampled_from((True, True, False))),
        floor=() if floor is None else tuple(sorted(draw(floor))),
        colleagues=draw(st.none() | st.lists(touches, max_size=4).map(in_order)),
        colleagues_since=draw(st.sampled_from((BEGINNING, BEGINNING, 12 * DAY))),
    )


SINCE = (BEGINNING, BEGINNING, BEGINNING, 10 * DAY + 3, None)
floors = st.lists(
    st.tuples(instants, st.sampled_from((Stage.LEAD, Stage.MQL, Stage.SQL, Stage.CUSTOMER)), st.just("hubspot")),
    max_size=2,
)

order = st.sampled_from((Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW))
property_clauses = st.one_of(
    st.builds(lambda op, value: PropertyClause("size", (Test(op, value),)), order, numbers),
    st.builds(
        lambda low, high: PropertyClause("size", (Test(Operator.BETWEEN, (min(low, high), max(low, high))),)),
        numbers,
        numbers,
    ),
    st.builds(lambda known: PropertyClause("size", (Test(Operator.KNOWN, known),)), st.booleans()),
    st.builds(lambda span: PropertyClause("title", (Test(Operator.CHANGED_WITHIN, span),)), spans),
    st.builds(lambda span: PropertyClause("seen", (Test(Operator.OLDER_THAN, span),)), spans),
    st.builds(
        lambda op, words: PropertyClause("title", (Test(op, words),)),
        st.sampled_from(
            (Operator.ANY_OF, Operator.NONE_OF, Operator.CONTAINS, Operator.HAS_WORD, Operator.STARTS_WITH)
        ),
        st.sampled_from((("head",), ("student", "open"), ("no",))),
    ),
)
signal_clauses = st.builds(
    lambda signal, count, within, since, anyone: SignalClause(
        signal, *count, within=within, since=since, anyone_at_company=anyone
    ),
    st.sampled_from(tuple(SIGNALS)),
    st.sampled_from(((1, None), (2, None), (3, None), (None, 0), (None, 1), (1, 2))),
    st.none() | spans,
    st.sampled_from((None, None, Stage.LEAD, Stage.MQL)),
    st.sampled_from((False, False, True)),
)
score_clauses = st.builds(
    lambda score, op, points: ScoreClause(score, (Test(op, Decimal(points)),)),
    st.sampled_from(("fit", "fading", "lasting", "mixed", "capped")),
    order,
    st.sampled_from((-10, 0, 5, 15, 20, 30)),
)
bant_clauses = st.builds(
    BantClause, st.integers(0, 3), st.sampled_from(((), ("budget",), ("timeline",), ("need", "budget")))
)
opportunity_clauses = st.builds(
    OpportunityClause,
    open=st.none() | st.booleans(),
    won=st.none() | st.booleans(),
    amount=st.just(()) | st.builds(lambda op, value: (Test(op, value),), order, numbers),
    close_date_set_by_sales=st.booleans(),
)
leaves = st.one_of(signal_clauses, property_clauses, score_clauses, bant_clauses, opportunity_clauses)
clauses = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(
            lambda n, parts: AtLeastOf(min(n, len(parts)), tuple(parts)),
            st.integers(1, 3),
            st.lists(inner, min_size=1, max_size=3),
        ),
        inner.map(Not),
    ),
    max_leaves=4,
)


@st.composite
def agreements(draw, *, leave=False):
    """Definitions with random clauses in every place."""
    half_life = draw(st.sampled_from((DAY, 2 * DAY)))
    fit = draw(st.lists(st.tuples(property_clauses, st.sampled_from((-10, 10, 20))), min_size=1, max_size=3))
    grouped = draw(st.lists(st.lists(st.tuples(property_clauses, st.sampled_from((-5, 10))), max_size=3), max_size=2))
    groups = tuple(FitGroup(f"g{number}", 10 * number, rules) for number, rules in enumerate(grouped, 1))
    scores = {
        "fit": FitScore("fit", tuple(fit), groups),
        "fading": EngagementScore("fading", {"visit": 15, "talk": 20}, half_life),
        "lasting": EngagementScore("lasting", {"visit": 5, "talk": 10}, None),
        "mixed": EngagementScore("mixed", {"any": 10, "talk": 20, "spam": -15}, half_life),
        "capped": EngagementScore(
            "capped",
            {"any": 10, "talk": 20, "spam": -5, "soon": 4},
            draw(st.sampled_from((None, half_life))),
            (Cap("calls", 20, ("talk", "soon")), Cap("rest", 15, ("any", "spam"))),
        ),
    }
    status = PropertyClause("status", (Test(Operator.IS, "recycle"),))
    gone = PropertyClause("status", (Test(Operator.IS, "disqualified"),))
    return Definitions(
        hash="abc",
        answers=draw(st.sampled_from(({}, {"timeline": SignalClause("talk", 1), "need": SignalClause("visit", 2)}))),
        effective_from=draw(st.sampled_from((BEGINNING, BEGINNING, 7 * DAY))),
        signals=SIGNALS,
        scores=scores,
        never=tuple(NeverRule("rival", draw(property_clauses)) for _ in range(draw(st.integers(0, 1)))),
        stages=(
            StageRule(Stage.MQL, draw(early), leave=leave and draw(st.booleans()), unanswered=draw(silences)),
            StageRule(
                Stage.SQL,
                draw(lively | clauses),
                after=draw(st.none() | st.just(Stage.MQL)),
                leave=leave and draw(st.booleans()),
                unanswered=draw(silences),
            ),
            StageRule(Stage.SQO, draw(opportunity_clauses)),
        ),
        returns=(
            ReturnRule(Stage.RECYCLED, status, "title", requalify_after=draw(st.sampled_from((None, 0, 10 * DAY)))),
            ReturnRule(Stage.DISQUALIFIED, gone, requalify_after=draw(st.sampled_from((None, None, 3 * DAY)))),
        ),
    )


silences = st.one_of(
    st.none(),
    st.none(),
    st.builds(
        Unanswered,
        st.sampled_from((DAY, 5 * DAY)),
        st.sampled_from(("accept", "recycle")),
        st.none() | st.just(SignalClause("talk", 1, since=Stage.MQL)),
    ),
)
lively = st.one_of(
    st.builds(lambda within: SignalClause("visit", 1, within=within), spans),
    st.builds(
        lambda points: ScoreClause("fading", (Test(Operator.AT_LEAST, Decimal(points)),)), st.sampled_from((5, 15))
    ),
    st.just(SignalClause("talk", 1)),
)
"""Clauses that come to hold often, so that people do enter stages, leave them and come back."""
early = lively | clauses.filter(lambda clause: f"since={Stage.MQL!r}" not in repr(clause))
"""Clauses for the first stage: a file cannot count since a stage that is not entered before."""
