"""Tables written as files."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.journey.exported import TABLES, Column, Source, Table, as_page, columns_of
from syncd.journey.population import Asked, Scope
from syncd.journey.written import SUFFIX, harmless, write_table
from syncd.model.instant import Instant, parse_iso
from syncd.store.views import COLUMNS, VIEWS

AT = parse_iso("2026-03-01T08:30:00Z")
NOTHING = Source(None, None, Asked(), Scope(Instant(0)))
PAGE = Path(__file__).parents[3] / "docs/reference/exports.md"


def table(*rows) -> Table:
    columns = (
        Column("who", "text", "somebody"),
        Column("n", "integer", "a number"),
        Column("amount", "decimal", "money"),
        Column("at", "instant", "a time"),
        Column("day", "date", "a day"),
        Column("won", "flag", "yes or no"),
        Column("email", "text", "an address", personal=True),
    )
    return Table("things", "Things.", columns, lambda _: iter(rows))


ROW = ("=SUM(A1)", 3, Decimal("12.50"), AT, date(2026, 3, 1), True, "anna@us.example")
EMPTY = (None, None, None, None, None, None, None)


def written(folder, kind, *rows, personal=False):
    found = write_table(table(*rows), NOTHING, folder, kind, {"name": "export.things"}, personal=personal)
    return found, folder / f"things.{SUFFIX[kind]}"


def test_csv_is_exact_and_runs_in_no_spreadsheet(tmp_path):
    found, path = written(tmp_path, "csv", ROW, EMPTY)
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert rows == [
        ["who", "n", "amount", "at", "day", "won"],
        ["'=SUM(A1)", "3", "12.50", "2026-03-01T08:30:00.000Z", "2026-03-01", "True"],
        ["", "", "", "", "", ""],
    ]
    assert (found.rows, found.sha256) == (2, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_made_harmless(text):
    assert harmless(text) == f"'{text}"
    assert harmless("fine") == "fine"
    assert harmless(-1) == -1


def test_json_is_one_document_a_line(tmp_path):
    _, path = written(tmp_path, "json", ROW)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {
            "who": "=SUM(A1)",
            "n": 3,
            "amount": "12.50",
            "at": "2026-03-01T08:30:00.000Z",
            "day": "2026-03-01",
            "won": True,
        }
    ]


def test_parquet_is_typed_and_its_columns_say_what_they_are(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    found, path = written(tmp_path, "parquet", ROW, EMPTY)
    read = parquet.read_table(path)
    assert [str(field.type) for field in read.schema] == [
        "string", "int64", "decimal128(38, 6)", "timestamp[ms, tz=UTC]", "date32[day]", "bool",
    ]  # fmt: skip
    assert read.to_pylist()[0]["amount"] == Decimal("12.500000")
    assert read.schema.field("who").metadata == {b"says": b"somebody"}
    assert (found.rows, read.num_rows) == (2, 2)


def test_who_somebody_is_is_told_only_where_it_was_asked_for(tmp_path):
    for kind in ("csv", "json"):
        assert "anna@us.example" not in written(tmp_path, kind, ROW)[1].read_text()
        found, path = written(tmp_path, kind, ROW, personal=True)
        assert "anna@us.example" in path.read_text()
        assert found.personal_data


def test_each_file_has_a_manifest_and_nobody_else_may_read_it(tmp_path):
    found, path = written(tmp_path, "csv", ROW)
    manifest = json.loads((tmp_path / "things.manifest.json").read_text())
    assert manifest["query"] == {"name": "export.things"}
    assert (manifest["rows"], manifest["sha256"], manifest["file"]) == (1, found.sha256, "things.csv")
    assert [one["name"] for one in manifest["columns"]] == ["who", "n", "amount", "at", "day", "won"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_fails_half_way_leaves_the_one_before(tmp_path):
    _, path = written(tmp_path, "csv", ROW)
    before = path.read_bytes()

    def broken(source):
        yield ROW
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_table(Table("things", "", table().columns, broken), NOTHING, tmp_path, "csv", {}, personal=False)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


def test_columns_that_tell_who_somebody_is_are_marked():
    personal = {(name, one.name) for name, each in TABLES.items() for one in each.columns if one.personal}
    assert personal == {
        ("persons", "email"), ("touches", "content"), ("transitions", "why"), ("tasks", "subject"), ("tasks", "owner"),
        ("dossiers", "dossier"),
    }  # fmt: skip
    assert len(columns_of(TABLES["persons"], personal=False)) == len(TABLES["persons"].columns) - 1


def test_the_reference_of_exports_is_fresh():
    assert as_page().strip() in PAGE.read_text()
    for view, columns in COLUMNS.items():
        assert f"## View {view}" in PAGE.read_text()
        assert all(f"| `{name}` | {says} |" in PAGE.read_text() for name, says in columns.items())
        for statements in VIEWS.values():
            (statement,) = (one for one in statements if one.startswith(f"CREATE VIEW {view} "))
            assert all(f"AS {name}" in statement or f" {name}" in statement for name in columns)
