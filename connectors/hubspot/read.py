"""Records by id as they are now, with property history; merged ones are followed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import islice

from connectors.errors import Unreachable
from connectors.hubspot.client import Api, results
from connectors.hubspot.kinds import Kind
from connectors.hubspot.rows import records_of
from connectors.hubspot.together import together
from connectors.records import Record, System

BATCH, BATCH_WITH_HISTORY = 100, 50
MOST_FOLLOWED = 20
"""Missing ids that are looked up one by one; more of them at once are deleted records, not merged ones."""


def read_records(
    api: Api, kind: Kind, ids: Collection[str], properties: Sequence[str], history: Sequence[str]
) -> dict[str, Record]:
    """Records by the id that was asked for. An id that was merged away gives the record it became; unknown ids are
    left out. Raises Unreachable when a batch loses more rows without a word than can be looked up.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Record] = {}
    unexplained = 0
    chunks = list(_chunks(wanted, BATCH_WITH_HISTORY if history else BATCH))
    ask = partial(_batch, api, kind, properties=properties, history=history)
    for some, (records, refused) in zip(chunks, together(ask, chunks), strict=True):
        found |= records
        unexplained += max(0, len(some) - len(records.keys() & set(some)) - refused)
    missing = [each for each in wanted if each not in found]
    if len(missing) > MOST_FOLLOWED:
        if unexplained:
            raise Unreachable(System.HUBSPOT, f"{unexplained} of {len(wanted)} {kind.path} were not answered")
        missing = []
    now_at = {old: new for old in missing if (new := api.current_id(kind.path, old))}
    unread = [new for new in dict.fromkeys(now_at.values()) if new not in found]
    if unread:
        found |= _batch(api, kind, unread, properties, history)[0]
    found |= {old: found[new] for old, new in now_at.items() if new in found}
    return {each: found[each] for each in wanted if each in found}


def _batch(
    api: Api, kind: Kind, ids: Sequence[str], properties: Sequence[str], history: Sequence[str]
) -> tuple[dict[str, Record], int]:
    """Records by every id that resolves to them, and how many inputs the answer calls wrong.

    Errors stand in the plain answer at any 2xx (facts: hubspot A3).
    """
    body = {
        "properties": list(dict.fromkeys((*properties, *kind.added))),
        "propertiesWithHistory": list(history),
        "inputs": [{"id": each} for each in ids],
    }
    answer = api.batch_read(kind.path, body)
    records = records_of(kind, results(answer), properties)
    found = {old: record for record in records for old in record.replaces}
    found |= {record.id: record for record in records}
    return found, _refused(answer.get("errors"))


def _refused(errors: object) -> int:
    """How many inputs the errors speak of: one each, or as many as they list ids."""
    total = 0
    for each in errors if isinstance(errors, list) else ():
        context = each.get("context") if isinstance(each, dict) else None
        listed = context.get("ids") if isinstance(context, dict) else None
        total += len(listed) if isinstance(listed, list) and listed else 1
    return total


def _chunks(ids: Iterable[str], size: int) -> Iterable[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
