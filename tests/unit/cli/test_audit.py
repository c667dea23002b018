"""`syncd audit`."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.cli.frame import run
from syncd.store import copies, ledger
from syncd.store.database import open_store
from tests.unit.cli.town import Town


@pytest.fixture
def copy(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the town's store, to be tampered with."""
    with sqlite3.connect(town.folder / "syncd.db") as source, sqlite3.connect(tmp_path / "syncd.db") as target:
        source.backup(target)
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/syncd.db")
    return tmp_path / "syncd.db"


def tamper(path: Path, statement: str) -> None:
    """Somebody with the file in hand: the triggers do not stop them."""
    with sqlite3.connect(path) as connection:
        for name in ("ledger_no_update", "ledger_no_delete"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def verified(capsys, *arguments: str) -> tuple[int, dict]:
    code = run(["audit", "verify", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_whole_ledger_verifies(town: Town, capsys) -> None:
    code, document = verified(capsys)
    data = document["data"]
    assert (code, document["schema"]) == (0, "syncd.audit.verify/1")
    assert (data["ok"], data["first_bad"]) == (True, None)
    assert data["entries"] > 10
    assert len(data["head"]) == 64


def test_an_entry_that_was_altered_ends_with_7_and_its_number(copy: Path, capsys) -> None:
    tamper(copy, "UPDATE ledger SET body = replace(body, 'mql', 'sql') WHERE seq = 7 OR body LIKE '%mql%'")
    code, document = verified(capsys)
    assert (code, document["data"]["ok"]) == (7, False)
    assert document["data"]["first_bad"] >= 1
    assert run(["audit", "verify"]) == 7
    assert "does not hold: entry" in capsys.readouterr().out


def test_an_end_that_was_cut_off_shows_against_the_head_that_was_kept(copy: Path, capsys) -> None:
    assert run(["audit", "head"]) == 0
    head = capsys.readouterr().out.strip()
    assert verified(capsys, "--anchor", head)[0] == 0
    tamper(copy, "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)")
    assert verified(capsys, "--chain-only")[0] == 0
    assert verified(capsys, "--chain-only", "--anchor", head)[0] == 7


def test_a_head_that_is_none_is_a_usage_error(town: Town, capsys) -> None:
    assert run(["audit", "verify", "--anchor", "nonsense"]) == 2
    assert "audit head" in capsys.readouterr().err


def test_whoever_has_the_export_can_recompute_the_chain(town: Town, tmp_path: Path, capsys) -> None:
    file = tmp_path / "ledger.jsonl"
    assert run(["audit", "export", str(file)]) == 0
    assert file.stat().st_mode & 0o077 == 0
    prev = "0" * 64
    for row in map(json.loads, file.read_text().splitlines()):
        said = [row["seq"], row["at"], row["kind"], row["run"], row["body"]]
        text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
        assert row["hash"] == hashlib.sha256(f"{prev}{text}".encode()).hexdigest()
        prev = row["hash"]
    assert f":{prev}" in capsys.readouterr().out
    assert "anna@" not in file.read_text()


def test_an_export_overwrites_nothing(town: Town, tmp_path: Path, capsys) -> None:
    shutil.copy(__file__, tmp_path / "mine")
    assert run(["audit", "export", str(tmp_path / "mine")]) == 2
    assert "File exists" in capsys.readouterr().err


def test_without_a_store_the_next_step_is_told(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/none.db")
    assert run(["audit", "verify"]) == 2
    assert "syncd sync" in capsys.readouterr().err


# Any one bit of it


COLUMNS = ("seq", "at", "kind", "run_id", "body", "prev", "hash")


def flipped(value: int | str, bit: int) -> int | bytes:
    """A value with one bit turned around."""
    if isinstance(value, int):
        return value ^ (1 << bit % 40)
    raw = bytearray(value.encode())
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return bytes(raw)


@pytest.mark.parametrize("column", COLUMNS)
def test_any_one_bit_that_is_turned_anywhere_is_found(copy: Path, column: str) -> None:
    tamper(copy, "SELECT 1")
    chance = random.Random(column)
    store = open_store(f"sqlite:///{copy}", read_only=True)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection, closing(store):

        def write(rowid: int, value: object) -> None:
            told = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
            connection.execute(f"UPDATE ledger SET {column} = {told} WHERE rowid = ?", (value, rowid))

        there = f"SELECT rowid, {column}, seq FROM ledger WHERE {column} IS NOT NULL ORDER BY seq"
        rows = connection.execute(there).fetchall()
        numbers = {row[2] for row in rows}
        for rowid, value, seq in [rows[0], rows[-1], *chance.sample(rows, 5)]:
            for bit in (0, 7, *(chance.randrange(4000) for _ in range(4))):
                changed = flipped(value, bit)
                if column == "seq" and changed in numbers:
                    continue  # the database itself lets no two entries have one number
                write(rowid, changed)
                with store.reading() as tx:
                    found = ledger.verify(tx)
                assert not found.ok, (column, seq, bit)
                assert column == "seq" or found.first_bad == seq
                write(rowid, value)
        with store.reading() as tx:
            assert ledger.verify(tx).ok


# The tables against the ledger


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE entry SET at = at + 1 WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET why = 'because' WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET evidence = '[]' WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET definition = 'other' WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET superseded_at = 5 WHERE stage = 'mql'", "entry"),
        ("DELETE FROM entry WHERE stage = 'mql'", "entry"),
        ("UPDATE intent SET fields = replace(fields, 'MQL', 'SQL')", "intent"),
        ("UPDATE intent SET state = 'failed' WHERE id = (SELECT max(id) FROM intent)", "intent"),
        ("UPDATE intent SET result_id = '00Q' WHERE id = (SELECT max(id) FROM intent)", "intent"),
        ("DELETE FROM intent WHERE id = (SELECT max(id) FROM intent)", "intent"),
        ("UPDATE entry SET recorded_at = recorded_at - 86400000 WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET evidence = 'no list' WHERE stage = 'mql'", "entry"),
        ("UPDATE entry SET why = CAST(X'FF' AS TEXT) WHERE stage = 'mql'", "entry"),
        ("UPDATE intent SET fields = '{' WHERE id = (SELECT max(id) FROM intent)", "intent"),
        ("UPDATE intent SET before = '{\"Title\": \"Boss\"}' WHERE before <> '{}'", "intent"),
        ("UPDATE intent SET key_value = 'other' WHERE key_value IS NOT NULL", "intent"),
        ("UPDATE intent SET purpose = 'tend' WHERE purpose = 'update'", "intent"),
        ("UPDATE intent SET record_id = 'other' WHERE id = (SELECT max(id) FROM intent)", "intent"),
        ("UPDATE person_key SET key = 'no base64 at all'", "person_key"),
        ("DELETE FROM person_key", "person_key"),
        ("UPDATE person_key SET key = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", "person_key"),
        ("DELETE FROM ledger_person WHERE seq = (SELECT max(seq) FROM ledger_person)", "ledger_person"),
        (
            (
                "INSERT INTO quarantine SELECT 'x', 'salesforce', 'lead', NULL, NULL, NULL, 'data', 'c', 'm', 'RevOps',"
                " 1, 1, 1, 1, 'open', ''"
            ),
            "quarantine",
        ),
    ],
)
def test_a_table_that_says_something_else_than_the_ledger_ends_with_7(
    copy: Path, capsys, statement: str, table: str
) -> None:
    with sqlite3.connect(copy) as connection:
        assert connection.execute(statement).rowcount
    code, document = verified(capsys)
    data = document["data"]
    assert (code, data["ok"], data["first_bad"]) == (7, False, None)
    assert table in {one["table"] for one in data["tables"]["differences"]}
    assert run(["audit", "verify"]) == 7
    assert "differ" in capsys.readouterr().out
    assert run(["audit", "verify", "--chain-only"]) == 0


# Copies of it


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_a_copy_is_proved_without_the_store_and_a_changed_one_is_found(
    town: Town, tmp_path: Path, capsys, monkeypatch, suffix: str
) -> None:
    assert run(["audit", "head"]) == 0
    head = capsys.readouterr().out.strip()
    file = tmp_path / f"ledger.{suffix}"
    assert run(["audit", "export", str(file)]) == 0
    assert file.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/none.db")
    code, document = verified(capsys, "--export", str(file), "--anchor", head)
    assert (code, f"{document['data']['entries']}:{document['data']['head']}") == (0, head)
    rows = list(copies.read(file))
    file.unlink()
    names = ("seq", "at", "kind", "run", "body", "prev", "hash")
    changed = [dict(zip(names, row, strict=True)) for row in rows]
    changed[4]["body"] = changed[4]["body"].replace("e", "3", 1)
    copies.write(file, changed, copies.format_of(file))
    code, document = verified(capsys, "--export", str(file))
    assert (code, document["data"]["first_bad"]) == (7, 5)
    file.unlink()
    copies.write(file, [dict(zip(names, row, strict=True)) for row in rows[:-1]], copies.format_of(file))
    assert verified(capsys, "--export", str(file))[0] == 0
    assert verified(capsys, "--export", str(file), "--anchor", head)[0] == 7


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_a_file_that_is_no_copy_is_a_usage_error(tmp_path: Path, capsys, suffix: str) -> None:
    file = tmp_path / f"mine.{suffix}"
    file.write_text("something else\nof mine\n")
    assert run(["audit", "verify", "--export", str(file)]) == 2
    assert "no copy of a ledger" in capsys.readouterr().err
