"""`syncd reconcile`: why both CRMs count differently, everybody in one bucket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option, period_options, present, settings_for
from syncd.cli.output import Document, safe, say, table, tell
from syncd.endings import ExitCode
from syncd.model.instant import Instant, iso

if TYPE_CHECKING:
    from connectors.records import Source, System
    from syncd.journey.reconcile import Bucket, Reconciliation

LABELS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
BUCKETS = ("in both", "converted", "stage differs", "waiting", "not eligible", "blocked by error", "duplicate",
           "deleted", "forgotten", "only in HubSpot", "only in Salesforce")  # fmt: skip
"""The names of `syncd.journey.reconcile.Bucket`; a test holds that they are the same."""


@click.command("reconcile")
@config_option
@period_options
@click.option("--stage", "named", default="mql", show_default=True, metavar="STAGE", help="The stage that is counted.")
@click.option("--people", type=click.Choice(BUCKETS, case_sensitive=False), help="List who is in this bucket.")
@json_option
def command(
    config: Path | None, since: Instant | None, until: Instant | None, named: str, people: str | None, *, as_json: bool
) -> int:
    """Put everybody who entered a stage in a time into one bucket, and compare the sums with both CRMs' own counts.

    Asks the CRMs how many records of their own say so. Ends with 7 where the buckets do not sum up to that.
    """
    from syncd.files.load import load_config
    from syncd.journey.cut_off import cut_off
    from syncd.journey.population import stage_named
    from syncd.journey.reconcile import Bucket, Question
    from syncd.journey.reconciled import as_data, reconcile_crms
    from syncd.wiring import connect, read_store

    settings, now = settings_for(config), present()
    files = load_config(settings.config_dir)
    definitions = files.definitions_at(now)
    question = Question(stage_named(definitions, named), since, until)
    bucket = None if people is None else Bucket(people)
    sources: dict[System, Source] = {one.system: one for one in connect(settings)}
    tell("Asking both CRMs ...")
    with read_store(settings) as store, store.reading() as tx:
        found = reconcile_crms(tx, files, sources, question, now)
        end = cut_off(tx)
    zone = files.service.time_zone
    if as_json:
        Document("reconcile", as_data(found, bucket), end, zone, definitions.hash).print()
    else:
        _tell(found, bucket)
        say(f"Data up to {'never' if end is None else iso(end)}, time zone {zone}, definitions {definitions.hash}.")
    return int(ExitCode.FOUND if found.missing else ExitCode.DONE)


def _tell(found: Reconciliation, bucket: Bucket | None) -> None:
    from connectors.records import System
    from syncd.journey.reconcile import total
    from syncd.journey.reconciled import basis_of

    rows: list[list[object]] = [
        [name, one.people, *(one.counts[system] for system in System)] for name, one in found.sums.items()
    ]
    held = total(found.placed)
    rows.append(["all buckets", len(found.placed), *(held[system] for system in System)])
    rows.append(["counted by the CRM itself", None, *(found.own[system] for system in System)])
    say(table(["bucket", "people", *(f"records in {LABELS[system]}" for system in System)], rows))
    for system, by in found.missing.items():
        more = "more" if by > 0 else "fewer"
        say(f"\n{LABELS[system]} counts {abs(by):,} {more} than the buckets hold: this does not sum up.")
        if undated := found.undated.get(system):
            say(
                f"{LABELS[system]} has no {undated.field} for {undated.records:,} of the records that the buckets hold"
                " by the history of their stage; to read them again changes nothing."
            )
            say(f"Next: ask the support of {LABELS[system]} to fill that property; until then go by the buckets.")
        if system in found.changed:
            say("Something changed there since it was read last: `syncd sync`, then ask again.")
    if bucket is not None:
        chosen = [[one.person, one.why[:100]] for one in found.placed if one.bucket is bucket]
        say("\n" + table([safe(bucket), "why"], chosen))
    basis = basis_of(found.question)
    say(f"\n{basis[:1].upper()}{basis[1:]}.")
