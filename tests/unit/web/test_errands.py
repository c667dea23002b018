"""Work beside the pages."""

from __future__ import annotations

import re
import threading
import time

from syncd.model.instant import Instant
from syncd.web.errands import Errand, ErrandFailed, Errands, in_child


def ended(errands: Errands, kind: str) -> Errand:
    for _ in range(500):
        found = errands.last(kind)
        if found is not None and found.state != "under way":
            return found
        time.sleep(0.01)
    raise AssertionError


def test_an_errand_is_under_way_and_then_done_and_only_one_of_a_kind_runs() -> None:
    errands, go = Errands(), threading.Event()
    assert errands.last("verify") is None
    errands.run("verify", "first", Instant(1), lambda: go.wait(5) and "proved")
    errands.run("verify", "second", Instant(2), lambda: "another")
    under_way = errands.last("verify")
    assert under_way is not None
    assert (under_way.question, under_way.state) == ("first", "under way")
    go.set()
    assert ended(errands, "verify").answer == "proved"


def test_a_failure_says_what_to_do_and_a_bug_that_it_is_one() -> None:
    def failing() -> None:
        raise ErrandFailed("no such version", "choose another")

    errands = Errands()
    errands.run("a", None, Instant(1), failing)
    errands.run("b", None, Instant(1), lambda: 1 // 0)
    assert ended(errands, "a").failure == ("no such version", "choose another")
    assert re.fullmatch(
        r"this is a bug in syncd \S+: ZeroDivisionError in syncd/\S+, line \d+", ended(errands, "b").failure[0]
    )


def test_work_in_another_process_gives_its_answer_or_its_failure() -> None:
    assert in_child(divmod, 7, 2) == (3, 1)
    errands = Errands()
    errands.run("c", None, Instant(1), lambda: in_child(divmod, 7, 0))
    assert "ZeroDivisionError" in ended(errands, "c").failure[0]
