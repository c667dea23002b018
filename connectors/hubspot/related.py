"""Which records belong together, where no property says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connectors.hubspot.client import Api
from connectors.hubspot.kinds import Kind

AT_ONCE = 1_000
"""Ids in one call (facts: hubspot B6)."""


def related(api: Api, kind: Kind, ids: Collection[str], to_kind: Kind) -> Mapping[str, Sequence[str]]:
    """Ids of associated records by id, the primary one first; a record without any is left out."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        for row in api.associated(kind.path, to_kind.path, wanted[start : start + AT_ONCE]):
            to = sorted(row.get("to") or (), key=lambda one: not _is_primary(one))
            if to:
                found[str(row["from"]["id"])] = [str(one["toObjectId"]) for one in to]
    return found


def _is_primary(one: Mapping[str, Any]) -> bool:
    return any(str(kind.get("label") or "").casefold() == "primary" for kind in one.get("associationTypes") or ())
