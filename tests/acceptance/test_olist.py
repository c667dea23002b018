"""A real funnel, told by two CRMs, comes out as its owner published it: through the real commands, end to end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
import requests

from connectors.sandbox.twin import Twin
from syncd.model.instant import DAY
from syncd.model.stage import Stage
from syncd.settings import load_settings
from syncd.store import entries, ledger
from syncd.store.database import open_store
from syncd.web.serve import serving
from tests.acceptance import olist

pytestmark = [
    pytest.mark.skipif(not olist.FOLDER.is_dir(), reason="the data of Olist does not lie beside the project"),
    pytest.mark.timeout(400),
]

# Who became a customer is a fact that sales made; who is an MQL Olist says by having a first contact at all.
DEFINITIONS = """
stages:
  mql:
    judged_by: marketing
    when: {first_contact_date: {known: true}}
    entered_at: first_contact_date
  customer: {when: {opportunity: {won: true}}}
"""
FIELDS = """
read:
  first_contact_date: {from: hubspot.contact.first_contact_date, type: date}
  origin: {from: hubspot.contact.origin}
"""
# Nobody becomes a Lead: the 7,158 contacts that sales never took up are years old, have no name to call them by, and
# stood in no CRM of sales. The guards are wide, as this is one first stamping of everybody that Salesforce has.
SERVICE = """
version: 1
create: {lead_from: nobody}
guards: {updates: 100 %, creates: 100 %, demotions: 100 %, tasks_per_owner: 10000}
"""
TASKS = """
tasks:
  - {on: mql, purpose: follow_up, subject: Call, description: "{why}", due: 1 working day, owner: [record_owner]}
"""

WON_BY_ORIGIN = {
    "paid_search": (195, 1586),
    "organic_search": (271, 2296),
    "direct_traffic": (56, 499),
    "referral": (24, 284),
    "social": (75, 1350),
    "email": (15, 493),
    "unknown": (179, 1099),
    "(empty)": (14, 60),
}
"""Customers and MQLs by origin, as far as the publisher's list of origins names them."""


@dataclass(frozen=True)
class Told:
    """What the commands said, in the order in which they ran."""

    twin: Twin
    store_url: str
    documents: dict[str, dict[str, Any]]
    folder: Path

    def run(self, *arguments: str) -> dict[str, Any]:
        """The data of a command's JSON document."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
        ours = {"SYNCD_CONFIG_DIR": str(self.folder / "config"), "SYNCD_STORE_URL": self.store_url}
        done = subprocess.run(
            [sys.executable, "-m", "syncd", *arguments, "--json"],
            cwd=Path(__file__).parents[2],
            env=environment | self.twin.settings() | ours,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
        return json.loads(done.stdout)["data"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("olist")
    files = {"definitions": DEFINITIONS, "fields": FIELDS, "syncd": SERVICE, "tasks": TASKS}
    (folder / "config").mkdir()
    for name, text in files.items():
        (folder / "config" / f"{name}.yaml").write_text(text, "utf-8")
    with olist.build(olist.contacts()) as twin:
        told = Told(twin, f"sqlite:///{folder / 'syncd.db'}", {}, folder)
        told.documents["apply"] = told.run("apply")
        told.documents["backfill"] = told.run("backfill", "--since", "2017-01-01")
        told.documents["sync"] = told.run("sync")
        told.documents["again"] = told.run("sync")
        yield told


def counts(stages: list[dict[str, Any]]) -> dict[str, int]:
    return {one["stage"]: one["n"] for one in stages}


def test_all_that_both_crms_hold_is_read_and_everybody_whom_sales_knows_is_stamped(told: Told) -> None:
    first = told.documents["apply"]
    assert first["pulled"]["hubspot.contact"] == 8000
    assert first["applied"] == {"update": 842, "tell": 8000}
    contacts = told.twin.salesforce.rows("Contact")
    assert Counter(row["Lifecycle_Stage__c"] for row in contacts) == {"Customer": 842}
    assert {row["Customer_At__c"][:10] for row in contacts} == {
        one.deal.won.date().isoformat() for one in olist.contacts() if one.deal
    }


def test_nothing_is_left_to_do_for_a_backfill_or_another_sync(told: Told) -> None:
    for name in ("backfill", "sync", "again"):
        assert (name, told.documents[name]["changes"]) == (name, [])
    assert told.documents["backfill"]["pulled"]["hubspot.contact"] == 0


def test_history_makes_no_tasks_and_doubles_none(told: Told) -> None:
    tasks = told.twin.salesforce.rows("Task")
    assert len(tasks) == 842
    assert {row.get("Syncd_Key__c") for row in tasks} == {None}
    assert len({row["WhoId"] for row in tasks}) == 842


def test_the_page_shows_the_figures_as_they_were_published(told: Told) -> None:
    variables = {"SYNCD_CONFIG_DIR": str(told.folder / "config"), "SYNCD_STORE_URL": told.store_url}
    settings = load_settings(variables | {"SYNCD_WEB__LISTEN": "127.0.0.1:0"}, told.folder)
    with serving(settings) as page:
        any_order = words_at(f"{page.url}funnel?by=origin")
        assert "Customer 842 10.5 % 842 of 8,000" in any_order
        for origin, (won, mqls) in WON_BY_ORIGIN.items():
            assert f"{origin} {mqls:,} {won:,} {100 * won / mqls:.1f} %" in any_order
        assert "Customer 841 10.5 % 841 of 8,000" in words_at(f"{page.url}funnel?order=strict")
        assert "MQL to Customer 10.5 % 842 of 8,000" in words_at(page.url)


def words_at(url: str) -> str:
    """What people read on a page, which counts for a moment the first time."""
    for _ in range(120):
        text = requests.get(url, timeout=30).text
        if "<h1>Being counted</h1>" not in text:
            break
        time.sleep(0.5)
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def test_842_of_8000_were_won_and_841_of_them_in_order(told: Told) -> None:
    any_order, strict = told.run("funnel"), told.run("funnel", "--order", "strict")
    assert counts(any_order["stages"])["mql"] == counts(strict["stages"])["mql"] == 8000
    assert counts(any_order["stages"])["customer"] == 842
    assert counts(strict["stages"])["customer"] == 841
    won = any_order["stages"][-1]
    assert won["rate"] == won["of_first"] == {"n": 842, "of": 8000}
    (conversion,) = any_order["conversions"]
    assert conversion["cohort"] == conversion["period"] == {"n": 842, "of": 8000}
    assert (conversion["velocity"]["n"], conversion["velocity"]["waiting"]) == (842, 7158)
    assert sum(conversion["outcomes"].values()) == 8000


def test_the_one_deal_that_was_won_before_its_first_contact_is_told_and_neither_dropped_nor_mended(told: Told) -> None:
    (early,) = (one for one in olist.contacts() if one.deal and one.deal.won < one.since)
    (odd,) = told.run("funnel")["anomalies"]
    assert odd["kind"] == "out_of_order"
    assert odd["at"][:10] == early.deal.won.date().isoformat()
    stages = {one["stage"]: one["entered_at"] for one in told.run("journey", early.email)["stages"]}
    assert stages["mql"][:10] == early.first_contact.isoformat()
    assert stages["customer"][:10] == early.deal.won.date().isoformat()
    assert stages["customer"] < stages["mql"]


def test_every_origin_converts_as_published_and_empty_is_not_unknown(told: Told) -> None:
    split = {one["value"]: counts(one["stages"]) for one in told.run("funnel", "--by", "origin")["by"]}
    for origin, (won, of) in WON_BY_ORIGIN.items():
        assert (origin, split[origin].get("customer", 0), split[origin]["mql"]) == (origin, won, of)
    assert sum(one["mql"] for one in split.values()) == 8000
    assert sum(one.get("customer", 0) for one in split.values()) == 842


def test_651_of_the_4695_who_came_from_january_to_april_2018_were_won(told: Told) -> None:
    stages = counts(told.run("funnel", "--from", "2018-01-01", "--to", "2018-05-01")["stages"])
    assert (stages["customer"], stages["mql"]) == (651, 4695)


def test_from_first_contact_to_won_takes_a_fortnight_in_the_median(told: Told) -> None:
    store = open_store(told.store_url, read_only=True)
    with store.reading() as tx:
        days = []
        for _, found in entries.iterate(tx):
            at = {entry.stage: entry.at // DAY for entry in found}
            if Stage.CUSTOMER in at:
                days.append(at[Stage.CUSTOMER] - at[Stage.MQL])
        assert ledger.verify(tx).ok
    store.close()
    assert len(days) == 842
    cuts = quantiles(days, n=100, method="inclusive")
    assert (cuts[49], cuts[74]) == (14, 54.75)
    assert cuts[89] == pytest.approx(161.9)
    assert min(days) == -timedelta(days=2).days
