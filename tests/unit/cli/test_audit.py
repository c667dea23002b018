"""`syncd audit`."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from syncd.cli.frame import run
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
    assert verified(capsys)[0] == 0
    assert verified(capsys, "--anchor", head)[0] == 7


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
