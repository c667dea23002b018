"""How many records have a value of each property that is read: what suddenly went empty is a mistake upstream.

The mirror is counted only where many records moved at once, and again for as long as what it found holds a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.store import mirror
from syncd.store.canonical import from_text, to_text
from syncd.store.census import filled
from syncd.store.database import noted, set_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from syncd.desk import Desk, Run

COUNTED, SUSPECT = "filled", "filled less"
"""Notes in the store: the counts after the last apply, by property; and whether some went down since."""
KINDS = (("hubspot", "contact"), ("hubspot", "company"), ("salesforce", "lead"), ("salesforce", "contact"))


def filled_since(tx: Connection, desk: Desk, run: Run) -> Mapping[str, tuple[int, int]]:
    """By property, as `hubspot.contact.company_size`: how many should have a value, and have one.

    Those should that had one after the last apply, but for the share of records that are gone as a whole: that is for
    another guard. Nothing where so few records moved that no guard could hold.
    """
    notes = noted(tx, COUNTED)
    if COUNTED not in notes or not (_many_moved(desk, run) or notes.get(SUSPECT)):
        return {}
    before: dict[str, int] = from_text(notes[COUNTED])
    now = _counts(tx, desk)
    both = before.keys() & now.keys()
    return {name: (_still(name, before, now), now[name]) for name in both if name.count(".") > 1}


def _still(name: str, before: Mapping[str, int], now: Mapping[str, int]) -> int:
    """How many of those that had a value would have it if the records that are gone were like the others."""
    kind = name.rpartition(".")[0]
    there, left = before.get(kind, 0), now.get(kind, 0)
    return before[name] * left // there if left < there else before[name]


def note_filled(desk: Desk, run: Run, held_by: str | None) -> None:
    """Remember the counts after a run that could write; after one that was held, that there is something to look at."""
    with desk.store.reading() as tx:
        notes = noted(tx, COUNTED)
        known, suspect = notes.get(COUNTED), notes.get(SUSPECT, "")
        doubt = "yes" if held_by and "emptied" in held_by else ""
        anew = held_by is None and (known is None or _many_moved(desk, run) or bool(suspect))
        counts = to_text(_counts(tx, desk)) if anew else None
    if counts is None and doubt == suspect:
        return
    with desk.store.transaction() as tx:
        set_meta(tx, SUSPECT, doubt if held_by else "")
        if counts is not None:
            set_meta(tx, COUNTED, counts)


def _many_moved(desk: Desk, run: Run) -> bool:
    least = max(desk.config.service.guards.at_least, 1)
    return any(run.pulled.get(f"{system}.{kind}", 0) >= least for system, kind in KINDS)


def _counts(tx: Connection, desk: Desk) -> dict[str, int]:
    """How many living records there are, by kind, and have a value, by property that the files read."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for read in desk.config.fields.reads.values():
        for path in read.sources:
            if (path.system, path.object) in KINDS:
                wanted.setdefault((path.system, path.object), set()).add(path.field)
    found: dict[str, int] = {}
    for (system, kind), names in sorted(wanted.items()):
        ordered = sorted(names)
        found[f"{system}.{kind}"] = mirror.count(tx, System(system), kind)
        for name, count in zip(ordered, filled(tx, system, kind, ordered), strict=True):
            found[f"{system}.{kind}.{name}"] = count
    return found
