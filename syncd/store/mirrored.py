"""What becomes of a mirrored record by our own writes, and how it is made again as it was before. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.model.dossier import OURS, Dated, Mirrored, Move
from syncd.model.hubspot import HUBSPOT_STAGES, dates_of
from syncd.model.instant import Instant, instant_of
from syncd.store.canonical import from_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.records import JsonValue, Properties, System, Version
    from syncd.model.person import PersonId

VOLATILE = frozenset(
    {
        "lastmodifieddate",
        "hs_lastmodifieddate",
        "SystemModstamp",
        "LastModifiedDate",
        "LastModifiedById",
        "LastViewedDate",
        "LastReferencedDate",
        *(name for value in HUBSPOT_STAGES for name in dates_of(value)),
    }
)
"""Properties that change with every save, nightly recalculations included, or only follow another one, as the dates of
stages do: they are kept, and are no news (facts: hubspot B7).
"""

UNSEEN = Instant(0)
"""`modified_at` of a record that we created and have not read yet: any copy of the CRM is newer."""


def written(
    system: System,
    kind: str,
    record_id: str,
    properties: Properties,
    known_at: Instant,
    person: PersonId | None,
    *,
    created: bool,
) -> Mirrored:
    """A record that was not seen yet after our own write succeeded, which made it if `created`."""
    return Mirrored(
        system=system,
        kind=kind,
        id=record_id,
        person=person,
        created_at=known_at if created else None,
        modified_at=UNSEEN,
        known_at=known_at,
        deleted=False,
        merged_into=None,
        properties=dict(properties),
        amended=tuple(sorted(properties)),
        seen_at=known_at,
    )


def amended(
    old: Mirrored, properties: Properties, known_at: Instant, person: PersonId | None, at: Instant | None = None
) -> Mirrored:
    """The record after our own write succeeded. A property whose past is known, and any of HubSpot's, gets the new
    value as a version that says whose it is: HubSpot's history will show it again as somebody's.
    `at` is when by the CRM's own clock, where that is known.
    """
    history = old.history | {
        name: union(_known(old, name), [(known_at if at is None else at, value, OURS, None)])
        for name, value in properties.items()
        if (old.system == "hubspot" or name in old.history) and old.properties.get(name) != value
    }
    return replace(
        old,
        person=old.person if person is None else person,
        known_at=known_at,
        properties=old.properties | dict(properties),
        history=history,
        amended=tuple(sorted({*old.amended, *properties})),
    )


def _known(old: Mirrored, name: str) -> Sequence[Dated]:
    """The versions of a property; of one without history, its value from the record's beginning on."""
    start = old.modified_at if old.created_at is None else old.created_at
    held = old.properties.get(name)
    return old.history.get(name) or ([(start, held, None, None)] if held not in (None, "") else [])


def before(old: Mirrored, new: Mirrored) -> dict[str, Any]:
    """What `undone` needs to make the old state out of the new one: empty when both say the same.

    `was` holds values that changed, `new` names those that were not there, `history` the versions that came;
    `deleted` and `merged_into` stand there where they changed; `at` is when the old state began and was learned.
    """
    was = old.properties
    changed = [n for n, v in new.properties.items() if n not in VOLATILE and (n not in was or was[n] != v)]
    grown = ((name, old.history.get(name, ()), now) for name, now in new.history.items())
    came = {name: fresh(then, now) for name, then, now in grown if now is not then}
    told = telling(was, changed, {name: versions for name, versions in came.items() if versions})
    if new.deleted != old.deleted:
        told["deleted"] = old.deleted
    if new.merged_into != old.merged_into:
        told["merged_into"] = old.merged_into
    return told | {"at": [old.modified_at, old.known_at]} if told else told


def telling(was: Properties, changed: Sequence[str], came: Mapping[str, Sequence[Dated]]) -> dict[str, Any]:
    """What `before` tells of properties that changed, and of versions that came."""
    told: dict[str, Any] = {}
    if kept := {name: was[name] for name in changed if name in was}:
        told["was"] = kept
    if len(kept) < len(changed):
        told["new"] = [name for name in changed if name not in was]
    if came:
        told["history"] = came
    return told


def undone(new: Mirrored, told: Mapping[str, Any]) -> Mirrored:
    """The record as it was before a change, by what `before` told of it."""
    modified_at, known_at = told["at"]
    absent = set(told.get("new", ()))
    properties = {n: v for n, v in new.properties.items() if n not in absent} | told.get("was", {})
    history = dict(new.history)
    for name, versions in told.get("history", {}).items():
        came = {(version[0], repr(version[1])) for version in versions}
        history[name] = [one for one in history.get(name, ()) if (one[0], repr(one[1])) not in came]
        if not history[name]:
            del history[name]
    return replace(
        new,
        modified_at=modified_at,
        known_at=known_at,
        deleted=told.get("deleted", new.deleted),
        merged_into=told.get("merged_into", new.merged_into),
        properties=properties,
        history=history,
        amended=(),
    )


def told_of(old: Mirrored, moves: Mapping[str, Sequence[Move]], known_at: Instant) -> Mirrored:
    """The record with the changes that its CRM's history tells of, by field and oldest first, as versions.

    What we took for a field's first value gives way to what the history says was before. Where the history does not
    end with what the record says, as for long texts whose values it leaves out, the record is right.
    """
    history = dict(old.history)
    for name, told in moves.items():
        known = list(history.get(name, ()))
        if told[0].tells:
            known = _with_first(old, known, told[0])
        versions = _changes(union(known, [(one.at, one.value, "user", one.by) for one in told]))
        now = old.properties.get(name)
        if name in old.properties and versions[-1][0] <= old.modified_at and not _same(versions[-1][1], now):
            versions.append((old.modified_at, now, None, None))
        history[name] = versions
    return replace(old, known_at=known_at, history=history)


def _with_first(old: Mirrored, known: list[Dated], first: Move) -> list[Dated]:
    """The versions with the value before the first change that is told of, where none of them is certain."""
    start = first.at - 1 if old.created_at is None else min(old.created_at, first.at - 1)
    if known and (known[0][2] is not None or (len(known) > 1 and known[1][0] < first.at)):
        return known
    return [(Instant(start), first.before, None, None), *(one for one in known[1:] if one[0] > start)]


def _changes(versions: Sequence[Dated]) -> list[Dated]:
    """The versions without those that say the same as the one before."""
    kept: list[Dated] = []
    for one in versions:
        if not kept or not _same(kept[-1][1], one[1]):
            kept.append(one)
    return kept


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are one: a history may write as text what the record has as a number."""
    if one == other or str(one).casefold() == str(other).casefold() or {one, other} == {None, ""}:
        return True
    try:
        return float(str(one)) == float(str(other))
    except ValueError:
        return False


def union(known: Sequence[Dated], given: Sequence[Dated]) -> list[Dated]:
    """Both lists of versions as one, oldest first, each (instant, value) once."""
    new = fresh(known, given)
    if len(new) == 1 and known and known[-1][0] <= new[0][0]:  # what nearly always comes
        return [*known, *new]
    return sorted([*known, *new], key=_at)


def fresh(known: Sequence[Dated], given: Sequence[Dated]) -> list[Dated]:
    """Those of the given versions, each (instant, value), that are not known."""
    if not known:
        return list(given)
    if len(given) == 1 and known[-1][0] < given[0][0]:
        return list(given)
    seen = {(at, repr(value)) for at, value, _, _ in known}
    return [version for version in given if (version[0], repr(version[1])) not in seen]


def dated(versions: Sequence[Version]) -> list[Dated]:
    """Versions as a connector gives them, oldest first."""
    told: list[Dated] = [(instant_of(v.at), v.value, v.source_type, v.source_id) for v in versions]
    if len(told) > 1:
        told.sort(key=_at)
    return told


def history_of(stored: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[Dated]]:
    """Versions as they come out of JSON, made into tuples again."""
    return {name: list(map(tuple, known)) for name, known in stored.items()}


def history_in(text: str) -> dict[str, list[Dated]]:
    """The versions by property out of the text in which they are kept: JSON, and one more line of it for each time that
    some came (see `renewal.renewed`).
    """
    first, *later = text.split("\n")
    history = history_of(from_text(first))
    for line in later:
        for name, came in from_text(line).items():
            history[name] = union(history.get(name, ()), versions_of(came))
    return history


def versions_of(stored: Sequence[Sequence[Any]]) -> list[Dated]:
    """The versions of one property as they come out of JSON, made into tuples again."""
    return [(at, value, kind, source) for at, value, kind, source in stored]


def _at(version: Dated) -> Instant:
    return version[0]
