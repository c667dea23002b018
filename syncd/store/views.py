"""Views that BI tools read in the store itself: documented columns, times that people read, and nobody's address.

They are made once, with the tables. What hangs packed on records, such as touches, is in `syncd export` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "bi_person": {
        "person": "syncd's id of the person",
        "created_at": "when syncd first saw them",
        "stage": "the stage in which the person stands, as last decided",
        "cycle": "the person's n-th way through the funnel",
        "since": "since when the person stands there",
    },
    "bi_transition": {
        "person": "syncd's id of the person",
        "stage": "the stage that was entered",
        "cycle": "in which cycle",
        "at": "when it truly happened",
        "left_at": "when the stage's own rule ended it",
        "source": "definition, hubspot, silence or record",
        "reason": "sales' reason for a return",
        "definition": "hash of the version that decided",
        "recorded_at": "when it was written down",
        "superseded_at": "when another date or reason took its place; empty for those that stand",
    },
    "bi_task": {
        "task": "Salesforce's id",
        "person": "whom it is about",
        "created_at": "when it was made",
        "status": "Salesforce's status",
        "due": "the day on which it is due",
        "closed": "1 or true where it is closed",
    },
    "bi_opportunity": {
        "opportunity": "Salesforce's id",
        "created_at": "when it was made",
        "stage": "Salesforce's stage",
        "amount": "its amount, as a text that is exact",
        "currency": "the amount's currency, where the org has several",
        "close_date": "the close date that sales set",
        "closed": "1 or true where it is won or lost",
        "won": "1 or true where it was won",
    },
}
"""What each column of each view is, in its order."""


_TEMPLATES = (
    """CREATE VIEW bi_person AS SELECT id AS person, TIME(created_at) AS created_at, stage, cycle, TIME(since) AS since
    FROM person WHERE merged_into IS NULL""",
    """CREATE VIEW bi_transition AS SELECT person_id AS person, stage, cycle, TIME(at) AS at, TIME(left_at) AS left_at,
    source, reason, definition, TIME(recorded_at) AS recorded_at, TIME(superseded_at) AS superseded_at FROM entry""",
    """CREATE VIEW bi_task AS SELECT r.id AS task, (SELECT min(o.person_id) FROM reference f JOIN record o
    ON o.system = f.system AND o.kind = f.to_kind AND o.id = f.to_id
    WHERE f.system = r.system AND f.kind = r.kind AND f.id = r.id AND f.name = 'who') AS person,
    TIME(r.created_at) AS created_at, SAID(Status) AS status, SAID(ActivityDate) AS due, SAID(IsClosed) AS closed
    FROM record r WHERE r.system = 'salesforce' AND r.deleted = 0 AND r.kind = 'task'""",
    """CREATE VIEW bi_opportunity AS SELECT r.id AS opportunity, TIME(r.created_at) AS created_at,
    SAID(StageName) AS stage, CAST(SAID(Amount) AS TEXT) AS amount, SAID(CurrencyIsoCode) AS currency,
    SAID(CloseDate) AS close_date, SAID(IsClosed) AS closed, SAID(IsWon) AS won
    FROM record r WHERE r.system = 'salesforce' AND r.deleted = 0 AND r.kind = 'opportunity'""",
)
"""TIME stands for a column of milliseconds as a time, SAID for a property of the record."""


def _views(time: str, said: str) -> tuple[str, ...]:
    """The statements of one database."""
    texts = (re.sub(r"TIME\(([\w.]+)\)", lambda found: time.format(found[1]), text) for text in _TEMPLATES)
    return tuple(re.sub(r"SAID\((\w+)\)", lambda found: said.format(found[1]), text) for text in texts)


VIEWS: Mapping[str, Sequence[str]] = {
    "sqlite": _views("strftime('%Y-%m-%dT%H:%M:%fZ', {} / 1000.0, 'unixepoch')", "json_extract(r.properties, '$.{}')"),
    "postgresql": _views("to_timestamp({} / 1000.0)", "(CAST(r.properties AS json) ->> '{}')"),
}
"""The statements that make all views, by database."""
