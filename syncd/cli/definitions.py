"""`syncd definitions`: the agreement in plain words, and what changed between two versions of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import at_option, config_option, json_option, present, settings_for
from syncd.cli.output import Document, say
from syncd.locales import LANGUAGES, Language
from syncd.model.instant import BEGINNING, NEVER, Instant, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.agreement.render import Format
    from syncd.agreement.sheet import Sheet
    from syncd.agreement.versions import Reign
    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.settings import Settings
    from syncd.store.approvals import Approval


@click.group("definitions")
def command() -> None:
    """Read the shared definitions in plain words, and see what changed in them."""


language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), help="en, nl or nb; else the one that syncd.yaml says."
)


@command.command("show")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "html"]), default="text", show_default=True,
              help="html: one page to print and to sign.")  # fmt: skip
@language_option
@click.option("--version", metavar="VERSION", help="This one: the first digits of its hash, or a file.")
@at_option
@config_option
@json_option
def show(
    form: Format,
    language: Language | None,
    version: str | None,
    at: Instant | None,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the whole agreement: the version in force now, or at another time, or any other."""
    from syncd.agreement.render import render
    from syncd.agreement.sheet import sheet_of
    from syncd.agreement.versions import named, reigns
    from syncd.files.load import load_config
    from syncd.locales.words import words_of

    if version is not None and at is not None:
        raise click.UsageError("--version and --at both choose a version; give one of them.")
    settings, now = settings_for(config), present()
    files = load_config(settings.config_dir)
    chosen = files.definitions_at(now if at is None else at) if version is None else named(files, version)
    given, words = _approvals(settings), words_of(language or files.service.language)
    sheet = sheet_of(files, chosen, given, words, now)
    if as_json:
        data = _as_data(sheet, chosen, reigns(files), [one for one in given if one.definitions == chosen.hash])
        Document("definitions.show", data, None, files.service.time_zone, chosen.hash).print()
    else:
        say(render(sheet, form))


@command.command("diff")
@click.argument("old", metavar="[A]", required=False)
@click.argument("new", metavar="[B]", required=False)
@language_option
@config_option
@json_option
def diff(old: str | None, new: str | None, language: Language | None, config: Path | None, *, as_json: bool) -> None:
    """Say what changed from version A to version B, each the first digits of a hash or a file.

    With A alone: from the version in force to A, such as a draft. With none: what the version in force changed.
    """
    from syncd.agreement.compare import compare
    from syncd.agreement.render import render_changes
    from syncd.agreement.versions import kinds_of
    from syncd.files.load import load_config
    from syncd.locales.words import words_of

    files = load_config(settings_for(config).config_dir)
    first, second = _two(files, old, new)
    words = words_of(language or files.service.language)
    found = [] if first is None else compare(first, second, words, kinds_of(files))
    if as_json:
        data = {"from": first and first.hash, "to": second.hash, "changes": [asdict(each) for each in found]}
        Document("definitions.diff", data, None, files.service.time_zone, second.hash).print()
    else:
        say(render_changes(first, second, found, words))


def _two(files: Config, old: str | None, new: str | None) -> tuple[Definitions | None, Definitions]:
    """The versions to compare; the first is None where the version in force has none before it."""
    from syncd.agreement.versions import before, named

    in_force = files.definitions_at(present())
    if old is None:
        return before(files, in_force), in_force
    return (in_force, named(files, old)) if new is None else (named(files, old), named(files, new))


def _approvals(settings: Settings) -> list[Approval]:
    """What the store knows of approvals; nothing where there is no store yet, since files can be read without."""
    from syncd.store import approvals
    from syncd.store.errors import StoreMissing
    from syncd.wiring import read_store

    try:
        with read_store(settings) as store, store.reading() as tx:
            return approvals.all_of(tx)
    except StoreMissing:
        return []


def _as_data(
    sheet: Sheet, definitions: Definitions, versions: Sequence[Reign], given: Sequence[Approval]
) -> dict[str, object]:
    return {
        "version": definitions.hash,
        "name": definitions.version or None,
        "language": sheet.language,
        "title": sheet.title,
        "opening": sheet.opening,
        "sections": [asdict(each) for each in sheet.sections],
        "versions": [
            {
                "version": each.definitions.hash,
                "name": each.definitions.version or None,
                "since": None if each.since == BEGINNING else iso(each.since),
                "until": None if each.until == NEVER else iso(each.until),
            }
            for each in versions
        ],
        "approvals": [{"email": one.email, "sides": one.sides, "at": iso(one.at), "note": one.note} for one in given],
    }
