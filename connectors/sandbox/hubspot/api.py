"""The HTTP face of the portal: three generations of paths, tokens, scopes, limits (facts: hubspot A3, B1-B4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from connectors.sandbox.hubspot.account import AccountRoutes
from connectors.sandbox.hubspot.batch import BatchRoutes
from connectors.sandbox.hubspot.errors import (
    ApiError,
    UriTooLongError,
    invalid,
    missing_scopes,
    unauthenticated,
)
from connectors.sandbox.hubspot.objects import ObjectRoutes
from connectors.sandbox.hubspot.owners import OwnerRoutes
from connectors.sandbox.hubspot.properties import PropertyRoutes
from connectors.sandbox.hubspot.schema import ObjectType, object_type
from connectors.sandbox.hubspot.search import SearchRoute
from connectors.sandbox.hubspot.wire import Generation
from connectors.sandbox.server import Request, Response, Router

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

URI_LIMIT = 8_000
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
Handler = Callable[..., Response]
# The places of the areas: those of v3 (and v4 for associations), and those of the dated generations.
PLACES = {
    "objects": ("/crm/v3/objects", "/crm/objects/{v}"),
    "links": ("/crm/v4/objects", "/crm/objects/{v}"),
    "associations": ("/crm/v4/associations", "/crm/associations/{v}"),
    "properties": ("/crm/v3/properties", "/crm/properties/{v}"),
    "pipelines": ("/crm/v3/pipelines", "/crm/pipelines/{v}"),
    "owners": ("/crm/v3/owners", "/crm/owners/{v}"),
    "account": ("/account-info/v3", "/account-info/{v}"),
}


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of a call, any of which will do; empty where every token may call."""

    of: Callable[..., tuple[str, ...]]


FREE = Scopes(lambda **_: ())
READ = Scopes(lambda kind, **_: (kind.read_scope,))
WRITE = Scopes(lambda kind, **_: (kind.write_scope,))
SCHEMA = Scopes(lambda kind, **_: (kind.schema_scope, kind.read_scope))
SCHEMA_WRITE = Scopes(lambda kind, **_: (kind.schema_scope.replace(".read", ".write"),))
LINKS = Scopes(lambda from_type, **_: (from_type.read_scope,))
LINKS_WRITE = Scopes(lambda from_type, **_: (from_type.write_scope,))
OWNERS = Scopes(lambda **_: ("crm.objects.owners.read",))
FORMS = Scopes(lambda **_: ("forms",))


class Api:
    """Answers requests: token, route, limits, scope, then the handler."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self.routes: list[tuple[str, str]] = []
        self._router = Router()
        objects = ObjectRoutes(portal)
        self._add_objects(objects, BatchRoutes(portal, objects), SearchRoute(portal))
        self._add_associations()
        self._add_properties(PropertyRoutes(portal))
        self._add_account(OwnerRoutes(portal), AccountRoutes(portal))
        self._add_forms()

    def answer(self, request: Request) -> Response:
        """The answer to one request.

        Each carries the portal's own clock as `Date` and a correlation id; searches have no rate limit headers.
        """
        correlation_id = str(uuid4())
        try:
            response = self._handle(request)
        except ApiError as error:
            response = error.response(correlation_id)
        date = formatdate(self._portal.now() / 1000, usegmt=True)
        headers = {"Date": date, "X-HubSpot-Correlation-Id": correlation_id, **response.headers}
        if not _is_search(request) and response.status not in (401, 414):
            headers |= self._portal.meter.headers(self._portal.limits)
        return replace(response, headers=headers)

    def _handle(self, request: Request) -> Response:
        if _uri_length(request) > URI_LIMIT:
            raise UriTooLongError
        self._authenticate(request)
        route = self._router.find(request)
        if route is None:
            raise self._no_route(request)
        self._portal.meter.charge(self._portal.now(), self._portal.limits, search=_is_search(request))
        self._portal.settle()
        handler, parameters = route
        return handler(request, **parameters)

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != self._portal.token:
            raise unauthenticated(expired=token in self._portal.expired_tokens)

    def _no_route(self, request: Request) -> ApiError:
        others = [method for method in METHODS if self._router.find(replace(request, method=method))]
        if others:
            return ApiError(405, None, f"HTTP method {request.method} is not allowed; allowed: {', '.join(others)}")
        return ApiError(404, None, f"Unable to find a resource at {request.path}; the sandbox may not emulate it")

    def _add(self, method: str, area: str, rest: str, handler: Handler, scopes: Scopes) -> None:
        """Register a handler at the path of each generation, whose answers are all the same."""
        for generation in Generation:
            self._route(method, _place(area, generation) + rest, handler, scopes)

    def _add_by_generation(self, method: str, area: str, rest: str, handler: Handler, scopes: Scopes) -> None:
        """Register a handler that is told the generation, for its answers differ."""
        for generation in Generation:
            told = partial(handler, generation=generation)
            self._route(method, _place(area, generation) + rest, told, scopes)

    def _route(self, method: str, path: str, handler: Handler, scopes: Scopes) -> None:
        self.routes.append((method, path))
        self._router.add(method, path, partial(self._guarded, handler, scopes))

    def _guarded(self, handler: Handler, scopes: Scopes, request: Request, **parameters: str) -> Response:
        """Call a handler with the kinds of records that the path names, if the token has the scope for them."""
        known: dict[str, Any] = {
            name: _kind(value) if name in ("kind", "from_type", "to_type") else value
            for name, value in parameters.items()
        }
        needed = scopes.of(**known)
        if needed and not self._portal.scopes.intersection(needed):
            raise missing_scopes(needed)
        return handler(request, **known)

    def _add_objects(self, objects: ObjectRoutes, batch: BatchRoutes, search: SearchRoute) -> None:
        self._add("POST", "objects", "/{kind}/search", search.search, READ)
        self._add_by_generation("POST", "objects", "/{kind}/batch/read", batch.read, READ)
        self._add_by_generation("POST", "objects", "/{kind}/batch/create", batch.create, WRITE)
        self._add_by_generation("POST", "objects", "/{kind}/batch/update", batch.update, WRITE)
        self._add_by_generation("POST", "objects", "/{kind}/batch/upsert", batch.upsert, WRITE)
        self._add("POST", "objects", "/{kind}/batch/archive", batch.archive, WRITE)
        self._add("POST", "objects", "/{kind}/merge", objects.merge, WRITE)
        self._add("POST", "objects", "/{kind}/gdpr-delete", objects.erase, WRITE)
        self._add("GET", "objects", "/{kind}", objects.page, READ)
        self._add_by_generation("POST", "objects", "/{kind}", objects.create, WRITE)
        self._add("GET", "objects", "/{kind}/{object_id}", objects.get, READ)
        self._add("PATCH", "objects", "/{kind}/{object_id}", objects.update, WRITE)
        self._add("DELETE", "objects", "/{kind}/{object_id}", objects.archive, WRITE)

    def _add_associations(self) -> None:
        links = self._portal.associations
        default = "/{from_type}/{from_id}/associations/default/{to_type}/{to_id}"
        self._add_by_generation("POST", "associations", "/{from_type}/{to_type}/batch/read", links.read_batch, LINKS)
        self._add_by_generation("PUT", "links", default, links.put_default, LINKS_WRITE)
        self._add_by_generation("GET", "links", "/{from_type}/{from_id}/associations/{to_type}", links.list_of, LINKS)

    def _add_properties(self, properties: PropertyRoutes) -> None:
        self._add("GET", "properties", "/{kind}", properties.properties, SCHEMA)
        self._add("POST", "properties", "/{kind}", properties.create, SCHEMA_WRITE)
        self._add("GET", "properties", "/{kind}/{name}", properties.property, SCHEMA)
        self._add("GET", "pipelines", "/{kind}", properties.pipelines, SCHEMA)
        self._add("GET", "pipelines", "/{kind}/{pipeline_id}", properties.pipeline, SCHEMA)
        self._add("GET", "pipelines", "/{kind}/{pipeline_id}/stages", properties.stages, SCHEMA)

    def _add_account(self, owners: OwnerRoutes, account: AccountRoutes) -> None:
        self._add("GET", "owners", "", owners.page, OWNERS)
        self._add("GET", "owners", "/{owner_id}", owners.get, OWNERS)
        self._add("GET", "account", "/details", account.details, FREE)
        self._add("GET", "account", "/api-usage/daily/private-apps", account.usage, FREE)

    def _add_forms(self) -> None:
        """Forms have a dated path in one beta only, submissions none at all (facts: hubspot A3, B12)."""
        forms = self._portal.forms
        for place in ("/marketing/v3/forms", "/marketing/forms/2026-09-beta"):
            self._route("GET", place, forms.page, FORMS)
            self._route("GET", place + "/{guid}", forms.get, FORMS)
        submissions = "/form-integrations/v1/submissions/forms/{guid}"
        self._route("GET", submissions, forms.submissions, FORMS)


def _place(area: str, generation: Generation) -> str:
    old, dated = PLACES[area]
    return old if generation is Generation.V3 else dated.format(v=generation.value)


def _kind(name: str) -> ObjectType:
    kind = object_type(name)
    if kind is None:
        raise invalid(f"Unable to infer object type from: {name}")
    return kind


def _is_search(request: Request) -> bool:
    return request.method == "POST" and request.path.rstrip("/").endswith("/search")


def _uri_length(request: Request) -> int:
    return len(request.path) + sum(
        len(name) + len(each) + 2 for name, values in request.query.items() for each in values
    )
