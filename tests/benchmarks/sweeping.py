"""Judges everybody of a crowd, and then 500 of them anew: `python -m tests.benchmarks.sweeping STORE OUT`.

OUT gets, as JSON: people, entries and a digest of all verdicts; seconds of wall and of CPU with those of the processes
that were started; the sum of the peaks of memory of all of them in MB; and the seconds that 500 people take once warm,
by the clock and of CPU. Beside these: what reading 1 kB of JSON takes in microseconds, as each process measured it
between two ranges and at its best, how many of the former a person costs, and how busy the machine was.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from syncd.definitions.versions import evaluate_in_turn
from syncd.facts.build import build_facts
from syncd.files.load import load_config
from syncd.journey.decided import Judged, decided
from syncd.journey.ranges import by_ranges
from syncd.journey.reading import last_seen, reading_of, versions_in_turn
from syncd.model.person import PersonId
from syncd.store import dossier
from syncd.store.database import Store, open_store
from syncd.store.everybody import Span
from tests.benchmarks.portal import CONFIG, NOW

CHANGED, ROUNDS = 500, 7
DOCUMENT = json.dumps({f"property_{number}": "a value of some length" for number in range(24)})
READ = 2_000
"""How often the yardstick is read: for some 8 ms, where a range takes a second."""


def main() -> None:
    """Do it, and write down what it cost."""
    store = open_store(f"sqlite:///{sys.argv[1]}", read_only=True)
    with store.reading() as tx:
        config, seen = load_config(CONFIG), last_seen(tx)
        judged = Judged(versions_in_turn(config, seen), reading_of(tx, config, seen), NOW)
    started = time.monotonic()
    stages: Counter[str] = Counter()
    entries, digest, some, yards = 0, sha256(), [], []
    for found in by_ranges(store, counted, judged):
        stages.update(found.stages)
        entries += found.entries
        digest.update(found.digest)
        some += found.some
        yards.append(found.yard)
    wall = time.monotonic() - started
    took, spent = changed(store, judged, some)
    ours, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = {
        "people": stages.total(),
        "stages": dict(stages),
        "entries": entries,
        "digest": digest.hexdigest()[:16],
        "wall": wall,
        "cpu": ours.ru_utime + ours.ru_stime + theirs.ru_utime + theirs.ru_stime,
        # of the processes that were started the largest counts twice: there are two
        "rss": (ours.ru_maxrss + 2 * theirs.ru_maxrss) / 1024,
        "changed": took,
        "changed_cpu": spent,
        "yardstick": (yard := statistics.mean(yards)) * 1e6,
        "best_yardstick": min(yards) * 1e6,
        "load": os.getloadavg()[0],
    }
    told["yardsticks"] = told["cpu"] / max(stages.total(), 1) / yard
    Path(sys.argv[2]).write_text(json.dumps(told, indent=1), "utf-8")


def yardstick() -> float:
    """Seconds of CPU that reading 1 kB of JSON takes just now: a shared machine is worth half of itself at times."""
    started = time.process_time()
    for _ in range(READ):
        json.loads(DOCUMENT)
    return (time.process_time() - started) / READ


class Counted(NamedTuple):
    """What a range comes to, as reports have it told: counts; here also a digest of all verdicts, a few people, and
    what the machine was worth meanwhile.
    """

    stages: Counter[str]
    entries: int
    digest: bytes
    some: list[PersonId]
    yard: float


def counted(tx: Connection, span: Span, judged: Judged) -> Counted:
    """The verdicts about a range of persons, counted. Every one of them is told whole before."""
    before = yardstick()
    verdicts = decided(tx, span, judged)
    return Counted(
        Counter(str(one.stage) for one in verdicts),
        sum(len(one.entries) for one in verdicts),
        sha256(orjson.dumps([tuple(one) for one in verdicts])).digest(),
        [one.person for one in random.sample(verdicts, min(CHANGED // 4, len(verdicts)))],
        (before + yardstick()) / 2,
    )


def changed(store: Store, judged: Judged, persons: list[PersonId]) -> tuple[float, float]:
    """The seconds, by the clock and of CPU, in the middle of some rounds, to judge 500 people who are somewhere in the
    store, proofs included. Each of them was read before.
    """
    took, spent = [], []
    for number in range(2 * ROUNDS):
        dirty = sorted(random.Random(number // 2).sample(persons, min(CHANGED, len(persons))))
        started, busy = time.monotonic(), time.process_time()
        with store.reading() as tx:
            for one in dossier.load(tx, dirty):
                evaluate_in_turn(build_facts(one, judged.reading), judged.versions, judged.now)
        if number % 2:
            took.append(time.monotonic() - started)
            spent.append(time.process_time() - busy)
    return statistics.median(took), statistics.median(spent)


if __name__ == "__main__":
    main()
