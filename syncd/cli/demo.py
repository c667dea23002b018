"""`syncd demo`: the whole job against two emulated CRMs, told in the words of revenue operations."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.options import config_option, json_option
from syncd.cli.output import Document, say
from syncd.cli.sandbox import ending_early, exports, staying_up

if TYPE_CHECKING:
    from syncd.demo import Played, Scene

NEXT = {
    "ambiguous": "merge the records in Salesforce, or give one of them HubSpot's id",
    "no last name": "add it to the contact in HubSpot",
    "value": "mend the value in HubSpot",
    "no owner": "name `queue` or `fallback` in tasks.yaml, or give the record an active owner",
    "gone from Salesforce": "nothing, or take the record out of the recycle bin",
    "never": "nothing: the definitions say so",
    "customer": "nothing: customers and open deals get no new lead",
    "past already": "nothing: HubSpot is further on",
    "ahead": "look at the record: Salesforce says more than the definitions",
}
"""What to do about something that was not done."""
NOTES = {
    "no task, too long ago": "entered their stage too long ago for a task (`not_older_than` in tasks.yaml): only dated",
}
"""What the plan notes of people for whom nothing was to be done."""
EXAMPLES = 3
ADVICE = re.compile(r"[.;] ")
"""Where a cause ends and its advice begins, which NEXT gives."""
ASKS = {
    "explain": "why this stage, why not the next, and what would do it",
    "journey": "visits, calls, meetings, mails and stages of both CRMs, on one timeline",
}
"""What can be asked about one person."""
LOOKS = {
    "definitions show": "the agreement of marketing and sales, in plain words",
    "funnel": "how many reached each stage, and the rates between",
    "status": "last runs, what is set aside, and what is left of both limits",
    "plan": "what would be written now: nothing, until somebody does something",
}
"""What can be asked about everything."""


@click.command("demo")
@config_option
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Keep files and store.")
@click.option("--once", is_flag=True, help="End after the summary.")
@json_option
def command(config: Path | None, keep: Path | None, *, once: bool, as_json: bool) -> int:
    """Run the real job against an emulated HubSpot and Salesforce with 600 invented people, and look around.

    Shows a plan, applies it, runs once more, and stays up until Ctrl-C so that other commands can be tried in another
    shell. Uses the start-up playbook unless --config names your own files. Leaves nothing behind unless --keep.
    """
    from syncd.cli.output import progress
    from syncd.demo import page_of, play, set_scene

    with ending_early(), _folder(keep) as folder:
        with progress() as watcher:
            watcher.step("starting an emulated HubSpot and an emulated Salesforce")
            scenery = set_scene(folder, config)
        with scenery as scene:
            with progress() as watcher:
                played = play(scene, watcher)
            with nullcontext() if once else page_of(scene) as page, nullcontext() if once else staying_up():
                _show(scene, played, page, as_json=as_json)
    return 0


def _show(scene: Scene, played: Played, page: str | None, *, as_json: bool) -> None:
    if as_json:
        _document(scene, played, page).print()
    else:
        say("\n".join(_lines(scene, played, page)))
    sys.stdout.flush()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder for files and store: a temporary one that goes with the block, or the one to keep, which is empty."""
    if keep is None:
        temporary = Path(tempfile.mkdtemp(prefix="syncd-demo-"))
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise click.BadParameter(f"{keep} is not empty; name a new folder.", param_hint="--keep")
    yield keep.absolute()


def _lines(scene: Scene, played: Played, page: str | None) -> Iterator[str]:
    yield from _read(played)
    yield from _written(played)
    yield from _not_done(played)
    yield ""
    yield f"Next cycle: {_again(played)}"
    calls = played.calls
    yield f"API calls, all three runs together: HubSpot {calls['hubspot']}, Salesforce {calls['salesforce']}."
    kept = played.ledger
    state = "verified" if kept.ok else f"BROKEN at entry {kept.first_bad}"
    yield f"Ledger: {kept.entries:,} entries, {state}; head {kept.head[:16]}."
    yield f"All of it took {played.seconds:.0f} seconds."
    yield ""
    yield from _around(scene, played, page)


def _read(played: Played) -> Iterator[str]:
    pulled = played.plan.run.pulled
    yield ""
    yield "What was read"
    for system, name in (("hubspot", "HubSpot"), ("salesforce", "Salesforce")):
        kinds = [
            f"{count:,} {_plural(key, count)}" for key, count in pulled.items() if key.startswith(system) and count
        ]
        yield f"  {name}: {', '.join(kinds)}"
    for stream, gap in played.plan.run.gaps.items():
        yield f"  not readable: {stream}: {gap}"
    yield f"  That is {played.people:,} people, {played.in_both:,} of them with records in both."


def _plural(stream: str, count: int) -> str:
    word = stream.partition(".")[2].replace("_", " ")
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _written(played: Played) -> Iterator[str]:
    from syncd.cli.outcome import PURPOSES
    from syncd.cli.output import safe
    from syncd.model.said import counted
    from syncd.model.stage import FUNNEL, SIDE_STAGES, label_of

    known = [*FUNNEL, *SIDE_STAGES]
    stages = sorted(played.stages.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known))
    yield ""
    yield "Where they stand now"
    yield "  " + ", ".join(f"{count:,} {label_of(stage)}" for stage, count in stages)
    yield ""
    yield "What was written, after the plan had shown it"
    for purpose, count in played.apply.run.applied.items():
        yield f"  {counted(count, *PURPOSES[purpose])}"
    if played.tasks:
        yield "  Tasks went to " + ", ".join(f"{safe(name)} ({count})" for name, count in played.tasks.items())


def _not_done(played: Played) -> Iterator[str]:
    from syncd.cli.output import safe

    yield ""
    yield "What was not done, and why"
    for each in played.set_aside:
        causes = dict.fromkeys(ADVICE.split(safe(example))[0] for example in each.examples)
        examples = "; ".join([*causes][:EXAMPLES])
        yield f"  {each.people} {_people(each.people)}, {each.code}: {examples}"
        yield f"      next ({each.who}): {NEXT.get(each.code, 'look at `syncd status`')}"
    missing = played.plan.plan.unjudged
    if missing.people:
        reasons = ", ".join(f"{safe(reason)} ({count})" for reason, count in missing.most_frequent().items())
        yield f"  {missing.people} {_people(missing.people)}, cannot be judged: {reasons}"
    for note, count in played.apply.plan.notes.items():
        rule = note.removeprefix("never: ")
        told = NOTES.get(note, safe(note)) if rule == note else f"kept out: {safe(rule)}, by the definitions' `never`"
        yield f"  {count} {_people(count)}, {told}"


def _people(count: int) -> str:
    return "person" if count == 1 else "people"


def _again(played: Played) -> str:
    from syncd.model.said import counted

    written = sum(played.again.run.applied.values())
    return f"{counted(written, 'write')}." if written else "nothing written: all of it is true already."


def _around(scene: Scene, played: Played, page: str | None) -> Iterator[str]:
    from syncd.cli.output import safe
    from syncd.model.stage import label_of

    yield "People worth looking at"
    for each in played.worth:
        again = f", cycle {each.cycle}" if each.cycle > 1 else ""
        yield f"  {each.email} ({label_of(each.stage)}{again}): {safe(each.why)}"
    yield ""
    if page is None:
        yield "Without --once both CRMs stay up, for commands to try in another shell."
        return
    hubspot, salesforce = scene.twin.servers
    yield f"The web page is at {page}: funnel, people, plans, definitions and the ledger."
    yield f"HubSpot is at {hubspot.url}, Salesforce at {salesforce.url}, until Ctrl-C. In another shell:"
    yield ""
    yield exports(scene.variables)
    yield ""
    yield from _commands(played)
    if not scene.own_files:
        yield ""
        yield from _trial(scene)


def _commands(played: Played) -> Iterator[str]:
    """Commands to try, each with what it tells."""
    from syncd.cli.frame import commands

    asks = {f"{name} {each.email}": told for each in played.worth for name, told in ASKS.items()} | LOOKS
    there = commands()
    known = {f"syncd {ask}": told for ask, told in asks.items() if ask.split()[0] in there}
    width = max(map(len, known))
    yield from (f"{ask:{width}}  # {told}" for ask, told in known.items())


def _trial(scene: Scene) -> Iterator[str]:
    """Something to do by hand that the next cycle answers."""
    from syncd.demo import UNJUDGED

    body = {
        "object_type": "companies",
        "record_id": scene.company_of(UNJUDGED),
        "properties": {"numberofemployees": "85"},
    }
    yield "Do something by hand: say how large a company is, and see who becomes an MQL, with a lead and a task."
    yield f"`curl -s {scene.twin.servers[0].url}/sandbox` lists what else people can do, and so does Salesforce's."
    yield ""
    yield f"syncd explain {UNJUDGED}"
    yield (
        f"curl -s {scene.twin.servers[0].url}/sandbox/people/edit -H 'content-type: application/json' "
        f"-d {shlex.quote(json.dumps(body))}"
    )
    yield f"syncd sync && syncd explain {UNJUDGED}"


def _document(scene: Scene, played: Played, page: str | None) -> Document:
    from syncd.plan.render import planned

    data = {
        "pulled": played.plan.run.pulled,
        "people": played.people,
        "in_both": played.in_both,
        "stages": {str(stage): count for stage, count in played.stages.items()},
        "planned": planned(played.plan.plan),
        "applied": dict(played.apply.run.applied),
        "tasks": dict(played.tasks),
        "not_done": [
            {"code": each.code, "people": each.people, "who": each.who, "why": list(each.examples),
             "next_step": NEXT.get(each.code)}
            for each in played.set_aside
        ],
        "notes": dict(played.apply.plan.notes),
        "second_cycle": dict(played.again.run.applied),
        "calls": dict(played.calls),
        "ledger": {"ok": played.ledger.ok, "entries": played.ledger.entries, "head": played.ledger.head},
        "worth": [{"person": each.email, "stage": each.stage, "cycle": each.cycle, "why": each.why}
                  for each in played.worth],
        "settings": dict(scene.variables),
        "page": page,
        "seconds": round(played.seconds, 1),
    }  # fmt: skip
    return Document("demo", data, played.apply.run.now, definitions=played.apply.plan.definitions)
