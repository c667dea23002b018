"""Forms and their submissions (facts: hubspot B12)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from connectors.sandbox.hubspot.errors import invalid, not_found
from connectors.sandbox.hubspot.table import Record, Source
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.wire import flag, integer, page_limit
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

SUBMISSIONS_LIMIT = 50


@dataclass(frozen=True, slots=True, order=True)
class Submission:
    """One submission, ordered by time (epoch ms) and by arrival within the same millisecond."""

    at: int
    number: int
    conversion_id: str = field(compare=False)
    page_url: str = field(compare=False)
    values: Mapping[str, str] = field(compare=False)

    def shown(self) -> dict[str, Any]:
        """The submission as the API answers it; it has no contact id, only the address that was typed in."""
        values = [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in self.values.items()]
        return {
            "conversionId": self.conversion_id,
            "submittedAt": self.at,
            "values": values,
            "pageUrl": self.page_url,
        }


@dataclass(slots=True)
class Form:
    """One form with its submissions, oldest first."""

    guid: str
    name: str
    created: int
    submissions: list[Submission] = field(default_factory=list)


class Forms:
    """The portal's forms, and the routes that read them."""

    def __init__(self, portal: HubSpotPortal) -> None:
        self._portal = portal
        self._forms: dict[str, Form] = {}
        self._count = 0

    def add(self, name: str, at: int) -> str:
        """Publish a form and return its guid, which follows from its place and name."""
        guid = str(uuid5(NAMESPACE_URL, f"form:{self._portal.portal_id}:{len(self._forms)}:{name}"))
        self._forms[guid] = Form(guid, name, at)
        return guid

    def submit(self, guid: str, values: Mapping[str, str], at: int, page_url: str, page_title: str) -> str:
        """Note a submission and carry it to the contact with its `email`, who is created when unknown."""
        form = self._form(guid)
        self._count += 1
        conversion_id = str(uuid5(NAMESPACE_URL, f"submission:{self._portal.portal_id}:{self._count}"))
        insort(form.submissions, Submission(at, self._count, conversion_id, page_url, dict(values)))
        if values.get("email"):
            self._convert(form, values, at, page_title or "Page")
        return conversion_id

    def forget(self, email: str) -> None:
        """Drop what a person who is erased has typed in."""
        for form in self._forms.values() if email else ():
            form.submissions = [each for each in form.submissions if each.values.get("email", "").lower() != email]

    def page(self, request: Request) -> Response:
        """One page of form definitions, without their fields."""
        forms = [] if flag(request, "archived") else [*self._forms.values()]
        limit, after = page_limit(request, 50, 500), integer(request.arg("after"), "after", 0)
        body: dict[str, Any] = {"results": [_shown(form) for form in forms[after : after + limit]]}
        if after + limit < len(forms):
            body["paging"] = {"next": {"after": str(after + limit)}}
        return Response(200, body)

    def get(self, _request: Request, *, guid: str) -> Response:
        """One form definition."""
        return Response(200, _shown(self._form(guid)))

    def submissions(self, request: Request, *, guid: str) -> Response:
        """Submissions of one form, newest first, up to 50 a page; `after` stays right when new ones come in."""
        limit = page_limit(request, 20, SUBMISSIONS_LIMIT)
        found = self._form(guid).submissions
        end = bisect_left(found, _position(request.arg("after"))) if request.arg("after") else len(found)
        page = found[max(0, end - limit) : end][::-1]
        body: dict[str, Any] = {"results": [each.shown() for each in page]}
        if end > limit:
            mark = urlsafe_b64encode(f"{page[-1].at}:{page[-1].number}".encode()).decode()
            body["paging"] = {"next": {"after": mark, "link": f"{request.path}?limit={limit}&after={mark}"}}
        return Response(200, body)

    def _form(self, guid: str) -> Form:
        form = self._forms.get(guid)
        if form is None:
            raise not_found(f"Form {guid} does not exist")
        return form

    def _convert(self, form: Form, values: Mapping[str, str], at: int, page_title: str) -> None:
        source = Source("FORM", form.guid, form.name)
        known = self._portal.properties["contacts"]
        checked = self._portal.checked("contacts", {n: v for n, v in values.items() if n in known}, by_api=False)
        contact = self._portal.tables["contacts"].find_unique("email", checked["email"])
        if contact is None:
            contact = self._portal.insert("contacts", checked, at, source)
        elif contact.values.get("email") != checked["email"]:
            # A secondary address finds its contact and does not become the first one.
            del checked["email"]
        self._portal.change("contacts", contact, checked | self._conversion(form, contact, at, page_title), at, source)

    def _conversion(self, form: Form, contact: Record, at: int, page_title: str) -> dict[str, str]:
        name = f"{page_title}: {form.name}"
        earlier = {each.value.partition(": ")[2] for each in contact.versions("recent_conversion_event_name")}
        found = {
            "recent_conversion_event_name": name,
            "recent_conversion_date": iso(at),
            "num_conversion_events": str(int(contact.values.get("num_conversion_events") or 0) + 1),
            "num_unique_conversion_events": str(len(earlier | {form.name})),
        }
        if not contact.values.get("first_conversion_date"):
            found |= {"first_conversion_event_name": name, "first_conversion_date": iso(at)}
        return found


def _position(mark: str | None) -> Submission:
    try:
        at, number = urlsafe_b64decode(mark or "").decode("ascii").split(":")
        return Submission(int(at), int(number), "", "", {})
    except ValueError as error:
        raise invalid("Invalid value for after") from error


def _shown(form: Form) -> dict[str, Any]:
    """A form definition, with settings that no form leaves out."""
    return {
        "id": form.guid,
        "name": form.name,
        "createdAt": iso(form.created),
        "updatedAt": iso(form.created),
        "archived": False,
        "formType": "hubspot",
        "fieldGroups": [],
        "configuration": {
            "language": "en",
            "cloneable": True,
            "postSubmitAction": {"type": "thank_you", "value": ""},
            "editable": True,
            "archivable": True,
            "recaptchaEnabled": False,
            "notifyContactOwner": False,
            "notifyRecipients": [],
            "createNewContactForNewEmail": False,
            "prePopulateKnownValues": True,
            "allowLinkToResetKnownValues": False,
        },
        "displayOptions": {"renderRawHtml": False, "theme": "default_style", "submitButtonText": "Submit"},
        "legalConsentOptions": {"type": "none"},
    }
