"""HubSpot as a Source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.errors import Unreachable
from connectors.http import Limiter, Options
from connectors.hubspot import pull
from connectors.hubspot.client import Api
from connectors.hubspot.describe import schema_of
from connectors.hubspot.kinds import kind_of
from connectors.hubspot.read import read_records
from connectors.hubspot.related import related
from connectors.hubspot.rows import known_form
from connectors.records import Account, ObjectSchema, Page, Record, System, Window

BASE_URL = "https://api.hubapi.com"
API_VERSION = "2026-09"


class HubSpot:
    """A Source (`connectors.records`): one portal, by one access token.

    Kinds: contact, company, owner, form, form_submission. `base_url` is https, or http on this machine, else
    ValueError; so is an unknown `api_version`. `limiter` None is `polite()`.
    """

    system = System.HUBSPOT

    def __init__(
        self,
        token: str,
        *,
        base_url: str = BASE_URL,
        api_version: str = API_VERSION,
        limiter: Limiter | None = None,
        options: Options | None = None,
    ) -> None:
        self._api = Api(token, base_url, api_version, limiter, options)
        self._schemas: dict[str, ObjectSchema] = {}

    def __repr__(self) -> str:
        return f"HubSpot({self._api.base_url}, {self._api.version})"

    @property
    def calls(self) -> int:
        """HTTP calls made so far, repeats included."""
        return self._api.transport.calls

    @property
    def daily_remaining(self) -> int | None:
        """Calls that the account, all apps together, has left today; None until an answer told (OAuth: never)."""
        return self._api.daily_remaining

    def now(self) -> datetime:
        """HubSpot's clock."""
        return self._api.now()

    def check(self) -> Account:
        """The portal: its id and the time zone in which it counts days."""
        told = self._api.account()
        portal, zone = told.get("portalId"), told.get("timeZone")
        if not isinstance(portal, int | str):
            raise Unreachable(System.HUBSPOT, "the account's details name no portal")
        self._api.statuses.time_zone = zone if isinstance(zone, str) else None
        return Account(System.HUBSPOT, str(portal), self._api.statuses.time_zone, None)

    def describe(self, kind: str) -> ObjectSchema:
        """The properties of contact or company. Kept for the life of the connector."""
        if kind not in self._schemas:
            known = kind_of(kind)
            definitions = self._api.properties(known.path)
            with known_form("property"):
                self._schemas[kind] = schema_of(known, definitions)
        return self._schemas[kind]

    def related(self, kind: str, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:
        """Ids of the records of another kind that records are associated with, the primary one first."""
        return related(self._api, kind_of(kind), ids, kind_of(to_kind))

    def pull(self, kind: str, window: Window, properties: Sequence[str]) -> Iterator[Page]:
        """Pages of what changed in the window. `properties` matter for contact and company only.

        Pages of form_submission carry the id of the last finished form as `after_id`: give it back as it is. Those of
        archived_contact hold contacts, deleted, which the window of contacts cannot see.
        """
        match kind:
            case "owner":
                return pull.owners(self._api, window)
            case "form":
                return pull.forms(self._api, window)
            case "form_submission":
                return pull.submissions(self._api, window)
            case "archived_contact":
                return pull.archived_records(self._api, kind_of("contact"), window)
            case _:
                return pull.changed_records(self._api, kind_of(kind), window, properties)

    def archived(self, kind: str, window: Window) -> Iterator[Page]:
        """One page of the contacts or companies archived in the window, which `pull` cannot see. Reads the whole list
        of archived records, a hundred a call.
        """
        return pull.archived_records(self._api, kind_of(kind), window)

    def read(
        self, kind: str, ids: Collection[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Mapping[str, Record]:
        """Contacts or companies by the id asked for, with the history of some properties, oldest first."""
        return read_records(self._api, kind_of(kind), ids, properties, history)
