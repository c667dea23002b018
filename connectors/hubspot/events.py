"""What people did, one event at a time: marketing e-mails per portal; page views, custom events and marketing events
per contact (facts: hubspot B12). Ids are HubSpot's own, else a fingerprint of what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from connectors.answers import known_form
from connectors.errors import Missing, Unreachable
from connectors.hubspot import participations
from connectors.hubspot.client import Api
from connectors.hubspot.rows import fingerprint, id_order, instant, milliseconds, text_of, within
from connectors.hubspot.together import together
from connectors.onward import Onward
from connectors.records import JsonValue, Page, Record, System, Window

VISITED, PARTICIPATION = "e_visited_page", "marketing_event"
_OWN = "e_"
"""How the names of HubSpot's own events begin; those of the portal and of its apps begin with pe and ae."""
CONTACTS_A_PAGE, RECORDS_A_PAGE = 100, 200
"""A page ends with the contact that reaches either."""
CONTACTS_AT_ONCE = 20
"""Contacts that are asked for before their events are handed on."""
_MILLISECOND = timedelta(milliseconds=1)


def email_events(api: Api, window: Window) -> Iterator[Page]:
    """Pages of what became of marketing e-mails, newest first: `event_type` (SENT, OPEN, CLICK, ...), `email` of the
    recipient, `campaign` (its name, asked for once), `campaign_id`, `subject`, `url`, and whether the portal's own
    filters drop it (`filtered`).

    `after_id` is the instant of the last event of a page in milliseconds: a restart goes on there, and reads events of
    that very millisecond again, since HubSpot's own offsets do not live long.
    """
    asked = {"endTimestamp": window.after_id or milliseconds(window.until)}
    if window.since is not None:
        asked["startTimestamp"] = milliseconds(window.since)
    onward = Onward(System.HUBSPOT, "the list of e-mail events")
    while True:
        body = api.email_events(**asked)
        rows = body.get("events")
        if not isinstance(rows, list):
            raise Unreachable(System.HUBSPOT, "an answer without events")
        with known_form(System.HUBSPOT, "e-mail event"):
            page = [_email_event(api, row) for row in rows]
        if page:
            kept = [one for one in page if within(window, one.modified_at)]
            yield Page(kept, milliseconds(min(one.modified_at for one in page)))
        if not body.get("hasMore"):
            return
        asked["offset"] = offset = str(body.get("offset") or "")
        onward.look(rows, offset)


def _email_event(api: Api, row: Mapping[str, Any]) -> Record:
    at = instant(row["created"])
    campaign_id = text_of(row.get("emailCampaignId"))
    campaign = api.campaign(campaign_id) if campaign_id else {}
    told: dict[str, JsonValue] = {
        "event_type": row.get("type"),
        "email": row.get("recipient") or None,
        "campaign": campaign.get("name") or None,
        "campaign_id": campaign_id,
        "subject": row.get("subject") or campaign.get("subject") or None,
        "url": row.get("url") or None,
        "filtered": bool(row.get("filteredEvent")),
    }
    return Record("email_event", text_of(row.get("id")) or fingerprint(row["created"], told), at, at, told)


def of_contacts(api: Api, kind: str, ids: Collection[str], window: Window) -> Iterator[Page]:
    """Pages of the events of some contacts, contact by contact in ascending order of id; see `HubSpot.of_contacts`.
    How they took part in marketing events is asked event by event where that is fewer calls.

    The first contact is asked for alone, so that a portal which may not be asked refuses one call; the others several
    at a time. Raises Missing when not a single contact had an answer; one that is gone is passed over.
    """
    after = window.after_id
    wanted = sorted({each for each in ids if after is None or id_order(each) > id_order(after)}, key=id_order)
    if kind == PARTICIPATION and len(wanted) > participations.FEW:
        events = participations.cheaper_events(api, len(wanted))
        with suppress(Missing):  # not every portal tells it by event
            if events is not None:
                yield from participations.of_events(api, events, window, wanted[-1])
                return
    ask = partial(_of_contact, _STREAMS[kind], api, window)
    held: list[Record] = []
    contacts = 0
    missing: list[Missing] = []
    for start in (0, *range(1, len(wanted), CONTACTS_AT_ONCE)):
        some = wanted[start : start + CONTACTS_AT_ONCE] if start else wanted[:1]
        for contact, answer in zip(some, together(ask, some), strict=True):
            if isinstance(answer, Missing):
                missing.append(answer)
            else:
                held += answer
            contacts += 1
            if contacts == CONTACTS_A_PAGE or len(held) >= RECORDS_A_PAGE:
                yield Page(held, contact)
                held, contacts = [], 0
    if missing and len(missing) == len(wanted):
        raise missing[0]
    if contacts:
        yield Page(held, wanted[-1])


def _of_contact(ask: _Stream, api: Api, window: Window, contact: str) -> Sequence[Record] | Missing:
    try:
        return [one for one in ask(api, contact, window) if within(window, one.modified_at)]
    except Missing as missing:
        return missing


def _page_views(api: Api, contact: str, window: Window) -> Iterable[Record]:
    """The pages of the portal's own sites that a contact looked at."""
    rows = list(api.occurrences(**_occurred(contact, window), eventType=VISITED))
    with known_form(System.HUBSPOT, "page view"):
        return [_occurrence("page_view", contact, row, _seen(row.get("properties") or {})) for row in rows]


def _custom_events(api: Api, contact: str, window: Window) -> Iterable[Record]:
    """What a contact did that the portal or one of its apps defined, with the event's own properties beside ours."""
    rows = list(api.occurrences(**_occurred(contact, window)))
    with known_form(System.HUBSPOT, "event"):
        return [
            _occurrence("custom_event", contact, row, {**given, **_seen(given)})
            for row in rows
            if not str(row["eventType"]).startswith(_OWN)
            for given in (row.get("properties") or {},)
        ]


def _occurred(contact: str, window: Window) -> dict[str, str]:
    """Which events to ask for. HubSpot's `after` and `before` leave out the instants themselves."""
    asked = {"objectType": "contact", "objectId": contact, "occurredBefore": _iso(window.until + _MILLISECOND)}
    if window.since is not None:
        asked["occurredAfter"] = _iso(window.since - _MILLISECOND)
    return asked


def _seen(given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {"url": given.get("hs_url"), "page_title": given.get("hs_title") or given.get("hs_page_title")}


def _occurrence(kind: str, contact: str, row: Mapping[str, Any], given: Mapping[str, JsonValue]) -> Record:
    at = instant(row["occurredAt"])
    told: dict[str, JsonValue] = {**given, "contact": contact, "event_type": row["eventType"]}
    return Record(kind, text_of(row.get("id")) or fingerprint(row["occurredAt"], told), at, at, told)


_Stream = Callable[[Api, str, Window], Iterable[Record]]
_STREAMS: Mapping[str, _Stream] = MappingProxyType(
    {"page_view": _page_views, "custom_event": _custom_events, PARTICIPATION: participations.of_contact}
)
OF_CONTACTS = tuple(_STREAMS)
"""The kinds that are read contact by contact."""


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
