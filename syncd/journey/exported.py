"""The tables that other tools read: their columns, and their rows out of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from syncd.definitions.language import counts_colleagues
from syncd.definitions.order import order_of
from syncd.facts.build import Reading, build_facts
from syncd.facts.values import day_of, instant_in
from syncd.journey.attributed import Attributed, attribute, models_named, said_by
from syncd.journey.attribution_data import decimal_of, in_order
from syncd.journey.counted import Funnel, count_funnel
from syncd.journey.figures import Figure, figures_of, sla_figures
from syncd.journey.flow import ranks_of, visits_of
from syncd.journey.funnel_data import query_of
from syncd.journey.handovers import Report, report_sla
from syncd.journey.lake import to_line
from syncd.journey.population import Asked, Scope, opportunities, people_of, question_of
from syncd.journey.reading import last_seen, reading_of
from syncd.model.nouns import dataclass
from syncd.store import dossier, entries, everybody
from syncd.store.canonical import to_text
from syncd.store.deals import people_on
from syncd.store.past import load_known

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from sqlalchemy import Connection

    from syncd.files.load import Config
    from syncd.model.dossier import Dossier, Mirrored
    from syncd.model.instant import Instant

Kind: TypeAlias = Literal["text", "integer", "decimal", "instant", "date", "flag"]
Cell: TypeAlias = "str | int | Decimal | Instant | date | bool | None"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, what it says, and whether it tells who somebody is."""

    name: str
    kind: Kind
    says: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What rows come from: the store, the files, as true and as known when, and what numbers are asked."""

    tx: Connection
    config: Config
    asked: Asked
    scope: Scope


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what one row is, its columns, and the rows, each with a cell per column."""

    name: str
    says: str
    columns: Sequence[Column]
    rows: Callable[[Source], Iterator[Sequence[Cell]]]


def _persons(source: Source) -> Iterator[Sequence[Cell]]:
    question = question_of(source.tx, source.config, source.asked, source.scope)
    ranks = ranks_of(order_of(source.config.definitions_at(source.scope.at)))
    standing = {
        one.person: visits_of(one.entries, ranks)[-1]
        for one in people_of(source.tx, source.config, question, source.asked, source.scope)
    }
    reading = reading_of(source.tx, source.config, last_seen(source.tx))
    for one in _dossiers(source):
        facts = build_facts(one, reading)
        visit = standing.get(one.person)
        email = facts.properties.get("email")
        value = email.timeline[-1][1] if email is not None else None
        yield (
            one.person,
            facts.born,
            None if visit is None else visit.stage,
            None if visit is None else visit.cycle,
            None if visit is None else visit.since,
            _ids(one, "hubspot", "contact"),
            _ids(one, "salesforce", "lead"),
            _ids(one, "salesforce", "contact"),
            value if isinstance(value, str) else None,
        )


def _touches(source: Source) -> Iterator[Sequence[Cell]]:
    reading = reading_of(source.tx, source.config, last_seen(source.tx))
    for one in _dossiers(source):
        for touch in build_facts(one, reading).touches:
            if touch.at <= source.scope.at:
                told = [said_by(touch, name) for name in ("channel", "campaign")]
                yield touch.id, one.person, touch.at, touch.kind, touch.by, *told, said_by(touch, "content")


def _transitions(source: Source) -> Iterator[Sequence[Cell]]:
    for person, found in entries.iterate(source.tx, source.scope.as_of):
        for one in found:
            if one.at <= source.scope.at:
                yield (
                    person, one.stage, one.cycle, one.at, one.left_at, one.source, one.reason, one.definition, one.why,
                )  # fmt: skip


def _tasks(source: Source) -> Iterator[Sequence[Cell]]:
    reading = reading_of(source.tx, source.config, last_seen(source.tx))
    key = source.config.fields.names.key
    for one in _dossiers(source):
        for task in one.tasks:
            created = task.created_at or task.modified_at
            if not task.deleted and created <= source.scope.at:
                yield _task(one, task, reading, key, created)


def _task(one: Dossier, task: Mirrored, reading: Reading, key: str, created: Instant) -> Sequence[Cell]:
    given = task.properties
    done, due = given.get("CompletedDateTime"), given.get("ActivityDate")
    return (
        task.id,
        one.person,
        created,
        instant_in(str(done)) if done else None,
        day_of(str(due)) if due else None,
        None if given.get("Status") is None else str(given.get("Status")),
        given.get("IsClosed") is True or given.get("Status") == "Completed",
        bool(given.get(key)),
        None if given.get("Subject") is None else str(given.get("Subject")),
        reading.around.mail(given.get("OwnerId")),
    )


def _opportunities(source: Source) -> Iterator[Sequence[Cell]]:
    reading = reading_of(source.tx, source.config, last_seen(source.tx))
    every = sorted(opportunities(source.tx, reading, source.scope), key=lambda one: one.id)
    people = people_on(source.tx, [one.id for one in every])
    for one in every:
        mine = people.get(one.id, ())
        yield (
            one.id, next(iter(mine), None), len(mine), one.created_at, one.closed_at, one.won, one.stage, one.amount,
            one.currency, one.close_date,
        )  # fmt: skip


def _funnel(source: Source) -> Iterator[Sequence[Cell]]:
    found = count_funnel(source.tx, source.config, source.asked, source.scope)
    return _figures(figures_of(found), _carried(found))


def _sla(source: Source) -> Iterator[Sequence[Cell]]:
    found = report_sla(source.tx, source.config, source.asked, source.scope)
    return _figures(sla_figures(found), _carried(found))


def _figures(figures: Iterable[Figure], carried: Sequence[Cell]) -> Iterator[Sequence[Cell]]:
    for one in figures:
        yield (
            one.query, one.metric, one.stage, one.to, one.detail, one.name, one.value, one.n, one.of, one.seconds,
            one.amount, *carried,
        )  # fmt: skip


def _attribution(source: Source) -> Iterator[Sequence[Cell]]:
    """By channel and campaign in any case, and by the names that were asked for."""
    config, asked = source.config, source.asked
    asked = replace(asked, by=tuple(dict.fromkeys(("channel", "campaign", *asked.by))))
    found = attribute(source.tx, config, asked, source.scope, "won", models_named(config, ()))
    carried = _carried(found)
    for metric, n, of in (
        ("deals", len(found.deals), None),
        ("sourced", found.sourced.n, found.sourced.of),
        ("influenced", found.influenced.n, found.influenced.of),
        ("unlinked", found.unlinked, len(found.deals)),
    ):
        yield "attribution", metric, None, None, None, n, of, None, None, None, *carried
    for model in found.models:
        for name, shares in found.shares[model.name].items():
            for value, share in in_order(shares):
                row = "attribution", "credit", model.name, name, value, share.deals, len(found.deals)
                yield *row, decimal_of(share.parts), None, None, *carried
                for currency, amount in sorted(share.money.items()):
                    yield *row, None, amount, currency or None, *carried


def _carried(found: Funnel | Report | Attributed) -> Sequence[Cell]:
    """What every figure carries, as in CARRIED."""
    query = query_of("", found.asked, found.scope, found.definitions, found.time_zone, None)
    return found.definitions, found.cut_off, found.time_zone, to_text(query["filter"])


def _dossiers(source: Source) -> Iterator[Dossier]:
    """Everybody with a record by then."""
    as_of = source.scope.as_of
    for some in everybody.chunks(source.tx, AT_ONCE):
        loaded = dossier.load(source.tx, some) if as_of is None else (load_known(source.tx, one, as_of) for one in some)
        yield from (one for one in loaded if one.records)


def _ids(one: Dossier, system: str, kind: str) -> str | None:
    ids = [record.id for record in one.records if (record.system, record.kind) == (system, kind)]
    return " ".join(ids) or None


def _whole_dossiers(source: Source) -> Iterator[Sequence[Cell]]:
    """Everybody as known now, with colleagues where a rule counts them."""
    asked = any(map(counts_colleagues, source.config.versions))
    for some in everybody.chunks(source.tx, AT_ONCE):
        for one in dossier.load(source.tx, some, with_colleagues=asked, to_judge=True):
            yield one.person, to_line(one)


PERSON = Column("person", "text", "syncd's id of the person")
CARRIED = (
    Column("definitions", "text", "hash of the version in force"),
    Column("cut_off", "instant", "up to when the data goes"),
    Column("time_zone", "text", "where days, weeks and months begin"),
    Column("filter", "text", "period, order and values that were asked, as JSON"),
)
"""What every figure carries beside the name of its query."""
FIGURE = (
    Column("query", "text", "name of the query"),
    Column("metric", "text", "what is counted, as in the reference of metrics"),
    Column("stage", "text", "the stage, or the one it begins in"),
    Column("to", "text", "the next stage, of conversions"),
    Column("detail", "text", "the outcome, or its reason"),
    Column("split", "text", "the name by which it is split; empty for everybody"),
    Column("value", "text", "the group's value"),
    Column("n", "integer", "so many"),
    Column("of", "integer", "of so many, of rates"),
    Column("seconds", "decimal", "the length, of times"),
    Column("amount", "decimal", "the amount, of deals; the detail is its currency"),
    *CARRIED,
)
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "persons", "One row per person: one human, however many records there are.",
            (
                PERSON,
                Column("known_since", "instant", "when the first record was made"),
                Column("stage", "text", "the stage in which the person stands; empty before the first transition"),
                Column("cycle", "integer", "the person's n-th way through the funnel"),
                Column("since", "instant", "since when the person stands there"),
                Column("hubspot_contacts", "text", "ids of HubSpot contacts, with blanks between"),
                Column("salesforce_leads", "text", "ids of Salesforce leads"),
                Column("salesforce_contacts", "text", "ids of Salesforce contacts"),
                Column("email", "text", "the e-mail address", personal=True),
            ), _persons,
        ),
        Table(
            "touches", "One row per touch: something that a person did, or that sales did with them.",
            (
                Column("touch", "text", "the evidence: system, object, id, and for a property its change"),
                PERSON,
                Column("at", "instant", "when it happened"),
                Column("kind", "text", "what it was: page_view, form_submission, call, ..."),
                Column("by", "text", "sales, marketing or integration, where that is known"),
                Column("channel", "text", "the channel as attribution takes it"),
                Column("campaign", "text", "the campaign as attribution takes it"),
                Column("content", "text", "form, subject or page", personal=True),
            ), _touches,
        ),
        Table(
            "transitions", "One row per entry into a stage that stands.",
            (
                PERSON,
                Column("stage", "text", "the stage that was entered"),
                Column("cycle", "integer", "in which cycle"),
                Column("at", "instant", "when it truly happened"),
                Column("left_at", "instant", "when the stage's own rule ended it"),
                Column("source", "text", "definition, hubspot, silence or record"),
                Column("reason", "text", "sales' reason for a return"),
                Column("definition", "text", "hash of the version that decided"),
                Column("why", "text", "the proof in one line", personal=True),
            ), _transitions,
        ),
        Table(
            "tasks", "One row per task of Salesforce about a person.",
            (
                Column("task", "text", "Salesforce's id"),
                PERSON,
                Column("created_at", "instant", "when it was made"),
                Column("completed_at", "instant", "when it was completed"),
                Column("due", "date", "the day on which it is due"),
                Column("status", "text", "Salesforce's status"),
                Column("closed", "flag", "whether it is closed"),
                Column("ours", "flag", "whether syncd made it"),
                Column("subject", "text", "its subject", personal=True),
                Column("owner", "text", "the owner's e-mail address", personal=True),
            ), _tasks,
        ),
        Table(
            "opportunities", "One row per opportunity of Salesforce.",
            (
                Column("opportunity", "text", "Salesforce's id"),
                Column("person", "text", "the primary contact, else the first known person; empty where nobody is"),
                Column("people", "integer", "how many known people are on it"),
                Column("created_at", "instant", "when it was made"),
                Column("closed_at", "instant", "when it was won or lost"),
                Column("won", "flag", "whether it was won"),
                Column("stage", "text", "Salesforce's stage"),
                Column("amount", "decimal", "its amount"),
                Column("currency", "text", "the amount's currency, where the org has several"),
                Column("close_date", "date", "the close date that sales set"),
            ), _opportunities,
        ),
        Table(
            "funnel", "One row per figure of `syncd funnel`, as the options ask for it.", FIGURE, _funnel,
        ),
        Table(
            "sla", "One row per figure of `syncd sla`, as the options ask for it, and by hour.", FIGURE, _sla,
        ),
        Table(
            "attribution", "One row per figure of `syncd attribution` for the deals won, by every model.",
            (
                Column("query", "text", "name of the query"),
                Column("metric", "text", "credit, or of all together deals, sourced, influenced and unlinked"),
                Column("model", "text", "the model, of credit"),
                Column("split", "text", "the name by which it is split: channel, campaign, or one asked for"),
                Column("value", "text", "the group's value"),
                Column("n", "integer", "so many deals"),
                Column("of", "integer", "of so many deals"),
                Column("credit", "decimal", "the credit, in deals: over all values it sums to them"),
                Column("amount", "decimal", "the credit in money; such rows have a currency where the org has several"),
                Column("currency", "text", "the amount's currency"),
                *CARRIED,
            ), _attribution,
        ),
        Table(
            "dossiers", "One row per person, with all that is needed to judge them: for Spark. Only where asked for.",
            (
                Column("person", "text", "syncd's id of the person"),
                Column("dossier", "text", "records, evidence and entries as JSON", personal=True),
            ), _whole_dossiers,
        ),
    )
}  # fmt: skip
"""Every table by its name."""


def columns_of(table: Table, *, personal: bool) -> list[int]:
    """The places of the columns that are written: those that tell who somebody is only where that was asked for."""
    return [place for place, column in enumerate(table.columns) if personal or not column.personal]


def as_page() -> str:
    """The reference of all tables, as Markdown."""
    lines = []
    for table in TABLES.values():
        lines += [f"## {table.name}", table.says, "", "| column | type | what it is |", "| --- | --- | --- |"]
        lines += [
            f"| `{one.name}` | {one.kind} | {one.says}{'; only with `--with-personal-data`' if one.personal else ''} |"
            for one in table.columns
        ]
        lines.append("")
    return "\n".join(lines)
