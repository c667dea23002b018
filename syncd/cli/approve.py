"""`syncd approve`: agree to a version of the definitions, for marketing or for sales."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, present, settings_for, wait_option, yes_option
from syncd.cli.output import Document, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.definitions.language import Definitions
    from syncd.files.load import Config
    from syncd.model.instant import Instant
    from syncd.store.approvals import Approval


@click.command("approve")
@click.option("--as", "email", metavar="EMAIL", help="Who you are: an address under approvals in syncd.yaml.")
@click.option("--note", default="", metavar="TEXT", help="Kept with the approval.")
@click.option("--version", metavar="VERSION", help="This version; else the first that waits for you.")
@config_option
@wait_option
@yes_option
@json_option
def command(
    email: str | None, note: str, version: str | None, config: Path | None, wait: float, *, yes: bool, as_json: bool
) -> None:
    """Show what a version of the definitions changes, ask, and record in the ledger that you agree.

    With `approvals: {required: true}` in syncd.yaml nothing is written by definitions that marketing and sales have
    not both approved. The ledger keeps who said yes, when, and the words that they were shown.
    """
    import getpass
    from contextlib import closing

    from syncd.agreement.approvals import Approval, sides_of, speaker
    from syncd.files.load import load_config
    from syncd.store import approvals
    from syncd.store.database import open_store

    settings, now, login = settings_for(config), present(), getpass.getuser()
    files = load_config(settings.config_dir)
    who = speaker(files.service.approvals, email, login)
    with closing(open_store(settings.store_url.get_secret_value())) as store:
        with store.reading() as tx:
            given = approvals.all_of(tx)
        chosen = _chosen(files, given, who, version, now)
        if chosen is not None:
            sides = sides_of(files.service.approvals, who)
            page = _show(files, given, chosen, now)
            if not yes and not _agrees(chosen, who, sides):
                tell("Nothing was recorded.")
                chosen = None
            else:
                given.append(Approval(chosen.hash, who, sides, login, now, note, page))
                with store.writer(wait), store.transaction() as tx:
                    approvals.record(tx, given[-1])
    _report(files, given, who, chosen, as_json=as_json)


def _chosen(
    files: Config, given: Sequence[Approval], who: str, version: str | None, now: Instant
) -> Definitions | None:
    """The version to approve: the named one, else the first that waits for this person; None where none does."""
    from syncd.agreement.approvals import waiting
    from syncd.agreement.versions import named, reigns

    if version is not None:
        return named(files, version)
    rule, mine = files.service.approvals, {one.definitions for one in given if one.email.casefold() == who.casefold()}
    open_ones = waiting(files, given, now) if rule.required else [one.definitions for one in reigns(files)[-1:]]
    return next((each for each in open_ones if each.hash not in mine), None)


def _show(files: Config, given: Sequence[Approval], chosen: Definitions, now: Instant) -> str:
    """Print what a version changes, or all of it where it follows none and none was approved.

    Returns the whole page, as is recorded.
    """
    from syncd.agreement.approved import since_approved
    from syncd.agreement.render import render, render_changes
    from syncd.agreement.sheet import changes_of, sheet_of
    from syncd.agreement.versions import before
    from syncd.locales.words import words_of

    words = words_of(files.service.language)
    page = render(sheet_of(files, chosen, given, words, now), "text")
    changes = changes_of(files, chosen, words)
    if changes is not None:
        tell(render_changes(before(files, chosen), chosen, changes, words))
        return page
    # Who edits the one file keeps no older one: what was approved last is told against what both sides read then.
    told = since_approved(given, chosen.hash, page, words)
    tell(page if told is None else told)
    return page


def _agrees(chosen: Definitions, who: str, sides: Sequence[str]) -> bool:
    """What the person at the terminal says. Raises click.Abort where nobody is there to ask."""
    import sys

    if not sys.stdin.isatty():
        raise click.Abort
    both = " Your yes stands for one of the two." if len(sides) > 1 else ""
    question = f"{who}, do you approve version {chosen.title} for {' or '.join(sides)}?{both}"
    return click.confirm(f"\n{question}", err=True)


def _report(files: Config, given: Sequence[Approval], who: str, approved: Definitions | None, *, as_json: bool) -> None:
    from syncd.agreement.approvals import lacking, waiting

    rule = files.service.approvals
    open_ones = {each.hash: lacking(rule, given, each.hash) for each in waiting(files, given, present())}
    if as_json:
        data = {"approved": approved and approved.hash, "by": who, "required": rule.required, "waiting": open_ones}
        Document("approve", data, None, files.service.time_zone, approved and approved.hash).print()
        return
    if approved is not None:
        say(f"Recorded: {who} approves version {approved.title}.")
    for version, sides in open_ones.items():
        say(f"Version {version} still waits for {' and '.join(sides)}.")
    if not open_ones and rule.required:
        say("Both sides agree; nothing waits. `syncd plan` shows what will be written.")
    elif not rule.required:
        say("Approvals are recorded but not required; `approvals: {required: true}` in syncd.yaml changes that.")
