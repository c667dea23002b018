"""Whether the values that fields.yaml maps are known to both CRMs: what no picklist has would be refused row by row."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncd.definitions.language import fold
from syncd.files.load import FIELDS, place_in
from syncd.files.problem import Problem

if TYPE_CHECKING:
    from connectors.records import Record
    from syncd.definitions.options import Picklist
    from syncd.files.load import Config
    from syncd.files.places import Path
    from syncd.journey.reading import Seen

LISTS = "hubspot.list.id"
"""Where the lists of the portal stand that the files name and that take people by hand (see `syncd.wiring`)."""
CONTACTS = "0-1"
"""HubSpot's number for contacts, of which a list is made."""
NEAR = 5
"""Values that are named beside one that there is not."""


def takes_people(found: Record) -> bool:
    """Whether contacts can be put on a list: one that rules fill, or that is of something else, takes none."""
    kind = found.properties.get("objectTypeId")
    return kind in (None, CONTACTS) and found.properties.get("processingType") != "DYNAMIC"


def unknown_values(config: Config, seen: Seen) -> list[Problem]:
    """A mistake for every value under `write` and `back` of fields.yaml that the picklist of its field lacks."""
    told = config.fields.back
    found = list(_mapped(config, seen))
    for part, values, name in (("stages", told.stages, told.stage), ("statuses", told.statuses, told.status)):
        if name is None or part not in told.model_fields_set:
            continue
        path = f"hubspot.contact.{name}"
        found += [(("back", part, str(stage)), path, value, False) for stage, value in values.items()]
    return [
        _problem(config, where, path, value, seen.picklists[path], of_key=of_key)
        for where, path, value, of_key in found
        if path in seen.picklists and not seen.picklists[path].meant_by(fold(value))
    ]


def unknown_lists(config: Config, seen: Seen) -> list[Problem]:
    """A mistake for every list under `back: lists` that nobody can be put on by hand, as far as the portal was seen."""
    if LISTS not in seen.fields:
        return []
    known = {value for value, _ in seen.picklists[LISTS].options} if LISTS in seen.picklists else set()
    found = []
    for word, chosen in config.fields.back.lists.items():
        if chosen not in known:
            line, column = place_in(config.directory, FIELDS, ("back", "lists", word))
            what = f"HubSpot has no list {chosen} of contacts that is kept by hand"
            found.append(Problem(FIELDS, line, column, what, "write the id of a static list, as its page shows it"))
    return found


def _mapped(config: Config, seen: Seen) -> Iterator[tuple[Path, str, str, bool]]:
    """(place, field, value, whether it is the key) of both sides of each value map."""
    for target, rule in config.fields.write.items():
        read = config.fields.reads.get(rule.from_)
        other = [str(one) for one in (read.sources if read else ()) if one.system != target.system]
        listed = [path for path in other if path in seen.picklists]
        for given, value in rule.values.items():
            where: Path = ("write", str(target), "values", given)
            yield where, str(target), value, False
            if listed and not any(seen.picklists[path].meant_by(fold(given)) for path in listed):
                yield where, listed[0], given, True


def _problem(config: Config, where: Path, path: str, value: str, options: Picklist, *, of_key: bool) -> Problem:
    line, column = place_in(config.directory, FIELDS, where, of_key=of_key)
    known = [one for one, _ in options.options]
    instead = ", ".join(difflib.get_close_matches(value, known, NEAR, 0.4) or known[:NEAR])
    what = f"{path} has no value {value!r} in the CRM"
    return Problem(FIELDS, line, column, what, f"write a value or label of its picklist: {instead}")
