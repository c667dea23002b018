"""`syncd export`: tables for other tools, each with a manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.asking import asking, counting, said
from syncd.cli.options import config_option, json_option, note_files, settings_for, wait_option
from syncd.cli.output import Document, data_until, say, table

if TYPE_CHECKING:
    from syncd.journey.written import Format, Manifest
    from syncd.model.instant import Instant

NAMES = ("persons", "touches", "transitions", "tasks", "opportunities", "funnel", "sla", "attribution")


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@config_option
@click.option("--table", "tables", multiple=True, type=click.Choice([*NAMES, "dossiers"]), help="Only "
              "this one; may be given more than once.")  # fmt: skip
@click.option("--format", "kind", type=click.Choice(["csv", "json", "parquet"]), default="csv", show_default=True,
              help="json: one document a line.")  # fmt: skip
@click.option(
    "--with-personal-data", "personal", is_flag=True, help="Also e-mail addresses, subjects, forms and proofs."
)
@asking
@counting
@wait_option
@json_option
def command(*, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Write tables into DIR as CSV, JSON or Parquet, each with a manifest: definitions, cut-off, query, rows, digest.

    `syncd forget` deletes those that tell of a person. The options of `syncd funnel` are about the tables of figures:
    funnel, sla and attribution.
    """
    written, until, zone, definitions = _export(**given)
    if as_json:
        Document("export", {"files": [asdict(one) for one in written]}, until, zone, definitions).print()
        return
    say(table(["file", "rows", "sha256"], [[one.file, one.rows, one.sha256[:16]] for one in written]))
    say(data_until(until, zone, definitions))


def _export(
    folder: Path,
    config: Path | None,
    tables: tuple[str, ...],
    kind: Format,
    *,
    personal: bool,
    wait: float,
    **given: Any,  # noqa: ANN401
) -> tuple[list[Manifest], Instant | None, str, str]:
    """What was written, up to when it is told, the team's zone and the definitions' hash."""
    from syncd.files.load import load_config
    from syncd.journey.cut_off import cut_off
    from syncd.journey.exported import TABLES, Source
    from syncd.journey.funnel_data import query_of
    from syncd.journey.written import SUFFIX, write_table
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    zone = files.service.time_zone
    ask = said(zone, **given)
    definitions = files.definitions_at(ask.scope.at).hash
    folder.mkdir(parents=True, exist_ok=True)
    note_files(settings, [folder / f"{name}.{SUFFIX[kind]}" for name in tables or NAMES], wait)
    with read_store(settings) as store, store.reading() as tx:
        until = cut_off(tx, ask.scope.as_of)
        source = Source(tx, files, ask.asked, ask.scope)
        written = []
        for name in tables or NAMES:
            query = query_of(f"export.{name}", ask.asked, ask.scope, definitions, zone, until)
            written.append(write_table(TABLES[name], source, folder, kind, query, personal=personal))
    return written, until, zone, definitions
