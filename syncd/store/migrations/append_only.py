"""What keeps the ledger from being changed, by database: a record of what the first migration did."""

from __future__ import annotations

APPEND_ONLY = {
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
