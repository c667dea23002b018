"""Records of people who were forgotten that a CRM still has and counts: of whom syncd keeps nothing, not even an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System, Window
from syncd.facts.values import instant_in
from syncd.journey.reconcile import Copy, Standing
from syncd.links.keys import KEYED, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.records import Record, Source
    from syncd.journey.reconcile import Question
    from syncd.store.suppression import Suppressed

KINDS = {System.HUBSPOT: ("contact",), System.SALESFORCE: ("lead", "contact")}


def forgotten(source: Source, away: Suppressed, dated: str, hubspot_id: str, question: Question) -> Iterator[Standing]:
    """Everybody forgotten of whom a CRM counts a record, with that record; `dated` is its field with the day of the
    stage. Reads the CRM's whole list of people, whose marks alone tell who was forgotten; nothing of it is kept.
    """
    for kind in KINDS[source.system]:
        there = source.describe(kind).fields
        wanted = [name for name in (dated, *KEYED, hubspot_id) if name in there]
        for page in source.pull(kind, Window(None, source.now()), wanted):
            for one in page.records:
                keys = keys_of(source.system, kind, one.id, one.properties, one.replaces, hubspot_id, one.merged_into)
                if not one.deleted and _is_counted(one, dated, question) and away.has_any(keys):
                    name = f"{source.system}:{kind}:{one.id}"
                    yield Standing(name, [Copy(source.system, kind, one.id, counted=True)], forgotten=True)


def _is_counted(record: Record, dated: str, question: Question) -> bool:
    try:
        return question.covers(instant_in(str(record.properties.get(dated) or "")))
    except (ValueError, OverflowError):
        return False
