"""The first tables, and the views on them.
A migration is a record of what was done: it names its columns itself and does not follow later changes of `tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.store.migrations.append_only import APPEND_ONLY
from syncd.store.views import VIEWS

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, from nothing."""
    for make in FIRST_TO_LAST:
        make()
    for statement in (*APPEND_ONLY[op.get_bind().dialect.name], *VIEWS[op.get_bind().dialect.name]):
        op.execute(statement)


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", NAME, nullable=True),
        sa.Column("dirty", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("stage", NAME, nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "person_dirty",
        "person",
        ["dirty", "id"],
        sqlite_where=sa.text("dirty > 0"),
        postgresql_where=sa.text("dirty > 0"),
    )
    op.create_index("person_due", "person", ["due_at"])
    op.create_index(
        "person_merged",
        "person",
        ["merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("person_id", NAME, nullable=False),
        sa.Column("stage", NAME, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", NAME, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("entry_person", "entry", ["person_id", "at"])
    op.create_table(
        "course",
        sa.Column("person_id", NAME, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("times", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
        sqlite_with_rowid=False,
    )


def _record() -> None:
    op.create_table(
        "record",
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("person_id", NAME, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("merged_into", NAME, nullable=True),
        sa.Column("link_due", sa.Integer(), nullable=False),
        sa.Column("amended", sa.Text(), nullable=True),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("system", "kind", "id"),
    )
    op.create_index(
        "record_link_due",
        "record",
        ["system", "kind", "id"],
        sqlite_where=sa.text("link_due = 1"),
        postgresql_where=sa.text("link_due = 1"),
    )
    op.create_index("record_person", "record", ["person_id"])


def _said() -> None:
    op.create_table(
        "said",
        sa.Column("person_id", NAME, nullable=False),
        sa.Column("fields", NAME, nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
        sqlite_with_rowid=False,
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("learned_at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("revision_record", "revision", ["id", "kind", "system"])


def _reference() -> None:
    op.create_table(
        "reference",
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("to_kind", NAME, nullable=False),
        sa.Column("to_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("system", "kind", "id", "name", "to_kind", "to_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("reference_to", "reference", ["to_id", "to_kind"])


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("key", NAME, nullable=False),
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("key", "system", "kind", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("identity_record", "identity", ["id", "kind", "system"])


def _stream() -> None:
    op.create_table(
        "stream",
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("after_id", sa.Text(), nullable=True),
        sa.Column("gap", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system", "kind"),
        sqlite_with_rowid=False,
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", NAME, nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("definitions", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _service() -> None:
    op.create_table(
        "job",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", NAME, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("overruns", sa.Integer, nullable=False),
        sa.Column("overran_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("about", NAME, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("next_step", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
    )
    unsettled = sa.text("settled = 0")
    op.create_index("notice_unsettled", "notice", ["id"], sqlite_where=unsettled, postgresql_where=unsettled)
    op.create_table(
        "hint",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("hint_at", "hint", ["at"])


def _forgotten() -> None:
    op.create_table(
        "suppressed",
        sa.Column("mark", NAME, primary_key=True),
        sa.Column("sort", NAME, nullable=False),
        sa.Column("receipt", NAME, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "output",
        sa.Column("path", NAME, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _overdue() -> None:
    op.create_table(
        "overdue",
        sa.Column("person_id", NAME, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _intent() -> None:
    op.create_table(
        "intent",
        sa.Column("id", NAME, nullable=False),
        sa.Column("run_id", NAME, nullable=False),
        sa.Column("person_id", NAME, nullable=True),
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("record_id", NAME, nullable=True),
        sa.Column("key_field", sa.Text(), nullable=True),
        sa.Column("key_value", NAME, nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("result_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("intent_key", "intent", ["key_value"])
    op.create_index(
        "intent_open",
        "intent",
        ["id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("intent_person", "intent", ["person_id"])
    op.create_index("intent_run", "intent", ["run_id"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", NAME, nullable=False),
        sa.Column("system", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("record_id", NAME, nullable=True),
        sa.Column("person_id", NAME, nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("cause", NAME, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("quarantine_person", "quarantine", ["person_id", "state"])
    op.create_index("quarantine_cause", "quarantine", ["state", "cause"])
    op.create_index("quarantine_digest", "quarantine", ["state", "digest"])


def _held() -> None:
    op.create_table(
        "held",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", NAME),
        sa.Column("purpose", NAME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_index("held_person", "held", ["person_id"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("run_id", NAME, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "ledger_person",
        sa.Column("person_id", NAME, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "seq"),
        sqlite_with_rowid=False,
    )


def _person_key() -> None:
    op.create_table(
        "person_key",
        sa.Column("person_id", NAME, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )


FIRST_TO_LAST = (
    _person, _entry, _record, _said, _revision, _reference, _identity, _stream, _meta,
    _run, _service, _forgotten, _overdue, _intent, _quarantine, _held, _ledger, _person_key,
)  # fmt: skip
