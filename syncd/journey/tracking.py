"""Which fields of Salesforce an admin should have the history kept of, since rules and journeys live by their past
(facts: salesforce B6). HubSpot keeps every property's, and an opportunity's own history needs no switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.errors import ConnectorError
from connectors.records import System
from syncd.journey.examined import FIELD, OK, Check, api_name, probed
from syncd.journey.needs import admin_of
from syncd.streams import OPPORTUNITY_HISTORIES, Stream, dated_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.records import Source
    from syncd.files.load import Config

ALWAYS: Mapping[str, Sequence[str]] = {"lead": ("Status", "OwnerId"), "contact": ("OwnerId",)}
"""Fields whose past every journey shows: what sales made of a lead, and who had it when."""
SEEN_ONLY = "until then a change is dated when syncd sees it"


def wanted(config: Config) -> dict[str, list[str]]:
    """The fields whose past counts, by kind: those of ALWAYS, and those from which names are read that rules test, that
    RevOps reads, or of which the newer value wins.
    """
    return {
        kind: list(dict.fromkeys((*fields, *dated_fields(config, System.SALESFORCE, kind))))
        for kind, fields in ALWAYS.items()
    }


def histories(salesforce: Source, config: Config) -> Iterator[Check]:
    """Whether the org keeps each history. Nothing stops without one: dates are later than they were."""
    for kind, fields in wanted(config).items():
        try:
            there, tracked = salesforce.describe(kind).fields, salesforce.tracked(kind)
        except ConnectorError:
            continue  # what keeps us from seeing the object is told elsewhere
        if tracked is None:
            yield _untold(kind, fields)
        else:
            yield from (_told(kind, name, kept=name in tracked) for name in fields if name in there)
    (kind, properties), *_ = OPPORTUNITY_HISTORIES.items()
    yield probed(salesforce, Stream(System.SALESFORCE, kind, properties))


def _told(kind: str, name: str, *, kept: bool) -> Check:
    what = api_name(System.SALESFORCE, kind)
    where = f"Setup, Object Manager, {what}, Fields & Relationships, Set History Tracking"
    fix = "" if kept else f"have the history of {what}.{FIELD} kept ({where}): {SEEN_ONLY}"
    return _check(what, name, OK if kept else "not_tracked", fix)


def _untold(kind: str, fields: Sequence[str]) -> Check:
    """The org does not say what it tracks."""
    what = api_name(System.SALESFORCE, kind)
    asked = ", ".join(fields)
    fix = f"our user may not see which fields of {what} have a history; ask an admin whether these do: {asked}"
    return _check(f"{what}History", None, "not_told", fix)


def _check(what: str, name: str | None, state: str, fix: str) -> Check:
    who = None if state == OK else admin_of(System.SALESFORCE)
    return Check(System.SALESFORCE, what, name, state, required=False, sentence=fix, who=who)
