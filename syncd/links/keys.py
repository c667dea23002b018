"""The keys by which records of one person find each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.records import JsonValue, Properties, System

HUBSPOT_ID, SALESFORCE_ID, EMAIL = "hubspot", "salesforce", "email"
"""The first part of a key, which says what sort of a thing the rest is."""

MAILED = ("form_submission", "email_event")
"""Kinds of records that name nobody but an e-mail address (facts: hubspot B12)."""

CRM_LINKS = ("salesforcecontactid", "salesforceleadid")
"""HubSpot properties in which its own Salesforce integration keeps the other side's id."""

LINKED = ("contact", "lead", *MAILED)
"""Kinds of records that have keys."""

KEYED = ("email", "hs_additional_emails", *CRM_LINKS, "Email", "ConvertedContactId")
"""The properties that keys are made of, beside the field that holds HubSpot's id."""


def keys_of(
    system: System,
    kind: str,
    record_id: str,
    properties: Properties,
    replaces: Sequence[str],
    hubspot_id: str,
    merged_into: str | None = None,
) -> tuple[str, ...]:
    """The identity keys of a contact, a lead or a form submission; () for all other kinds.

    `hubspot_id` is the name of the Salesforce field that holds HubSpot's id. E-mail addresses are compared without
    case and blanks; secondary addresses of a contact count, too. A record that was converted or merged in Salesforce
    has the id of the one that took its place as well.
    """
    if kind in MAILED:
        return tuple(_emails(properties.get("email")))
    if kind not in ("contact", "lead"):
        return ()
    if system is System.HUBSPOT:
        mails = _emails(properties.get("email"), properties.get("hs_additional_emails"))
        links = (f"{SALESFORCE_ID}:{short_id(str(value))}" for name in CRM_LINKS if (value := properties.get(name)))
        own = (f"{HUBSPOT_ID}:{one}" for one in (record_id, *replaces))
        return tuple(dict.fromkeys((*own, *links, *mails)))
    links = (
        f"{SALESFORCE_ID}:{short_id(str(value))}"
        for value in (record_id, properties.get("ConvertedContactId") if kind == "lead" else None, merged_into)
        if value
    )
    given = properties.get(hubspot_id)
    claimed = [f"{HUBSPOT_ID}:{given}"] if given else []
    return tuple(dict.fromkeys((*claimed, *links, *_emails(properties.get("Email")))))


def short_id(salesforce_id: str) -> str:
    """A Salesforce id in its 15-character form, in which both forms of one id are equal."""
    return salesforce_id[:15]


def sort_of(key: str) -> str:
    """What sort of a thing a key names: HUBSPOT_ID, SALESFORCE_ID or EMAIL."""
    return key.partition(":")[0]


def _emails(*values: JsonValue) -> Iterable[str]:
    for value in values:
        for mail in str(value or "").split(";"):
            if "@" in mail:
                yield f"{EMAIL}:{mail.strip().casefold()}"


FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.co.uk",
        "yahoo.fr",
        "yahoo.de",
        "ymail.com",
        "hotmail.com",
        "hotmail.co.uk",
        "hotmail.fr",
        "outlook.com",
        "live.com",
        "live.nl",
        "msn.com",
        "aol.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "gmx.de",
        "gmx.net",
        "gmx.com",
        "gmx.at",
        "web.de",
        "t-online.de",
        "freenet.de",
        "mail.com",
        "mail.ru",
        "yandex.ru",
        "yandex.com",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "zoho.com",
        "qq.com",
        "163.com",
        "126.com",
        "naver.com",
        "libero.it",
        "orange.fr",
        "free.fr",
        "laposte.net",
        "wanadoo.fr",
        "ziggo.nl",
        "kpnmail.nl",
        "hetnet.nl",
        "online.no",
        "bigpond.com",
        "comcast.net",
        "verizon.net",
        "att.net",
        "hey.com",
        "fastmail.com",
        "tutanota.com",
        "uol.com.br",
        "bol.com.br",
    ]
)
"""Mail providers for everybody, whose domains name no company."""


def business_domain(email: str | None) -> str | None:
    """The domain of a business address in small letters, None for addresses of FREE_MAIL and for no address."""
    domain = (email or "").rpartition("@")[2].strip().casefold()
    return domain if "." in domain and domain not in FREE_MAIL else None
