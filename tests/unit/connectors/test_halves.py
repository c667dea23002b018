from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import Unreachable
from connectors.halves import NO_ANSWER, without_the_guilty
from connectors.records import Recovery, RowError, System, Write, WriteResult

BAD = RowError("BAD", "no such value", Recovery.REJECT)


@dataclass(frozen=True)
class Row:
    write: Write


class Crm:
    """Refuses a call whole for the rows it does not like, and answers no more calls than it is asked to."""

    def __init__(self, bad: set[int], calls: int = 1_000) -> None:
        self.bad, self.left, self.sizes = bad, calls, []

    def send(self, rows: Mapping[int, Row]) -> dict[int, WriteResult]:
        if not self.left:
            raise Unreachable(System.HUBSPOT, "it is down")
        self.left -= 1
        self.sizes.append(len(rows))
        if self.bad & rows.keys():
            return without_the_guilty(rows, (), lambda _: BAD, self.send)
        return {place: WriteResult(row.write.id) for place, row in rows.items()}


def rows(count: int) -> dict[int, Row]:
    return {place: Row(Write("contact", {}, id=str(place))) for place in range(count)}


def failed(found: Mapping[int, WriteResult]) -> dict[int, str]:
    return {place: one.error.code for place, one in found.items() if one.error}


def test_one_bad_row_costs_its_neighbours_nothing_and_few_calls():
    crm = Crm({5})
    found = crm.send(rows(100))
    assert (len(found), failed(found)) == (100, {5: "BAD"})
    assert len(crm.sizes) <= 15


def test_rows_that_are_known_to_be_to_blame_leave_in_one_step():
    crm = Crm(set())
    found = without_the_guilty(rows(10), {1, 2}, lambda _: BAD, crm.send)
    assert (failed(found), crm.sizes) == ({1: "BAD", 2: "BAD"}, [8])


def test_what_is_refused_alike_for_a_whole_half_is_not_asked_of_the_other_half():
    crm = Crm(set(range(100)))
    assert set(failed(crm.send(rows(100))).values()) == {"BAD"}
    assert len(crm.sizes) < 40


def test_what_a_half_was_told_is_kept_when_the_other_half_is_not_reached():
    crm = Crm({0}, calls=2)
    found = crm.send(rows(2))
    assert failed(found) == {0: "BAD", 1: NO_ANSWER}
    assert found[1].error.recovery is Recovery.RETRY
