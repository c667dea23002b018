"""People judged outside the store: from exported dossiers, and on Spark, with the same result."""

from __future__ import annotations

import shutil
import sys

import pytest

from syncd.files.load import load_config
from syncd.journey.decided import decide, decided, judged_of
from syncd.journey.lake import from_line
from syncd.spark import decided_by_spark, row_of
from syncd.store.everybody import Span
from tests.world import NOW, instant_of


@pytest.fixture
def told(world):
    """An exported town, what its people are judged by, and what the store itself says of them."""
    world.town()
    world.person("back", seen=20, lifecyclestage="opportunity")
    assert world.cycle("apply").exit_code == 0
    folder = world.directory / "lake"
    wanted = ("--table", "dossiers", "--format", "parquet", "--with-personal-data")
    assert world.here("export", str(folder), *wanted).code == 0
    with world.store() as store, store.reading() as tx:
        judged = judged_of(tx, load_config(world.config), instant_of(NOW))
        yield folder / "dossiers.parquet", judged, decided(tx, Span(), judged)


def test_exported_dossiers_are_judged_as_the_store_is(told):
    from pyarrow.parquet import read_table

    file, judged, expected = told
    lines = read_table(file).column("dossier").to_pylist()
    assert len(lines) == 17
    assert [decide(from_line(line), judged) for line in lines] == expected


@pytest.mark.timeout(400)  # a virtual machine starts, beside whatever else runs
def test_spark_judges_as_this_machine_does(told, monkeypatch):
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (the extra spark)")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    file, judged, expected = told
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)  # the workers' own; else the machine's python3
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:
        rows = decided_by_spark(session.read.parquet(str(file)).repartition(3), judged).collect()
    finally:
        session.stop()
    found = {row["person"]: row.asDict(recursive=True) for row in rows}
    assert found == {one.person: row_of(one) for one in expected}
