"""Alerts: what is wrong, by kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.records import System
from syncd.brakes.budget import Outlook, Pace
from syncd.files.service_file import ServiceFile
from syncd.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse_iso
from syncd.service import alerts
from syncd.service.alerts import KINDS, Seen
from syncd.store.jobs import JobRow
from syncd.store.streams import StreamState

NOW = parse_iso("2026-11-20T12:00:00Z")  # a Friday
CALM = Seen(NOW, ServiceFile(), "", {}, (), Pace(60 * SECOND, 60 * SECOND, None, ()), 0, ())


def failed(code: str, failures: int = 1, name: str = "cycle") -> dict[str, JobRow]:
    said = "HubSpot: the credentials are rejected. Next: Renew them."
    return {name: JobRow(name, NOW, NOW, "failed", code, said, None, failures, NOW)}


def told(**seen: object) -> dict[str, str]:
    return {one.about: one.said for one in alerts.alerts(replace(CALM, **seen))}


def mqls(*, each: int, until: str, days: int = 28) -> tuple[Instant, ...]:
    """So many a day at noon, weekends too, the last on a day."""
    last = parse_iso(f"{until}T12:00:00Z")
    return tuple(Instant(last - day * DAY) for day in range(days) for _ in range(each))


def test_nothing_is_wrong_when_nothing_is() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("code", "failures", "about"),
    [
        ("AuthFailed", 1, "refused"),
        ("Unserved", 1, "refused"),
        ("setup", 1, "refused"),
        ("Unreachable", 3, "unreachable"),
        ("LimitReached", 1, "budget"),
        ("bug", 1, "failing"),
    ],
)
def test_a_failing_cycle_is_told_by_its_cause(code: str, failures: int, about: str) -> None:
    assert [*told(jobs=failed(code, failures))] == [about]


def test_who_does_not_answer_once_or_twice_is_asked_again_first() -> None:
    assert told(jobs=failed("Unreachable", 2)) == {}


def test_an_alert_names_the_next_step_that_the_failure_named() -> None:
    (one,) = alerts.alerts(replace(CALM, jobs=failed("AuthFailed")))
    assert one.said.endswith("HubSpot: the credentials are rejected.")
    assert one.next_step == "Renew them."


def test_contacts_that_were_not_read_for_long_are_told_and_slow_streams_are_not() -> None:
    late = StreamState("hubspot", "contact", Instant(NOW - 20 * MINUTE))
    slow = StreamState("hubspot", "owner", Instant(NOW - 2 * HOUR))
    assert told(streams=(late, slow)) == {"lag": "hubspot.contact was not read for 20 minutes"}
    every = Pace(10 * MINUTE, 10 * MINUTE, None, ())
    assert told(streams=(late, slow), pace=every) == {}


def test_a_quarantine_that_grows_is_told_from_the_guards_own_number_on() -> None:
    assert told(set_aside=24) == {}
    assert told(set_aside=25) == {"quarantine": "25 rows were set aside within a day"}


@pytest.mark.parametrize(("code", "about"), [("guard", ["guard"]), ("canary", ["guard"]), ("paused", [])])
def test_a_plan_that_waits_for_a_person_is_told_unless_one_paused_it(code: str, about: list[str]) -> None:
    jobs = {"cycle": JobRow("cycle", NOW, NOW, "held", code, "held by creates", NOW)}
    assert [*told(jobs=jobs)] == about


def test_silence_is_told_where_mqls_are_usual_and_only_by_working_days() -> None:
    usual = mqls(each=5, until="2026-11-17")
    assert told(mqls=usual)["silence"].startswith("nobody became an MQL since 2026-11-17, in 2 working days; 7.0 on")
    assert told(mqls=usual, now=parse_iso("2026-11-18T23:00:00Z")) == {}
    over_the_weekend = mqls(each=5, until="2026-11-13")
    assert told(mqls=over_the_weekend, now=parse_iso("2026-11-16T12:00:00Z")) == {}
    assert told(mqls=mqls(each=1, until="2026-11-16", days=4)) == {}


def test_a_stretched_pace_and_broken_files_are_told() -> None:
    tight = Outlook(System.SALESFORCE, "2026-11-20", 5, 900, 100, None, None, 3600 * SECOND)
    stretched = Pace(60 * SECOND, 3600 * SECOND, System.SALESFORCE, (tight,))
    assert "Salesforce would get 900 calls" in told(pace=stretched)["budget"]
    assert told(broken="syncd.yaml:3:1: wrong") == {"config": "syncd.yaml:3:1: wrong"}


def test_an_overrun_is_told_for_an_hour() -> None:
    row = JobRow("cycle", NOW, NOW, "ok", None, "", NOW, overruns=3, overran_at=Instant(NOW - 30 * MINUTE))
    assert "3 starts were missed" in told(jobs={"cycle": row})["overrun"]
    assert told(jobs={"cycle": row}, now=Instant(NOW + HOUR)) == {}


def test_a_checkpoint_that_was_not_handed_out_is_told() -> None:
    assert told(undelivered="h.example")["checkpoint"].endswith("did not reach h.example")


def test_a_comparison_that_does_not_sum_up_is_told() -> None:
    row = JobRow("reconcile", NOW, NOW, "held", "does_not_sum", "Salesforce counts +1 records", NOW)
    assert told(jobs={"reconcile": row}) == {"unsummed": "Salesforce counts +1 records"}


def test_every_kind_is_told_of_in_the_reference() -> None:
    from tests.unit.service.test_metrics import PAGE

    assert [kind for kind in KINDS if f"| `{kind}` |" not in PAGE.read_text()] == []
