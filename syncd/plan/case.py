"""What planning looks at: one judged person, and what is the same for everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cached_property

from connectors.records import Field, ObjectSchema, System
from syncd.definitions.language import Definitions
from syncd.definitions.order import order_of
from syncd.files.fields_file import FieldsFile, WriteField
from syncd.files.scalars import WorkingDuration
from syncd.files.service_file import ServiceFile
from syncd.files.tasks_file import Task, TasksFile
from syncd.locales.words import words_of
from syncd.model.dossier import Dossier, Mirrored
from syncd.model.hubspot import LIFECYCLE
from syncd.model.instant import Instant
from syncd.model.mapping import Mapped
from syncd.model.nouns import dataclass
from syncd.model.person import Entry, Facts, PersonId, Verdict
from syncd.model.stage import FUNNEL, SIDE_STAGES, Stage, label_of
from syncd.plan.calendar import due_date
from syncd.plan.clocks import Calendars, WorkingTime, calendars_of
from syncd.plan.values import option_of, trouble_with
from syncd.telling.clauses import Teller


@dataclass(frozen=True, slots=True)
class Seller:
    """A user of Salesforce who can own records. `human` is false for integrations and for our own user."""

    id: str
    email: str
    active: bool
    human: bool


@dataclass(frozen=True)
class Directory:
    """Who can own leads and tasks: users and queues of Salesforce, owners of HubSpot by their e-mail address."""

    sellers: Mapping[str, Seller] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    hubspot_owners: Mapping[str, str] = field(default_factory=dict)

    def active(self, user_id: str | None) -> Seller | None:
        """The user with an id, if a person who is active."""
        seller = self.sellers.get((user_id or "")[:15])
        return seller if seller and seller.active and seller.human else None

    def by_email(self, email: str | None) -> Seller | None:
        """The active person with an address; the first by id where Salesforce has several."""
        return self._by_email.get((email or "").strip().casefold())

    def owner_by_email(self, email: str) -> str | None:
        """The id of HubSpot's owner with an address; the first by id where there are several."""
        return self._owners.get(email.strip().casefold())

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        ordered = sorted(self.hubspot_owners.items(), reverse=True)
        return {email.strip().casefold(): owner for owner, email in ordered if email}

    @cached_property
    def _by_email(self) -> Mapping[str, Seller]:
        active = sorted((one for one in self.sellers.values() if self.active(one.id)), key=lambda one: one.id)
        return {one.email.casefold(): one for one in reversed(active) if one.email}


@dataclass(frozen=True)
class Setting:
    """What a plan is made by: config, definitions, what Salesforce's objects look like, who works there, and when.

    `schemas` are Salesforce's objects, `portal` HubSpot's. `history` is set for a backfill, which makes no tasks.
    `made_today` counts the tasks that each owner (15 characters) got from us since the team's midnight.
    """

    definitions: Definitions
    service: ServiceFile
    fields: FieldsFile
    tasks: TasksFile
    schemas: Mapping[str, ObjectSchema]
    directory: Directory
    now: Instant
    run: str
    history: bool = False
    rules: str = ""
    """What everybody is judged by, as one text that changes with it."""
    portal: Mapping[str, ObjectSchema] = field(default_factory=dict)
    made_today: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    """The kinds of HubSpot's records that our token may not write."""
    between: Mapping[str, tuple[Stage, str]] = field(default_factory=dict)
    """Lifecycle stages of the portal's own, by value: the known stage that each comes after, and its label."""
    stopped: frozenset[Mapped] = frozenset()
    """Mappings that a CRM takes from nobody, as long as they are not to be tried again."""

    def field(self, kind: str, name: str) -> Field | None:
        """A field of a Salesforce object as described, None where our user does not see it."""
        schema = self.schemas.get(kind)
        return schema.fields.get(name) if schema else None

    def property(self, name: str) -> Field | None:
        """A property of HubSpot's contacts as described, None where our token does not see it."""
        schema = self.portal.get("contact")
        return schema.fields.get(name) if schema else None

    def described(self, system: str, kind: str, name: str) -> Field | None:
        """A field of either CRM that a plan can write, as described there."""
        return self.property(name) if system == System.HUBSPOT else self.field(kind, name)

    def rank(self, stage: Stage) -> int:
        """How far along a stage is; side stages, and those that definitions no longer name, before all others."""
        return self._ranks.get(stage, -1)

    @cached_property
    def _ranks(self) -> Mapping[Stage, int]:
        return {stage: index for index, stage in enumerate(order_of(self.definitions))}

    def unlisted(self, kind: str, stage: Stage) -> str | None:
        """The label of a stage that a kind's picklist does not offer."""
        if (kind, stage) not in self._unlisted:
            label, field = label_of(stage), self.field(kind, self.fields.names.stage)
            self._unlisted[kind, stage] = label if field and trouble_with(label, field) else None
        return self._unlisted[kind, stage]

    @cached_property
    def _unlisted(self) -> dict[tuple[str, Stage], str | None]:
        return {}

    @cached_property
    def labelled(self) -> Mapping[str, Stage]:
        """The stages by the label that people see; of two with one label, the first."""
        stages = [*FUNNEL, *SIDE_STAGES, *(rule.stage for rule in self.definitions.stages)]
        return {label_of(stage): stage for stage in reversed(stages)}

    @cached_property
    def told(self) -> Mapping[Stage, str]:
        """HubSpot's value for each stage that it is told of and has such a one."""
        rule = self.fields.back
        field = self.property(rule.stage) if rule.stage else None
        if field is None:
            return {}
        values = {stage: option_of(said, field) for stage, said in rule.stages.items()}
        offered = {one.value for one in field.options}
        return {stage: value for stage, value in values.items() if value in offered}

    @cached_property
    def written(self) -> Mapping[tuple[str, str], Sequence[tuple[Field, WriteField]]]:
        """The fields that fields.yaml keeps in step and that our users see, by system and object."""
        found: dict[tuple[str, str], list[tuple[Field, WriteField]]] = {}
        for path, rule in self.fields.write.items():
            schema = (self.schemas if path.system == "salesforce" else self.portal).get(path.object)
            if schema is not None and path.field in schema.fields:
                found.setdefault((path.system, path.object), []).append((schema.fields[path.field], rule))
        return found

    def due(self, task: Task, owner: str) -> date:
        """The day on which a task that is handed over to its owner now is due by its rule."""
        works = self.works(owner)
        key = (task.due, id(works))
        if key not in self._due:
            self._due[key] = due_date(self.now, task.due, works.hours, works.time_zone)
        return self._due[key]

    @cached_property
    def _due(self) -> dict[tuple[WorkingDuration, int], date]:
        return {}

    @cached_property
    def working(self) -> WorkingTime:
        """When the team works."""
        return self._calendars.team

    def works(self, owner: str) -> WorkingTime:
        """When the user of Salesforce with an id works; the team's hours where nothing else is said of them."""
        seller = self.directory.sellers.get(owner[:15])
        return self._calendars.of(seller.email if seller else None)

    @cached_property
    def _calendars(self) -> Calendars:
        return calendars_of(self.service)

    @cached_property
    def dated(self) -> frozenset[str]:
        """The names that are read as dates with a time."""
        return frozenset(name for name, read in self.fields.reads.items() if read.kind == "datetime")

    @cached_property
    def teller(self) -> Teller:
        """Who says to sales why, in the language of syncd.yaml."""
        kinds = {name: str(read.kind) for name, read in self.fields.reads.items()}
        return Teller(words_of(self.service.language), kinds)


@dataclass(frozen=True)
class Case:
    """One person, judged."""

    dossier: Dossier
    facts: Facts
    verdict: Verdict

    @cached_property
    def current(self) -> Entry:
        """The entry that says where the person is now."""
        verdict = self.verdict
        return next(
            entry
            for entry in reversed(verdict.entries)
            if (entry.stage, entry.cycle, entry.at) == (verdict.stage, verdict.cycle, verdict.since)
        )

    def records(self, system: str, kind: str) -> list[Mirrored]:
        """The person's live records of a kind; leads that were converted are history and not among them."""
        return [
            record
            for record in self.dossier.records
            if (record.system, record.kind) == (system, kind)
            and not record.deleted
            and record.properties.get("IsConverted") is not True
        ]

    @cached_property
    def hubspot_contact(self) -> Mirrored | None:
        """The person's HubSpot contact; of several the one that was changed last."""
        found = self.records("hubspot", "contact")
        return max(found, key=lambda record: (record.modified_at, record.id), default=None)

    def past_in_hubspot(self, stage: Stage, setting: Setting) -> str | None:
        """The portal's own lifecycle stage behind a stage that HubSpot has the person in, None where that is none."""
        contact = self.hubspot_contact
        after = setting.between.get(str(contact.properties.get(LIFECYCLE))) if contact else None
        return after[1] if after and setting.rank(after[0]) >= setting.rank(stage) else None

    @property
    def known_in_salesforce(self) -> bool:
        """Whether Salesforce ever had a lead or contact of this person, deleted and converted ones included."""
        return any(record.system == "salesforce" for record in self.dossier.records)

    @property
    def is_bought(self) -> bool:
        """Whether the person is on an open opportunity, or a customer already."""
        return any(one.closed_at is None for one in self.facts.opportunities) or self.verdict.stage == Stage.CUSTOMER


def task_key(person: PersonId, cycle: int, purpose: str) -> str:
    """The key of the one task of a person, cycle and purpose; the same whatever the definitions say (design 3)."""
    return hashlib.sha256(f"{person}\x1f{cycle}\x1f{purpose}".encode()).hexdigest()[:40]
