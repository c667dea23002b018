"""`syncd init [DIR] --playbook NAME`: starter files, with comments."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.options import json_option
from syncd.cli.output import Document, say

CONTENT = {
    "definitions.yaml": "what MQL, SQL and SQO mean, with examples that prove it",
    "fields.yaml": "which CRM fields the names stand for, and what is kept in step",
    "syncd.yaml": "what the service may do, when, and its guards",
    "tasks.yaml": "what sales gets to do, and how soon",
}


@click.command("init")
@click.argument("directory", metavar="[DIR]", default="config", type=click.Path(path_type=Path, file_okay=False))
@click.option("--playbook", metavar="NAME", default="startup", show_default=True, help="Which set to start from.")
@json_option
def command(directory: Path, playbook: str, *, as_json: bool) -> None:
    """Write the files of a playbook into DIR (./config). Files that are there are never overwritten."""
    from syncd.files.starter import write_starter

    written = write_starter(directory, playbook)
    if as_json:
        Document("init", {"playbook": playbook, "files": [str(path) for path in written]}).print()
        return
    say(f"The playbook {playbook} is yours now:\n")
    width = max(len(str(path)) for path in written)
    for path in written:
        say(f"  {path!s:{width}}  {CONTENT.get(path.name, '')}".rstrip())
    where = "" if directory == Path("config") else f" --config {directory}"
    say(f"\nNext: read definitions.yaml aloud, change what your teams see differently, and run `syncd check{where}`.")
