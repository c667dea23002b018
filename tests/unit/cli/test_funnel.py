"""`syncd funnel`."""

from __future__ import annotations

import json

from syncd.cli.frame import run
from syncd.files.load import load_config
from syncd.store.database import open_store
from tests.unit.cli.town import Town, ago


def counted(capsys, *arguments: str) -> dict:
    assert run(["funnel", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def numbers(stages: list[dict]) -> dict[str, int]:
    return {each["stage"]: each["n"] for each in stages}


def total(moves) -> int:
    return sum(one["n"] for one in moves)


def test_every_stage_has_its_number_and_rate_under_a_basis(town: Town, capsys) -> None:
    document = counted(capsys)
    data = document["data"]
    assert numbers(data["stages"]) == {"subscriber": 4, "mql": 3, "sql": 0, "customer": 1}
    assert data["stages"][-2]["rate"] == {"n": 0, "of": 3}
    assert (data["order"], "any order" in data["basis"]) == ("any", True)
    assert document["cut_off"] is not None
    assert (document["time_zone"], document["definitions"]) == (
        "UTC",
        load_config(town.config).definitions.hash,
    )


def test_strict_order_counts_only_who_took_every_step(town: Town, capsys) -> None:
    assert numbers(counted(capsys, "--order", "strict")["data"]["stages"])["customer"] == 0


def test_a_split_is_by_the_value_that_fields_yaml_reads(town: Town, capsys) -> None:
    by = {each["value"]: numbers(each["stages"]) for each in counted(capsys, "--by", "source")["data"]["by"]}
    assert {value: split["mql"] for value, split in by.items()} == {"search": 2, "social": 0, "(empty)": 1}


def test_a_period_takes_those_who_entered_the_first_stage_in_it(town: Town, capsys) -> None:
    since, until = f"{ago(days=10):%Y-%m-%dT%H:%M:%SZ}", f"{ago(days=8):%Y-%m-%dT%H:%M:%SZ}"
    data = counted(capsys, "--from", since, "--to", until)["data"]
    assert (data["units"], numbers(data["stages"])["customer"]) == (1, 1)


def test_a_number_opens_down_to_the_people_behind_it(town: Town, capsys) -> None:
    people = counted(capsys, "--people", "MQL")["data"]["people"]
    assert len(people) == 3
    assert [one["entered_at"] for one in people] == sorted(one["entered_at"] for one in people)
    assert all(run(["explain", one["person"]]) == 0 for one in people)


def test_every_number_of_a_census_and_a_waterfall_opens_down_to_the_people_behind_it(town: Town, capsys) -> None:
    period = ["--from", f"{ago(days=8):%Y-%m-%dT%H:%M:%SZ}"]
    falls = counted(capsys, *period)["data"]["waterfall"]
    opened = 0
    for fall in falls:
        named = {f"{fall['stage']}:start": fall["start"], f"{fall['stage']}:census": fall["end"]}
        named |= {f"{fall['stage']}:came:{one['from'] or 'new'}": one["n"] for one in fall["came"]}
        named |= {f"{fall['stage']}:went:{one['to']}": one["n"] for one in fall["went"]}
        for name, n in named.items():
            people = counted(capsys, *period, "--people", name)["data"]["people"]
            assert (name, len(people)) == (name, n)
            opened += n
    assert opened > len(falls)


def test_a_stay_says_from_where_somebody_came_and_to_where_they_went(town: Town, capsys) -> None:
    (one,) = counted(capsys, "--people", "mql:went:recycled")["data"]["people"]
    assert (one["came_from"], one["went_to"]) == ("subscriber", "recycled")
    assert (one["cycle"], one["source"]) == (1, "definition")
    assert one["entered_at"] < one["left_at"]
    assert "pricing" in one["why"]
    whole = counted(capsys, "--people", "customer:census")["data"]["people"]
    kept = counted(capsys, "--people", "customer:census", "--where", "source=search")["data"]["people"]
    assert (len(whole), whole == kept, whole[0]["left_at"], whole[0]["went_to"]) == (1, True, None, None)
    assert counted(capsys, "--people", "customer:census", "--where", "source=social")["data"]["people"] == []
    assert run(["funnel", "--people", "mql:came"]) == 0
    assert one["person"] in capsys.readouterr().out


def test_unknown_names_are_usage_errors_that_tell_the_nearest(town: Town, capsys) -> None:
    assert run(["funnel", "--by", "sorce"]) == 2
    assert "source" in capsys.readouterr().err
    assert run(["funnel", "--people", "mqll"]) == 2
    assert "write mql" in capsys.readouterr().err.lower()


def test_every_figure_carries_its_query_its_filter_and_up_to_when_it_was_counted(town: Town, capsys) -> None:
    document = counted(capsys, "--from", "2020-01-01", "--where", "source=search", "--within", "30 days")
    query = document["data"]["query"]
    assert query["name"] == "funnel"
    assert (query["definitions"], query["cut_off"]) == (document["definitions"], document["cut_off"])
    assert query["filter"]["where"] == {"source": "search"}
    assert (query["filter"]["from"], query["filter"]["within_seconds"]) == ("2020-01-01T00:00:00.000Z", 30 * 86400)


def test_a_filter_keeps_those_of_one_value_and_their_people_are_listed(town: Town, capsys) -> None:
    data = counted(capsys, "--where", "source=search", "--people", "mql:skipped")["data"]
    assert (numbers(data["stages"])["mql"], numbers(data["stages"])["customer"]) == (2, 1)
    assert [one["became"] for one in data["people"]] == ["skipped"]
    assert counted(capsys, "--where", "source=nobody")["data"]["units"] == 0


def test_conversions_say_what_became_of_everybody_and_the_waterfall_closes(town: Town, capsys) -> None:
    data = counted(capsys, "--stalled", "1 day")["data"]
    first = data["conversions"][0]
    assert (first["from"], first["to"], first["cohort"]) == ("mql", "sql", {"n": 0, "of": 3})
    assert {name: n for name, n in first["outcomes"].items() if n} == {"skipped": 1, "recycled": 1, "stalled": 1}
    assert first["reasons"] == [{"outcome": "recycled", "reason": "No budget", "rate": {"n": 1, "of": 3}}]
    for fall in data["waterfall"]:
        came, went = (sum(one["n"] for one in fall[way]) for way in ("came", "went"))
        assert fall["start"] + came - went == fall["end"]


def test_splits_by_month_owner_team_and_version_all_sum_to_the_whole(town: Town, capsys) -> None:
    names = ("month", "week", "owner", "team", "version", "source", "country")
    data = counted(capsys, *(part for name in names for part in ("--by", name)))["data"]
    for name in names:
        groups = [group for group in data["by"] if group["name"] == name]
        falls = [fall for group in groups for fall in group["waterfall"]]
        assert all(one["start"] + total(one["came"]) - total(one["went"]) == one["end"] for one in falls)
        for whole in data["waterfall"]:
            assert sum(one["end"] for one in falls if one["stage"] == whole["stage"]) == whole["end"]
        for whole in data["time_in_stage"]:
            mine = [one for group in groups for one in group["time_in_stage"] if one["stage"] == whole["stage"]]
            assert sum(one["cumulative"]["n"] for one in mine) == whole["cumulative"]["n"]
        assert (name, sum(group["units"] for group in groups)) == (name, data["units"])
    period = counted(capsys, "--basis", "period", "--by", "month")["data"]
    assert sum(numbers(group["stages"])["mql"] for group in period["by"]) == numbers(period["stages"])["mql"] == 3


def test_a_day_begins_in_the_portal_s_time_zone(town: Town, capsys, tmp_path, monkeypatch) -> None:
    for name in ("definitions.yaml", "fields.yaml"):
        (tmp_path / name).write_text((town.config / name).read_text())
    (tmp_path / "syncd.yaml").write_text("version: 1\ntime_zone: America/New_York\n")
    monkeypatch.setenv("SYNCD_CONFIG_DIR", str(tmp_path))
    document = counted(capsys, "--from", "2026-03-01", "--to", "2026-03-09")
    chosen = document["data"]["query"]["filter"]
    assert document["time_zone"] == "America/New_York"
    assert (chosen["from"], chosen["to"]) == ("2026-03-01T05:00:00.000Z", "2026-03-09T04:00:00.000Z")


def test_today_s_definitions_can_judge_the_whole_past_anew(town: Town, capsys) -> None:
    then, now = counted(capsys)["data"], counted(capsys, "--as-defined", "now", "--people", "mql")["data"]
    assert numbers(now["stages"]) == numbers(then["stages"])
    assert len(now["people"]) == 3


def test_before_anybody_came_nobody_is_counted_and_nothing_was_known(town: Town, capsys) -> None:
    assert counted(capsys, "--at", "2020-01-01")["data"]["units"] == 0
    assert counted(capsys, "--as-of", "2020-01-01")["data"]["units"] == 0


def test_what_cannot_be_asked_is_a_usage_error(town: Town, capsys) -> None:
    wrong = (
        ["--from", "2026-03-01", "--to", "2026-03-01"],
        ["--where", "search"],
        ["--within", "soon"],
        ["--from", "lately"],
        ["--people", "mql:vanished"],
        ["--people", "mql:census:sql"],
        ["--people", "mql:came:nowhere"],
    )
    assert [run(["funnel", *arguments]) for arguments in wrong] == [2] * len(wrong)
    assert "no time between" in capsys.readouterr().err


def test_people_read_numbers_rates_and_up_to_when(town: Town, capsys) -> None:
    assert run(["funnel", "--by", "source", "--people", "customer"]) == 0
    printed = capsys.readouterr().out
    parts = ("of the stage before", "75.0 %  (3 of 4)", "Recycled: 1", "search", "time zone UTC", "Data up to 20")
    for part in (*parts, "still open", "who stands where", "time in stage", "No budget 1"):
        assert part in printed


def test_before_anything_is_recorded_the_next_step_is_told(tmp_path, town: Town, capsys, monkeypatch) -> None:
    open_store(f"sqlite:///{tmp_path}/empty.db").close()
    monkeypatch.setenv("SYNCD_STORE_URL", f"sqlite:///{tmp_path}/empty.db")
    assert run(["funnel"]) == 0
    assert "syncd apply" in capsys.readouterr().out


def test_people_read_what_the_rate_of_a_period_is_of(town: Town, capsys) -> None:
    assert run(["funnel"]) == 0
    printed = capsys.readouterr().out
    told = "Period: entries into the second in that time against entries into the first"
    assert printed.index("cohort") < printed.index(told)
    assert "may be more than 100 %" in printed
    assert run(["funnel", "--basis", "period"]) == 0
    assert "other people may be above than below, so that one may be more than 100 %" in capsys.readouterr().out
