"""The brake on the page: writing is held and let go, by a form of the page itself and by nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from syncd.brakes import pause
from syncd.model.change import Change, FieldChange
from syncd.model.instant import Instant
from syncd.plan.render import as_data
from syncd.store import held, ledger
from syncd.store.database import open_store

Serve = Callable[..., str]


@contextmanager
def brake(tmp_path: Path) -> Iterator[tuple[pause.Pause | None, list[str]]]:
    """The pause in force, and what the ledger tells of pauses."""
    store = open_store(f"sqlite:///{tmp_path}/syncd.db", read_only=True)
    with store.reading() as tx:
        yield pause.in_force(tx, tmp_path / "config"), [row.kind for row in ledger.read(tx)]
    store.close()


def press(session: requests.Session, url: str, address: str, **form: str) -> requests.Response:
    token = re.search(r'name="token" value="([^"]+)"', session.get(f"{url}/plans", timeout=10).text)
    assert token
    return session.post(url + address, {"token": token[1]} | form, headers={"origin": url}, timeout=10)


def test_somebody_holds_all_writing_and_lets_it_go_again(serve: Serve, tmp_path: Path) -> None:
    url, session = serve(), requests.Session()
    page = press(session, url, "/pause", why="<b>wrong</b> list")
    assert "Somebody at the web page has paused syncd" in page.text
    assert "&lt;b&gt;wrong&lt;/b&gt; list" in page.text
    with brake(tmp_path) as (found, told):
        assert (found and found.why, told) == ("<b>wrong</b> list", ["paused"])
    assert "Hold all writing" in press(session, url, "/resume").text
    with brake(tmp_path) as (found, told):
        assert (found, told) == (None, ["paused", "resumed"])


def test_the_brake_works_while_somebody_writes(serve: Serve, tmp_path: Path) -> None:
    url, store = serve(), open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.writer(0):
        assert press(requests.Session(), url, "/pause").status_code == 200
    store.close()
    with brake(tmp_path) as (found, _):
        assert found is not None


def test_a_pause_by_file_is_told_and_not_taken_off_here(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "config" / pause.FILE).write_text("audit")
    text = requests.get(f"{serve()}/plans", timeout=10).text
    assert "take the file PAUSE out of the folder" in text
    assert "/resume" not in text


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {}], ids=["elsewhere", "nowhere"])
def test_no_other_site_and_no_link_holds_or_lets_go(serve: Serve, tmp_path: Path, headers: dict[str, str]) -> None:
    url = serve()
    for address in ("/pause", "/resume"):
        assert requests.post(url + address, {"token": "x"}, headers=headers, timeout=10).status_code == 403
        assert requests.get(url + address, timeout=10).status_code in (404, 405)
    with brake(tmp_path) as (found, _):
        assert found is None


def test_a_plan_that_waits_may_be_about_nobody(serve: Serve, tmp_path: Path) -> None:
    field = FieldChange("Entries__c", None, 7)
    change = Change(
        "salesforce", "Proof__c", "anchor", None, None, ("Key__c", "7-ab"), (field,), "checkpoint at entry 7"
    )
    waits = held.Held("r", Instant(0), "paused", "pause", "held", "look", "d", "v", {"salesforce": 1}, {})
    store = open_store(f"sqlite:///{tmp_path}/syncd.db")
    with store.writer(5), store.transaction() as tx:
        held.keep(tx, waits, [(change.person, change.purpose, as_data(change))])
    store.close()
    shown = requests.get(f"{serve()}/plans", timeout=10)
    assert (shown.status_code, "Proof__c" in shown.text, "checkpoint kept in Salesforce" in shown.text) == (
        200,
        True,
        True,
    )
