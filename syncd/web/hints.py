"""Webhooks of HubSpot: a hint that something changed, and never data. What changed is read from the API.

Signed as HubSpot's version 3 (facts: hubspot A5, B14). Whatever is not exactly so is refused without a word on why.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from syncd.model.instant import MINUTE, Instant
from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "/webhooks/hubspot"
MOST_BYTES = 1024 * 1024
FRESH = 5 * MINUTE
"""How far a request's time may be from ours, before or after: what is older may be a replay."""
SIGNATURE, TIMESTAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""What HubSpot takes out of an address before it signs it."""
_ESCAPE = re.compile("|".join(_DECODED), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who may send hints: the secret of the app, and the address that HubSpot calls and signs."""

    secret: str
    url: str


def is_genuine(sender: Sender, query: str, body: bytes, timestamp: str, signature: str, now: Instant) -> bool:
    """Whether HubSpot signed this POST, just now. Anything that is malformed was not."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 15 or not signature.isascii():
        return False
    if abs(now - int(timestamp)) > FRESH:
        return False
    address = _ESCAPE.sub(lambda found: _DECODED[found.group().upper()], sender.url + (f"?{query}" if query else ""))
    signed = b"POST" + address.encode() + body + timestamp.encode()
    expected = base64.b64encode(hmac.new(sender.secret.encode(), signed, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode())


def ids_of(body: bytes) -> list[str] | None:
    """The ids of the events in a request, None where it holds no events. One that is sent again keeps its id."""
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(events, list) or not all(isinstance(one, dict) and "eventId" in one for one in events):
        return None
    return [_id_of(one) for one in events]


def _id_of(event: dict[str, Any]) -> str:
    named = (event.get(name) for name in ("eventId", "subscriptionId", "objectId", "occurredAt"))
    return " ".join(str(one)[:40] for one in named)


def hint_route(
    sender: Sender,
    take: Callable[[Sequence[str]], None],
    clock: Callable[[], Instant],
    refuse: Callable[[], None] = lambda: None,
) -> Route:
    """The address that HubSpot calls. `take` gets the ids of genuine events, which may have come before; `refuse` is
    told of requests that are not genuine.
    """

    async def hear(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return Response(status_code=413)
        heads = request.headers
        signed = heads.get(TIMESTAMP, ""), heads.get(SIGNATURE, "")
        if not is_genuine(sender, request.url.query, body, *signed, clock()):
            refuse()
            return Response(status_code=401)
        ids = ids_of(body)
        if ids is None:
            return Response(status_code=400)
        await run_in_threadpool(take, ids)
        return Response(status_code=200)

    return Route(PATH, hear, methods=["POST"])
