"""Answers that take long."""

from __future__ import annotations

import threading
import time

import pytest

from syncd.web.remembered import Remembered, StillCounting


def test_an_answer_is_made_once_for_a_state() -> None:
    remembered, made = Remembered(), []
    for _ in range(3):
        assert remembered.get("who", 1, lambda: made.append(1) or len(made)) == 1
    assert remembered.get("who", 2, lambda: made.append(1) or len(made)) == 2


def test_an_older_answer_is_given_while_the_newer_is_made() -> None:
    remembered, go = Remembered(), threading.Event()
    assert remembered.get("who", 1, lambda: "old") == "old"
    assert remembered.get("who", 2, lambda: go.wait(5) and "new") == "old"
    go.set()
    time.sleep(0.05)
    assert remembered.get("who", 2, lambda: "made again") == "new"


def test_who_asks_first_is_told_that_it_takes_longer() -> None:
    remembered, go = Remembered(), threading.Event()
    with pytest.raises(StillCounting):
        remembered.get("who", 1, lambda: go.wait(5) and "there", patience=0.01)
    go.set()
    assert remembered.get("who", 1, lambda: "made again") == "there"


def test_an_answer_that_failed_is_made_again() -> None:
    remembered = Remembered()
    with pytest.raises(ZeroDivisionError):
        remembered.get("who", 1, lambda: 1 // 0)
    assert remembered.get("who", 1, lambda: "there") == "there"
