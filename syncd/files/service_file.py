"""syncd.yaml: what the service may do, when, and within which bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from syncd.files.attribution_section import Attribution
from syncd.files.audit_section import Audit
from syncd.files.hours_section import Address, Hours, each_once
from syncd.files.jobs import Job, JobName, with_the_usual
from syncd.files.problem import Wrong
from syncd.files.scalars import (
    Count,
    Flag,
    Share,
    Some,
    StageName,
    TimeZone,
    Written,
    share_of,
)
from syncd.files.section import Section, said, wrong
from syncd.locales import Language
from syncd.model.stage import Stage

Match: TypeAlias = Literal["external_id", "crm_link", "email"]


def _part_of(text: str) -> Decimal:
    """A share that is more than nothing."""
    if (share := share_of(text)) == 0:
        raise Wrong("with nothing of the day nothing could be asked", "write a share such as 20 %")
    return share


def _rest_of(text: str) -> Decimal:
    """A share that leaves something."""
    if (share := share_of(text)) == 1:
        raise Wrong("this leaves syncd no call", "write a share such as 20 %")
    return share


SomeShare: TypeAlias = Annotated[
    Decimal, Written(_part_of, Decimal, {"type": ["string", "number"], "examples": ["20 %"]})
]
ShareOfOthers: TypeAlias = Annotated[
    Decimal, Written(_rest_of, Decimal, {"type": ["string", "number"], "examples": ["20 %"]})
]


class Create(Section):
    """Who becomes a new record in Salesforce."""

    lead_from: StageName = Field(
        default=said("mql"),
        description="A person without a Salesforce record becomes a Lead on entering this stage; nobody: never.",
        examples=["mql", "nobody"],
    )

    @property
    def stage(self) -> Stage | None:
        """The stage that makes a Lead, None for nobody."""
        return None if self.lead_from == "nobody" else self.lead_from


class Guards(Section):
    """When a plan is refused, because it changes more than a usual one."""

    creates: Share = Field(default=said("50 %"), description="New records among all of them.", examples=["50 %"])
    updates: Share = Field(default=said("50 %"), description="Changed records among all of them.", examples=["50 %"])
    demotions: Share = Field(default=said("5 %"), description="People who lose a stage.", examples=["5 %"])
    tasks_per_owner: Count = Field(
        default=said("100"), description="New tasks of one owner in one plan.", examples=[100]
    )
    emptied: Share = Field(
        default=said("50 %"),
        description="Records that lost the value of one property that is read, among all that had one.",
        examples=["50 %"],
    )
    entries: Share = Field(
        default=said("50 %"), description="People who enter one stage in one plan, among all.", examples=["50 %"]
    )
    unmatched: Share = Field(
        default=said("90 %"),
        description="People who entered one stage in the last four weeks and would not by changed files, among all who "
        "did: a definition that lets nobody in any more.",
        examples=["90 %"],
    )
    exits: Share = Field(
        default=said("50 %"),
        description="People who go back out of one stage in one plan, among all who are in it.",
        examples=["50 %"],
    )
    empty_source: Flag = Field(
        default=said("true"), description="Refuse when a CRM that had records has none.", examples=[True]
    )
    at_least: Count = Field(
        default=said("25"), description="A share is judged only from so many changes on.", examples=[25]
    )


class HubSpotBudget(Section):
    """Own limits for calls to HubSpot; unsaid: what the portal allows, which its answers tell."""

    calls_a_day: Some | None = Field(
        default=None, description="At most so many calls a day, until midnight of the portal.", examples=[100000]
    )
    calls_a_run: Some | None = Field(
        default=None, description="At most so many calls to write in one run; the rest waits.", examples=[500]
    )
    calls_per_10_seconds: Some | None = Field(
        default=None, description="At most so many calls in any ten seconds.", examples=[90]
    )
    searches_per_second: Some | None = Field(
        default=None, description="At most so many searches in any second; 4 where unsaid.", examples=[3]
    )
    calls_at_once: Some | None = Field(
        default=None, description="At most so many calls under way at a time; 8 where unsaid.", examples=[2]
    )


class SalesforceBudget(Section):
    """Own limits for calls to Salesforce; unsaid: what the org allows, which its answers tell."""

    share_of_day: SomeShare = Field(
        default=said("20 %"),
        description="Cycles come further apart where syncd alone would use more of the org's calls of a day.",
        examples=["20 %"],
    )
    calls_a_day: Some | None = Field(default=None, description="At most so many calls a day.", examples=[20000])
    calls_a_run: Some | None = Field(
        default=None, description="At most so many calls to write in one run; the rest waits.", examples=[500]
    )
    calls_at_once: Some | None = Field(
        default=None, description="At most so many calls under way at a time; 4 where unsaid.", examples=[2]
    )


class Budgets(Section):
    """How much of the CRMs' limits syncd uses. What is said here only lowers what the CRMs allow."""

    share_for_others: ShareOfOthers = Field(
        default=said("20 %"),
        description="Part of each limit that is left to other programs: syncd stops when the rest is used up.",
        examples=["20 %"],
    )
    backfill: SomeShare = Field(
        default=said("70 %"),
        description="Part of our own calls of a day after which a backfill waits; the live cycle has the rest.",
        examples=["70 %"],
    )
    hottest: Share = Field(
        default=said("10 %"),
        description="Part of our own calls of a day that only the hottest get, by the rank of their task.",
        examples=["10 %"],
    )
    hot_from: Count = Field(
        default=said("60"), description="Somebody with a task of this rank or more is one of them.", examples=[60]
    )
    hubspot: HubSpotBudget = Field(
        default=HubSpotBudget(), description="Calls to HubSpot.", examples=[{"calls_a_day": 100000}]
    )
    salesforce: SalesforceBudget = Field(
        default=SalesforceBudget(), description="Calls to Salesforce.", examples=[{"share_of_day": "20 %"}]
    )


def _alert_address_of(text: str) -> str:
    """An address for alerts. Passwords do not belong into a file that many read."""
    if re.search(r"://[^/@\s$]*:[^/@\s$]+@", text):
        raise Wrong("a password stands in this file", "write ${mail}, and put the address into SYNCD_ALERTS__MAIL")
    if not re.match(r"[a-zA-Z0-9]+://|\$\{[A-Za-z0-9_]+\}", text.strip()):
        raise Wrong("this is no address that alerts can go to", "write ${mail}, or one such as mailto://host")
    return text.strip()


AlertAddress: TypeAlias = Annotated[
    str, Written(_alert_address_of, str, {"type": "string", "examples": ["${mail}", "json://127.0.0.1:9000/alerts"]})
]


class Approvals(Section):
    """Who has to agree to the definitions before anything is written by them."""

    required: Flag = Field(
        default=said("false"),
        description="true: nothing is written until both sides have run `syncd approve` for the version in force.",
        examples=[True],
    )
    marketing: tuple[Address, ...] = Field(
        default=(), description="Who approves for marketing; one is enough.", examples=[["anna@company.example"]]
    )
    sales: tuple[Address, ...] = Field(
        default=(), description="Who approves for sales; one is enough.", examples=[["bo@company.example"]]
    )

    @model_validator(mode="after")
    def _takes_two(self) -> Self:
        people = {each.casefold() for each in (*self.marketing, *self.sales)}
        if self.required and (not self.marketing or not self.sales or len(people) < 2):
            raise wrong("approvals need somebody of each side, and two people", "name people under marketing and sales")
        return self


def _version_of(text: str) -> int:
    if text.strip() != "1":
        raise Wrong("this version of the file is not known", "write `version: 1`")
    return 1


class ServiceFile(Section):
    """The whole of syncd.yaml."""

    version: Annotated[int, Written(_version_of, int, {"const": 1, "examples": [1]})] = Field(
        default=1, description="Version of this file's shape.", examples=[1]
    )
    mode: Literal["plan_only", "apply"] = Field(
        default="apply", description="plan_only never writes; apply writes what a plan showed.", examples=["apply"]
    )
    time_zone: TimeZone = Field(default="UTC", description="For reports, cron and hours.", examples=["Europe/Berlin"])
    language: Language = Field(
        default="en",
        description="The language of what people read: English, Dutch or Norwegian (bokmål).",
        examples=["en", "nl", "nb"],
    )
    create: Create = Field(default=Create(), description="Who becomes a Lead.", examples=[{"lead_from": "mql"}])
    floor: Literal["hubspot", "none"] = Field(
        default="hubspot",
        description="hubspot: a stage that HubSpot already says is never undercut.",
        examples=["hubspot"],
    )
    match: Annotated[tuple[Match, ...], Field(min_length=1), AfterValidator(each_once)] = Field(
        default=("external_id", "crm_link", "email"),
        description="How records of both CRMs are found to be one person, in this order.",
        examples=[["external_id", "crm_link", "email"]],
    )
    guards: Guards = Field(default=Guards(), description="When a plan is refused.", examples=[{"demotions": "5 %"}])
    jobs: Annotated[Mapping[JobName, Job], AfterValidator(with_the_usual)] = Field(
        default={},
        description="What the service does, and when; jobs that are not named run at their usual times.",
        examples=[{"cycle": {"every": "60 seconds"}}],
        validate_default=True,
    )
    budgets: Budgets = Field(
        default=Budgets(), description="Use of the CRMs' limits.", examples=[{"share_for_others": "20 %"}]
    )
    alerts: tuple[AlertAddress, ...] = Field(
        default=(),
        description="Where alerts go, as apprise addresses; ${mail} stands for the setting SYNCD_ALERTS__MAIL.",
        examples=[["${mail}"]],
    )
    approvals: Approvals = Field(
        default=Approvals(),
        description="Who has to agree to the definitions.",
        examples=[{"required": "true", "marketing": ["anna@company.example"], "sales": ["bo@company.example"]}],
    )
    audit: Audit = Field(
        default=Audit(), description="Proof of the ledger, and what it forgets.", examples=[{"send_to": ["journal"]}]
    )
    hours: Hours = Field(default=Hours(), description="Working hours.", examples=[{"country": "DE"}])
    attribution: Attribution = Field(
        default=Attribution(), description="How deals are attributed to touches.", examples=[{"half_life": "30 days"}]
    )
