"""Forgetting a person: out of every table, with the key of what is sealed in the ledger, and kept from coming back.

syncd deletes nobody in a CRM: the receipt says who has to do that, and where.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.records import System
from syncd.links.keys import EMAIL, HUBSPOT_ID, SALESFORCE_ID, short_id
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.store import erasing, ledger, outputs, suppression
from syncd.store.ledger import About, LedgerItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncd.model.person import PersonId
    from syncd.store.database import Store
    from syncd.store.erasing import Erased

LEAST = 4
"""Texts shorter than this are not looked for in files: they stand in everything."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, and what others still have to do. `records` are the ids in each CRM, which syncd no longer knows.

    `files` are those that syncd had written and that told of the person: they are gone. `rest` is what syncd cannot
    reach.
    """

    id: str
    at: Instant
    who: str
    rows: Mapping[str, int]
    records: Mapping[str, Sequence[str]]
    files: Sequence[str]
    rest: Sequence[str]
    entry: int

    def as_data(self) -> dict[str, Any]:
        """As it is printed and kept."""
        to_do = {
            "hubspot": "delete the contact for good (GDPR delete); its e-mail address is then blocked there, too",
            "salesforce": "delete the leads, contacts and their tasks, then empty the recycle bin",
        }
        return {
            "receipt": self.id,
            "at": iso(self.at),
            "who": self.who,
            "ledger_entry": self.entry,
            "systems": {
                "syncd": {"state": "done", "rows": dict(self.rows), "files": list(self.files), "rest": list(self.rest)},
                **{
                    system: {"state": "to do", "by": f"{name} admin", "records": list(ids), "what": to_do[system]}
                    for system, name in (("hubspot", "HubSpot"), ("salesforce", "Salesforce"))
                    if (ids := self.records.get(system))
                },
            },
        }


def forget(store: Store, person: PersonId | None, key: str | None, who: str, why: str, at: Instant) -> Receipt:
    """Forget a person, or keep away one who is not known yet, by an identity key. The caller is the store's writer."""
    number = f"{iso(at)[:10].replace('-', '')}-{secrets.token_hex(4)}"
    with store.transaction() as tx:
        found = erasing.Erased([]) if person is None else erasing.gather(tx, person)
        texts = _texts_of(found, key)
        erasing.erase(tx, found)
        suppression.add(tx, [*_marked(found), *([key] if key else [])], number, at)
        data = {"receipt": number, "who": who, "why": _nameless(why, texts), "rows": found.rows}
        ledger.append(tx, None, at, [LedgerItem("forgotten", data, [About(one) for one in found.persons])])
        entry, _ = ledger.head(tx)
        files = _without(tx, texts)
    rest = store.scrub(found.rows)
    return Receipt(number, at, who, found.rows, _records(found), files, rest, entry)


def lift(tx: Connection, key: str, who: str, why: str, at: Instant) -> set[str]:
    """Let somebody who was forgotten come back: the receipts that no longer hold."""
    receipts = suppression.lift(tx, [key])
    if receipts:
        data = {"receipts": sorted(receipts), "who": who, "why": why}
        ledger.append(tx, None, at, [LedgerItem("lifted", data)])
    return receipts


def key_of(text: str) -> str | None:
    """The identity key that somebody typed: an address, hubspot:ID or salesforce:ID; None for anything else."""
    text = text.strip()
    system, _, record_id = text.partition(":")
    if system == System.HUBSPOT and record_id:
        return f"{HUBSPOT_ID}:{record_id}"
    if system == System.SALESFORCE and record_id:
        return f"{SALESFORCE_ID}:{short_id(record_id)}"
    return f"{EMAIL}:{text.casefold()}" if "@" in text else None


def _marked(found: Erased) -> set[str]:
    """The identity keys by which the person would come back: their own records' ids count always."""
    sorts = {System.HUBSPOT: HUBSPOT_ID, System.SALESFORCE: SALESFORCE_ID}
    own = {f"{sorts[one.system]}:{_id_of(one.system, one.id)}" for one in found.records if _is_own(one.kind)}
    return found.keys | own


def _is_own(kind: str) -> bool:
    return kind in ("contact", "lead")


def _id_of(system: System, record_id: str) -> str:
    return short_id(record_id) if system is System.SALESFORCE else record_id


def _records(found: Erased) -> dict[str, list[str]]:
    records: dict[str, list[str]] = {}
    for one in found.records:
        if _is_own(one.kind) and not one.deleted:
            records.setdefault(str(one.system), []).append(f"{one.kind}:{one.id}")
    return records


def _texts_of(found: Erased, key: str | None) -> set[bytes]:
    """What tells of the person in a file: record ids, and all texts of their contacts and leads that name somebody."""
    texts = {key.partition(":")[2]} if key else set()
    texts |= {known.partition(":")[2] for known in found.keys}
    texts |= {one.id for one in found.records if _is_own(one.kind)}
    texts |= set(map(str, found.persons))
    return {text.encode() for text in texts if len(text) >= LEAST}


def _nameless(why: str, texts: set[bytes]) -> str:
    """A reason, which is kept for ever, without what tells of the person."""
    for text in sorted(texts, key=len, reverse=True):
        why = re.sub(re.escape(text.decode()), "***", why, flags=re.IGNORECASE)
    return why


def _without(tx: Connection, texts: set[bytes]) -> list[str]:
    """The files that syncd wrote and that told of the person, which are gone now."""
    gone = []
    for name in outputs.all_of(tx):
        path = Path(name)
        if not path.exists():
            outputs.forget(tx, name)
        elif outputs.tells_of(path, texts):
            path.unlink()
            outputs.forget(tx, name)
            gone.append(name)
    return gone
