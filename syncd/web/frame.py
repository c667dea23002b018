"""What stands around every page, in the language of syncd.yaml. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.locales.words import Words, marked

NAVIGATION = (
    (
        marked("Numbers"),
        (
            ("/", marked("Overview")),
            ("/funnel", marked("Funnel")),
            ("/sla", marked("Answers of sales")),
            ("/attribution", marked("Attribution")),
            ("/what-if", marked("What if")),
        ),
    ),
    (marked("People"), (("/people", marked("People")),)),
    (
        marked("Work"),
        (
            ("/plans", marked("Plans and runs")),
            ("/quarantine", marked("Quarantine")),
            ("/reconcile", marked("Reconcile")),
        ),
    ),
    (
        marked("Proof"),
        (("/definitions", marked("Definitions")), ("/audit", marked("Audit")), ("/status", marked("Status"))),
    ),
)
"""Groups of pages, each page with its address."""
SAYS = {
    "skip": marked("Skip to the content"),
    "pages": marked("Pages"),
    "mistakes": marked("The files have mistakes, and the last good ones stay in force."),
    "no_data": marked("No data yet"),
    "until": marked("Data up to"),
    "zone": marked("Time zone"),
    "definitions": marked("Definitions"),
    "log_out": marked("Log out"),
    "find": marked("Find"),
    "find_whom": marked("Find a person by e-mail address, name or record id"),
    "find_by": marked("E-mail, name or record id"),
    "newer": marked("Newer"),
    "older": marked("Older"),
    "before": marked("Before"),
    "more_people": marked("More people"),
}


def frame_of(words: Words) -> dict[str, Any]:
    """What the frame of every page says: groups of pages, their titles by address, and its other words by name."""
    titles: Mapping[str, str] = {address: words.say(name) for _, links in NAVIGATION for address, name in links}
    return {
        "language": words.language,
        "navigation": [
            (words.say(title), [(address, titles[address]) for address, _ in links]) for title, links in NAVIGATION
        ],
        "titles": titles,
        "page_of": lambda page, pages: words.say("Page {n} of {of}", n=words.number(page), of=words.number(pages)),
        "say": {name: words.say(message) for name, message in SAYS.items()},
    }
