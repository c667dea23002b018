"""What a mirrored record is, and what becomes of it when another copy arrives. Pure."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from syncd.model.dossier import OURS, Dated, Mirrored, Move
from syncd.model.instant import Instant, instant_of
from syncd.store.canonical import to_sorted_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from connectors.records import JsonValue, Properties, Record, System, Version
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
    }
)
"""Properties that change with every save, nightly recalculations included, and say nothing (facts: hubspot B7)."""

UNSEEN = Instant(0)
"""`modified_at` of a record that we created and have not read yet: any copy of the CRM is newer."""


def digest_of(properties: Properties, *, deleted: bool, merged_into: str | None) -> str:
    """A short hash of what a record says, without what changes with every save."""
    said = dict(properties)
    for name in VOLATILE:
        said.pop(name, None)
    return blake2b(to_sorted_bytes([said, deleted, merged_into]), digest_size=16).hexdigest()


def is_stale(record: Record, modified_at: Instant, amended: Mapping[str, JsonValue]) -> bool:
    """Whether a copy is older than what the mirror has.

    `modified_at` is the mirror's; `amended` are the values that we wrote since. A copy of the very instant that we
    wrote upon is stale unless it shows our values: a search index answers with the past for a while.
    """
    copied = instant_of(record.modified_at)
    if copied != modified_at:
        return copied < modified_at
    return any(name in record.properties and record.properties[name] != value for name, value in amended.items())


def differs(record: Record, properties: Properties, names: Iterable[str] | None = None) -> bool:
    """Whether a copy says other values than `properties`, of all it has or of some names; a new name is another."""
    given = record.properties
    for name in given if names is None else names:
        if name in given and name not in VOLATILE and (name not in properties or properties[name] != given[name]):
            return True
    return False


def first_seen(record: Record, system: System, known_at: Instant, evidence: str) -> Mirrored:
    """The record as its first copy shows it."""
    return Mirrored(
        system,
        record.object,
        record.id,
        None,
        None if record.created_at is None else instant_of(record.created_at),
        instant_of(record.modified_at),
        known_at,
        record.deleted,
        record.merged_into,
        record.properties if type(record.properties) is dict else dict(record.properties),
        {name: _dated(versions) for name, versions in record.history.items()},
        (),
        known_at,
        evidence,
    )


def merged(
    old: Mirrored, record: Record, known_at: Instant, tracked: Collection[str] = (), evidence: str | None = None
) -> Mirrored:
    """The record after a newer copy: values the copy does not have are kept, and no version is ever forgotten.

    `evidence` None keeps what there is.
    """
    modified_at = instant_of(record.modified_at)
    created_at = None if record.created_at is None else instant_of(record.created_at)
    return replace(
        old,
        created_at=old.created_at if created_at is None else created_at,
        modified_at=modified_at,
        known_at=known_at,
        deleted=record.deleted,
        merged_into=record.merged_into,
        properties=old.properties | dict(record.properties),
        history=_histories(old, record, modified_at, tracked),
        amended=(),
        evidence=old.evidence if evidence is None else evidence,
    )


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


def amended(old: Mirrored, properties: Properties, known_at: Instant, person: PersonId | None) -> Mirrored:
    """The record after our own write succeeded. A property whose past is known, and any of HubSpot's, gets the new
    value as a version that says whose it is: HubSpot's history will show it again as somebody's.
    """
    history = old.history | {
        name: union(_known(old, name), [(known_at, value, OURS, None)])
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
    told: dict[str, Any] = {}
    if kept := {name: was[name] for name in changed if name in was}:
        told["was"] = kept
    if fresh := [name for name in changed if name not in was]:
        told["new"] = fresh
    came = {name: _fresh(old.history.get(name, ()), known) for name, known in new.history.items()}
    if came := {name: versions for name, versions in came.items() if versions}:
        told["history"] = came
    if new.deleted != old.deleted:
        told["deleted"] = old.deleted
    if new.merged_into != old.merged_into:
        told["merged_into"] = old.merged_into
    return told | {"at": [old.modified_at, old.known_at]} if told else told


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
    return sorted([*known, *_fresh(known, given)], key=_at)


def _histories(old: Mirrored, record: Record, modified_at: Instant, tracked: Collection[str]) -> dict[str, list[Dated]]:
    history = dict(old.history)
    for name, versions in record.history.items():
        history[name] = union(history.get(name, ()), _dated(versions))
    for name in tracked:
        if name in record.history or name not in record.properties or name not in old.properties:
            continue
        before, now = old.properties[name], record.properties[name]
        if before != now:
            # The beginning of the first value is not known; it is taken to be there from the start.
            start = old.modified_at if old.created_at is None else old.created_at
            history[name] = union(history.get(name) or [(start, before, None, None)], [(modified_at, now, None, None)])
    return history


def _fresh(known: Sequence[Dated], given: Sequence[Dated]) -> list[Dated]:
    if not known:
        return list(given)
    seen = {(at, repr(value)) for at, value, _, _ in known}
    return [version for version in given if (version[0], repr(version[1])) not in seen]


def _dated(versions: Sequence[Version]) -> list[Dated]:
    dated: list[Dated] = [(instant_of(v.at), v.value, v.source_type, v.source_id) for v in versions]
    if len(dated) > 1:
        dated.sort(key=_at)
    return dated


def history_of(stored: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[Dated]]:
    """Versions as they come out of JSON, made into tuples again."""
    return {name: [(at, value, kind, source) for at, value, kind, source in known] for name, known in stored.items()}


def _at(version: Dated) -> Instant:
    return version[0]
