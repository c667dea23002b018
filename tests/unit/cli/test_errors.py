"""What each error means at the keyboard: the exit code, the cause, the next step."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest

import syncd
from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    LimitReached,
    Missing,
    Refused,
    Unreachable,
    Unserved,
)
from connectors.records import System
from syncd.cli.errors import _TOLD, failure_of, told_of
from syncd.endings import _KNOWN, ExitCode, NotThere, Told, exit_code_of
from syncd.files.problem import ConfigProblems, Problem
from syncd.files.starter import StarterExists, UnknownPlaybook
from syncd.settings import SettingsProblems
from syncd.store.errors import StoreBroken, StoreBusy, StoreError, StoreForeign, StoreMissing, StoreUnreachable
from syncd.wiring import SetupProblems
from syncd.writing.canary import CanaryFailed

REFERENCE = Path(__file__).parents[3] / "docs/reference/exit-codes.md"


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (AuthFailed(System.HUBSPOT, "the token was refused"), 5, "auth_failed"),
        (Unreachable(System.SALESFORCE, "no answer"), 5, "unreachable"),
        (LimitReached(System.SALESFORCE, "no calls left"), 5, "limit_reached"),
        (Forbidden(System.HUBSPOT, "not allowed"), 2, "forbidden"),
        (Missing(System.SALESFORCE, "no such field"), 2, "missing"),
        (Unserved(System.HUBSPOT, "v3 is not served"), 2, "unserved"),
        (Refused(System.SALESFORCE, "bad request"), 2, "refused"),
        (StoreBusy("process 7"), 6, "store_busy"),
        (StoreMissing("there.db"), 2, "store_missing"),
        (StoreUnreachable("postgresql"), 5, "store_unreachable"),
        (StoreBroken.damaged("there.db"), 2, "store_broken"),
        (StoreForeign(("1", "a"), ("2", "b")), 2, "store_foreign"),
        (ConfigProblems([Problem("tasks.yaml", 3, 1, "`tsks` is unknown", "write tasks")]), 2, "config"),
        (StarterExists(Path("there"), ("tasks.yaml",)), 2, "files_exist"),
        (UnknownPlaybook("bnat", ("agency", "bant")), 2, "usage"),
        (SetupProblems(("Lead has no HubSpot_Id__c.",)), 2, "setup"),
        (CanaryFailed("lead", 200, ["FIELD_INTEGRITY"]), 4, "canary"),
        (SettingsProblems(("SYNCD_X is not set.",)), 2, "settings"),
        (click.UsageError("There is no such command."), 2, "usage"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (EOFError(), 2, "no_answer"),
        (click.Abort(), 2, "no_answer"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "p.json"), 2, "file"),
        (ZeroDivisionError("x"), 3, "bug"),
        (OSError("x"), 3, "bug"),
    ],
)
def test_every_error_has_its_exit_code_and_a_next_step(error: BaseException, exit_code: int, code: str) -> None:
    failure = failure_of(error)
    assert (failure.exit_code, failure.code) == (exit_code, code)
    assert failure.message.endswith(".")
    assert failure.next_step.endswith(".")


def test_the_message_names_the_crm_and_the_cause() -> None:
    assert failure_of(AuthFailed(System.HUBSPOT, "the token was refused")).message == "HubSpot: The token was refused."


def test_a_limit_says_when_it_ends_and_a_refusal_what_is_missing() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    assert "2026-11-23T00:00:00Z" in failure_of(LimitReached(System.HUBSPOT, "no calls left", at)).next_step
    assert (
        "crm.objects.contacts.read"
        in failure_of(Forbidden(System.HUBSPOT, "not allowed", "crm.objects.contacts.read")).next_step
    )


def test_a_bug_names_its_place_and_keeps_its_text_back() -> None:
    try:
        failure_of(LimitReached(System.HUBSPOT, "no calls left", "tomorrow"))  # a mistake on purpose: not a datetime
    except ValueError as error:
        failure = failure_of(error)
    assert "ValueError in syncd/cli/errors.py, line" in failure.message
    assert "SYNCD_DEBUG=1" in failure.next_step
    assert "tomorrow" not in failure.message


def test_every_error_of_a_crm_is_known() -> None:
    there = {kind.__name__ for kind in ConnectorError.__subclasses__() if kind.__module__ == "connectors.errors"}
    assert _TOLD.keys() == _KNOWN.keys() == there


def every(kind: type[Told]) -> set[type[Told]]:
    """All sorts of an error that are there."""
    return {kind}.union(*map(every, kind.__subclasses__()))


def test_every_error_of_ours_has_a_word_of_its_own_and_a_code_that_is_one() -> None:
    for found in walk_packages(syncd.__path__, "syncd."):
        if found.name != "syncd.__main__":
            import_module(found.name)
    for kind in every(Told) - {Told, NotThere, StoreError}:
        assert kind.code
        assert ExitCode(kind.exit_code) not in (ExitCode.BUG, ExitCode.INTERRUPTED)


def test_an_error_that_says_its_next_step_is_told_in_two_sentences() -> None:
    failure = failure_of(StoreBusy("process 7"))
    assert failure.message == "The store is being written by process 7."
    assert failure.next_step == "Wait for it, or raise --wait."


def test_the_reference_page_lists_every_exit_code() -> None:
    rows = [line.split("|")[1].strip() for line in REFERENCE.read_text().splitlines() if line.startswith("| ")]
    assert [int(row) for row in rows if row.isdigit()] == [int(code) for code in ExitCode]


def test_a_run_is_noted_with_the_code_that_its_command_ends_with():
    for error in (AuthFailed(System.HUBSPOT, "x"), CanaryFailed("lead", 2, ["X"]), KeyError("x"), KeyboardInterrupt()):
        assert exit_code_of(error) == failure_of(error).exit_code


def test_what_doctor_tells_of_a_refusal_holds_no_secret(monkeypatch):
    monkeypatch.setenv("SYNCD_HUBSPOT__ACCESS_TOKEN", "pat-na1-0123456789abcdef")
    told = told_of(Unreachable(System.HUBSPOT, "no answer to pat-na1-0123456789abcdef"))
    assert "0123456789" not in told.message
    assert told.code == "unreachable"
