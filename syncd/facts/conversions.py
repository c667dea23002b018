"""What a conversion leaves behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.records import System
from syncd.model.dossier import Mirrored

OPTED_OUT = "HasOptedOutOfEmail"
"""Salesforce's field on leads and contacts. A conversion into a contact that was there leaves the contact's as it is
(facts: market 5).
"""


def opt_outs_lost(records: Sequence[Mirrored]) -> Iterator[tuple[Mirrored, Mirrored]]:
    """(converted lead, contact) of a person who wanted no mail as a lead, and as a contact gets some again."""
    contacts = {one.id[:15]: one for one in records if (one.system, one.kind) == (System.SALESFORCE, "contact")}
    for lead in records:
        into = contacts.get(str(lead.properties.get("ConvertedContactId") or "")[:15])
        if into is None or into.deleted or lead.properties.get(OPTED_OUT) is not True:
            continue
        if into.properties.get(OPTED_OUT) is False:
            yield lead, into
