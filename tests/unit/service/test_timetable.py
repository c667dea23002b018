"""The timetable: times, what was missed, overruns, and how jobs ended."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from syncd.files.service_file import ServiceFile
from syncd.model.instant import DAY, HOUR, Instant, instant_of, parse_iso
from syncd.service.heart import Heart
from syncd.service.timetable import Done, Timetable, trigger_of
from syncd.store import jobs
from syncd.store.database import open_store


class Quiet:
    """A journal that nobody reads."""

    def info(self, event, **facts):
        pass

    warning = error = info


def now() -> Instant:
    return instant_of(datetime.now(UTC))


def service(**said: dict[str, str]) -> ServiceFile:
    others = {name: {"never": "true"} for name in ServiceFile().jobs}
    return ServiceFile.model_validate({"jobs": others | said})


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/syncd.db")
    yield opened
    opened.close()


@pytest.fixture
def table(store):
    made = []

    def make(work, said) -> Timetable:
        one = Timetable(store, work, lambda: said, now, Heart(Quiet(), lambda: 0))
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop()


def waited(condition, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(condition())


def kept(store) -> dict[str, jobs.JobRow]:
    with store.reading() as tx:
        return jobs.all(tx)


def test_a_cycle_runs_at_once_and_what_became_of_it_is_kept(store, table) -> None:
    table({"cycle": lambda: Done("ok", "all is well")}, service(cycle={"every": "1 hour"}))
    assert waited(lambda: kept(store))
    row = kept(store)["cycle"]
    assert (row.outcome, row.said, row.failures, row.overruns) == ("ok", "all is well", 0, 0)
    assert row.done_at == row.ended_at


def test_failures_are_counted_until_one_ends_well(store, table) -> None:
    ends = iter([Done("failed", "no", "auth_failed"), Done("failed", "no", "auth_failed"), Done("ok", "yes")])
    seen: list[jobs.JobRow] = []
    one = table({"cycle": lambda: next(ends)}, service(cycle={"every": "1 hour"}))
    for _ in range(3):
        count = len(seen)
        assert waited(lambda: kept(store).get("cycle") not in (None, *seen[-1:]))
        seen.append(kept(store)["cycle"])
        assert len(seen) == count + 1
        one.hurry("cycle")
    assert [row.failures for row in seen] == [1, 2, 0]
    assert seen[0].failing_since == seen[1].failing_since == seen[0].started_at
    assert (seen[2].failing_since, seen[0].done_at) == (None, None)


def test_jobs_run_one_after_the_other(table) -> None:
    at_once: list[int] = []
    busy = threading.Semaphore(2)

    def work() -> Done:
        busy.acquire()
        at_once.append(2 - busy._value)
        time.sleep(0.05)
        busy.release()
        return Done("ok", "")

    said = service(cycle={"every": "1 hour"}, retention={"every": "1 hour"})
    table({"cycle": work, "retention": work}, said)
    assert waited(lambda: len(at_once) == 2)
    assert at_once == [1, 1]


def test_starts_that_a_long_job_misses_are_told_and_caught_up_once(store, table) -> None:
    started: list[float] = []

    def work() -> Done:
        started.append(time.monotonic())
        time.sleep(2.3 if len(started) == 1 else 0)
        return Done("ok", "")

    table({"cycle": work}, service(cycle={"every": "1 second"}))
    assert waited(lambda: len(started) == 2)
    assert started[1] - started[0] < 2.9
    assert waited(lambda: len(started) == 3)
    row = kept(store)["cycle"]
    assert row.overruns in (1, 2)
    assert row.overran_at is not None


def test_who_hurries_a_job_that_is_under_way_has_it_run_once_more_and_no_start_was_missed(store, table) -> None:
    """A reload, or a flood of hints, is no sign that cycles take too long."""
    started: list[float] = []

    def work() -> Done:
        started.append(time.monotonic())
        time.sleep(0.5 if len(started) == 1 else 0)
        return Done("ok", "")

    one = table({"cycle": work}, service(cycle={"every": "1 hour"}))
    assert waited(lambda: started)
    for _ in range(3):
        one.hurry("cycle")
        time.sleep(0.1)
    assert waited(lambda: len(started) == 2)
    assert waited(lambda: kept(store)["cycle"].started_at > now() - 1000 and one._heart.doing is None)
    assert len(started) == 2
    row = kept(store)["cycle"]
    assert (row.overruns, row.overran_at) == (0, None)


def test_a_nightly_job_that_was_missed_is_caught_up_once(store, table) -> None:
    with store.transaction() as tx:
        before = Instant(now() - 3 * DAY)
        jobs.ended(tx, jobs.JobRow("sweep", before, before, "ok", None, "", before))
    runs: list[int] = []
    said = service(sweep={"cron": "40 2 * * *"})
    one = table({"sweep": lambda: runs.append(1) or Done("ok", "")}, said)
    assert waited(lambda: runs == [1])
    assert now() < one.next_times()["sweep"] <= now() + DAY


def test_a_nightly_job_that_never_ran_waits_for_its_night(table) -> None:
    one = table({"sweep": lambda: Done("ok", "")}, service(sweep={"cron": "40 2 * * *"}))
    assert one.next_times()["sweep"] > now()


def test_a_job_goes_on_from_where_it_was_before_a_restart(store, table) -> None:
    with store.transaction() as tx:
        before = Instant(now() - HOUR // 2)
        jobs.ended(tx, jobs.JobRow("retention", before, before, "ok", None, "", before))
    one = table({"retention": lambda: Done("ok", "")}, service(retention={"every": "1 hour"}))
    assert abs(one.next_times()["retention"] - (before + HOUR)) < 1500


def test_a_job_that_has_to_wait_starts_no_earlier(table) -> None:
    later = Instant(now() + HOUR)
    one = table(
        {"cycle": lambda: Done("failed", "spent", "limit_reached", later)}, service(cycle={"every": "1 second"})
    )
    assert waited(lambda: one.next_times()["cycle"] == later)


def test_changed_times_are_followed(table) -> None:
    files = [service(cycle={"every": "1 hour"})]
    runs: list[int] = []
    one = table({"cycle": lambda: runs.append(1) or Done("ok", "")}, files[0])
    one._service = lambda: files[-1]
    assert waited(lambda: runs == [1])
    files.append(service(cycle={"never": "true"}))
    one.follow()
    assert one.next_times() == {}
    files.append(service(cycle={"every": "2 hours"}))
    one.follow()
    assert waited(lambda: one.next_times()["cycle"] > now() + HOUR)


def test_a_job_for_working_hours_rests_on_days_off(table, store) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    today = days[datetime.now(UTC).weekday()]
    said = service(cycle={"every": "1 second", "in_hours": "true"})
    said = said.model_copy(update={"hours": said.hours.model_copy(update={"days": tuple({*days} - {today})})})
    runs: list[int] = []
    table({"cycle": lambda: runs.append(1) or Done("ok", "")}, said)
    time.sleep(0.3)
    assert runs == []


def test_cron_times_are_those_of_the_files_zone() -> None:
    said = ServiceFile.model_validate({"time_zone": "Europe/Berlin", "jobs": {"sweep": {"cron": "40 2 * * mon"}}})
    trigger = trigger_of(said.jobs["sweep"], said)
    found = trigger.get_next_fire_time(None, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert instant_of(found) == parse_iso("2026-11-23T01:40:00Z")


def test_starts_move_by_no_more_than_the_jitter() -> None:
    said = service(
        cycle={"every": "10 minutes", "jitter": "30 seconds"}, sweep={"cron": "40 2 * * *", "jitter": "1 hour"}
    )
    for name, most, due in (("cycle", 30, "2026-11-22T12:10:00Z"), ("sweep", 3600, "2026-11-23T02:40:00Z")):
        trigger = trigger_of(said.jobs[name], said)
        last = datetime(2026, 11, 22, 12, tzinfo=UTC)
        found = {instant_of(trigger.get_next_fire_time(last, last)) - parse_iso(due) for _ in range(50)}
        assert len(found) > 10
        assert all(abs(one) <= most * 1000 for one in found)


@pytest.mark.parametrize(("hour", "runs"), [("08:59", 0), ("09:00", 1), ("16:59", 1), ("17:00", 0)])
def test_a_job_for_working_hours_runs_within_them_by_the_files_zone(table, monkeypatch, hour, runs) -> None:
    said = service(sweep={"cron": "0 0 1 1 *", "in_hours": "true"}).model_copy(update={"time_zone": "Europe/Berlin"})
    made: list[int] = []
    one = table({"sweep": lambda: made.append(1) or Done("ok", "")}, said)
    berlin = datetime.fromisoformat(f"2026-11-20T{hour}:00+01:00")  # a Friday
    monkeypatch.setattr(one, "_clock", lambda: instant_of(berlin))
    one._run("sweep")
    assert len(made) == runs


def test_a_job_that_waits_is_freed_where_why_it_waits_may_be_no_more(table) -> None:
    done = [Done("failed", "spent", "limit_reached", Instant(now() + HOUR)), Done("ok", "")]
    one = table({"cycle": lambda: done.pop(0)}, service(cycle={"every": "1 hour"}))
    assert waited(lambda: one._held.get("cycle", Instant(0)) > now())
    one.hurry("cycle")
    assert len(done) == 1
    one.free()
    assert waited(lambda: not done)


def test_an_end_that_differs_from_the_one_before_is_news(store) -> None:
    ends = iter([Done(how, "", news=False) for how in ("ok", "ok", "failed", "failed", "ok")])
    told: list[bool] = []
    one = Timetable(
        store,
        {"cycle": lambda: next(ends)},
        lambda: service(cycle={"every": "1 hour"}),
        now,
        Heart(Quiet(), lambda: 0),
        lambda _, done: told.append(done.news),
    )
    one.start()
    for count in range(1, 6):
        assert waited(lambda count=count: len(told) == count)
        if count < 5:
            one.hurry("cycle")
    one.stop()
    assert told == [True, False, True, False, True]
