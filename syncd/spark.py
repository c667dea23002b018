"""Judging everybody on Spark, for those whose people are too many for one machine: the same function, per partition.

Input is the table `dossiers` of `syncd export --format parquet`, or one of a lake with the same two columns. Spark
comes with the extra `spark`; its workers need syncd as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from syncd.journey.decided import Decided, Judged, decide
from syncd.journey.lake import from_line

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

SCHEMA = (
    "person string, stage string, cycle int, since long, due_at long, barred string,"
    " entries array<struct<stage: string, cycle: int, at: long>>"
)
"""Columns of the answer; instants are milliseconds since 1970, UTC."""


def decided_by_spark(dossiers: DataFrame, judged: Judged) -> DataFrame:
    """What the definitions say of everybody: a row of `SCHEMA` for each row with the columns `person` and `dossier`.

    Equal to `syncd.journey.decided.decided` over the store that the dossiers came from; rows come in any order.
    """
    return dossiers.select("person", "dossier").mapInArrow(_partition(judged), SCHEMA)


def row_of(one: Decided) -> dict[str, Any]:
    """A verdict as a row of `SCHEMA`."""
    entries = [{"stage": str(stage), "cycle": cycle, "at": int(at)} for stage, cycle, at in one.entries]
    return one._asdict() | {"stage": str(one.stage), "entries": entries}


def _partition(judged: Judged) -> Callable[[Iterable[RecordBatch]], Iterator[RecordBatch]]:
    """The work on one partition, which travels to where the partition is."""

    def work(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        import pyarrow as pa  # noqa: PLC0415  only Spark's workers have it for sure

        text, count, instant = pa.string(), pa.int32(), pa.int64()
        entry = pa.struct([("stage", text), ("cycle", count), ("at", instant)])
        columns = pa.schema(
            [
                ("person", text),
                ("stage", text),
                ("cycle", count),
                ("since", instant),
                ("due_at", instant),
                ("barred", text),
                ("entries", pa.list_(entry)),
            ]
        )
        for batch in batches:
            rows = [row_of(decide(from_line(line), judged)) for line in batch.column("dossier").to_pylist()]
            if rows:
                yield pa.RecordBatch.from_pylist(rows, columns)

    return work
