"""Marketing e-mail: what was sent in which mailing, and what its readers did (facts: hubspot B11, B12)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from connectors.sandbox.hubspot.errors import invalid, not_found
from connectors.sandbox.hubspot.table import Record, Source
from connectors.sandbox.hubspot.timeline import LAST, Place, Timeline, Window
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import Bulk, integer, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT = 1000
SENT, REPLY = "SENT", "REPLY"
# What each event counts up on the contact, and what it dates there.
_COUNTED = {
    SENT: ("hs_email_sends_since_last_engagement", "hs_email_last_send_date"),
    "DELIVERED": ("hs_email_delivered", None),
    "BOUNCE": ("hs_email_bounce", None),
    "OPEN": ("hs_email_open", "hs_email_last_open_date"),
    "CLICK": ("hs_email_click", "hs_email_last_click_date"),
    REPLY: ("hs_email_replied", "hs_email_last_reply_date"),
}
_TYPES = frozenset(
    [
        "SENT",
        "DROPPED",
        "PROCESSED",
        "DELIVERED",
        "DEFERRED",
        "BOUNCE",
        "OPEN",
        "CLICK",
        "STATUSCHANGE",
        "SPAMREPORT",
        "SUPPRESSED",
        "REPLY",
    ]
)
_ENGAGED = frozenset({"OPEN", "CLICK", REPLY})
_FIRST = {"OPEN": "hs_email_first_open_date", "CLICK": "hs_email_first_click_date"}


@dataclass(frozen=True, slots=True)
class Campaign:
    """One mailing."""

    id: int
    name: str
    subject: str


@dataclass(frozen=True, slots=True)
class EmailEvent:
    """One event; `at` is in epoch ms."""

    at: int
    number: int
    id: str
    type: str
    recipient: str
    campaign: Campaign
    url: str


class Mailings:
    """The portal's mailings and their events, and the routes that read them."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._campaigns: dict[int, Campaign] = {}
        self._events: Timeline[EmailEvent] = Timeline()
        self._number = 0

    def add_campaign(self, name: str, subject: str) -> str:
        """Prepare a mailing; returns its id."""
        made = Campaign(81_200_300 + len(self._campaigns), name, subject)
        self._campaigns[made.id] = made
        return str(made.id)

    def note(self, contact: Record, campaign_id: str, event_type: str, at: int, url: str) -> str:
        """Note what happened to a mailing at one recipient; returns the id of the event.

        The contact's counters and dates follow (facts: hubspot B11). ApiError 400 for an unknown type of event.
        """
        campaign = self._campaign(campaign_id)
        if event_type not in _TYPES:
            raise invalid(f"Email event type {event_type} does not exist")
        self._number += 1
        event_id = str(uuid5(NAMESPACE_URL, f"email:{self._portal.portal_id}:{self._number}"))
        recipient = contact.values.get("email", "")
        self._events.add(EmailEvent(at, self._number, event_id, event_type, recipient, campaign, url))
        if values := _counted(contact, event_type, campaign, at):
            source = Source("EMAIL", str(campaign.id), campaign.name)
            self._portal.change("contacts", contact, values, at, source)
        return event_id

    def forget(self, email: str) -> None:
        """Drop the events of somebody who is erased."""
        self._events.drop(lambda each: bool(email) and each.recipient == email)

    def events(self, request: Request) -> Response:
        """One page of the whole portal's events, newest first; both bounds of time count as inside.

        It pages by an offset of its own and tells `hasMore`; times are epoch ms. Nothing here names the contact.
        """
        offset, event_type = request.arg("offset"), request.arg("eventType")
        recipient, campaign = request.arg("recipient"), integer(request.arg("campaignId"), "campaignId", 0)
        window = Window(
            low=integer(request.arg("startTimestamp"), "startTimestamp", 0),
            high=integer(request.arg("endTimestamp"), "endTimestamp", LAST),
            after=_mark(offset) if offset else None,
        )

        # A type is told apart by case, and an unknown one simply has no events.
        def keep(each: EmailEvent) -> bool:
            return (
                each.type == (event_type or each.type)
                and (not recipient or each.recipient == recipient.lower())
                and each.campaign.id == (campaign or each.campaign.id)
            )

        chosen, more = self._events.page(window, keep, page_limit(request, 10, PAGE_LIMIT))
        body: dict[str, Any] = {"hasMore": more, "events": [self._shown(each) for each in chosen]}
        if chosen:
            body["offset"] = urlsafe_b64encode(f"{chosen[-1].at}:{chosen[-1].number}".encode()).decode()
        return Bulk(200, body)

    def campaign(self, _request: Request, *, campaign_id: str) -> Response:
        """One mailing: its name and subject, which the events leave out."""
        found = self._campaign(campaign_id)
        body = {"id": found.id, "appId": 113, "appName": "Batch", "contentId": found.id + 7, "name": found.name}
        return Response(200, body | {"subject": found.subject, "type": "BATCH_EMAIL"})

    def _campaign(self, raw: str) -> Campaign:
        found = self._campaigns.get(int(raw)) if raw.isdecimal() else None
        if found is None:
            raise not_found(f"Campaign {raw} does not exist")
        return found

    def _shown(self, event: EmailEvent) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": event.id,
            "type": event.type,
            "created": event.at,
            "recipient": event.recipient,
            "portalId": self._portal.portal_id,
            "appId": 113,
            "appName": "Batch",
            "emailCampaignId": event.campaign.id,
        }
        if event.type in _ENGAGED:
            body |= {"filteredEvent": False, "deviceType": "COMPUTER"}
        return body | ({"url": event.url} if event.url else {})


def _counted(contact: Record, event_type: str, campaign: Campaign, at: int) -> dict[str, str]:
    if event_type not in _COUNTED:
        return {}
    count, dated = _COUNTED[event_type]
    values = {count: str(int(contact.values.get(count) or 0) + 1)}
    if dated:
        values[dated] = max(iso(at), contact.values.get(dated, ""))
    if event_type in _FIRST and not contact.values.get(_FIRST[event_type]):
        values[_FIRST[event_type]] = iso(at)
    if event_type == SENT:
        values["hs_email_last_email_name"] = campaign.name
    if event_type in _ENGAGED:
        values["hs_email_sends_since_last_engagement"] = "0"
    return values


def _mark(text: str) -> Place:
    try:
        at, number = urlsafe_b64decode(text).decode("ascii").split(":")
        return int(at), int(number)
    except ValueError as error:
        raise invalid("Invalid value for offset") from error
