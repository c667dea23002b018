"""HubSpot as a Destination."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType

from connectors.answers import known_form
from connectors.errors import Forbidden, Missing, Unreachable, Unserved
from connectors.http import Limiter, Options
from connectors.hubspot import events, members, participations, pull, versions
from connectors.hubspot.client import Api
from connectors.hubspot.describe import schema_of
from connectors.hubspot.find import amount, count, find
from connectors.hubspot.kinds import KINDS, kind_of
from connectors.hubspot.properties import PROPERTY, make_properties, object_of
from connectors.hubspot.read import read_records
from connectors.hubspot.related import related
from connectors.hubspot.submissions import submissions
from connectors.hubspot.together import together
from connectors.hubspot.write import MOST_ROWS, write
from connectors.records import Account, Ask, ObjectSchema, Page, Record, System, Window, Write, WriteResult

BASE_URL = "https://api.hubapi.com"
API_VERSION = "2026-09"
ARCHIVED, LISTED = "archived_", "listed_"
"""How the words begin for the archived records of a kind, and for all that live, as a list has them."""


_LISTS: Mapping[str, Callable[[Api, Window], Iterator[Page]]] = MappingProxyType(
    {
        "owner": pull.owners,
        "form": pull.forms,
        "form_submission": submissions,
        "email_event": events.email_events,
        events.PARTICIPATION: participations.of_everybody,
    }
)


class HubSpot:
    """A Destination (`connectors.records`): one portal, by one access token.

    Kinds with properties: contact, company, deal, call, meeting, email, note, task, and their archived ones, such as
    archived_contact. Lists: owner, form, form_submission, email_event, list_join, marketing_event. Per contact:
    page_view, custom_event, marketing_event. Written are contact, company, call, meeting, note, task, list_membership
    and property.

    `base_url` is https, or http on this machine, else ValueError; so is an unknown `api_version`. `limiter` None is
    `polite()`.
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
    def limiter(self) -> Limiter:
        """How fast and how much this portal may be called."""
        return self._api.transport.limiter

    @property
    def daily_remaining(self) -> int | None:
        """Calls that the account, all apps together, has left today; None until an answer told (OAuth: never)."""
        today = self.limiter.day.use(self.now())
        return None if today.total is None or today.used is None else max(0, today.total - today.used)

    def now(self) -> datetime:
        """HubSpot's clock."""
        return self._api.now()

    def check(self) -> Account:
        """The portal: its id and the time zone in which it counts days. Raises Unserved where our API version is not
        served.
        """
        try:
            told = self._api.account()
        except Missing as error:  # what every portal has
            raise Unserved(System.HUBSPOT, f"API version {self._api.version} is not served: {error.what}") from error
        portal, zone = told.get("portalId"), told.get("timeZone")
        if not isinstance(portal, int | str):
            raise Unreachable(System.HUBSPOT, "the account's details name no portal")
        self._api.statuses.time_zone = zone if isinstance(zone, str) else None
        return Account(System.HUBSPOT, str(portal), self._api.statuses.time_zone, None)

    def warning(self) -> str | None:
        """That the version of the API ends soon, or has ended, by HubSpot's own clock."""
        return versions.warning(self._api.version, self.now().date())

    def describe(self, kind: str) -> ObjectSchema:
        """The properties of a kind of records. Kept for the life of the connector."""
        if kind not in self._schemas:
            known = kind_of(kind)
            definitions = self._api.properties(known.path)
            with known_form(System.HUBSPOT, "property"):
                self._schemas[kind] = schema_of(known, definitions)
        return self._schemas[kind]

    def related(self, kind: str, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:
        """Ids of the records of another kind that records are associated with, the primary one first."""
        return related(self._api, kind_of(kind), ids, kind_of(to_kind))

    def tracked(self, kind: str) -> None:  # noqa: ARG002  the protocol's
        """None: HubSpot keeps the history of every property, and has no switch to ask for."""
        return

    def learn(self, kinds: Collection[str]) -> None:
        """HubSpot describes one kind a call: several are asked for at a time."""
        together(self._learn, [kind for kind in dict.fromkeys(kinds) if kind not in self._schemas])

    def _learn(self, kind: str) -> None:
        with suppress(Forbidden, Missing):
            self.describe(kind)

    def prefetch(self, asks: Sequence[Ask]) -> None:
        """Nothing: HubSpot answers one search a call."""

    def pull(self, kind: str, window: Window, properties: Sequence[str]) -> Iterator[Page]:
        """Pages of what changed in the window. `properties` matter for kinds that have them only; of list_join they are
        the ids of the lists.

        Pages of form_submission carry the id of the last finished form as `after_id`, those of email_event an instant:
        give it back as it is. Those of archived_contact hold contacts, deleted, which the window of contacts cannot
        see; those of listed_contact all that live, whatever the window's time, out of no index, and the cursor of
        the next page as `after_id`, None on the last, and without any properties where there are too many names for an
        address; so for every other kind with properties. Of marketing_event all events are asked, and `after_id` stands
        still. Raises Missing for kinds that are read per contact only.
        """
        if kind in _LISTS:
            return _LISTS[kind](self._api, window)
        if kind == members.JOINED:
            return members.joined(self._api, window, properties)
        if kind.startswith(LISTED):
            return pull.listed_records(self._api, kind_of(kind.removeprefix(LISTED)), properties, window.after_id)
        if kind.startswith(ARCHIVED):
            return pull.archived_records(self._api, kind_of(kind.removeprefix(ARCHIVED)), window)
        return pull.changed_records(self._api, kind_of(kind), window, properties)

    def paced(self, kind: str) -> bool:
        """Whether the pages of a kind come out of the search, which gives four a second. No list has such a limit."""
        return kind in KINDS

    def of_contacts(self, kind: str, ids: Collection[str], window: Window) -> Iterator[Page]:
        """Pages of what some contacts did in the window, in ascending order of contact; `after_id` is the last contact
        that is done. Each contact costs a call or more: ask only for those whose counters moved. Marketing events are
        asked event by event where that is fewer calls; then whoever took part is told of.

        page_view and custom_event (`contact`, `event_type`, `url`, `page_title`, and a custom event's own properties)
        need an Enterprise portal, Forbidden without; marketing_event (`contact`, `event_type`, `event`, `event_id`,
        `email`, `seconds`) tells how the contact took part last. Raises Missing for any other kind.
        """
        if kind not in events.OF_CONTACTS:
            told = f"HubSpot keeps no {kind!r} by contact; known: {', '.join(events.OF_CONTACTS)}"
            raise Missing(System.HUBSPOT, told)
        return events.of_contacts(self._api, kind, ids, window)

    def archived(self, kind: str, window: Window) -> Iterator[Page]:
        """One page of the records of a kind archived in the window, which `pull` cannot see. Reads the whole list
        of archived records, a hundred a call.
        """
        return pull.archived_records(self._api, kind_of(kind), window)

    def read(
        self, kind: str, ids: Collection[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Mapping[str, Record]:
        """Records by the id asked for, with the history of some properties, oldest first; or lists, as they are."""
        if kind == members.LIST:
            return members.read_lists(self._api, ids)
        return read_records(self._api, kind_of(kind), ids, properties, history)

    def find(self, kind: str, field: str, values: Collection[str], properties: Sequence[str]) -> Sequence[Record]:
        """Records whose property has one of the values, by id: a hundred spellings a search. The index is late by some
        moments, so a record made or changed just now may be missed.
        """
        return find(self._api, kind_of(kind), field, values, properties)

    def amount(self, kind: str, window: Window) -> int | None:
        """How many records of a kind the search index has in the window; None for lists, which tell no total."""
        return amount(self._api, KINDS[kind], window) if kind in KINDS else None

    def count(self, kind: str, field: str, since: datetime | None, until: datetime | None) -> int:
        """How many living records have an instant in a property, from `since` on and before `until`, as the search
        index says: late by some moments.
        """
        return count(self._api, kind_of(kind), field, since, until)

    def most_rows(self, pending: int) -> int:  # noqa: ARG002  the protocol's; HubSpot has nothing for many
        """A hundred: what one batch holds."""
        return MOST_ROWS

    def write(self, kind: str, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """One result per write, in order; at most 100. Several writes of one record are done in the order given, each
        after the one before. A new call, meeting, note or task is about the contact whose id its field `contact` has.

        A list_membership has the list's id and the fields `record` (a contact's id) and `member` (true or false); a
        property has the key and the fields of `make_properties`.
        """
        if kind == PROPERTY:
            for each in writes:
                self._schemas.pop(object_of(each), None)
            return make_properties(self._api, writes)
        if kind == members.MEMBERSHIP:
            return members.change_members(self._api, writes)
        return write(self._api, kind_of(kind), writes)
