"""What another version of the definitions would have done: a simulation, made in a process of its own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.agreement.versions import named
from syncd.files.load import DEFINITIONS, FIELDS, SERVICE, TASKS, Config, load_config
from syncd.journey.cut_off import cut_off
from syncd.journey.ranges import by_ranges
from syncd.journey.simulated.compare import Period
from syncd.journey.simulated.data import NAMES, as_data
from syncd.journey.simulated.replay import question_of, rehearsal_of, simulated
from syncd.journey.simulated.tally import SIDES, Simulation
from syncd.locales.words import words_of
from syncd.store.database import open_store

if TYPE_CHECKING:
    from syncd.model.instant import Instant

DRAFTS = "drafts"
"""A folder within that of the files, for versions that are not in force."""


def candidates(config: Config) -> list[tuple[str, str]]:
    """What can be compared with the version in force: (name, label) of each other version and of each draft."""
    words = words_of(config.service.language)
    versions = [(each.hash, words.say("version {name}", name=each.hash)) for each in config.versions]
    known = {DEFINITIONS, FIELDS, SERVICE, TASKS}
    files = [*config.directory.glob("*.yaml"), *(config.directory / DRAFTS).glob("*.yaml")]
    names = [str(file.relative_to(config.directory)) for file in sorted(files)]
    drafts = [name for name in names if name not in known and not name.startswith("definitions-")]
    return [*reversed(versions), *((name, words.say("draft {name}", name=name)) for name in drafts)]


def simulate(store_url: str, config_dir: Path, name: str, since: Instant, until: Instant, by: str | None) -> Any:  # noqa: ANN401 - JSON
    """The simulation as `--json` prints it, with the tasks of each day by version, the zone and the cut-off.

    `until` is taken for the present as well. Raises NoSuchVersion, NoSuchName, ConfigProblems and the store's errors.
    """
    files = load_config(config_dir)
    new, in_force = named(files, name), files.definitions_at(until)
    question = question_of(files, new, Period(since, until, until), by)
    found = Simulation(question)
    with closing(open_store(store_url, read_only=True)) as store, store.reading() as tx:
        for some, _ in by_ranges(store, simulated, rehearsal_of(tx, files, new, question)):
            found.join(some)
        end = cut_off(tx)
    data: dict[str, Any] = as_data(found, {"old": in_force.hash, "new": new.hash})
    days = {NAMES[side]: {day.isoformat(): n for day, n in sorted(found.days[side].items())} for side in SIDES}
    return data | {"days": days, "cut_off": end, "time_zone": question.time_zone}
