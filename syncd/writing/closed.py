"""What HubSpot does not let us write at all: a permission that is missing is said once, and not once a contact.

While it is missing, plans have nothing of it, and people are done with once Salesforce has what it needs. It is tried
again with the next news after an hour, or after `syncd quarantine retry`; what works again brings everybody back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import System
from syncd.desk import Stop
from syncd.model.dossier import Quarantined, case_id
from syncd.model.instant import HOUR, Instant
from syncd.store import ledger, people, quarantine

if TYPE_CHECKING:
    from connectors.errors import Forbidden
    from syncd.desk import Desk, Run

CODE = "no_scope"
"""Under which it stands in quarantine, where it is a case of nobody's."""

REST = "; Salesforce has all that it should have"


def kinds(desk: Desk, run: Run) -> frozenset[str]:
    """The kinds of HubSpot's records that we may not write, and that are not due to be tried again."""
    with desk.store.reading() as tx:
        rows = [row for row in quarantine.open_ones(tx) if row.code == CODE and row.person is None]
    if run.order.by_hand:  # a person who applies wants to know how it is now
        return frozenset()
    waiting = frozenset(row.kind for row in rows if row.next_at is not None and row.next_at > run.now)
    run.left_out += [_left_out(kind) for kind in sorted(waiting)]
    return waiting


def close(desk: Desk, run: Run, kind: str, error: Forbidden) -> None:
    """HubSpot refused to have a kind written: set aside once, and news for the run where it was not known."""
    now, scope = desk.clock(), error.scope or "the right"
    what = f"HubSpot's token lacks {scope} to write {kind}s"
    row = Quarantined(
        id=_id(kind),
        system=str(System.HUBSPOT),
        kind=kind,
        record_id=None,
        person=None,
        cause="permission",
        code=CODE,
        message=f"{what}: {error.what}",
        who="HubSpot admin",
        first_at=now,
        next_at=Instant(now + HOUR),
    )
    with desk.store.transaction() as tx:
        known = quarantine.get(tx, row.id)
        quarantine.put(tx, [row], now)
        is_news = known is None or known.state != "open"
        if is_news:
            ledger.append(tx, run.id, now, [quarantine.noted(row)])
    if _left_out(kind) in run.left_out:  # told already: what goes back and what moves on are written apart
        return
    run.left_out.append(_left_out(kind))
    if is_news or run.order.by_hand:
        run.lacks = _lacking(run.lacks, scope, what)


def _lacking(before: Stop | None, scope: str, what: str) -> Stop:
    """What the run tells of a scope that is missing, beside what was missing before."""
    if before is not None:
        scope, what = f"{before.by} and {scope}", f"{what}; {before.message.removesuffix(REST)}"
    step = f"give the token {scope}, or let `back` and `write` in fields.yaml tell HubSpot nothing"
    return Stop(CODE, scope, what + REST, step, exit_code=2)


def open_again(desk: Desk, kind: str) -> None:
    """A write of a kind worked: where it did not before, everybody is looked at again."""
    with desk.store.transaction() as tx:
        known = quarantine.get(tx, _id(kind))
        if known is not None and known.state == "open":
            quarantine.resolve(tx, [known.id], desk.clock())
            people.mark_all_dirty(tx)


def _left_out(kind: str) -> str:
    return f"{System.HUBSPOT}.{kind} ({CODE})"


def _id(kind: str) -> str:
    return case_id(CODE, kind)
