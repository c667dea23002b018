"""`syncd setup hubspot`."""

from __future__ import annotations

import json

from syncd.cli.frame import run
from syncd.store import intents, ledger
from syncd.store.database import open_store
from tests.unit.cli.test_doctor import fresh
from tests.unit.cli.town import FIELDS, Town

__all__ = ["fresh"]
WISHED = (
    FIELDS
    + "  signed_on: {from: hubspot.contact.signed_on, type: date}\n  vip: {from: hubspot.company.vip, type: boolean}\n"
)


def wish(town: Town) -> None:
    for name in ("syncd_reason", "syncd_recycle_until"):
        del town.portal.properties["contacts"][name]
    (town.config / "fields.yaml").write_text(WISHED)


def told(capsys, *more: str) -> tuple[int, dict]:
    code = run(["setup", "hubspot", "--json", *more])
    return code, json.loads(capsys.readouterr().out)["data"]


def test_what_is_missing_is_shown_first_and_nothing_is_made(fresh: Town, capsys) -> None:
    wish(fresh)
    code, data = told(capsys)
    assert (code, data["made"]) == (0, False)
    assert [(one["object"], one["name"], one["type"]) for one in data["properties"]] == [
        ("company", "vip", "boolean"),
        ("contact", "signed_on", "date"),
        ("contact", "syncd_reason", "text"),
        ("contact", "syncd_recycle_until", "date"),
    ]
    assert "signed_on" not in fresh.portal.properties["contacts"]
    assert run(["setup", "hubspot"]) == 0
    assert "syncd setup hubspot --yes" in capsys.readouterr().out


def test_with_yes_it_is_made_by_an_intent_and_noted_in_the_ledger(fresh: Town, capsys) -> None:
    wish(fresh)
    assert told(capsys, "--yes")[0] == 0
    assert fresh.portal.properties["contacts"]["signed_on"].shown()["type"] == "date"
    assert fresh.portal.properties["companies"]["vip"].shown()["fieldType"] == "booleancheckbox"
    store = open_store(fresh.environment["SYNCD_STORE_URL"], read_only=True)
    with store.reading() as tx:
        kept = [row for row in ledger.read(tx) if row.data.get("kind") == "property"]
        assert intents.open_ones(tx) == []
        assert not intents.any_ever(tx)
        assert ledger.verify(tx).ok
    store.close()
    names = ["company.vip", "contact.signed_on", "contact.syncd_reason", "contact.syncd_recycle_until"]
    assert [(row.kind, row.data["key"]) for row in kept[:4]] == [("intent", name) for name in names]
    assert [(row.kind, row.data["id"]) for row in kept[4:]] == [("written", name) for name in names]
    assert run(["audit", "verify"]) == 0
    capsys.readouterr()
    assert run(["undo", str(kept[0].run), "--plan", "--json"]) == 0
    left = json.loads(capsys.readouterr().out)["data"]["left"]
    assert [(one["id"], "by hand" in one["why"]) for one in left] == [(name, True) for name in names]
    assert told(capsys, "--yes") == (0, {"properties": [], "made": True, "refused": []})
    assert run(["setup", "hubspot"]) == 0
    assert "has every property" in capsys.readouterr().out


def test_without_the_scope_it_ends_with_2_and_a_pause_with_4(fresh: Town, capsys) -> None:
    wish(fresh)
    fresh.portal.scopes = fresh.portal.scopes - {"crm.schemas.companies.write"}
    assert run(["setup", "hubspot", "--yes"]) == 2
    assert "crm.schemas.companies.write" in capsys.readouterr().out
    assert fresh.portal.properties["contacts"]["signed_on"]
    assert run(["quarantine", "list"]) == 0
    assert "company.vip" in capsys.readouterr().out
    assert run(["audit", "verify"]) == 0
    capsys.readouterr()
    (fresh.config / "PAUSE").write_text("audit")
    assert run(["setup", "hubspot", "--yes"]) == 4
    assert "paused" in capsys.readouterr().err
    assert "vip" not in fresh.portal.properties["companies"]
