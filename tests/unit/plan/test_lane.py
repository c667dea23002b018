"""Who is written first where calls are few: the hottest, for whom a part of the day is kept."""

from __future__ import annotations

from syncd.model.change import CREATE_LEAD, TASK, Change
from syncd.model.person import PersonId
from syncd.plan.lane import Bounds, fitting

HOT = 60


def lead(name, rank=None):
    """A new lead, with a task of a rank where one is given."""
    made = [Change("salesforce", "lead", CREATE_LEAD, PersonId(name), None, ("H", name), (), "why")]
    task = Change("salesforce", "task", TASK, PersonId(name), None, ("K", name), (), "why", rank=rank or 0)
    return made if rank is None else [*made, task]


def going(changes, anybody, hottest):
    kept, waiting = fitting(changes, {"salesforce": Bounds(anybody, hottest)}, HOT)
    assert len(kept) + len(waiting) == len(changes)
    return [one.person for one in kept], {one.person for one in waiting}


def many(count, rank=None, prefix="p"):
    return [change for place in range(count) for change in lead(f"{prefix}{place:03}", rank)]


def test_where_calls_are_enough_or_no_limit_is_known_everybody_goes_in_the_plans_order():
    changes = many(300, 10)
    assert going(changes, None, None) == ([one.person for one in changes], set())
    assert going(changes, 4, 4) == ([one.person for one in changes], set())


def test_the_hottest_go_first_and_persons_stay_whole():
    changes = many(300, 10) + many(150, 90, "hot")
    kept, waiting = going(changes, 2, 2)
    assert {one for one in kept if one.startswith("hot")} == {f"hot{place:03}" for place in range(150)}
    assert len(set(kept)) == 200
    assert len(kept) == 400
    assert waiting.isdisjoint(kept)


def test_what_is_kept_for_the_hottest_is_for_nobody_else():
    changes = many(5, 59) + many(5, 60, "hot")
    assert set(going(changes, 0, 2)[0]) == {f"hot{place:03}" for place in range(5)}
    assert going(changes, 0, 0)[0] == []


def test_who_has_no_new_task_comes_last():
    changes = many(200) + many(200, 1, "task")
    kept, waiting = going(changes, 2, 2)
    assert set(kept) == {f"task{place:03}" for place in range(200)}
    assert waiting == {f"p{place:03}" for place in range(200)}
