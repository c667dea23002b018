"""The ledger, to leaf through and to have proved."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import RedirectResponse

from syncd.anchors.anchoring import of_ledger
from syncd.anchors.checkpoints import troubles
from syncd.model.nouns import dataclass
from syncd.model.person import PersonId
from syncd.store import browse, ledger, rebuild
from syncd.store.browse import Filter
from syncd.store.database import pair
from syncd.store.ledger import Verification
from syncd.store.rebuild import Compared
from syncd.web.faces import faces
from syncd.web.visit import NoSuchPage, Shown, Visit

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.responses import Response

    from syncd.web.errands import Errand

VERIFY = "verify"
NARROWING = ("kind", "run", "person")
PER_PAGE, TOLD = 50, 100
"""Entries on a page, and people of one entry."""
PATIENCE_SECONDS = 0.15
"""A short ledger is proved while the page is made."""
KINDS = (
    *("approval", "ambiguous", "checkpoint", "closed", "decided", "dropped", "forced", "forgotten", "intent", "linked"),
    *("paused", "pulled", "quarantined", "resumed", "retried", "written"),
)
"""Kinds of entries that are offered; any other can be typed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: whether the chain holds, how many checkpoints it has (so many signed), what is wrong with them,
    and how the tables compare with it (None: not looked at).
    """

    chain: Verification
    checkpoints: int = 0
    signed: int = 0
    troubles: Sequence[str] = ()
    tables: Compared | None = None

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return self.chain.ok and not self.troubles and (self.tables is None or not self.tables.differing)


def audit(visit: Visit) -> Shown:
    """The last entries, narrowed as asked, and whether the chain holds."""
    wanted = Filter(visit.asked("kind"), visit.asked("run"), _person(visit))
    before = visit.number("before", 0) if visit.asked("before") else None
    found = browse.newest(visit.tx, wanted, PER_PAGE + 1, before)
    entries, head = ledger.head(visit.tx)
    shown = {
        "leaves": found[:PER_PAGE],
        "more": found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None,
        "wanted": wanted,
        "narrowed": "".join(f"&{name}={quote(visit.query[name])}" for name in NARROWING if visit.asked(name)),
        "kinds": KINDS,
        "entries": entries,
        "head": head,
        "proof": _proved(visit),
    }
    return Shown("audit.html", shown)


def verify(visit: Visit) -> Response:
    """Have the whole chain recomputed, and the tables compared with what it tells."""
    _begin(visit, with_tables=True)
    return RedirectResponse("/audit", status_code=303)


def entry(visit: Visit) -> Shown:
    """One entry with what it says of each person. Raises NoSuchPage."""
    text = visit.path["seq"]
    found = next(ledger.read(visit.tx, seq=int(text)), None) if text.isdigit() and len(text) < 16 else None
    if found is None:
        raise NoSuchPage("the ledger has no entry of that number", "choose one of the list")
    about = found.about[:TOLD]
    shown = {
        "row": found,
        "data": _pretty(found.data),
        "about": [(one, _pretty(one.data), None if one.sealed is None else _pretty(one.sealed)) for one in about],
        "faces": faces(visit.tx, [one.person for one in about]),
        "count": len(found.about),
    }
    return Shown("entry.html", shown)


def _proved(visit: Visit) -> Errand | None:
    """How the proof stands; begun where nobody asked for one yet, and waited for as long as a page may take."""
    errands = visit.lookout.errands
    if errands.last(VERIFY) is None:
        _begin(visit)
    until = time.monotonic() + PATIENCE_SECONDS
    while (last := errands.last(VERIFY)) and last.state == "under way" and time.monotonic() < until:
        time.sleep(0.005)
    return last


def _begin(visit: Visit, *, with_tables: bool = False) -> None:
    lookout = visit.lookout

    def work() -> Proof:
        with lookout.reading() as tx:
            return _proof(tx, with_tables=with_tables)

    lookout.errands.run(VERIFY, None, visit.now, work)


def _proof(tx: Connection, *, with_tables: bool) -> Proof:
    """The chain against itself and against the checkpoints that it holds, and what else there is to prove."""
    chain = ledger.verify(tx)
    if not chain.ok:
        return Proof(chain)
    own = list(of_ledger(tx))
    wrong = troubles(own, pair(tx), None)
    if own and not ledger.verify(tx, {one.entries: one.head for one in own}).ok:
        wrong.append("a checkpoint in the ledger tells of another past than the ledger")
    signed = sum(one.is_signed for one in own)
    return Proof(chain, len(own), signed, wrong, rebuild.compare(tx) if with_tables else None)


def _person(visit: Visit) -> PersonId | None:
    text = visit.asked("person")
    return None if text is None else PersonId(text)


def _pretty(data: Any) -> str:  # noqa: ANN401 - whatever an entry keeps
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True, default=str)
