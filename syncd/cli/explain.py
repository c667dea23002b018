"""`syncd explain PERSON`: a stage with its proof, why not the next one, and the least that would do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import as_of_option, at_option, config_option, json_option, present, settings_for
from syncd.cli.output import Document, safe, say
from syncd.model.instant import NEVER, Instant, iso
from syncd.model.stage import label_of

if TYPE_CHECKING:
    from syncd.definitions.reasons import Ahead
    from syncd.journey.explained import Explained
    from syncd.model.proof import Proof

MARKS = {"TRUE": "yes", "FALSE": "no ", "UNKNOWN": " ? "}


@click.command("explain")
@click.argument("person", metavar="PERSON")
@config_option
@at_option
@as_of_option
@json_option
def command(person: str, config: Path | None, at: Instant | None, as_of: Instant | None, *, as_json: bool) -> None:
    """Say why PERSON is in a stage, why not in the next one, and the smallest change that would do it.

    PERSON is an e-mail address, hubspot:ID, salesforce:ID or an id of syncd. Nothing is read from the CRMs: the
    answer is what syncd knows, or knew (--as-of), judged as of now or then (--at).
    """
    from syncd.files.load import load_config
    from syncd.journey.cut_off import cut_off
    from syncd.journey.explained import as_data, explain
    from syncd.journey.who import find_person
    from syncd.wiring import read_store

    settings = settings_for(config)
    files = load_config(settings.config_dir)
    with read_store(settings) as store, store.reading() as tx:
        explained = explain(tx, files, find_person(tx, person), present(at if at is not None else as_of), as_of)
        until = cut_off(tx, as_of)
    if as_json:
        zone, version = files.service.time_zone, explained.looked.definitions.hash
        Document("explain", as_data(explained), until, zone, version).print()
    else:
        _tell(explained)


def _tell(explained: Explained) -> None:
    verdict, now = explained.looked.verdict, explained.standing
    cycle = f", cycle {verdict.cycle}" if verdict.cycle > 1 else ""
    say(f"{label_of(verdict.stage)}{cycle}, since {iso(verdict.since)}   ({safe(verdict.person)})")
    if now.entry.reason:
        say(f"Sales says why: {safe(now.entry.reason)}")
    say("\nBecause")
    for line in _tree(now.proof):
        say(line)
    if now.entry.source == "definition" and now.entry.definition:
        say(f"  decided by definitions {now.entry.definition}")
    if now.lapsed_at is not None:
        say(f"  This does not hold any more since {iso(now.lapsed_at)}; a stage that was entered is kept.")
    for line in _next(explained):
        say(line)


def _next(explained: Explained) -> Iterator[str]:
    found, verdict = explained.ahead, explained.looked.verdict
    if found is None:
        yield "\nThere is no stage after this one."
        return
    label = label_of(found.stage)
    yield f"\nWhy not {label}" + (" (again)" if found.not_before is not None else "")
    yield from _tree(found.proof)
    if verdict.barred is not None:
        yield f"  no   kept out by the rule {safe(verdict.barred)} of `never`"
    yield "\nThe smallest change that would do it"
    if found.not_before == NEVER:
        yield "  None: the definitions say that there is no way back from here."
        return
    if found.waits_for is not None:
        yield f"  First {label_of(found.waits_for)} has to be entered."
    if found.not_before is not None:
        yield f"  Not before {iso(found.not_before)}, and then anew:"
    yield from _smallest(found)


def _smallest(found: Ahead) -> Iterator[str]:
    """What was tried and would do; where nothing was found, what the stage lacks."""
    change = found.smallest
    for reason in change.barred if change is not None else ():
        yield f"  First the rule {safe(reason)} of `never` has to fall away."
    if change is not None and change.unknown:
        yield f"  Only what is not known stands between: {safe('; '.join(change.unknown))}."
    if change is not None and change.waiting is not None:
        yield f"  Waiting: as things are, it is so on {iso(change.waiting)}."
    if change is None or not change.ways:
        if change is None or change.waiting is None:
            yield from _lacking(found)
        return
    yield f"  Tried as of {iso(change.at)}:"
    smallest, *others = change.ways
    for one in smallest:
        yield f"    {safe(one.says)}   (asked: {safe(one.asked_by)}; now: {safe(one.now)})"
    if not smallest:
        yield "    nothing else has to happen"
    for way in others:
        yield f"  Or: {'; '.join(safe(one.says) for one in way)}"


def _lacking(found: Ahead) -> Iterator[str]:
    if not found.lacking:
        yield "  None that we could name: all of it held before, and has to become true anew."
        return
    yield "  None that we could try. What it lacks:"
    for leaf in found.lacking:
        yield f"    {safe(leaf.says)}   (now: {safe(leaf.found)})"


def _tree(proof: Proof, depth: int = 1) -> Iterator[str]:
    found = f": {safe(proof.found)}" if proof.found else ""
    place = f"   [{proof.place}]" if proof.place and not proof.parts else ""
    yield f"{'  ' * depth}{MARKS[proof.truth.name]}  {safe(proof.says)}{found}{place}"
    if not proof.parts:
        for evidence in (one for one in proof.evidence[-3:] if one not in proof.found):
            yield f"{'  ' * depth}       from {safe(evidence)}"
    for part in proof.parts:
        yield from _tree(part, depth + 1)
