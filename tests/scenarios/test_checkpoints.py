"""Checkpoints of the ledger: signed, sent outside at the end of a run, and what they show of a rewritten past."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import Request, Response, Server
from syncd.anchors.checkpoints import CheckpointBroken, public_key, read, signed
from syncd.model.instant import Instant


def make_key(path: Path) -> Path:
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    path.chmod(0o600)
    return path


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key.pem")


def sending_to(world, *places, every="1 second"):
    with (world.config / "syncd.yaml").open("a") as file:
        file.write(f"\naudit: {{checkpoint_every: {every}, send_to: [{', '.join(places)}]}}\n")


def with_key(world, key):
    """Have every command of this world sign."""
    world.extra = {"LEDGER__SIGNING_KEY_FILE": str(key)}


def test_a_signed_checkpoint_goes_to_a_file_and_the_ledger_proves_itself_against_it(world, key, tmp_path):
    outside = tmp_path / "outside.jsonl"
    sending_to(world, "journal", f"file:{outside}")
    with_key(world, key)
    world.person("ann")
    ran = world.here("apply")
    assert ran.code == 0
    assert '"schema":"syncd.checkpoint/1"' in ran.err
    assert outside.stat().st_mode & 0o077 == 0
    (only,) = read(outside)
    assert only.is_genuine
    assert only.key == public_key(key.read_text()) == world.here("audit", "head").out.splitlines()[1]
    assert world.here("audit", "verify", "--against", str(outside)).code == 0
    assert world.here("audit", "verify", "--against", str(outside), "--key", only.key).code == 0
    assert world.here("audit", "verify", "--against", str(outside), "--key", "ed25519:other").code == 7
    assert world.here("audit", "verify", "--json").data["checkpoints"]["signed"] == 1


def rewritten(world):
    """The owner of the machine writes the whole ledger anew, with one word changed, and every hash right again."""
    from syncd.store.chain import GENESIS, hash_of

    with sqlite3.connect(world.directory / "syncd.db") as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        prev = GENESIS
        for seq, at, kind, run, body in connection.execute(
            "SELECT seq, at, kind, run_id, body FROM ledger ORDER BY seq"
        ).fetchall():
            changed = body.replace('"rule":"new"', '"rule":"old"')
            kept = hash_of(prev, seq, at, kind, run, changed)
            connection.execute(
                "UPDATE ledger SET body = ?, prev = ?, hash = ? WHERE seq = ?", (changed, prev, kept, seq)
            )
            prev = kept


def test_a_past_that_was_rewritten_as_a_whole_is_found_by_checkpoints_outside_and_inside(world, key, tmp_path):
    outside = tmp_path / "outside.jsonl"
    sending_to(world, f"file:{outside}")
    with_key(world, key)
    world.person("ann")
    assert world.here("apply").code == 0
    rewritten(world)
    ran = world.here("audit", "verify", "--json")
    assert (ran.code, ran.data["first_bad"]) == (7, None)
    assert ran.data["troubles"] == ["a checkpoint in the ledger tells of another past than the ledger"]
    against = world.here("audit", "verify", "--against", str(outside), "--json")
    assert against.code == 7
    assert against.data["first_bad"] == read(outside)[0].entries


def test_an_end_that_was_cut_off_is_found_against_an_older_checkpoint(world, key, tmp_path):
    outside = tmp_path / "outside.jsonl"
    sending_to(world, f"file:{outside}")
    with_key(world, key)
    world.person("ann")
    assert world.here("apply").code == 0
    with sqlite3.connect(world.directory / "syncd.db") as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DELETE FROM ledger WHERE seq >= ?", (read(outside)[0].entries,))
    assert world.here("audit", "verify", "--against", str(outside), "--chain-only").code == 7


def test_a_checkpoint_that_was_altered_or_is_of_others_is_told(world, key, tmp_path):
    outside = tmp_path / "outside.jsonl"
    sending_to(world, f"file:{outside}")
    with_key(world, key)
    world.person("ann")
    assert world.here("apply").code == 0
    line = json.loads(outside.read_text())
    for name, value, told in (("at", "2020-01-01T00:00:00.000Z", "does not fit"), ("hubspot", "1", "another pair")):
        outside.write_text(json.dumps({**line, name: value}))
        ran = world.here("audit", "verify", "--against", str(outside), "--json")
        assert (ran.code, told in ran.data["troubles"][0]) == (7, True)
    outside.write_text("no checkpoint\n")
    assert world.here("audit", "verify", "--against", str(outside)).code == 2


def test_a_place_that_does_not_answer_stops_nothing_and_gets_it_after_the_next_run(world):
    heard: list[bytes] = []

    def answer(request: Request) -> Response:
        heard.append(request.body)
        return Response(500 if len(heard) == 1 else 200, "")

    server = Server(answer).start()
    try:
        sending_to(world, f'"{server.url}/audit"', every="1 day")
        world.person("ann")
        assert world.here("apply").code == 0
        assert len(heard) == 1
        assert world.here("sync").code == 0
        assert len(heard) == 2
        assert heard[0] == heard[1]
        assert json.loads(heard[1])["signature"] == ""
        assert world.here("sync").code == 0
        assert len(heard) == 2
    finally:
        server.stop()


def test_an_idle_service_makes_no_checkpoint_of_its_last_checkpoint(world, tmp_path):
    outside = tmp_path / "outside.jsonl"
    sending_to(world, f"file:{outside}", every="0.01 seconds")
    world.person("ann")
    assert world.cycle("apply").exit_code == 0
    for _ in range(3):
        world.cycle()
    count = len(read(outside))
    entries = world.here("audit", "head", "--json").data["entries"]
    for _ in range(3):
        world.cycle()
    assert (len(read(outside)), world.here("audit", "head", "--json").data["entries"]) == (count, entries)


def test_what_is_sealed_about_people_who_went_silent_is_closed_for_good(world):
    with (world.config / "syncd.yaml").open("a") as file:
        file.write("\naudit: {keep_sealed: 1 second}\n")
    world.person("ann")
    assert world.cycle("apply").exit_code == 0
    with world.desk() as desk:
        from syncd.cycle import run_cycle
        from syncd.desk import Order

        real = desk.clock
        desk.clock = lambda: Instant(real() + int(timedelta(days=2).total_seconds() * 1000))
        run_cycle(desk, Order("sync"))
    with sqlite3.connect(world.directory / "syncd.db") as connection:
        assert connection.execute("SELECT count(*) FROM person_key").fetchone() == (0,)
    assert "closed" in world.ledger_kinds()
    assert world.ledger_is_sound()
    assert world.here("explain", "ann@acme.example").code == 0


@pytest.mark.parametrize("text", ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_told_without_showing_it(text):
    with pytest.raises(CheckpointBroken, match="no Ed25519 private key") as caught:
        signed(text, ("p", "o"), (1, "h"), Instant(0))
    assert text not in str(caught.value)
