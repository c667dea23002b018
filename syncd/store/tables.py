"""The tables, for SQLite and PostgreSQL alike.

Instants are whole milliseconds, flags are 0 or 1, JSON is text. Ids sort by bytes on both databases, so that every
listing has one order. Tables that are walked by person are clustered by person (facts: engine 2). What an index covers
is said for SQLite only: naming PostgreSQL would load its words, 3 MB, for those who have none. The migration says both.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    event,
    text,
)

metadata = MetaData()

Name = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and sorted by its bytes."""
Number = BigInteger().with_variant(Integer, "sqlite")
"""A row number that the database gives."""

meta = Table(
    "meta",
    metadata,
    Column("key", Name, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", Name, primary_key=True),
    Column("command", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("definitions", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("ended_at", BigInteger),
    Column("exit_code", Integer),
    Column("stopped_by", Text),
    Column("summary", Text),
)

job = Table(
    "job",
    metadata,
    Column("name", Name, primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("outcome", Name, nullable=False),
    Column("code", Text),
    Column("said", Text, nullable=False),
    Column("done_at", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("overruns", Integer, nullable=False),
    Column("overran_at", BigInteger),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    Column("id", Name, primary_key=True),
    Column("about", Name, nullable=False),
    Column("said", Text, nullable=False),
    Column("next_step", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("sent", Text, nullable=False),
    Column("settled", Integer, nullable=False),
)
Index("notice_unsettled", notice.c.id, sqlite_where=text("settled = 0"))

overdue = Table(
    "overdue",
    metadata,
    Column("person_id", Name, ForeignKey("person.id"), primary_key=True),
    Column("name", Name, primary_key=True),
    Column("since", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

hint = Table(
    "hint",
    metadata,
    Column("id", Name, primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("hint_at", hint.c.at)

stream = Table(
    "stream",
    metadata,
    Column("system", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("watermark", BigInteger),
    Column("since", BigInteger),
    Column("until", BigInteger),
    Column("after_id", Text),
    Column("gap", Text),
    Column("checked_at", BigInteger),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    Column("id", Name, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("merged_into", Name, ForeignKey("person.id")),
    Column("dirty", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("stage", Name),
    Column("cycle", Integer),
    Column("since", BigInteger),
    sqlite_with_rowid=False,
)
Index("person_dirty", person.c.dirty, person.c.id, sqlite_where=text("dirty > 0"))
Index("person_due", person.c.due_at)
Index(
    "person_merged",
    person.c.merged_into,
    sqlite_where=text("merged_into IS NOT NULL"),
)

record = Table(
    "record",
    metadata,
    Column("system", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("id", Name, primary_key=True),
    Column("person_id", Name, ForeignKey("person.id")),
    Column("created_at", BigInteger),
    Column("modified_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("deleted", Integer, nullable=False),
    Column("merged_into", Name),
    Column("link_due", Integer, nullable=False),
    Column("amended", Text),
    Column("properties", Text, nullable=False),
    Column("history", Text, nullable=False),  # a line of JSON, and one more for each change seen since (`renewal`)
    Column("evidence", Text, nullable=False),
)
Index("record_person", record.c.person_id)
Index(
    "record_link_due",
    record.c.system,
    record.c.kind,
    record.c.id,
    sqlite_where=text("link_due = 1"),
)

said = Table(
    "said",
    metadata,
    Column("person_id", Name, ForeignKey("person.id"), primary_key=True),
    Column("fields", Name, nullable=False),
    Column("newest", BigInteger, nullable=False),
    Column("held", Text, nullable=False),
    sqlite_with_rowid=False,
)

revision = Table(
    "revision",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("system", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("learned_at", BigInteger, nullable=False),
    Column("before", Text, nullable=False),
)
Index("revision_record", revision.c.id, revision.c.kind, revision.c.system)

reference = Table(
    "reference",
    metadata,
    Column("system", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("id", Name, primary_key=True),
    Column("name", Name, primary_key=True),
    Column("to_kind", Name, primary_key=True),
    Column("to_id", Name, primary_key=True),
    sqlite_with_rowid=False,
)
Index("reference_to", reference.c.to_id, reference.c.to_kind)

identity = Table(
    "identity",
    metadata,
    Column("key", Name, primary_key=True),
    Column("system", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("id", Name, primary_key=True),
    sqlite_with_rowid=False,
)
Index("identity_record", identity.c.id, identity.c.kind, identity.c.system)

entry = Table(
    "entry",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("person_id", Name, ForeignKey("person.id"), nullable=False),
    Column("stage", Name, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("left_at", BigInteger),
    Column("source", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("reason", Text),
    Column("run_id", Name),
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
)
Index("entry_person", entry.c.person_id, entry.c.at)

course = Table(
    "course",
    metadata,
    Column("person_id", Name, ForeignKey("person.id"), primary_key=True),
    Column("path", Text, nullable=False),
    Column("times", Text, nullable=False),
    sqlite_with_rowid=False,
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Name, nullable=False),
    Column("run_id", Name),
    Column("body", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

ledger_person = Table(
    "ledger_person",
    metadata,
    Column("person_id", Name, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

person_key = Table(
    "person_key",
    metadata,
    Column("person_id", Name, primary_key=True),
    Column("key", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

suppressed = Table(
    "suppressed",
    metadata,
    Column("mark", Name, primary_key=True),
    Column("sort", Name, nullable=False),
    Column("receipt", Name, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

output = Table(
    "output",
    metadata,
    Column("path", Name, primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

intent = Table(
    "intent",
    metadata,
    Column("id", Name, primary_key=True),
    Column("run_id", Name, nullable=False),
    Column("person_id", Name),
    Column("system", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("op", Text, nullable=False),
    Column("record_id", Name),
    Column("key_field", Text),
    Column("key_value", Name),
    Column("fields", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("purpose", Text),
    Column("state", Name, nullable=False),
    Column("result_id", Text),
    Column("code", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)
Index("intent_open", intent.c.id, sqlite_where=text("state = 'open'"))
Index("intent_run", intent.c.run_id)
Index("intent_person", intent.c.person_id)
Index("intent_key", intent.c.key_value)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Name, primary_key=True),
    Column("system", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("record_id", Name),
    Column("person_id", Name),
    Column("key", Text),
    Column("cause", Name, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("next_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("state", Name, nullable=False),
    Column("digest", Name, nullable=False),
)
Index("quarantine_person", quarantine.c.person_id, quarantine.c.state)
Index("quarantine_cause", quarantine.c.state, quarantine.c.cause)
Index("quarantine_digest", quarantine.c.state, quarantine.c.digest)

held = Table(
    "held",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("person_id", Name),
    Column("purpose", Name, nullable=False),
    Column("body", Text, nullable=False),
)
Index("held_person", held.c.person_id)

APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": (
        (
            "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END"
        ),
        (
            "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the ledger is append only'; END $$"
        ),
        (
            "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        ),
    ),
}
"""What forbids changes of the ledger inside the database itself."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(ledger, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]  # DDL has no types
