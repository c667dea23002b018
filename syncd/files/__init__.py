"""The files that RevOps edits: read with places, checked all at once, given on as frozen values."""

from __future__ import annotations

from syncd.files.load import Config, load_config, load_definitions
from syncd.files.problem import ConfigProblems, Problem
from syncd.files.starter import StarterExists, UnknownPlaybook, list_playbooks, write_starter

__all__ = [
    "Config",
    "ConfigProblems",
    "Problem",
    "StarterExists",
    "UnknownPlaybook",
    "list_playbooks",
    "load_config",
    "load_definitions",
    "write_starter",
]
