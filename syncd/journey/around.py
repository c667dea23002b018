"""What doctor looks at besides fields: the kind of token, the calls that are left, and who gets tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, cast

from connectors.errors import ConnectorError, Forbidden, Missing, Refused
from connectors.records import System, Write
from syncd.journey.examined import FIELD, OK, Check
from syncd.journey.needs import admin_of
from syncd.journey.tracking import histories
from syncd.journey.worded import takes_people
from syncd.streams import used_names

if TYPE_CHECKING:
    from connectors.records import Destination, Source
    from syncd.files.load import Config
    from syncd.files.service_file import Budgets

OF_AN_APP = re.compile(r"C[A-Za-z0-9_-]{60,}")
"""What an access token of OAuth looks like; service keys and private apps have one that begins with pat- (facts:
hubspot 0.3).
"""


TIERS = {"Free or Starter": 250_000, "Professional": 650_000}
"""The most calls a day of a tier; Enterprise has a million (facts: hubspot B1)."""
OF_ENTERPRISE = ("page_view", "custom_event")
MAPPING = "in Setup, Object Manager, Lead, Fields & Relationships, Map Lead Fields"
NEARLY = Decimal("0.75")
"""From this part of our share of the day's calls on, people are told; from the whole on, nothing may be asked."""


def around(source: Destination, token: str, config: Config) -> list[Check]:
    """Everything of a CRM that can be seen besides the fields. Few calls; what may not be seen is passed over."""
    if source.system is System.HUBSPOT:
        own = [_token(token), _tier(source, config), *_writes(source, config), *_lists(source, config)]
    else:
        own = [*_converted(source, config), *_receivers(source, config), *histories(source, config)]
    return [*own, _calls(source, config.service.budgets)]


def _token(token: str) -> Check:
    if OF_AN_APP.fullmatch(token) is None:
        return Check(System.HUBSPOT, "token", None, OK, required=False)
    fix = "this is an access token of OAuth, which ends after half an hour: use a service key"
    return _left_out(System.HUBSPOT, "token", None, "expires", fix)


def tier_of(calls_a_day: int | None) -> str | None:
    """HubSpot's tier by the calls that it allows in a day; None where that is not told (facts: hubspot B1)."""
    if calls_a_day is None:
        return None
    return next((name for name, most in TIERS.items() if calls_a_day <= most), "Enterprise, or more calls were bought")


def _tier(hubspot: Source, config: Config) -> Check:
    """Whether the portal is of the tier that the files want."""
    tier = tier_of(hubspot.limiter.day.use(hubspot.now()).total)
    wanted = [kind for kind in config.fields.events if kind in OF_ENTERPRISE]
    if not wanted or tier not in TIERS:
        return Check(System.HUBSPOT, "tier", tier, OK, required=False)
    fix = (
        f"{' and '.join(wanted)} need an Enterprise portal, and by its calls a day this is {tier}: leave them out of"
        " `events` in fields.yaml; what contacts did is read from their properties on every tier"
    )
    return Check(System.HUBSPOT, "tier", tier, "too_small", required=False, sentence=fix, who="RevOps")


class Converts(Protocol):
    """A CRM in which leads are converted."""

    def mapped_fields(self) -> Mapping[str, Sequence[str]]:
        """The fields that each custom field of a lead goes to. Raises the connectors' errors."""
        ...


def _converted(salesforce: Destination, config: Config) -> Iterator[Check]:
    """Whether what sales writes into custom fields of a lead, and the files read, outlives its conversion."""
    own = set(config.fields.names.model_dump().values())
    read = {one.field for name in used_names(config) for one in name.sources if _of_lead(one.system, one.object)}
    read |= {path.field for path in config.fields.write if _of_lead(path.system, path.object)}
    try:
        there = salesforce.describe("lead").fields
    except (Forbidden, Missing):
        return
    custom = sorted(field for field in read - own if field.endswith("__c") and field in there)
    if not custom:
        return
    try:
        # Salesforce alone converts: no protocol of both CRMs has it.
        found = cast("Converts", salesforce).mapped_fields()
    except ConnectorError:
        what = f"our user may not see how leads are converted: look whether {', '.join(custom)} are mapped; {MAPPING}"
        yield _left_out(System.SALESFORCE, "Lead conversion", None, "not_seen", what)
        return
    for field in custom:
        fix = f"map {FIELD} of Lead, or what is in it is lost to sales when the lead is converted; {MAPPING}"
        if field in found:
            yield Check(System.SALESFORCE, "Lead conversion", field, OK, required=False)
        else:
            yield _left_out(System.SALESFORCE, "Lead conversion", field, "unmapped", fix)


def _of_lead(system: str, kind: str) -> bool:
    return (system, kind) == (System.SALESFORCE, "lead")


def _calls(source: Source, budgets: Budgets) -> Check:
    """Whether any of the day's calls are left for us, as far as the CRM told."""
    use = source.limiter.day.use(source.now())
    system = source.system
    if use.used is None or not use.total or use.used < use.total * (1 - budgets.share_for_others) * NEARLY:
        return Check(system, "calls", None, OK, required=False)
    share = Decimal(use.used) / use.total
    fix = (
        f"{use.used:,} of {use.total:,} calls of the day are used, {share:.0%}: find who uses them, or lower"
        " `budgets: share_for_others` in syncd.yaml"
    )
    return _left_out(system, "calls", None, "nearly_used_up", fix)


def _receivers(salesforce: Destination, config: Config) -> Iterator[Check]:
    """The queue and the user that tasks.yaml names."""
    tasks = config.tasks
    if tasks.queue is not None:
        found = [
            row
            for name in ("Name", "DeveloperName")
            for row in _found(salesforce, "group", name, tasks.queue, ["Type"])
            if row.get("Type") == "Queue"
        ]
        fix = f"make a queue {tasks.queue!r} that takes tasks, or name another one in tasks.yaml; nobody would get them"
        yield _named(bool(found), "queue", tasks.queue, fix)
    if tasks.fallback is not None:
        users = _found(salesforce, "user", "Email", tasks.fallback, ["IsActive"])
        there = any(row.get("IsActive") is not False for row in users)
        fix = f"no active user has the address {tasks.fallback}: make one, or name another in tasks.yaml"
        yield _named(there, "user", tasks.fallback, fix)


def _writes(hubspot: Destination, config: Config) -> Iterator[Check]:
    """Whether contacts may be written, where the files have HubSpot told anything. Asked by an update of nobody, to
    nothing: no call tells what a token may do.
    """
    if not tells_contacts(config):
        return
    try:
        hubspot.write("contact", [Write("contact", {}, id="0")])
    except Forbidden as error:
        fix = f"give the token {error.scope or 'the right'} to write contacts, or let fields.yaml tell HubSpot nothing"
        yield Check(System.HUBSPOT, "contact", None, "no_scope", True, fix, admin_of(System.HUBSPOT))  # noqa: FBT003
    except ConnectorError:
        pass  # it was let through, and there is no such contact
    else:
        yield Check(System.HUBSPOT, "contact", None, OK, required=True)


def tells_contacts(config: Config) -> bool:
    """Whether the files have any property of HubSpot's contacts written."""
    back = config.fields.back
    written = any((path.system, path.object) == ("hubspot", "contact") for path in config.fields.write)
    return bool(written or (back.stage and back.stages) or back.statuses or back.owner)


def _lists(hubspot: Source, config: Config) -> Iterator[Check]:
    """Whether the lists that `back` names are there, are of contacts, and take whom they are given."""
    for name in sorted(set(config.fields.back.lists.values())):
        state, fix = OK, ""
        try:
            found = hubspot.read("list", [name], ()).get(name)
        except (Forbidden, Refused) as error:
            state, fix = "no_scope", f"give the token crm.lists.read and crm.lists.write: {error.what}"
        else:
            if found is None:
                state, fix = "missing", f"HubSpot has no list {FIELD}: write another id under `back: lists`"
            elif not takes_people(found):
                state, fix = "not_static", f"list {FIELD} is of no contacts, or filled by rules: name a static one"
        who = admin_of(System.HUBSPOT) if fix else None
        yield Check(System.HUBSPOT, "list", name, state, True, fix, who)  # noqa: FBT003


def _found(salesforce: Destination, kind: str, field: str, value: str, more: Sequence[str]) -> list[dict[str, object]]:
    try:
        return [dict(row.properties) for row in salesforce.find(kind, field, [value], [field, *more])]
    except (Forbidden, Missing, Refused):
        return []


def _named(there: bool, what: str, name: str, fix: str) -> Check:  # noqa: FBT001  whether it was found
    if there:
        return Check(System.SALESFORCE, what, name, OK, required=False)
    return _left_out(System.SALESFORCE, what, name, "missing", fix)


def _left_out(system: System, what: str, name: str | None, state: str, fix: str) -> Check:
    who = admin_of(system)
    return Check(system, what, name, state, required=False, sentence=fix, who=who)
