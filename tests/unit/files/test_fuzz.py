"""Whatever bytes the files hold: they load, or their mistakes are told. Never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from syncd.files import ConfigProblems, Problem, load_config
from syncd.journey.checked import check_files
from syncd.model.instant import parse_iso

NOW = parse_iso("2026-11-21T08:30:00Z")
PLAYBOOK = Path(__file__).parents[3] / "config" / "playbooks" / "startup"
PIECES = [b"{", b"}", b"[", b"]", b": ", b"- ", b"\n", b"\t", b"&a ", b"*a", b"!!int ", b"<<: ", b"'", b'"', b"#", b"%",
          b"---\n", b"\xff", b"\x00", b"\xef\xbb\xbf", b"? ", b"| ", b"> ", b"~", b"null", b"-1", b"0", b"9" * 400,
          b"\\U99999999", b'"\\ud800"', b"1e999", b"@", b"`", "\u2028é".encode()]  # fmt: skip


def mutated(content: bytes, chance: random.Random) -> bytes:
    text = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(len(text))
        match chance.randrange(5):
            case 0:
                text[at] = chance.randrange(256)
            case 1:
                del text[at : at + chance.randrange(1, 30)]
            case 2:
                text[at:at] = chance.choice(PIECES)
            case 3:
                other = chance.randrange(len(text))
                text[at:at] = text[other : other + chance.randrange(1, 60)]
            case _:
                text[at : at + chance.randrange(1, 10)] = chance.choice(PIECES)
    return bytes(text)


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_load_or_are_told(seed: int, tmp_path: Path):
    chance = random.Random(seed)
    good = {file.name: small(file) for file in PLAYBOOK.glob("*.yaml")}
    for name, content in good.items():
        (tmp_path / name).write_bytes(content)
    refused = 0
    for _ in range(75):
        name = chance.choice(sorted(good))
        (tmp_path / name).write_bytes(mutated(good[name], chance))
        problems = problems_in(tmp_path)
        refused += bool(problems)
        assert all(problem.what and problem.instead and problem.line > 0 for problem in problems)
        (tmp_path / name).write_bytes(good[name])
    assert refused > 30


def problems_in(directory: Path) -> tuple[Problem, ...]:
    try:
        load_config(directory)
    except ConfigProblems as error:
        return error.problems
    return ()


def small(file: Path) -> bytes:
    """A file without most of its comments and examples, so that edits hit what counts and loading stays fast."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(line for line in lines if line.strip())
    head, _, tail = text.partition("examples:\n")
    return (head + ("examples:\n" + "\n".join(tail.splitlines()[:6]) if tail else "")).encode() + b"\n"


def test_a_hundred_mutated_definition_files_are_told_with_a_place_and_a_next_step(tmp_path: Path):
    chance = random.Random(4)
    for file in PLAYBOOK.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(small(file))
    good = small(PLAYBOOK / "definitions.yaml")
    refused = []
    for _ in range(100):
        (tmp_path / "definitions.yaml").write_bytes(mutated(good, chance))
        refused += [found for found in [check_files(tmp_path, NOW).problems] if found]
    assert len(refused) > 50
    for problem in (one for found in refused for one in found):
        assert problem.file.startswith("definitions")
        assert problem.line > 0
        assert problem.column > 0
        assert problem.what
        assert problem.instead
