"""The jobs of the service beside the cycle: what each of them reads, and what it leaves."""

from __future__ import annotations

import pytest

from connectors.sandbox.server import Fault
from syncd.model.instant import DAY, Instant
from syncd.service.files import Files
from syncd.service.heart import Heart
from syncd.service.work import Work
from syncd.settings import load_settings
from syncd.store import runs
from syncd.store.database import open_store
from syncd.wiring import present
from tests.scenarios.test_limits import DAILY


class Journal:
    def __init__(self):
        self.told = []

    def info(self, event, **_facts):
        self.told.append(event)

    warning = error = info


@pytest.fixture
def work(world):
    """The work of a service on the town, after its first apply."""
    world.town()
    world.cycle("apply")
    journal = Journal()
    given = {name: value for name, value in world.environment().items() if name.startswith("SYNCD_")}
    store = open_store(world.store_url)
    made = Work(load_settings(given, world.directory), store, Files(world.config, journal), bool, journal, str)
    made.heart = Heart(journal, lambda: 0)
    made.journal, made.store = journal, store
    yield made
    store.close()


def asked(world) -> tuple[int, int]:
    return tuple(len(server.journal) for server in world.twin.servers)


def test_clocks_decide_without_a_call_and_rest_after_a_cycle(world, work):
    assert work.cycle().outcome == "ok"
    assert work.clocks() is None
    work._cycled = Instant(present() - DAY)
    before = asked(world)
    assert work.clocks().outcome == "ok"
    assert asked(world) == before


def test_a_name_whose_type_the_crm_tells_does_not_have_both_crms_met_anew_in_every_cycle(world, work):
    world.edit(
        "fields.yaml", "\nread:\n", "\nread:\n  greeted: {from: hubspot.contact.hs_v2_cumulative_time_in_lead}\n"
    )
    work.cycle()
    before = asked(world)
    work._cycled = Instant(present() - DAY)
    assert work.clocks().outcome == "ok"
    assert asked(world) == before


def test_a_crm_that_does_not_answer_just_as_the_files_change_is_met_in_the_next_cycle(world, work):
    assert work.cycle().outcome == "ok"
    world.edit("fields.yaml", "\nread:\n", "\nread:\n  greeted: {from: hubspot.contact.salutation, type: text}\n")
    with world.hook("hubspot", lambda _: True, dict.fromkeys(range(1, 30), lambda: Fault(DAILY))):
        assert work.cycle().code == "LimitReached"
    assert work.cycle().outcome == "ok"


def test_a_sales_pull_asks_salesforce_alone_and_the_cycle_then_hubspot_alone(world, work):
    work.cycle()
    before = asked(world)
    assert work.jobs()["sales_pull"]().outcome == "ok"
    after = asked(world)
    assert (after[0] - before[0], after[1] > before[1]) == (0, True)
    world.edit("syncd.yaml", "  # sales_pull: {every: 5 minutes}", "  sales_pull: {every: 5 minutes}")
    work.cycle()
    before = asked(world)
    work.cycle()
    after = asked(world)
    assert (after[0] > before[0], after[1] - before[1]) == (True, 0)


def test_a_sweep_looks_for_what_is_gone_before_a_day_is_over(world, work):
    work.cycle()
    gone = next(row["Id"] for row in world.org.rows("Lead"))
    world.org.delete("Lead", gone)
    assert work.sweep().outcome == "ok"
    with work.store.reading() as tx:
        last = runs.recent(tx, 1)[0]
    assert "salesforce.deleted_lead" in last.summary["pulled"]
    assert "hubspot.archived_contact" in last.summary["pulled"]


def test_the_nightly_comparison_sums_up_or_is_held(world, work):
    work.cycle()
    assert work.reconcile().outcome == "ok"
    assert "sums up" in work.journal.told[-1]
    lead = next(row["Id"] for row in world.org.rows("Lead"))
    world.org.update("Lead", lead, {"MQL_At__c": None})
    done = work.reconcile()
    assert (done.outcome, done.code) == ("held", "does_not_sum")
    assert "Salesforce counts -1 records" in done.said


def test_retention_forgets_old_runs_that_wrote_nothing_and_keeps_those_that_did(world, work):
    work.cycle()
    work.cycle()
    with work.store.transaction() as tx:
        idle, *kept = [row.id for row in runs.recent(tx, 9)]
        tx.exec_driver_sql(f"UPDATE run SET started_at = started_at - {100 * DAY}")
    assert work.retention().outcome == "ok"
    with work.store.reading() as tx:
        left = [row.id for row in runs.recent(tx, 9)]
    assert idle not in left
    assert kept[-1] in left
