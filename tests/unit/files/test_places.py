"""Files as text with places."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from syncd.files import places
from syncd.files.places import read_document

PLAYBOOKS = Path(__file__).parents[3] / "config" / "playbooks"


@pytest.mark.parametrize("path", sorted(PLAYBOOKS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_both_parsers_read_the_same_with_the_same_places(path: Path, monkeypatch: pytest.MonkeyPatch):
    fast = read_document(path.name, path.read_bytes())
    monkeypatch.setattr(places, "_FAST", yaml.SafeLoader)
    assert fast == read_document(path.name, path.read_bytes())
    assert fast.whole


def test_a_mistake_is_told_in_the_same_words_by_either(monkeypatch: pytest.MonkeyPatch):
    broken = b"a: 1\nb: [1, 2\nc: 3\n"
    fast = read_document("f.yaml", broken)
    monkeypatch.setattr(places, "_FAST", yaml.SafeLoader)
    assert [fast.problems, fast.whole] == [read_document("f.yaml", broken).problems, False]
