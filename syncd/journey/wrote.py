"""Who wrote a value: what both CRMs say about it, for the tree of an explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syncd.model.dossier import Dossier, Mirrored
from syncd.model.instant import Instant
from syncd.model.nouns import dataclass
from syncd.model.proof import Proof


@dataclass(frozen=True, slots=True)
class Wrote:
    """One version of a value: since when it was there, and by whom, in the CRM's own words and ids."""

    at: Instant
    by: str


def written_by(dossier: Dossier, proofs: Sequence[Proof], people: Mapping[str, str]) -> dict[str, Sequence[Wrote]]:
    """Who wrote the values that proofs rest on, oldest first, by the source that names them.

    A source is system, kind, id and field. `people` are e-mail addresses by owner or user id. HubSpot says who wrote
    each version (sourceType and sourceId), Salesforce who did where a field's history is kept; else who changed the
    record last is told, which need not have been this field.
    """
    records = {one.name: one for one in (*dossier.records, *dossier.companies, *dossier.opportunities)}
    found: dict[str, Sequence[Wrote]] = {}
    for source in {source for proof in proofs for source in _sources(proof)}:
        name, _, field = source.rpartition(":")
        if name in records and (versions := tuple(_versions(records[name], field, people))):
            found[source] = versions
    return found


def _sources(proof: Proof) -> Iterator[str]:
    yield from proof.evidence
    for part in proof.parts:
        yield from _sources(part)


def _versions(record: Mirrored, field: str, people: Mapping[str, str]) -> Iterator[Wrote]:
    told = [(at, kind, who) for at, _, kind, who in record.history.get(field, ()) if kind or who]
    for at, kind, who in told:
        yield Wrote(at, _whom(kind, who, people))
    last = record.properties.get("LastModifiedById")
    if not told and isinstance(last, str) and last:
        yield Wrote(record.modified_at, _whom("last change of the record", last, people))


def _whom(kind: str | None, who: str | None, people: Mapping[str, str]) -> str:
    """Whoever it was: the kind of writer, and the person where the id is known."""
    number = (who or "").removeprefix("userId:")
    name = people.get(number) or people.get(number[:15]) or who
    return " ".join(part for part in (kind, name) if part)
