"""`syncd schema FILE`: the JSON Schema of a file, for editors; its keys as a page, or as an annotated file."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.options import json_option
from syncd.cli.output import Document, say


@click.command("schema")
@click.argument("file")
@click.option(
    "--format",
    "form",
    type=click.Choice(["schema", "markdown", "yaml"]),
    default="schema",
    show_default=True,
    help="The JSON Schema for editors, the reference page for people, or the file with every key and what it means.",
)
@json_option
def command(file: str, form: str, *, as_json: bool) -> None:
    """Print the JSON Schema of FILE: definitions, fields, syncd or tasks, with .yaml or without.

    Editors take it from a file: syncd schema definitions > definitions.schema.json
    """
    import json

    from syncd.files.annotated import annotated
    from syncd.files.reference import reference
    from syncd.files.schema import json_schema

    try:
        schema, page = json_schema(Path(file).name), reference(Path(file).name)
    except LookupError as error:
        raise click.BadParameter(f"{error.args[0]}.", param_hint="FILE") from error
    if as_json:
        Document("schema", schema).print()
    elif form == "markdown":
        say(page.rstrip("\n"))
    elif form == "yaml":
        say(annotated(Path(file).name).rstrip("\n"))
    else:
        say(json.dumps(schema, indent=2, ensure_ascii=False))
