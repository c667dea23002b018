"""The languages that syncd speaks to people: English in the code, each other one a catalogue beside this file."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Language: TypeAlias = Literal["en", "nl", "nb"]
"""English, Dutch and Norwegian (bokmål)."""

LANGUAGES: tuple[Language, ...] = get_args(Language)
