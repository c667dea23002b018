"""Repeats have a budget, and a CRM that is down is left alone for a while."""

from __future__ import annotations

from connectors.restraint import Circuit, Repeats


def test_repeats_are_a_fifth_of_the_calls_beyond_a_reserve() -> None:
    repeats = Repeats(reserve=20, per_call=0.2)
    taken = 0
    for _ in range(1000):
        repeats.earn()
        taken += sum(repeats.take() for _ in range(4))
    assert 218 <= taken <= 220


def test_quiet_times_save_up_no_more_than_the_reserve() -> None:
    repeats = Repeats(reserve=20, per_call=0.2)
    for _ in range(10_000):
        repeats.earn()
    assert sum(repeats.take() for _ in range(100)) == 20


def test_a_circuit_opens_after_failures_in_a_row_only() -> None:
    circuit = Circuit(failures=3, seconds=30.0)
    for _ in range(5):
        circuit.failed(0.0)
        circuit.failed(0.0)
        circuit.passed()
    assert circuit.pause(0.0) == 0.0


def test_an_open_circuit_closes_by_itself_and_opens_again_at_the_first_failure() -> None:
    circuit = Circuit(failures=3, seconds=30.0)
    for _ in range(3):
        circuit.failed(100.0)
    assert circuit.pause(110.0) == 20.0
    circuit.failed(120.0)  # under way when it opened
    assert circuit.pause(130.0) == 0.0
    circuit.failed(131.0)
    assert circuit.pause(131.0) == 30.0
    circuit.passed()
    assert circuit.pause(132.0) == 0.0
