"""All contacts as HubSpot lists them, not as its search finds them: once a week, for what no window ever showed.

A search index can be days late, and a contact that was archived before anybody read it comes back with its old modified
date (facts: hubspot B7 to B9). The list is no index. It costs a call a hundred contacts, and what says nothing new is
passed over as in every window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.records import Window
from syncd.desk import TurnOver
from syncd.model.instant import DAY
from syncd.reading.take import read_up, take
from syncd.store import ledger, streams
from syncd.store.database import get_meta, set_meta
from syncd.store.ledger import LedgerItem

if TYPE_CHECKING:
    from syncd.desk import Desk, Run
    from syncd.streams import Stream

LISTED = "listed hubspot.contact"
"""The store's note of when the list was last read to its end."""
WEEK = 7 * DAY


def read_list(desk: Desk, run: Run, stream: Stream) -> None:
    """Take what the list of contacts says and the mirror does not know, a week after all was read: in a sweep, a day
    later in any cycle. One that was cut off begins anew. Raises as `pull`.
    """
    now, name = desk.clock(), f"{stream.name} list"
    with desk.store.reading() as tx:
        noted, state = get_meta(tx, LISTED), streams.get(tx, stream.system, stream.kind)
    if noted is None:  # all of them were read just now
        with desk.store.transaction() as tx:
            set_meta(tx, LISTED, str(int(now)))
        return
    if now - int(noted) < WEEK + (0 if run.order.sweeps else DAY):
        return
    news = seen = 0
    for page in desk.hubspot.pull(f"listed_{stream.kind}", Window(None, desk.hubspot.now()), stream.properties):
        news += take(desk, run, stream, read_up(desk, stream, page), state)
        seen += len(page.records)
        desk.progress.count(f"comparing with HubSpot's list, {stream.name}", seen)
        desk.may_end()
        if desk.turn_over():
            raise TurnOver
    run.pulled[name] = news
    with desk.store.transaction() as tx:
        set_meta(tx, LISTED, str(int(now)))
        ledger.append(tx, run.id, desk.clock(), [LedgerItem("pulled", {"stream": name, "news": news})])
