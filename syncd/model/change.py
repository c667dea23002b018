"""What a plan is made of: changes to records, decisions about people, and what was refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from connectors.records import JsonValue
from syncd.model.dossier import Who
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, PersonId
from syncd.model.stage import Stage

UPDATE, CREATE_LEAD, TASK, TEND, TELL, LIST = "update", "create", "task", "tend", "tell", "list"
"""The purposes of changes: to a record that is there, a new lead, a task for sales, an open task of ours; and back in
HubSpot, what a contact is told, and who joins or leaves a list.
"""
ANCHOR, SETUP = "anchor", "setup"
"""The purposes of changes that are about nobody: a checkpoint of the ledger, and a property that the files need."""
MEMBERSHIP = "list_membership"
"""The kind of record that says who is on a list of HubSpot."""
PROPERTY = "property"
"""The kind of record that a property of HubSpot is, where it is made."""

NEW_LEAD = "(the new lead)"
"""Stands for the id of a lead that an earlier change of the same plan creates."""

MOST_FREQUENT = 5
"""Reasons why people could not be judged that are told."""


class FieldChange(NamedTuple):
    """One field: what the CRM holds as far as we know, and what it shall hold.

    `rendered` texts depend on wording and on the moment (a task's description): they don't count in the digest.
    A plain tuple: there are very many.
    """

    field: str
    before: JsonValue
    after: JsonValue
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One row to write: an update by `id`, or an upsert by `key` (external id field, value). With both, the key is only
    ours, and the update is done once by it.

    `object` is our word for the kind of record, `person` whom it is about, None for nobody. `owner` is who gets a task,
    `rank` from 0 to 100 how soon. `demotes` says that a stage goes back.
    """

    system: str
    object: str
    purpose: str
    person: PersonId | None
    id: str | None
    key: tuple[str, str] | None
    fields: Sequence[FieldChange]
    reason: str
    evidence: Sequence[str] = ()
    owner: str | None = None
    demotes: bool = False
    overwrites: bool = False
    rank: int = 0

    @property
    def values(self) -> dict[str, JsonValue]:
        """What is sent: field names and values."""
        return {change.field: change.after for change in self.fields}

    def having(self, field: str, value: JsonValue) -> Change:
        """The same change with another value for a field."""
        fields = [one._replace(after=value) if one.field == field else one for one in self.fields]
        return replace(self, fields=tuple(fields))

    @property
    def content(self) -> str:
        """Fingerprint of the whole change without rendered texts: the same want gives the same one."""
        parts = [self.object, self.id or "", repr(self.key)]
        parts += [f"{change.field}={change.after!r}" for change in self.fields if not change.rendered]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is not done, and why; `who` can mend it.

    `code` is one word for counting. With `quarantine` the case is kept and shown until it is mended. With `field` only
    that field of the record is left out, and all else is done.
    """

    person: PersonId
    code: str
    why: str
    who: Who
    system: str = "salesforce"
    object: str = "lead"
    record_id: str | None = None
    quarantine: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be remembered of one person, and when to look again.

    `entries` are all those of each stage and cycle in which something is news. `overdue` names the clocks of sales that
    have run out and that alerts tell of.
    """

    person: PersonId
    stage: Stage
    cycle: int
    since: Instant
    due_at: Instant
    entries: Sequence[Entry] = ()
    overdue: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Unjudged:
    """How many of the people that were looked at could not be judged for some stage, and by reason how many.

    Somebody counts once for each reason.
    """

    people: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def most_frequent(self) -> dict[str, int]:
        """The reasons that keep most people from being judged, the most frequent first; five at most."""
        ordered = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
        return dict(ordered[:MOST_FREQUENT])


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one run would do, in the order in which it would be done."""

    changes: Sequence[Change]
    refusals: Sequence[Refusal]
    decisions: Sequence[Decision]
    definitions: str
    config: str
    pair: tuple[str, str]
    notes: Mapping[str, int] = field(default_factory=dict)
    unjudged: Unjudged = field(default_factory=Unjudged)

    @property
    def digest(self) -> str:
        """SHA-256 over what would be written and by which version; free of the moment and of rendered texts."""
        text = "\n".join([self.definitions, self.config, *self.pair, *sorted(one.content for one in self.changes)])
        return hashlib.sha256(text.encode()).hexdigest()
