"""The HTTP face of the portal: three generations of paths, tokens, scopes, limits (facts: hubspot A3, B1-B4)."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING
from uuid import uuid4

from connectors.sandbox.hubspot.account import AccountRoutes
from connectors.sandbox.hubspot.batch import BatchRoutes
from connectors.sandbox.hubspot.errors import ApiError, UriTooLongError, unauthenticated
from connectors.sandbox.hubspot.linking import LinkRoutes
from connectors.sandbox.hubspot.listing import ListRoutes
from connectors.sandbox.hubspot.objects import ObjectRoutes
from connectors.sandbox.hubspot.owners import OwnerRoutes
from connectors.sandbox.hubspot.properties import PropertyRoutes
from connectors.sandbox.hubspot.routes import Needs, Routes, of_everyone
from connectors.sandbox.hubspot.search import SearchRoute
from connectors.sandbox.hubspot.stage_door import StageDoor
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

URI_LIMIT = 8_000
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
FREE = of_everyone()
READ = Needs(lambda kind, **_: (kind.read_scope,))
WRITE = Needs(lambda kind, **_: (kind.write_scope,))
SCHEMA = Needs(lambda kind, **_: (kind.schema_scope, kind.read_scope))
SCHEMA_WRITE = Needs(lambda kind, **_: (kind.schema_scope.replace(".read", ".write"),))
LINKS = Needs(lambda from_type, **_: (from_type.read_scope,))
LINKS_WRITE = Needs(lambda from_type, **_: (from_type.write_scope,))
OWNERS = of_everyone("crm.objects.owners.read")
FORMS = of_everyone("forms")
LISTS = of_everyone("crm.lists.read")
LISTS_WRITE = of_everyone("crm.lists.write")
# Which events there are every portal may ask, what occurred only Enterprise ones (facts: hubspot B12).
EVENT_TYPES = of_everyone("business-intelligence")
OCCURRENCES = of_everyone("business-intelligence", tier="enterprise")
MAILINGS = of_everyone("content")
MARKETING_EVENTS = of_everyone("crm.objects.marketing_events.read")


class Api:
    """Answers requests: token, route, limits, scope, then the handler. What people do goes by none of these."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._routes = Routes(portal)
        self._stage_door = StageDoor(portal)
        objects = ObjectRoutes(portal)
        self._add_objects(objects, BatchRoutes(portal, objects), SearchRoute(portal))
        self._add_associations(LinkRoutes(portal))
        self._add_properties(PropertyRoutes(portal))
        self._add_account(OwnerRoutes(portal), AccountRoutes(portal))
        self._add_lists(ListRoutes(portal))
        self._add_forms()
        self._add_events()

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Method and path pattern of everything that is emulated."""
        return self._routes.listed

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
        if self._stage_door.serves(request):
            self._portal.settle()
            return self._stage_door.answer(request)
        self._authenticate(request)
        route = self._routes.find(request)
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
        others = [method for method in METHODS if self._routes.find(replace(request, method=method))]
        if others:
            return ApiError(405, None, f"HTTP method {request.method} is not allowed; allowed: {', '.join(others)}")
        return ApiError(404, None, f"Unable to find a resource at {request.path}; the sandbox may not emulate it")

    def _add_objects(self, objects: ObjectRoutes, batch: BatchRoutes, search: SearchRoute) -> None:
        routes = self._routes
        routes.add("POST", "objects", "/{kind}/search", search.search, READ)
        routes.add_by_generation("POST", "objects", "/{kind}/batch/read", batch.read, READ)
        routes.add_by_generation("POST", "objects", "/{kind}/batch/create", batch.create, WRITE)
        routes.add_by_generation("POST", "objects", "/{kind}/batch/update", batch.update, WRITE)
        routes.add_by_generation("POST", "objects", "/{kind}/batch/upsert", batch.upsert, WRITE)
        routes.add("POST", "objects", "/{kind}/batch/archive", batch.archive, WRITE)
        routes.add("POST", "objects", "/{kind}/merge", objects.merge, WRITE)
        routes.add("POST", "objects", "/{kind}/gdpr-delete", objects.erase, WRITE)
        routes.add("GET", "objects", "/{kind}", objects.page, READ)
        routes.add_by_generation("POST", "objects", "/{kind}", objects.create, WRITE)
        routes.add("GET", "objects", "/{kind}/{object_id}", objects.get, READ)
        routes.add_by_generation("PATCH", "objects", "/{kind}/{object_id}", objects.update, WRITE)
        routes.add("DELETE", "objects", "/{kind}/{object_id}", objects.archive, WRITE)

    def _add_associations(self, links: LinkRoutes) -> None:
        routes, pair = self._routes, "/{from_type}/{to_type}"
        routes.add_by_generation("POST", "associations", f"{pair}/batch/read", links.read_batch, LINKS)
        routes.add_by_generation("POST", "associations", f"{pair}/batch/create", links.create_batch, LINKS_WRITE)
        default = f"{pair}/batch/associate/default"
        routes.add_by_generation("POST", "associations", default, links.create_default_batch, LINKS_WRITE)
        routes.add("POST", "associations", f"{pair}/batch/archive", links.archive_batch, LINKS_WRITE)
        routes.add("GET", "associations", f"{pair}/labels", links.labels, LINKS)
        of_one = "/{from_type}/{from_id}/associations"
        default = f"{of_one}/default/{{to_type}}/{{to_id}}"
        routes.add_by_generation("PUT", "links", default, links.put_default, LINKS_WRITE)
        routes.add_by_generation("GET", "links", f"{of_one}/{{to_type}}", links.list_of, LINKS)
        routes.add("PUT", "links", f"{of_one}/{{to_type}}/{{to_id}}", links.put, LINKS_WRITE)
        routes.add("DELETE", "links", f"{of_one}/{{to_type}}/{{to_id}}", links.remove, LINKS_WRITE)

    def _add_properties(self, properties: PropertyRoutes) -> None:
        routes = self._routes
        routes.add("GET", "properties", "/{kind}", properties.properties, SCHEMA)
        routes.add("POST", "properties", "/{kind}", properties.create, SCHEMA_WRITE)
        routes.add("GET", "properties", "/{kind}/{name}", properties.property, SCHEMA)
        routes.add("GET", "pipelines", "/{kind}", properties.pipelines, SCHEMA)
        routes.add("GET", "pipelines", "/{kind}/{pipeline_id}", properties.pipeline, SCHEMA)
        routes.add("GET", "pipelines", "/{kind}/{pipeline_id}/stages", properties.stages, SCHEMA)

    def _add_account(self, owners: OwnerRoutes, account: AccountRoutes) -> None:
        self._routes.add("GET", "owners", "", owners.page, OWNERS)
        self._routes.add("GET", "owners", "/{owner_id}", owners.get, OWNERS)
        self._routes.add("GET", "account", "/details", account.details, FREE)
        self._routes.add("GET", "account", "/api-usage/daily/private-apps", account.usage, FREE)

    def _add_lists(self, lists: ListRoutes) -> None:
        routes = self._routes
        routes.add("POST", "lists", "", lists.create, LISTS_WRITE)
        routes.add("POST", "lists", "/search", lists.search, LISTS)
        routes.add("GET", "lists", "", lists.some, LISTS)
        routes.add("GET", "lists", "/{list_id}", lists.get, LISTS)
        routes.add("DELETE", "lists", "/{list_id}", lists.delete, LISTS_WRITE)
        routes.add("PUT", "lists", "/{list_id}/restore", lists.restore, LISTS_WRITE)
        routes.add("GET", "lists", "/object-type-id/{kind}/name/{name}", lists.named, LISTS)
        routes.add("GET", "lists", "/{list_id}/memberships", lists.members, LISTS)
        routes.add("GET", "lists", "/{list_id}/memberships/join-order", lists.joined, LISTS)
        routes.add("PUT", "lists", "/{list_id}/memberships/add", lists.add, LISTS_WRITE)
        routes.add("PUT", "lists", "/{list_id}/memberships/remove", lists.remove, LISTS_WRITE)
        routes.add("PUT", "lists", "/{list_id}/memberships/add-and-remove", lists.add_and_remove, LISTS_WRITE)
        routes.add("GET", "lists", "/records/{kind}/{record_id}/memberships", lists.of_record, LISTS)
        routes.add_dated("POST", "lists", "/records/memberships/batch/read", lists.of_records, LISTS)

    def _add_forms(self) -> None:
        """Forms have a dated path in one beta only, submissions none at all (facts: hubspot A3, B12)."""
        forms = self._portal.forms
        for place in ("/marketing/v3/forms", "/marketing/forms/2026-09-beta"):
            self._routes.at("GET", place, forms.page, FORMS)
            self._routes.at("GET", place + "/{guid}", forms.get, FORMS)
        submissions = "/form-integrations/v1/submissions/forms/{guid}"
        self._routes.at("GET", submissions, forms.submissions, FORMS)

    def _add_events(self) -> None:
        """E-mail events have no dated path either (facts: hubspot A3, B12)."""
        routes, portal = self._routes, self._portal
        routes.add("GET", "occurrences", "", portal.occurrences.page, OCCURRENCES)
        routes.add("GET", "occurrences", "/event-types", portal.occurrences.types, EVENT_TYPES)
        routes.at("GET", "/email/public/v1/events", portal.mailings.events, MAILINGS)
        routes.at("GET", "/email/public/v1/campaigns/{campaign_id}", portal.mailings.campaign, MAILINGS)
        events, area = portal.marketing_events, "marketing events"
        routes.add("GET", area, "", events.page, MARKETING_EVENTS)
        routes.add("GET", area, "/{event_id}", events.get, MARKETING_EVENTS)
        of_contact = "/participations/contacts/{contact_id}/breakdown"
        routes.add("GET", area, of_contact, events.of_contact, MARKETING_EVENTS)
        routes.add("GET", area, "/participations/{event_id}/breakdown", events.of_event, MARKETING_EVENTS)
        routes.add("GET", area, "/participations/{event_id}", events.counters, MARKETING_EVENTS)


def _is_search(request: Request) -> bool:
    # A search of lists is no search of records: it has limits and headers like any call.
    found = request.method == "POST" and request.path.rstrip("/").endswith("/search")
    return found and "/objects/" in request.path


def _uri_length(request: Request) -> int:
    return len(request.path) + sum(
        len(name) + len(each) + 2 for name, values in request.query.items() for each in values
    )
