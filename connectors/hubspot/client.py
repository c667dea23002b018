"""The calls to one portal: through HubSpot's library, which builds paths, over our transport, which does the rest.

Answers are raw JSON: the library's typed models cost 6 to 70 times as much to build and lose fields of the dated API
(facts: hubspot A3, A4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests

from connectors.errors import Missing, Unreachable
from connectors.http import Answer, Limiter, Options, Rate, Transport, require_safe
from connectors.hubspot.refusals import judged
from connectors.hubspot.statuses import Statuses, limits_told
from connectors.hubspot.together import AT_A_TIME
from connectors.hubspot.versions import (
    ACCOUNT,
    ASSOCIATIONS,
    EMAIL_CAMPAIGNS,
    EMAIL_EVENTS,
    EVENTS,
    FORMS,
    FORMS_DATED,
    LISTS,
    MARKETING_EVENTS,
    PROPERTIES,
    SUBMISSIONS,
    VERSIONS,
    path_for,
)
from connectors.limits import Day
from connectors.onward import Onward
from connectors.records import System

Json = Mapping[str, Any]

RECORDS_AT_ONCE, OWNERS_AT_ONCE, FORMS_AT_ONCE, SUBMISSIONS_AT_ONCE = 100, 100, 100, 50
OCCURRENCES_AT_ONCE, EMAIL_EVENTS_AT_ONCE, MEMBERS_AT_ONCE = 100, 1_000, 250
SEARCHES_PER_SECOND = 4
"""One below HubSpot's own limit, which all apps of the account share (facts: hubspot B1)."""
CALLS_AT_ONCE = 8
"""With fewer, the waits for answers and not the limits say how fast a history is read: HubSpot takes half a second for
fifty of them. What met its limits with twelve counted them for each by itself (facts: hubspot E21).
"""
_HARMLESS_TWICE = (
    "/search",
    "/batch/read",
    "/batch/update",
    "/batch/upsert",
    "/memberships/add",
    "/memberships/remove",
)
"""Ends of paths whose POST or PUT reads, or does nothing more when it is sent a second time; a create is not here."""


def polite(calls_per_10_seconds: int | None = None, searches_per_second: int = SEARCHES_PER_SECOND) -> Limiter:
    """HubSpot's limits, a fifth of the burst and of the day left to the portal's other apps (facts: hubspot E21). It
    begins with the least of all tiers, until an answer tells more; an own limit only lowers what HubSpot tells.
    """
    burst = Rate(100, 10.0, share=0.8, at_most=calls_per_10_seconds)
    searches = {"/search": Rate(searches_per_second, 1.0)}
    return Limiter(burst, searches, day=Day(share=0.8), at_once=CALLS_AT_ONCE, read=limits_told)


class Api:
    """One portal, by one access token. Every answer is checked to be an object of JSON; errors as in Source."""

    def __init__(
        self, token: str, base_url: str, api_version: str, limiter: Limiter | None, options: Options | None
    ) -> None:
        if api_version not in VERSIONS:
            raise ValueError(f"HubSpot API version {api_version!r} is not known; known: {', '.join(VERSIONS)}")
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable():
            raise ValueError("the HubSpot access token is empty or holds characters that no token has")
        require_safe(base_url)
        self.base_url = base_url.rstrip("/")
        self.version = api_version
        self.statuses = Statuses(self.now)
        self._limiter = limiter or polite()
        self.transport = Transport(
            System.HUBSPOT,
            classify=partial(judged, self.statuses),
            authorize=partial(_authorize, f"Bearer {token}"),
            repeatable=_repeatable,
            hosts=(urlsplit(base_url).hostname or "",),
            limiter=self._limiter,
            options=options,
        )
        self._forms = FORMS
        self._campaigns: dict[str, Json] = {}
        self._search_seconds = 0.0

    def now(self) -> datetime:
        """HubSpot's clock."""
        return self.transport.now()

    def account(self) -> Json:
        """The portal's details: portalId, timeZone, ..."""
        return self._get(path_for(self.version, ACCOUNT))

    def search(self, object_type: str, body: Json) -> Json:
        """One page of a search."""
        answer = self._searches.do_search(object_type, orjson.dumps(body), _preload_content=False)
        self._search_seconds = answer.elapsed.total_seconds()
        return _object(answer)

    @property
    def searches_at_once(self) -> int:
        """How many searches must be under way to use all that the limit allows, by how long the last one took: one
        where answers are quick, and never more than is good.
        """
        a_second = min((rate.per_second for rate in self.transport.limiter.by_ending.values()), default=1.0)
        return min(max(1, math.ceil(self._search_seconds * a_second)), AT_A_TIME)

    def batch_read(self, object_type: str, body: Json) -> Json:
        """One batch of records by id."""
        return _object(self._batches.read(object_type, orjson.dumps(body), _preload_content=False))

    def current_id(self, object_type: str, record_id: str) -> str | None:
        """The id under which a record lives now (another one after a merge), None when there is none."""
        try:
            answer = self._basics.get_by_id(object_type, record_id, properties=["hs_object_id"], _preload_content=False)
        except Missing:
            return None
        found = _object(answer).get("id")
        return found if isinstance(found, str) else None

    def listed(
        self, object_type: str, properties: Sequence[str], *, archived: bool, after: str | None = None
    ) -> Iterable[Json]:
        """Answers that together have all records of an object, archived or not, out of no index, or those after a
        cursor; a call a hundred, when they are walked.
        """
        ask = partial(
            self._basics.get_page, object_type, limit=RECORDS_AT_ONCE, archived=archived, _preload_content=False
        )
        return _answers(lambda cursor: _object(ask(properties=list(properties), **cursor)), after)

    def batch_write(self, object_type: str, verb: str, body: bytes) -> Json:
        """The whole answer to one batch of writes, given as encoded JSON; `verb` is create, update or upsert. Raises
        `refusals.Declined` where the batch was refused for what is in it.
        """
        return _object(getattr(self._batches, verb)(object_type, body, _preload_content=False))

    def list_of(self, list_id: str) -> Json:
        """One list: processingType, objectTypeId, name, ... Raises Missing where there is none."""
        found = self._get(path_for(self.version, f"{LISTS}/{quote(list_id, safe='')}")).get("list")
        return found if isinstance(found, dict) else {}

    def joined(self, list_id: str) -> Iterable[Json]:
        """The records of a list and when each joined, page after page. Raises Missing where there is none."""
        path = path_for(self.version, f"{LISTS}/{quote(list_id, safe='')}/memberships/join-order")
        return _answers(lambda cursor: self._get(path, limit=MEMBERS_AT_ONCE, **cursor))

    def change_members(self, list_id: str, ids: Sequence[str], *, member: bool) -> Json:
        """Let records join or leave a list that is kept by hand. Raises Declined as `batch_write` does."""
        verb = "add" if member else "remove"
        path = path_for(self.version, f"{LISTS}/{quote(list_id, safe='')}/memberships/{verb}")
        return _object(self._send("PUT", self.base_url + path, None, list(ids)))

    def associated(self, object_type: str, to_type: str, inputs: Sequence[Json]) -> Json:
        """What some records are associated with: the answer to one batch of ids."""
        path = path_for(self.version, f"{ASSOCIATIONS}/{object_type}/{to_type}/batch/read")
        return _object(self._send("POST", self.base_url + path, None, {"inputs": inputs}))

    def properties(self, object_type: str) -> Sequence[Json]:
        """The definitions of an object's properties."""
        return results(_object(self._definitions.get_all(object_type, _preload_content=False)))

    def define_property(self, object_type: str, definition: Json) -> None:
        """Make a property. Raises Refused where there is one of this name, or HubSpot takes no such."""
        path = path_for(self.version, f"{PROPERTIES}/{object_type}")
        self._send("POST", self.base_url + path, None, definition)

    def owners(self, *, archived: bool) -> Iterable[Json]:
        """All owners, one way or the other."""
        ask = partial(self._owners.get_page, limit=OWNERS_AT_ONCE, archived=archived, _preload_content=False)
        return _followed(lambda cursor: _object(ask(**cursor)))

    def forms(self) -> Iterable[Json]:
        """All forms of every type, from the place that knows them."""
        try:
            return list(_followed(self._form_page))
        except Missing:
            self._forms = FORMS_DATED
            return list(_followed(self._form_page))

    def submissions(self, form_id: str, after: str | None) -> Json:
        """One page of a form's submissions, newest first. Raises Missing for a form that keeps none."""
        cursor = {"after": after} if after else {}
        return self._get(f"{SUBMISSIONS}/{quote(form_id, safe='')}", limit=SUBMISSIONS_AT_ONCE, **cursor)

    def email_events(self, **asked: Any) -> Json:
        """One page of the portal's marketing e-mail events, newest first."""
        return self._get(EMAIL_EVENTS, limit=EMAIL_EVENTS_AT_ONCE, **asked)

    def campaign(self, campaign_id: str) -> Json:
        """One mailing: name, subject; nothing of one that is gone. Kept for the life of the connector."""
        if campaign_id not in self._campaigns:
            try:
                self._campaigns[campaign_id] = self._get(f"{EMAIL_CAMPAIGNS}/{quote(campaign_id, safe='')}")
            except Missing:
                self._campaigns[campaign_id] = {}
        return self._campaigns[campaign_id]

    def occurrences(self, **asked: Any) -> Iterable[Json]:
        """Events of one record, all pages. Only Enterprise portals may ask: Forbidden for all others."""
        path = path_for(self.version, EVENTS)
        return _followed(lambda cursor: self._get(path, limit=OCCURRENCES_AT_ONCE, **asked, **cursor))

    def participations(self, contact_id: str) -> Iterable[Json]:
        """How one contact took part in marketing events, all pages."""
        return self._breakdown(f"contacts/{quote(contact_id, safe='')}")

    def participants(self, event_id: str) -> Iterable[Json]:
        """How people took part in one marketing event, all pages."""
        return self._breakdown(quote(event_id, safe=""))

    def marketing_events(self) -> Iterable[Json]:
        """The marketing events, with how many people are in which state, all pages."""
        path = path_for(self.version, f"{MARKETING_EVENTS}/")
        return _followed(lambda cursor: self._get(path, limit=OCCURRENCES_AT_ONCE, **cursor))

    def _breakdown(self, whose: str) -> Iterable[Json]:
        path = path_for(self.version, f"{MARKETING_EVENTS}/participations/{whose}/breakdown")
        return _followed(lambda cursor: self._get(path, limit=OCCURRENCES_AT_ONCE, **cursor))

    def _form_page(self, cursor: Json) -> Json:
        return self._get(self._forms, limit=FORMS_AT_ONCE, formTypes="all", **cursor)

    def _get(self, path: str, **params: Any) -> Json:
        return _object(self._send("GET", self.base_url + path, params, None))

    def _send(self, method: str, url: str, params: Any, body: Any) -> Answer:
        """Send `body`: JSON that is encoded already where it is bytes."""
        if not isinstance(body, bytes):
            return self.transport.send(method, url, headers=_HEADERS, params=params, json=body)
        return self.transport.send(method, url, headers=_HEADERS | _JSON, params=params, data=body)

    # Each access to a group of the library builds a new API object with a connection pool: each is built once here.
    # Bodies are given to it as encoded JSON, which it passes on; it would walk through every value of anything else.

    @cached_property
    def _library(self) -> Any:
        from hubspot import HubSpot  # noqa: PLC0415  2,000 generated modules: nobody pays for them before the first call

        return HubSpot(api_factory=self._build)

    @cached_property
    def _searches(self) -> Any:
        return self._library.crm.objects.search_api

    @cached_property
    def _batches(self) -> Any:
        return self._library.crm.objects.batch_api

    @cached_property
    def _basics(self) -> Any:
        return self._library.crm.objects.basic_api

    @cached_property
    def _definitions(self) -> Any:
        return self._library.crm.properties.core_api

    @cached_property
    def _owners(self) -> Any:
        return self._library.crm.owners.owners_api

    def _build(self, package: Any, name: str, _config: object) -> Any:
        """One of the library's API objects, with our transport in place of its own. It is never given the token."""
        client = package.ApiClient(package.Configuration(host=self.base_url))
        client.rest_client = _Wire(self._dated)
        return getattr(package, name)(api_client=client)

    def _dated(self, method: str, url: str, params: Any, body: Any) -> Answer:
        path = path_for(self.version, url.removeprefix(self.base_url))
        return self._send(method, self.base_url + path, params, body)


_HEADERS = {"Accept": "application/json"}
_JSON = {"Content-Type": "application/json"}


class _Wire:
    """Stands where the library expects its HTTP client, and hands back our answers unread."""

    def __init__(self, send: Callable[[str, str, Any, Any], Answer]) -> None:
        self._send = send
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            setattr(self, method, partial(self._call, method))

    def _call(self, method: str, url: str, *, query_params: Any = None, body: Any = None, **_: Any) -> Answer:
        return self._send(method, url, [(name, _text(value)) for name, value in query_params or ()], body)


def results(body: Json) -> Sequence[Json]:
    """The rows of an answer. Raises Unreachable when it has none: then it is not from the API that we know."""
    rows = body.get("results")
    if not isinstance(rows, list) or not {*map(type, rows)} <= {dict}:
        raise Unreachable(System.HUBSPOT, "an answer without results")
    return rows


def next_cursor(body: Json) -> str | None:
    """Where the next page begins, or None on the last one."""
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return None if after is None else str(after)


def _followed(ask: Callable[[Json], Json]) -> Iterable[Json]:
    """The rows of all pages. Raises as `_answers`."""
    for page in _answers(ask):
        yield from results(page)


def _answers(ask: Callable[[Json], Json], after: str | None = None) -> Iterable[Json]:
    """All pages. Raises Unreachable where they lead nowhere (facts: hubspot A1)."""
    onward = Onward(System.HUBSPOT, "a list", *([after] if after else []))
    while True:
        page = ask({"after": after} if after else {})
        after = next_cursor(page)
        onward.look(page.get("results") or (), after)
        yield page
        if after is None:
            return


def _object(answer: Answer) -> Json:
    body = answer.json()
    if not isinstance(body, dict):
        raise Unreachable(System.HUBSPOT, "an answer that is not an object")
    return body


def _text(value: Any) -> Any:
    """A query value as HubSpot spells it."""
    return str(value).lower() if isinstance(value, bool) else value


def _repeatable(request: requests.PreparedRequest) -> bool:
    """Whether sending a request twice does no harm."""
    return request.method == "GET" or (request.path_url or "").partition("?")[0].endswith(_HARMLESS_TWICE)


def _authorize(credentials: str, request: requests.PreparedRequest) -> None:
    request.headers["Authorization"] = credentials
