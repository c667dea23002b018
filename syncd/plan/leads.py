"""Who becomes a Lead in Salesforce, and with what (design 3, "Who becomes a Lead")."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import JsonValue
from syncd.links.keys import business_domain
from syncd.model.change import CREATE_LEAD, Change, FieldChange, Refusal
from syncd.model.person import Unknown
from syncd.model.stage import SIDE_STAGES, label_of
from syncd.plan.case import Case, Setting
from syncd.plan.mapped import mapped_fields
from syncd.plan.stamps import proof_fields, stage_fields
from syncd.plan.taken import taken

NO_COMPANY = "[not provided]"
"""What a Lead's company says where neither a name nor a business address is known."""

RENDERED = ("why", "definition", "run")


def why_no_lead(case: Case, setting: Setting) -> str | None:
    """Why a person whom Salesforce does not know gets no Lead, in words; None for one who does."""
    first, stage = setting.service.create.stage, case.verdict.stage
    if first is None:
        return "no Leads are made: `create` in syncd.yaml"
    if stage in SIDE_STAGES or setting.rank(stage) < setting.rank(first):
        return f"{label_of(stage)} now: nobody becomes a Lead before {label_of(first)}"
    refusal = _suppressed(case, setting)
    return refusal.why if refusal else None


def create_lead(case: Case, setting: Setting) -> Iterator[Change | Refusal]:
    """The new Lead of a person whom Salesforce does not know, once the stage of the config is entered; or why not."""
    first, stage = setting.service.create.stage, case.verdict.stage
    if first is None or stage in SIDE_STAGES or setting.rank(stage) < setting.rank(first):
        return
    contact = case.hubspot_contact
    if contact is None:
        return
    refusal = _suppressed(case, setting)
    if refusal is not None:
        yield refusal
        return
    values = _lead_fields(case, setting)
    if not values.get("LastName"):
        why = "HubSpot has no last name, and Salesforce takes no Lead without one"
        yield Refusal(case.facts.person, "no last name", why, "RevOps", "salesforce", "lead", None, quarantine=True)
        return
    names = setting.fields.names
    rendered = {getattr(names, one) for one in RENDERED}
    wanted = [FieldChange(name, None, value, name in rendered) for name, value in values.items()]
    fields, refusals = taken(case, ("salesforce", "lead", None), wanted, setting)
    yield from refusals
    if not fields:
        return
    yield Change(
        system="salesforce",
        object="lead",
        purpose=CREATE_LEAD,
        person=case.facts.person,
        id=None,
        key=(names.hubspot_id, contact.id),
        fields=tuple(fields),
        reason=case.current.why,
        evidence=case.current.evidence,
    )


def _suppressed(case: Case, setting: Setting) -> Refusal | None:
    """Why a person who is far enough gets no Lead all the same."""

    def refuse(code: str, why: str) -> Refusal:
        return Refusal(case.facts.person, code, why, "RevOps")

    first = setting.service.create.stage
    said = [stage for _, stage, source in case.facts.floor if source == "hubspot"]
    if case.verdict.barred:
        return refuse("never", f"the definitions say never: {case.verdict.barred}")
    if case.known_in_salesforce:
        return refuse(
            "gone from Salesforce", "Salesforce had a record that was deleted or converted; nobody is made anew"
        )
    if case.is_bought:
        return refuse("customer", "a customer, or on an open opportunity: no new Lead")
    if first is None:
        return None
    past = case.past_in_hubspot(first, setting)
    if past is None and said and setting.rank(said[-1]) > setting.rank(first):
        past = label_of(said[-1])
    return refuse("past already", f"HubSpot already says {past}, which is past {label_of(first)}") if past else None


def _lead_fields(case: Case, setting: Setting) -> dict[str, JsonValue]:
    words = {name: _text(case, name) for name in ("last_name", "first_name", "email", "company_name")}
    company = words["company_name"] or business_domain(words["email"]) or NO_COMPANY
    values: dict[str, JsonValue] = {
        "LastName": words["last_name"],
        "FirstName": words["first_name"],
        "Company": company,
        "Email": words["email"],
        "OwnerId": _owner(case, setting),
    }
    for name, value in mapped_fields(case, ("salesforce", "lead"), None, setting):
        values[name] = values.get(name) or value
    values |= stage_fields(case, None, setting) | proof_fields(case, "lead", setting)
    return {name: value for name, value in values.items() if value is not None}


def _owner(case: Case, setting: Setting) -> str | None:
    """The Salesforce user who owns the contact in HubSpot, found by e-mail address. Nobody else is guessed."""
    contact = case.hubspot_contact
    owner = str(contact.properties.get("hubspot_owner_id") or "") if contact else ""
    seller = setting.directory.by_email(setting.directory.hubspot_owners.get(owner))
    return seller.id if seller else None


def _text(case: Case, name: str) -> str | None:
    known = case.facts.properties.get(name)
    value = known.timeline[-1][1] if known else None
    return None if value is None or isinstance(value, Unknown) else str(value)
