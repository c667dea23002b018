"""What becomes of a mirrored record when another copy of it arrives. Pure, and run for every record that is read.

History and evidence stay the texts that they are stored as until a copy tells something of them; what was seen to
change is written behind the history as a line of its own: to read all of it and write it anew took a tenth of a pull.
"""

from __future__ import annotations

from itertools import compress
from operator import ne
from typing import TYPE_CHECKING, Any

from syncd.model.instant import instant_of
from syncd.model.nouns import dataclass
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


@dataclass(frozen=True, slots=True)
class Kept:
    """What the mirror keeps of a record; see `Mirrored`. `history` and `evidence` are as they are stored,
    `link_due` says that its person is still to be found.
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


def is_stale(old: Kept, record: Record, modified_at: Instant) -> bool:
    """Whether a copy, modified at that instant, is older than what the mirror has.

    A copy of the very instant that we wrote upon is stale unless it shows our values: a search index answers with the
    past for a while. A merge is news of the record that stays, whatever the one that went was last modified at.
    """
    if modified_at > old.modified_at or (record.merged_into is not None and record.merged_into != old.merged_into):
        return False
    if modified_at < old.modified_at:
        return True
    given = record.properties
    return any(name in given and given[name] != old.properties[name] for name in old.amended)


def moved(old: Properties, given: Properties) -> list[str]:
    """The names of properties of which a copy tells another value, or tells for the first time.

    Those that change with every save do not count.
    """
    return [n for n, value in given.items() if old.get(n, _NOTHING) != value and n not in VOLATILE]


def beside(
    was: dict[str, JsonValue], given: Properties, ours: Sequence[str]
) -> tuple[Sequence[str], dict[str, JsonValue]]:
    """The names of properties that a copy `moved`, and those values only that it does not tell again, with those of
    `ours`, which we wrote.
    """
    if list(was) == list(given):  # nearly always the same names in the same order: then nothing is looked up
        news = [n for n in compress(given, map(ne, was.values(), given.values())) if n not in VOLATILE]
        return news, {name: was[name] for name in (*news, *ours) if name in was}
    news = moved(was, given)
    told = given.keys() - {*news, *ours}
    return news, {name: value for name, value in was.items() if name not in told}


def says_more(old: Kept, record: Record, news: Sequence[str]) -> bool:
    """Whether a copy, of which some properties `moved`, says something that the mirror does not have."""
    told = news or record.deleted != old.deleted or record.merged_into != old.merged_into
    return bool(told) and not is_stale(old, record, instant_of(record.modified_at))


def says_nothing_else(old: Kept, record: Record) -> bool:
    """Whether what a copy says of values, and since when, is all that is other than it was."""
    return (
        old.deleted == record.deleted
        and old.merged_into == record.merged_into
        and (record.created_at is None or old.created_at == instant_of(record.created_at))
        and not old.amended
    )


def renewed(
    old: Kept, record: Record, modified_at: Instant, known_at: Instant, history: str, evidence: str | None
) -> Kept:
    """The record after a newer copy, with its history (see `past`). `evidence` None keeps what there is."""
    return Kept(
        old.person,
        old.created_at if record.created_at is None else instant_of(record.created_at),
        modified_at,
        known_at,
        old.seen_at,
        record.deleted,
        record.merged_into,
        values(old, record),
        history,
        old.evidence if evidence is None else evidence,
    )


def values(old: Kept, record: Record) -> dict[str, JsonValue]:
    """The values after a newer copy, which leaves those that it does not tell as they are: the copy's own where it has
    them all, as nearly every one has.
    """
    given = record.properties
    return given if type(given) is dict and old.properties.keys() <= given.keys() else {**old.properties, **given}


def past(
    old: Kept, record: Record, news: Sequence[str], modified_at: Instant, tracked: Collection[str] = ()
) -> tuple[str, dict[str, Any]]:
    """The text of the history after a newer copy, of which the properties `news` moved, and what is needed to make the
    old record out of the new one again (see `mirrored.undone`).

    No version is ever forgotten. A property in `tracked` whose value moved, and of whose history the copy tells
    nothing, gets a version.
    """
    seen = [n for n in news if n in tracked and n in old.properties and n not in record.history]
    history, came = _history(old, record, seen, modified_at)
    told = telling(old.properties, news, came)
    if record.deleted != old.deleted:
        told["deleted"] = old.deleted
    if record.merged_into != old.merged_into:
        told["merged_into"] = old.merged_into
    if told:
        told["at"] = [old.modified_at, old.known_at]
    return history, told


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
