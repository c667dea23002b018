"""What needs somebody's attention."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.brakes.pause import Pause
from syncd.journey.state import Aside, State
from syncd.locales.words import words_of
from syncd.model.instant import DAY, HOUR, Instant
from syncd.store.notices import NoticeRow
from syncd.store.runs import RunId, RunRow
from syncd.store.streams import StreamState
from syncd.telling.clauses import Teller
from syncd.telling.proofs import told
from syncd.web.attention import attention

NOW = Instant(100 * DAY)
WELL = RunRow(RunId("r1"), "run", "apply", NOW, "d1", "c1", NOW, 0, None, {})
FINE = State(
    now=NOW,
    runs=[WELL],
    streams=[StreamState("hubspot", "contact", watermark=Instant(NOW - HOUR))],
    stages={"mql": 1},
    people=1,
    backlog=0,
    open_intents=0,
    aside=[],
    first_contact_done=True,
    pair=("1", "2"),
    ledger=(1, "0"),
    jobs={},
    notices=[],
)


def titles(found: State, brake: Pause | None = None, **rest: object) -> list[str]:
    given = {"waiting": {}, "waits_for": None} | rest
    return [one.title for one in attention(found, brake, **given)]


@pytest.mark.parametrize("language", ["nl", "nb"])
def test_every_note_is_told_in_the_language_of_the_page(language: str) -> None:
    aside = Aside("value", "TOO_LONG", "admin", 2, [])
    found = replace(
        FINE, aside=[aside], first_contact_done=False, streams=[StreamState("hubspot", "contact", NOW - DAY)]
    )
    notes = attention(found, Pause("anna", "", NOW, "command"), {"v2": ["marketing", "sales"]}, "HubSpot")
    teller = Teller(words_of(language), {})
    assert len(notes) == 6
    for one in notes:
        for text in (one.title, one.says, one.link):
            assert told(text, teller) != text


def test_where_all_goes_by_itself_nothing_needs_attention() -> None:
    assert titles(FINE) == []


def test_what_waits_for_a_person_is_told_and_where_to_look() -> None:
    held = replace(FINE, runs=[replace(WELL, exit_code=4, stopped_by="updates")])
    assert titles(held) == ["The last plan waits for a person"]
    assert titles(replace(FINE, first_contact_done=False)) == ["First contact is still to come"]
    assert titles(FINE, waiting={"d2": ("sales",)}) == ["Definitions d2 wait for approval"]
    aside = [Aside("data", "value", "RevOps", 3, []), Aside("link", "ambiguous", "Salesforce admin", 1, [])]
    assert titles(replace(FINE, aside=aside)) == ["3 cases are set aside", "1 case is set aside"]


def test_the_worst_comes_first() -> None:
    found = replace(
        FINE,
        runs=[replace(WELL, exit_code=5)],
        notices=[NoticeRow("n1", "lag", "the cycle is late", "look at the journal", NOW)],
        streams=[
            StreamState("salesforce", "task", gap="may not be read"),
            StreamState("hubspot", "contact", Instant(0)),
        ],
    )
    assert titles(found, Pause("anna", "a campaign", NOW, "command"), waits_for="HubSpot") == [
        "syncd is paused and writes nothing",
        "The cycle is late",
        "The last run failed",
        "salesforce.task cannot be read",
        "The data is old",
        "No calls are left in HubSpot",
    ]
