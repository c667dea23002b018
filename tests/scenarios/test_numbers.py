"""What reports tell of a small story that both CRMs saw: anna is called and buys, bert waits, cleo is sent back."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from syncd.files.load import load_config
from syncd.model.instant import instant_of, iso
from syncd.service.answered import gauges, waiting
from tests.world import DAYS, NOW, World, just_now


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("story"))
    with world.twin:
        for name, seen in (("anna", 2), ("bert", 3), ("cleo", 2)):
            world.person(name, seen=seen)
        assert world.cycle("apply").exit_code == 0
        leads = {row["Email"].partition("@")[0]: row["Id"] for row in world.org.rows("Lead")}
        call = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "OwnerId": world.seller}
        world.org.create("Task", {**call, "WhoId": leads["anna"]}, just_now())
        world.org.update("Lead", leads["cleo"], {"Status": "Recycle", "Recycle_Reason__c": "No budget"}, just_now())
        done = world.org.convert(leads["anna"], at=just_now())
        closing = {"Amount": 1200, "StageName": "Closed Won", "CloseDate": NOW.date().isoformat()}
        world.org.update("Opportunity", done.opportunity_id, closing, just_now())
        world.deal = done.opportunity_id
        world.cycle()
        yield world


def test_the_system_s_delay_and_that_of_people_are_told_apart(story):
    found = story.here("sla", "--json", "--people", "all").data
    people = {one["person"]: one for one in found["people"]}
    assert (found["n"], found["stage"], found["allowed"]) == (3, "mql", "4 working hours")
    (called,) = (one for one in people.values() if one["touched_at"])
    # The story is told from when the tests began.
    assert called["speed_seconds"] == pytest.approx(2 * DAYS.total_seconds(), abs=3_600)
    assert called["system_seconds"] == pytest.approx(called["speed_seconds"], abs=60)
    assert called["speed_seconds"] == called["system_seconds"] + called["human_seconds"]
    assert (called["owner"], called["state"]) == ("anna@us.example", "met")
    assert found["attainment"]["rate"] == {"n": 1, "of": 1}
    assert sum(found["bands"].values()) == 3
    assert {group["owner"]: group["n"] for group in found["by_owner"]} == {"anna@us.example": 3}
    assert sum(group["n"] for group in found["by_hour"]) == 3


def test_monitors_are_told_the_same_of_sales_and_who_waits_longest(story):
    def measured(now):
        with story.store() as store, store.reading() as tx:
            found = waiting(tx, load_config(story.config), instant_of(now))
        return {
            (one.name, *one.labels.values()): one.value for family in gauges(found) for one in family.samples
        }, found.oldest

    said = story.here("sla", "--json").data["attainment"]
    gauged, oldest = measured(datetime.now(UTC))
    for clock in ("met", "late", "overdue", "running", "unassigned"):
        assert gauged["syncd_sla_people", clock] == said[clock]
    assert gauged[("syncd_sla_attainment_ratio",)] == 1.0
    assert gauged[("syncd_sla_oldest_waiting_seconds",)] == oldest / 1000
    assert 0 < oldest < 3_600_000
    assert measured(NOW + 40 * DAYS)[0]["syncd_sla_people", "met"] == 0  # handed over longer ago than is looked back


def test_how_long_sales_has_may_be_asked_otherwise_and_people_read_it(story):
    ran = story.here("sla", "--target", "30 minutes", "--by", "company_size", "--people", "running")
    for part in ("speed to lead", "until sales reached out", "anna@us.example", "60+ min", "30 minutes", "Data up to"):
        assert part in ran.out
    assert story.here("sla", "--target", "soon").code == 2
    assert story.here("sla", "--from", (NOW + DAYS).date().isoformat()).out.startswith("Nobody was handed over")


def test_what_is_known_later_does_not_count_as_of_then(story):
    assert story.here("sla", "--as-of", (NOW - DAYS).isoformat(), "--json").data["n"] == 0


def test_a_deal_s_credit_sums_to_one_and_money_to_its_amount(story):
    found = story.here("attribution", "--json", "--by", "channel", "--by", "kind", "--people").data
    assert (found["deals"], found["unlinked"], found["influenced"]) == (1, 0, {"n": 1, "of": 1})
    (month,) = (one["value"] for one in story.here("funnel", "--json", "--by", "month").data["deals_by"])
    timed = story.here("attribution", "--json", "--by", "month", "--by", "version", "--model", "linear").data
    by = {group["name"]: (group["value"], group["credit"]) for group in timed["models"][0]["by"]}
    assert by["month"] == (month, "1.000000")
    assert story.here("attribution", "--json", "--where", f"month={month}").data["deals"] == 1
    assert story.here("attribution", "--json", "--where", "month=2001-01").data["deals"] == 0
    assert by["version"] == (story.here("attribution", "--json").document["definitions"], "1.000000")
    for model in found["models"]:
        for name in ("channel", "kind"):
            groups = [group for group in model["by"] if group["name"] == name]
            assert sum(Decimal(group["credit"]) for group in groups) == 1
            assert sum(Decimal(one["amount"]) for group in groups for one in group["money"]) == 1200
    by_name = {model["model"]: {group["value"]: group["credit"] for group in model["by"]} for model in found["models"]}
    assert by_name["first"] == {"website": "1.000000", "page_view": "1.000000"}
    (deal,) = (one for one in found["people"] if one["model"] == "linear")
    assert deal["deal"] == story.deal
    assert sum(Decimal(one["credit"]) for one in deal["credits"]) == 1


def test_deals_are_won_both_ways_and_split_by_their_first_person(story):
    found = story.here("funnel", "--json", "--by", "company_size", "--by", "month").data
    assert found["deals"]["win_rate"] == {"period": {"n": 1, "of": 1}, "cohort": {"n": 1, "of": 1}, "open": 0}
    assert found["deals"]["pipeline"][0]["average"] == "1200.00"
    by = {one["name"]: one["win_rate"]["cohort"] for one in found["deals_by"]}
    assert by == {"company_size": {"n": 1, "of": 1}, "month": {"n": 1, "of": 1}}
    assert story.here("funnel", "--json", "--where", "company_size=1").data["deals"]["win_rate"]["cohort"]["of"] == 0
    (month,) = (one["value"] for one in found["deals_by"] if one["name"] == "month")
    kept = [story.here("funnel", "--json", "--where", f"month={value}").data for value in (month, "2001-01")]
    assert [one["deals"]["win_rate"]["period"] for one in kept] == [{"n": 1, "of": 1}, {"n": 0, "of": 0}]
    printed = story.here("funnel", "--by", "month", "--by", "version", "--basis", "period").out
    months = [one["value"] for one in story.here("funnel", "--by", "week", "--json").data["by"]]
    assert months == sorted(months)
    for part in ("Deals won", "month, deals", "version, deals", "month, who stands where", "accepted by sales"):
        assert part in printed


def test_people_read_attribution_and_a_model_that_is_not_known_is_told(story):
    ran = story.here("attribution", "--model", "u_hubspot", "--people", "--by", "company_size")
    for part in ("u_hubspot", "1.00", "1 deals", story.deal, "1,200", "sums to exactly one"):
        assert part in ran.out
    assert story.here("attribution", "--model", "u_hubspo").code == 2
    assert story.here("attribution", "--to", "2001-01-01").out.startswith("No deal was won")
    assert story.here("attribution", "--of", "created", "--json").data["deals"] == 1


def test_every_table_is_exported_with_its_manifest_and_no_address(story, tmp_path):
    found = story.here("export", str(tmp_path), "--json")
    files = {one["table"]: one for one in found.data["files"]}
    rows = {name: one["rows"] for name, one in files.items()}
    assert {name: rows[name] for name in ("persons", "opportunities")} == {"persons": 3, "opportunities": 1}
    assert min(rows.values()) > 0
    for one in files.values():
        assert one["query"]["definitions"] == found.document["definitions"]
        assert "@acme.example" not in (tmp_path / one["file"]).read_text()
    assert story.here("export", str(tmp_path), "--with-personal-data", "--table", "persons").code == 0
    assert "anna@acme.example" in (tmp_path / "persons.csv").read_text()
    assert story.here("export", str(tmp_path), "--format", "parquet", "--as-of", "2020-01-01").code == 0


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
@pytest.mark.parametrize(
    ("table", "least", "metrics"),
    [
        ("funnel", 100, {"census", "waterfall_start", "win_rate_period", "pipeline_velocity_a_day", "acceptance"}),
        ("sla", 60, {"attainment", "clocks", "band", "speed_to_lead_median", "human_delay_p95"}),
        ("attribution", 12, {"credit", "deals", "sourced", "influenced", "unlinked"}),
    ],
)
def test_every_exported_figure_carries_its_query_definitions_cut_off_and_filter(
    story, tmp_path, kind, table, least, metrics
):
    found = story.here(
        "export", str(tmp_path), "--table", table, "--format", kind, "--where", "company_size=80", "--by", "month",
        "--json",
    )  # fmt: skip
    (file,) = found.data["files"]
    rows = rows_of(tmp_path / file["file"])
    assert len(rows) == file["rows"] > least
    for row in rows:
        assert row["query"] == table
        assert (row["definitions"], row["time_zone"]) == (found.document["definitions"], found.document["time_zone"])
        assert row["cut_off"] == found.document["cut_off"]
        assert json.loads(row["filter"]) == file["query"]["filter"]
        assert json.loads(row["filter"])["where"] == {"company_size": "80"}
    assert metrics <= {row["metric"] for row in rows}


def test_exported_credit_sums_to_the_deals_by_every_model_and_name(story, tmp_path):
    assert story.here("export", str(tmp_path), "--table", "attribution", "--by", "month").code == 0
    rows = rows_of(tmp_path / "attribution.csv")
    sums = Counter()
    for row in rows:
        sums[row["model"], row["split"]] += Decimal(row["credit"]) if row["credit"] else 0
    del sums["", ""]
    assert {name for _, name in sums} == {"channel", "campaign", "month"}
    assert len({model for model, _ in sums}) == 9
    assert set(sums.values()) == {Decimal(1)}


def rows_of(path):
    """The rows of an exported file, as CSV, lines of JSON or Parquet have them; times as in JSON."""
    if path.suffix == ".csv":
        return list(csv.DictReader(path.read_text("utf-8").splitlines()))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet")
    return [{**row, "cut_off": iso(instant_of(row["cut_off"]))} for row in parquet.read_table(path).to_pylist()]


def test_bi_tools_read_views_in_the_store_itself(story):
    with story.store() as store, store.reading() as tx:
        counted = {
            view: tx.exec_driver_sql(f"SELECT count(*) FROM {view}").scalar()
            for view in ("bi_person", "bi_transition", "bi_task", "bi_opportunity")
        }
        (deal,) = tx.exec_driver_sql("SELECT amount, won, close_date FROM bi_opportunity").all()
        times = tx.exec_driver_sql("SELECT at FROM bi_transition").scalars().all()
        whose = tx.exec_driver_sql("SELECT person FROM bi_task").scalars().all()
    assert (counted["bi_person"], counted["bi_opportunity"]) == (3, 1)
    assert (float(deal.amount), deal.won, deal.close_date) == (1200, 1, NOW.date().isoformat())
    assert all(at.endswith("Z") and at.startswith("20") for at in times)
    assert all(whose)


def test_a_journey_has_the_handover_the_clock_the_task_and_the_deal_on_one_line(story):
    found = story.here("journey", "anna@acme.example", "--json").data
    kinds = [one["kind"] for one in found["entries"]]
    for kind in ("page_view", "stage", "task_created", "handed_over", "answered", "converted", "opportunity_won"):
        assert kind in kinds
    assert found["entries"] == sorted(found["entries"], key=lambda one: one["at"])
    (clock,) = found["sla"]
    assert (clock["state"], clock["owner"]) == ("met", "anna@us.example")
    assert "handed over to anna@us.example" in story.here("journey", "anna@acme.example").out


@pytest.mark.parametrize("place", ["company", "deal", "account"])
def test_a_company_and_a_deal_tell_the_journeys_of_everybody_there(story, place):
    account = story.org.rows("Opportunity")[0]["AccountId"]
    name = {"company": "company:acme.example", "deal": f"salesforce:{story.deal}", "account": f"salesforce:{account}"}
    found = story.here("journey", name[place], "--json").data
    assert found["count"] == (3 if place == "company" else 1)
    assert [deal["id"] for deal in found["deals"]] == [story.deal]
    assert len({one["person"] for one in found["entries"]}) == found["count"]
    assert {"page_view", "opportunity_won"} <= {one["kind"] for one in found["entries"]}
    assert ("3 people" if place == "company" else "1 person") in story.here("journey", name[place]).out


def test_a_company_that_nobody_knows_is_told(story):
    assert story.here("journey", "company:nowhere.example").code == 2
    assert story.here("journey", "hubspot:company/1", "--json").code == 2


def test_bottlenecks_name_the_place_and_the_people_who_wait_there(story):
    since = (NOW - 7 * DAYS).date().isoformat()
    found = story.here("bottlenecks", "--json", "--people", "--from", since).data
    (mine,) = (one for one in found["places"] if (one["name"], one["stage"]) == ("owner", "mql"))
    assert (mine["value"], mine["waiting"], len(mine["people"])) == ("anna@us.example", 1, 1)
    assert found["before_from"] is not None
    ran = story.here("bottlenecks", "--people", "--by", "company_size")
    assert "waits in MQL" in ran.out
    assert story.here("bottlenecks", "--at", "2020-01-01").out.startswith("Nobody waits")
