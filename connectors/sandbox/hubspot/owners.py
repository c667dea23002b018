"""Owners: the users of the portal who can own records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import not_found
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import flag, integer, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PAGE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner. `user_id` is what property history calls `updatedByUserId`."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    team: str | None
    archived: bool
    created: int

    def shown(self) -> dict[str, Any]:
        """The owner as the API answers it; an archived one has no `userId` any more."""
        body: dict[str, Any] = {
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.created),
            "archived": self.archived,
        }
        if not self.archived:
            body["userId"] = self.user_id
        if self.team:
            body["teams"] = [{"id": "1", "name": self.team, "primary": True}]
        return body


class OwnerRoutes:
    """Reads of owners."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal

    def page(self, request: Request) -> Response:
        """One page of owners, archived ones only when asked for; `email` narrows to one."""
        limit, after = page_limit(request, 100, PAGE_LIMIT), integer(request.arg("after"), "after", 0)
        email, archived = request.arg("email"), flag(request, "archived")
        found = [
            owner
            for owner in self._portal.owners.values()
            if owner.archived == archived and (not email or owner.email == email.lower()) and int(owner.id) > after
        ]
        body: dict[str, Any] = {"results": [owner.shown() for owner in found[:limit]]}
        if len(found) > limit:
            body["paging"] = {"next": {"after": found[limit - 1].id}}
        return Response(200, body)

    def get(self, request: Request, *, owner_id: str) -> Response:
        """One owner by id, or by user id with `idProperty=userId`."""
        archived = flag(request, "archived")
        by_user = request.arg("idProperty") == "userId"
        for owner in self._portal.owners.values():
            if owner.archived == archived and owner_id == (str(owner.user_id) if by_user else owner.id):
                return Response(200, owner.shown())
        raise not_found()
