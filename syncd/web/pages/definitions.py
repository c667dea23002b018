"""The agreement in plain words, with its versions, who approved them, and what changed between any two."""

from __future__ import annotations

from syncd.agreement.approvals import lacking
from syncd.agreement.compare import compare
from syncd.agreement.sheet import sheet_of
from syncd.agreement.versions import before, kinds_of, reigns
from syncd.definitions.language import Definitions
from syncd.locales.words import words_of
from syncd.model.instant import BEGINNING, NEVER
from syncd.store import approvals
from syncd.web.visit import NoSuchPage, Shown, Visit

BESIDE = ("versions", "changes")
"""Sections of the printed sheet that this page tells in its own way."""


def definitions(visit: Visit) -> Shown:
    """One version, the one in force unless another is asked for, and its differences from another. Raises
    NoSuchPage for a version that is not of the files.
    """
    config, given = visit.config, approvals.all_of(visit.tx)
    words = words_of(config.service.language)
    chosen = _version(visit, "version") or config.definitions_at(visit.now)
    other = _version(visit, "against") or before(config, chosen)
    rule = config.service.approvals
    sheet = sheet_of(config, chosen, given, words, visit.now)
    shown = {
        "sheet": sheet,
        "sections": [one for one in sheet.sections if one.key not in BESIDE],
        "chosen": chosen,
        "other": other,
        "differences": [] if other is None else compare(other, chosen, words, kinds_of(config)),
        "versions": list(reversed(reigns(config))),
        "lacks": {each.hash: lacking(rule, given, each.hash) for each in config.versions} if rule.required else {},
        "approvals": [one for one in given if one.definitions == chosen.hash],
        "in_force": config.definitions_at(visit.now).hash,
        "beginning": BEGINNING,
        "never": NEVER,
    }
    return Shown("definitions.html", shown)


def _version(visit: Visit, name: str) -> Definitions | None:
    text = visit.asked(name)
    if text is None:
        return None
    found = [each for each in visit.config.versions if each.hash.startswith(text.casefold())]
    if len(found) != 1:
        raise NoSuchPage("that version is not among the files any more", "choose one under Versions")
    return found[0]
