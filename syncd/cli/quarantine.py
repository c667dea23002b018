"""`syncd quarantine`: what was set aside, why, and who can mend it; try it again, or give it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from syncd.cli.options import agreed, json_option, present, settings_for, wait_option, yes_option
from syncd.cli.output import Document, safe, say, table
from syncd.model.said import counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.dossier import Quarantined
    from syncd.model.instant import Instant
    from syncd.repair.mending import Choice

MESSAGE_LENGTH = 80

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group("quarantine")
def command() -> None:
    """Look at what failed and why; have it tried again, or give it up."""


def _choosing(command: Command) -> Command:
    """`choice: Choice` - which cases are meant, by id or by class."""

    @wraps(command)
    def chosen_by(ids: tuple[str, ...], cause: str | None, code: str | None, who: str | None, **rest: object) -> object:
        from syncd.repair.mending import Choice

        return command(choice=Choice(ids, cause, code, who), **rest)

    wrapped = click.argument("ids", nargs=-1, metavar="[ID]...")(chosen_by)
    for name, what in (
        ("--who", "Only what this one can mend: RevOps, Salesforce admin, HubSpot admin, operator."),
        ("--code", "Only cases with this code, as the CRM says it."),
        ("--cause", "Only this class: data, link, mapping, permission, reject, duplicate, retry, converted, gone."),
    ):
        wrapped = click.option(name, metavar="TEXT", help=what)(wrapped)
    return cast("Command", wrapped)


@command.command("list")
@_choosing
@json_option
def list_cases(choice: Choice, *, as_json: bool) -> None:
    """Every case with its cause, who can mend it, when it was first and last seen, and when it is tried again."""
    from syncd.repair.mending import chosen
    from syncd.wiring import read_store

    with read_store(settings_for()) as store, store.reading() as tx:
        rows = chosen(tx, choice)
    if as_json:
        classes = Counter((row.cause, row.code, row.who) for row in rows).most_common()
        told = [{"cause": key[0], "code": key[1], "who": key[2], "count": count} for key, count in classes]
        Document("quarantine.list", {"classes": told, "cases": list(map(_data, rows))}).print()
        return
    if not rows:
        say("Nothing is set aside.")
        return
    cells = [
        (
            row.id,
            row.who,
            f"{row.cause} {row.code}",
            _about(row),
            _minute(row.first_at),
            _minute(row.last_at),
            _next(row),
        )
        for row in rows
    ]
    say(table(("id", "who can mend it", "cause", "about", "first (UTC)", "last", "next try"), cells))
    say()
    for (said, message), count in Counter((row.code, row.message) for row in rows).most_common():
        say(f"{counted(count, 'case')} of {safe(said)}: {safe(message)[:MESSAGE_LENGTH]}")
    say("\nNext: mend the cause; it is tried again by itself, or at once after `syncd quarantine retry`.")


@command.command("retry")
@_choosing
@click.option("--all", "everything", is_flag=True, help="Everything that is set aside.")
@wait_option
@json_option
def retry_cases(choice: Choice, wait: float, *, everything: bool, as_json: bool) -> None:
    """Try cases again in the next cycle: by id, by class, or all."""
    import getpass

    from syncd.repair import mending

    def act(tx: Connection, some: Sequence[Quarantined]) -> None:
        mending.retry(tx, some, getpass.getuser(), present())

    rows = _change(choice, wait, act, everything=everything)
    if as_json:
        Document("quarantine.retry", {"retried": [row.id for row in rows]}).print()
    else:
        say(f"{counted(len(rows), 'is', 'are')} tried again in the next cycle; `syncd sync` runs one now.")


@command.command("drop")
@_choosing
@click.option("--all", "everything", is_flag=True, help="Everything that is set aside.")
@click.option("--why", default="", metavar="TEXT", help="Kept in the ledger, with who; name nobody in it.")
@wait_option
@yes_option
@json_option
def drop_cases(choice: Choice, why: str, wait: float, *, everything: bool, yes: bool, as_json: bool) -> None:
    """Give cases up: the same change is not sent again. `retry` with the id takes that back."""
    import getpass

    from syncd.repair import mending

    def act(tx: Connection, some: Sequence[Quarantined]) -> None:
        agreed(f"Give up {len(some):,} cases?", yes=yes or len(some) < 2)
        mending.drop(tx, some, getpass.getuser(), why, present())

    rows = _change(choice, wait, act, everything=everything)
    if as_json:
        Document("quarantine.drop", {"dropped": [row.id for row in rows]}).print()
    else:
        say(f"{len(rows):,} are given up for as long as they are what they are now.")


def _change(
    choice: Choice, wait: float, act: Callable[[Connection, Sequence[Quarantined]], None], *, everything: bool
) -> Sequence[Quarantined]:
    """Do something with the chosen cases, as the store's writer. All of them must be meant by name."""
    from contextlib import closing

    from syncd.repair.mending import chosen
    from syncd.store.database import open_store

    if choice.is_everything and not everything:
        raise click.UsageError("Name ids, --cause, --code or --who, or say --all.")
    with (
        closing(open_store(settings_for().store_url.get_secret_value())) as store,
        store.writer(wait),
        store.transaction() as tx,
    ):
        rows = chosen(tx, choice)
        act(tx, rows)
    return rows


def _data(row: Quarantined) -> dict[str, Any]:
    from syncd.model.instant import iso

    return {
        "id": row.id,
        "system": row.system,
        "kind": row.kind,
        "record": row.record_id,
        "key": row.key,
        "person": row.person,
        "cause": row.cause,
        "code": row.code,
        "message": row.message,
        "who": row.who,
        "first_at": iso(row.first_at),
        "last_at": iso(row.last_at),
        "next_at": None if row.next_at is None else iso(row.next_at),
        "attempts": row.attempts,
        "state": row.state,
    }


def _about(row: Quarantined) -> str:
    return f"{row.system} {row.kind} {row.record_id or row.key or row.person or ''}"[:44]


def _minute(at: Instant) -> str:
    from syncd.model.instant import datetime_of

    return f"{datetime_of(at):%Y-%m-%d %H:%M}"


def _next(row: Quarantined) -> str:
    """When a case is tried again: a refused row at its time, all else when its data or the rules change."""
    return _minute(row.next_at) if row.next_at is not None else "when it changes"
