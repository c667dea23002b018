"""What changed since a version was approved, from the page that its approvers were shown.

Who edits definitions.yaml and keeps no older file beside it leaves nothing else to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from syncd.locales.words import Words
from syncd.store.approvals import Approval


def since_approved(given: Sequence[Approval], version: str, page: str, words: Words) -> str | None:
    """The sentences that are new or gone since the last other version that somebody approved, under their headings.

    None where none was approved, or in another language. `page` is that of the version in hand, as plain text.
    """
    last = max((one for one in given if one.definitions != version), key=lambda one: one.at, default=None)
    if last is None or last.page.partition("\n")[0] != page.partition("\n")[0]:
        return None
    title = words.say("What changed since {version}, approved by {who} on {day}",
                      version=last.definitions, who=last.email, day=words.day(last.at))  # fmt: skip
    ends = words.say("Versions"), words.say("What changed since the version before")
    lines = list(_told(list(_sentences(last.page, ends)), list(_sentences(page, ends)), words))
    return "\n".join([title, *(lines or [f"  - {words.say('Nothing: both mean the same.')}"])])


def _told(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]], words: Words) -> Iterator[str]:
    heading = ""
    for what, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        gone = [(under, words.say("gone: {what}", what=text)) for under, text in old[first:last]]
        fresh = [(under, words.say("new: {what}", what=text)) for under, text in new[start:end]]
        for under, text in [*gone, *fresh]:
            if under != heading:
                yield f"  - {under}"
            heading = under
            yield f"    - {text}"


def _sentences(page: str, ends: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(heading, sentence) of each item of a page as plain text, lines that were broken put together again.

    What stands from one of the `ends` on tells of versions and signatures, and of nothing that was agreed.
    """
    heading = text = ""
    for line in page.splitlines():
        if line in ends:
            break
        if line.startswith("    ") and text and not line.lstrip().startswith("- "):
            text += f" {line.strip()}"
            continue
        if text:
            yield heading, text
        text = line.strip().removeprefix("- ") if line.lstrip().startswith("- ") else ""
        if line and not line.startswith(" ") and set(line) not in ({"-"}, {"="}):
            heading = line
    if text:
        yield heading, text
