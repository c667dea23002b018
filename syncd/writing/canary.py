"""The first rows of many: whether they were taken, and, read back, whether they hold what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.errors import Forbidden, Missing, Refused
from connectors.records import Recovery, RowError, System, WriteResult
from syncd.endings import ExitCode, Told
from syncd.model.change import CREATE_LEAD, TASK, TELL, TEND, UPDATE, Change
from syncd.model.mapping import of_field
from syncd.plan.values import same
from syncd.writing.aside import NEVER_LEFT_OUT, NOT_KEPT

if TYPE_CHECKING:
    from syncd.desk import Desk
    from syncd.writing.remember import Memory

CANARY = 20
"""Rows in the first call of a kind, where more follow: a fault of all rows shows on a few."""
CANARY_FROM, CANARY_TO = 40, 2_000
"""Between so many rows the canary is small; with more, the first whole call is the canary and costs no call more."""
READ_BACK = (UPDATE, CREATE_LEAD, TASK, TEND, TELL)
"""What can be read by id; who is on a list cannot."""
FEWEST = 5
"""A field that fewer rows hold something else in says nothing: people and programs work there too."""


class CanaryFailed(Told):
    """The first call of a kind was refused row by row, or came to nothing: the rest was not sent."""

    code = "canary"
    exit_code = ExitCode.HELD
    next_step = "look at `syncd status` for what was refused, mend it, then run `syncd apply`"

    def __init__(self, kind: str, rows: int, codes: Sequence[str]) -> None:
        what = f"all of the first {rows} {kind}s were refused ({', '.join(codes)})"
        if list(codes) == [NOT_KEPT]:
            what = f"none of the first {rows} {kind}s holds anything of what was written"
        super().__init__(f"{what}, so no more were sent")


def prove(desk: Desk, memory: Memory, system: System, kind: str, sent: Sequence[tuple[Change, WriteResult]]) -> None:
    """Read back what was written, and compare. A field that no row has kept is set aside for all that follow.

    Raises CanaryFailed where no field was kept at all.
    """
    written = {str(result.id): change for change, result in sent if result.id and not result.error}
    if len(written) < FEWEST or sent[0][0].purpose not in READ_BACK:
        return
    names = sorted({one.field for change in written.values() for one in change.fields})
    try:
        live = desk.crm(system).read(kind, list(written), names)
    except (Forbidden, Missing, Refused) as error:
        desk.progress.step(f"the first {len(written)} {kind}s could not be read back: {error.what}")
        return
    schema, wanted, kept = desk.schemas[system, kind], Counter[str](), Counter[str]()
    for record_id, change in written.items():
        record = live.get(record_id)
        for one in change.fields:
            held = record.properties.get(one.field) if record is not None else None
            wanted[one.field] += one.after is not None
            kept[one.field] += record is not None and same(held, one.after, schema.fields.get(one.field))
    lost = [name for name in names if wanted[name] >= FEWEST and not kept[name]]
    if lost and not kept.total():
        raise CanaryFailed(kind, len(written), [NOT_KEPT])
    for name in lost:
        if name not in NEVER_LEFT_OUT:
            change = next(one for one in written.values() if name in one.values)
            told = RowError(NOT_KEPT, f"{name} does not hold what was just written", Recovery.MAPPING, (name,))
            memory.leave_unread(change, told, [of_field(system, kind, name)])
