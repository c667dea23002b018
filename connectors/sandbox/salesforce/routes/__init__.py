"""The HTTP face of the emulated org: versions, sessions, limits, and the table of all addresses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from connectors.sandbox.salesforce.errors import Refusal, not_found
from connectors.sandbox.salesforce.routes import collections, composite, jobs, meta, metadata, people, queries, records
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.server import Request, Response, Router

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

MOST_BYTES = 16_384  # of an address and the headers together (facts: salesforce B2; help article 000386264)
OLDEST_RETIRED = 30
_VERSIONED = re.compile(r"/services/data/v(\d+\.\d)(/.*)?")
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def _too_long(request: Request) -> Response | None:
    """The refusal of an address that is too long by itself (414), or with its headers (431)."""
    address = len(request.path) + 1 + len(urlencode(request.query, doseq=True))
    headers = sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers.items())
    for length, status, text in ((address, 414, "URI Too Long"), (address + headers, 431, "Request Header Too Large")):
        if length > MOST_BYTES:
            page = f"<h1>Bad Message {status}</h1><pre>reason: {text}</pre>"
            return Response(status, page, content_type="text/html;charset=UTF-8")
    return None


class Service:
    """Answers requests for one org."""

    def __init__(self, org: SalesforceOrg) -> None:
        self._org = org
        self._router = Router()
        # Before records, whose {sobject}/{field}/{value} would take their addresses.
        for module in (meta, queries, jobs, collections):
            module.register(self._router)
        composite.register(self._router, self.dispatch)
        records.register(self._router)

    def answer(self, request: Request) -> Response:
        """The answer to one request; every refusal becomes the body that the API gives it."""
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = refusal.response()
        # The org's own clock, which a reader takes its windows from.
        date = format_datetime(self._org.clock().astimezone(UTC), usegmt=True)
        return replace(response, headers={"Date": date, **response.headers})

    def _answer(self, request: Request) -> Response:
        if (refusal := _too_long(request)) is not None:
            return refusal
        path = request.path.rstrip("/")
        if path == "/services/oauth2/token" and request.method == "POST":
            return self._org.tokens.grant(request)
        if path == "/services/oauth2/userinfo" and request.method in {"GET", "POST"}:
            return self._org.tokens.user_info(request)
        if path == people.PREFIX or path.startswith(f"{people.PREFIX}/"):
            return people.answer(self._org, request)
        if path.startswith(metadata.PREFIX) and request.method == "POST":
            self._org.usage.count()
            return metadata.answer(self._org, request)
        if path == "/services/data" and request.method == "GET":
            return Response(body=meta.versions(self._org))
        if not _VERSIONED.fullmatch(request.path):
            raise not_found()
        self._org.tokens.check(request)
        return self._metered(request)

    def _metered(self, request: Request) -> Response:
        org = self._org
        if org.enforce_limit and org.calls_today >= org.daily_limit:
            # No Retry-After and no X-RateLimit (facts: salesforce B2).
            response = Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403).response()
        elif org.crowded > 0:
            org.crowded -= 1  # the same code (facts: salesforce B2), its text believed
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            response = Refusal("REQUEST_LIMIT_EXCEEDED", message, status=403).response()
        else:
            org.usage.count()
            response = self.dispatch(request)
        usage = {"Sforce-Limit-Info": f"api-usage={org.calls_today}/{org.daily_limit}"}
        return replace(response, headers={**response.headers, **usage})

    def dispatch(self, request: Request) -> Response:
        """The answer to a request below a version, refusals included; also for the parts of a composite."""
        try:
            found = _VERSIONED.fullmatch(request.path)
            if found is None:
                raise not_found()
            self._known(found[1])
            with self._org.tables.transaction():
                return self._routed(Call(self._org, replace(request, path=found[2] or "/"), found[1]))
        except Refusal as refusal:
            return refusal.response()

    def _known(self, version: str) -> None:
        if version in self._org.api_versions:
            return
        if float(version) <= OLDEST_RETIRED:  # facts: salesforce B1
            raise Refusal("GONE", "The requested API version has been retired", status=410)
        raise not_found()

    def _routed(self, call: Call) -> Response:
        if (found := self._router.find(call.request)) is not None:
            handler, parameters = found
            return handler(call, **parameters)
        others = [name for name in _METHODS if self._router.find(replace(call.request, method=name))]
        if not others:
            raise not_found()
        message = f"HTTP Method '{call.request.method}' not allowed. Allowed are {','.join(others)}"
        raise Refusal("METHOD_NOT_ALLOWED", message, status=405)
