"""Whom an e-mail concerns, where no field of its own says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from connectors.errors import Forbidden, Missing
from connectors.salesforce.ids import is_id
from connectors.salesforce.pull import Reader
from connectors.salesforce.soql import with_values

_EMAIL, _PERSON = "EmailMessageId", "RelationId"
_PREFIXES = MappingProxyType({"lead": "00Q", "contact": "003"})  # facts: salesforce B6


def people_of_emails(reader: Reader, ids: Collection[str], to_kind: str) -> Mapping[str, Sequence[str]]:
    """Ids of the leads or contacts that e-mails were from or to, by the e-mail's id, sorted, each once.

    Empty where the org keeps no such relations or does not show them: RelatedToId is all there is then.
    """
    prefix = _PREFIXES.get(to_kind)
    if prefix is None:
        return {}
    found: dict[str, set[str]] = {}
    try:
        for soql in with_values("EmailMessageRelation", (_EMAIL, _PERSON), _EMAIL, sorted(filter(is_id, ids))):
            for rows in reader.query(soql):
                for row in rows:
                    if str(row[_PERSON] or "").startswith(prefix):
                        found.setdefault(row[_EMAIL], set()).add(row[_PERSON])
    except (Missing, Forbidden):
        return {}
    return {email: sorted(people) for email, people in found.items()}
