"""What becomes of a mirrored record when another copy of it arrives. Pure, and run for every record that is read.

History and evidence stay the texts that they are stored as until a copy tells something of them; what was seen to
change is written behind the history as a line of its own: to read all of it and write it anew took a tenth of a pull.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.model.instant import instant_of
from syncd.model.person import PersonId
from syncd.store.canonical import to_text
from syncd.store.mirrored import VOLATILE, dated, fresh, history_in, telling, union

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from connectors.records import JsonValue, Properties, Record
    from syncd.model.dossier import Dated
    from syncd.model.instant import Instant

NO_HISTORY = "{}"
"""The text of no history."""
MOST_LINES = 10
"""How often a history grows by a line before it is written as one again."""
_NOTHING = object()


class Kept(NamedTuple):
    """What the mirror keeps of a record; see `Mirrored`. `history` and `evidence` are as they are stored,
    `link_due` says that its person is still to be found.

    A tuple, since a pull makes two for every record.
    """

    person: PersonId | None
    created_at: Instant | None
    modified_at: Instant
    known_at: Instant
    seen_at: Instant
    deleted: bool
    merged_into: str | None
    properties: dict[str, JsonValue]
    history: str
    evidence: str
    amended: tuple[str, ...] = ()
    link_due: bool = False


def first(record: Record, known_at: Instant, evidence: str) -> Kept:
    """The record as its first copy shows it."""
    return Kept(
        None,
        None if record.created_at is None else instant_of(record.created_at),
        instant_of(record.modified_at),
        known_at,
        known_at,
        record.deleted,
        record.merged_into,
        record.properties if type(record.properties) is dict else dict(record.properties),
        to_text({name: dated(versions) for name, versions in record.history.items()}) if record.history else NO_HISTORY,
        evidence,
    )


def is_stale(old: Kept, record: Record) -> bool:
    """Whether a copy is older than what the mirror has.

    A copy of the very instant that we wrote upon is stale unless it shows our values: a search index answers with the
    past for a while. A merge is news of the record that stays, whatever the one that went was last modified at.
    """
    if record.merged_into is not None and record.merged_into != old.merged_into:
        return False
    copied = instant_of(record.modified_at)
    if copied != old.modified_at:
        return copied < old.modified_at
    given = record.properties
    return any(name in given and given[name] != old.properties[name] for name in old.amended)


def moved(old: Properties, given: Properties) -> list[str]:
    """The names of properties of which a copy tells another value, or tells for the first time.

    Those that change with every save do not count.
    """
    return [n for n, value in given.items() if old.get(n, _NOTHING) != value and n not in VOLATILE]


def not_repeated(
    was: dict[str, JsonValue], given: Properties, news: Sequence[str], ours: Sequence[str]
) -> dict[str, JsonValue]:
    """Those values only that a copy, of which the properties `news` `moved`, does not tell again, and `ours`, those
    that we wrote.
    """
    left = {name: was[name] for name in (*news, *ours) if name in was}
    if list(was) != list(given) and not was.keys() <= given.keys():  # nearly always the same, in the same order
        left |= {name: value for name, value in was.items() if name not in given}
    return left


def says_more(old: Kept, record: Record, news: Sequence[str]) -> bool:
    """Whether a copy, of which some properties `moved`, says something that the mirror does not have."""
    told = news or record.deleted != old.deleted or record.merged_into != old.merged_into
    return bool(told) and not is_stale(old, record)


def renewed(
    old: Kept,
    record: Record,
    news: Sequence[str],
    known_at: Instant,
    tracked: Collection[str] = (),
    evidence: str | None = None,
) -> tuple[Kept, dict[str, Any]]:
    """The record after a newer copy, of which the properties `news` moved, and what is needed to make the old one out
    of it again (see `mirrored.undone`).

    Values the copy does not have are kept, and no version is ever forgotten. A property in `tracked` whose value
    moved, and of whose history the copy tells nothing, gets a version. `evidence` None keeps what there is.
    """
    modified_at = instant_of(record.modified_at)
    seen = [n for n in news if n in tracked and n in old.properties and n not in record.history]
    history, came = _history(old, record, seen, modified_at)
    told = telling(old.properties, news, came)
    if record.deleted != old.deleted:
        told["deleted"] = old.deleted
    if record.merged_into != old.merged_into:
        told["merged_into"] = old.merged_into
    told |= {"at": [old.modified_at, old.known_at]} if told else {}
    new = Kept(
        old.person,
        old.created_at if record.created_at is None else instant_of(record.created_at),
        modified_at,
        known_at,
        old.seen_at,
        record.deleted,
        record.merged_into,
        _together(old.properties, record.properties),
        history,
        old.evidence if evidence is None else evidence,
    )
    return new, told


def is_alike(old: Kept, new: Kept) -> bool:
    """Whether a record and what became of it differ in nothing but what they say, and since when."""
    return (
        old.evidence is new.evidence
        and old.deleted == new.deleted
        and old.merged_into == new.merged_into
        and old.created_at == new.created_at
        and not old.amended
    )


def _together(old: dict[str, JsonValue], given: Properties) -> dict[str, JsonValue]:
    """The values of both; the copy itself where it has them all, as nearly every one has."""
    return given if type(given) is dict and old.keys() <= given.keys() else {**old, **given}


def _history(
    old: Kept, record: Record, seen: Sequence[str], modified_at: Instant
) -> tuple[str, dict[str, Sequence[Dated]]]:
    """The text of the history after a copy that shows other values of the properties `seen`, and what came with it."""
    if not (seen or record.history):
        return old.history, {}
    known = f"[{modified_at}," in old.history  # it may be the very version that the copy shows
    if record.history or known or old.history.count("\n") >= MOST_LINES:
        past, came = _histories(old, record, seen, modified_at)
        return to_text(past), came
    came = _seen(old, record, seen, modified_at)
    line = to_text(came)
    return line if old.history == NO_HISTORY else f"{old.history}\n{line}", came


def _seen(old: Kept, record: Record, names: Sequence[str], modified_at: Instant) -> dict[str, Sequence[Dated]]:
    """The versions that a copy shows by its values alone, of properties that have other ones than they had."""
    came: dict[str, Sequence[Dated]] = {}
    for name in names:
        now: Dated = (modified_at, record.properties[name], None, None)
        if f'"{name}":[[' in old.history:  # nothing but a key looks like that: quotes in values are escaped
            came[name] = [now]
        else:
            # The beginning of the first value is not known; it is taken to be there from the start.
            start = old.modified_at if old.created_at is None else old.created_at
            came[name] = [(start, old.properties[name], None, None), now]
    return came


def _histories(
    old: Kept, record: Record, seen: Sequence[str], modified_at: Instant
) -> tuple[dict[str, Any], dict[str, Sequence[Dated]]]:
    """All versions by property, and those of them that came with this copy."""
    past = history_in(old.history)
    given: dict[str, Sequence[Dated]] = {name: dated(versions) for name, versions in record.history.items()}
    given |= _seen(old, record, seen, modified_at)
    came: dict[str, Sequence[Dated]] = {}
    for name, versions in given.items():
        known = past.get(name, ())
        if new := fresh(known, versions):
            came[name] = new
        past[name] = union(known, new)
    return past, came
