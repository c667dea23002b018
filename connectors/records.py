"""What both CRMs speak in: records, pages, writes and their results, and the two protocols.

Values stay as the CRM sent them (strings, numbers, booleans, None). Instants are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from connectors.limits import Limiter
from connectors.nouns import dataclass

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
Properties: TypeAlias = "Mapping[str, JsonValue]"


class System(StrEnum):
    """The two CRMs."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"


class Version(NamedTuple):
    """One value that a property had, from `at` on, and what set it (HubSpot's sourceType and sourceId).

    A tuple, since a first pull makes millions of them.
    """

    value: JsonValue
    at: datetime
    source_type: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A row in a CRM as last seen.

    `object` is our word for its kind, such as contact, form_submission or opportunity_history. `history` holds
    versions per property, oldest first, where they were asked for. `merged_into` is the id of the record that took
    this one's place; `replaces` are ids that now resolve to this one.

    No tuple, as its versions are: each is asked for its values some fifty times in a pull, and a named tuple takes
    three times as long to tell one.
    """

    object: str
    id: str
    modified_at: datetime
    created_at: datetime | None
    properties: Properties
    history: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    deleted: bool = False
    merged_into: str | None = None
    replaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: records modified in since <= t <= until, with ids after `after_id` (None: from the first).

    `since` None reads everything there is. Ids are walked in ascending order, so that (since, until, after_id) is
    all the state a restart needs (facts: hubspot B8).
    """

    since: datetime | None
    until: datetime
    after_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in ascending order of id, and the id to go on after; the last page carries one too.

    Where a CRM hands out many records in no order, `after_id` stands still until the last page. Streams without ids
    to walk (form submissions) come newest first, with a cursor of their own in its place.
    """

    records: Sequence[Record]
    after_id: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What `pull` is going to be asked for: a kind, a window and properties."""

    kind: str
    window: Window
    properties: Sequence[str]


class FieldType(StrEnum):
    """The types that both CRMs' fields are folded into."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist: what the API uses and what people see."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object as the CRM describes it to our user. `length` is None where there is no limit; `refers_to`
    are the objects, by the API's names, that a reference may name, where the CRM tells.
    """

    name: str
    label: str
    type: FieldType
    length: int | None = None
    options: Sequence[Option] = ()
    restricted: bool = False
    createable: bool = True
    updateable: bool = True
    required: bool = False
    external_id: bool = False
    unique: bool = False
    refers_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """An object and the fields our user may see, by the API's own spelling of their names."""

    object: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Account:
    """Who answers: a portal or an org, the zone it counts days in, and the user that we act as."""

    system: System
    id: str
    time_zone: str | None
    user_id: str | None


class Recovery(StrEnum):
    """What to do about a row that the CRM refused (facts: salesforce B7, hubspot B4)."""

    RETRY = "retry"
    """Passing: locks, timeouts. Try the same row again."""
    REJECT = "reject"
    """This row's own data: set it aside until the record or the rule changes."""
    MAPPING = "mapping"
    """A picklist or field of the configuration does not fit: stop this mapping."""
    PERMISSION = "permission"
    """Our user may not do this: an admin must act."""
    DUPLICATE = "duplicate"
    """Another record holds the value or matches; `existing_id` names it where the CRM told."""
    CONVERTED = "converted"
    """The lead was converted: follow it to the contact."""
    GONE = "gone"
    """The record is deleted or never was."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row failed. `message` is the CRM's text, shortened, and may hold personal data: never log it."""

    code: str
    message: str
    recovery: Recovery
    fields: Sequence[str] = ()
    existing_id: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One row to write: an update by `id`, an upsert by the external id `key` (field, value), or, with neither, a
    create. `object` is our word for the kind; `fields` are in the CRM's names; None clears a field.
    """

    object: str
    fields: Properties
    id: str | None = None
    key: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one write, at the same place in the list. `error` None means done."""

    id: str | None
    created: bool = False
    error: RowError | None = None


class Source(Protocol):
    """A CRM to read from. Every method raises the errors of `connectors.errors`, by recovery, and nothing else."""

    system: System

    def check(self) -> Account:
        """Who we are connected to. The cheapest call that proves address and credentials."""
        ...

    def now(self) -> datetime:
        """The CRM's clock: the Date header of the last answer moved on by our own elapsed time (facts: design 6)."""
        ...

    @property
    def calls(self) -> int:
        """HTTP calls made so far, repeats included."""
        ...

    @property
    def limiter(self) -> Limiter:
        """How fast and how much the CRM may be called, and the day's calls so far."""
        ...

    def warning(self) -> str | None:
        """What to tell of the version of the API that is spoken, from some months before its end on; else None."""
        ...

    def describe(self, kind: str) -> ObjectSchema:
        """The fields of an object. Kept for the life of the connector."""
        ...

    def learn(self, kinds: Collection[str]) -> None:
        """Read the descriptions of several kinds in as few calls as the CRM allows, for `describe` to give. What fails
        is left to that.
        """
        ...

    def prefetch(self, asks: Sequence[Ask]) -> None:
        """Fetch the first page of several kinds in as few calls as the CRM allows. The `pull` of the same kind, window
        and properties begins with it. What cannot be fetched so is left to that `pull`, which then raises its error.
        """
        ...

    def pull(self, kind: str, window: Window, properties: Sequence[str]) -> Iterator[Page]:
        """Pages of records in a window, each safe to commit with its `after_id`."""
        ...

    def paced(self, kind: str) -> bool:
        """Whether a limit of the CRM sets the pace of the pages that `pull` gives of a kind, whoever asks for them: to
        ask ahead saves no time there.
        """
        ...

    def of_contacts(self, kind: str, ids: Collection[str], window: Window) -> Iterator[Page]:
        """Pages of what some contacts did in a window, for kinds that a CRM only lists contact by contact; `after_id`
        is the last contact that is done. Costs a call or more per contact. Raises Missing where there is no such kind.
        """
        ...

    def read(
        self, kind: str, ids: Collection[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Mapping[str, Record]:
        """Records by id as they are now, with the history of the properties asked for. Unknown ids are left out.

        Keys are the ids that were asked for; a record that answers with another id was merged.
        """
        ...

    def tracked(self, kind: str) -> Collection[str] | None:
        """The fields of a kind whose changes the CRM keeps; None where it does not tell."""
        ...

    def related(self, kind: str, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:
        """Ids of the records of another kind that records belong to, where no property of theirs says so."""
        ...

    def amount(self, kind: str, window: Window) -> int | None:
        """About how many records `pull` gives for a window, by one call; None where only reading would tell."""
        ...

    def count(self, kind: str, field: str, since: datetime | None, until: datetime | None) -> int:
        """How many living records have an instant in a field, from `since` on and before `until` (None: whenever).
        One call.
        """
        ...


class Destination(Source, Protocol):
    """A CRM that can also be written to."""

    def find(self, kind: str, field: str, values: Collection[str], properties: Sequence[str]) -> Sequence[Record]:
        """Records whose field has one of the values, by id."""
        ...

    def write(self, kind: str, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """One result per write, in order. A row that fails never raises. All writes are of one shape: all updates, all
        upserts by one key field, or all creates. Up to 200 are one call; more, which `most_rows` allows for, are for
        the CRM to do in bulk: never creates, so that what was killed half way can be repeated.
        """
        ...

    def most_rows(self, pending: int) -> int:
        """How many rows to send in one `write` when so many are waiting."""
        ...
