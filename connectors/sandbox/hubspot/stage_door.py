"""The one entrance that HubSpot does not have: acts of people over HTTP, for tests and demos in another process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.errors import ApiError, invalid
from connectors.sandbox.hubspot.people import People
from connectors.sandbox.hubspot.wire import body_of
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PLACE = "/_people"
_INSTANTS, _NUMBERS, _MAPPINGS = {"at", "due", "start"}, {"minutes"}, {"properties", "values"}


class StageDoor:
    """`GET /_people` lists the acts with their arguments; `POST /_people/<act>` does one with a JSON object of them.

    Instants are ISO 8601 with an offset. The answer is `{"id": ...}`. It asks for the portal's token, and for no scope;
    it counts for no limit.
    """

    def __init__(self, portal: HubSpotPortal) -> None:
        self._people = portal.people
        self._object_types = portal.tables.keys()

    @staticmethod
    def serves(request: Request) -> bool:
        """Whether a request comes in by this door."""
        return request.path == PLACE or request.path.startswith(PLACE + "/")

    def answer(self, request: Request) -> Response:
        """The answer to one act; ApiError for an unknown one, for wrong arguments, and for what the act refuses."""
        name = request.path.removeprefix(PLACE).strip("/")
        if request.method == "GET" and not name:
            return Response(200, {"acts": {act: [*_parameters(each)] for act, each in self._acts().items()}})
        act = self._acts().get(name)
        if act is None or request.method != "POST":
            raise ApiError(404, None, f"Nobody can do {request.method} {name}; GET {PLACE} lists what can be done")
        return Response(200, {"id": act(**self._arguments(act, body_of(request)))})

    def _acts(self) -> dict[str, Callable[..., str]]:
        found = inspect.getmembers(People, inspect.isfunction)
        return {name: getattr(self._people, name) for name, _ in found if not name.startswith("_")}

    def _arguments(self, act: Callable[..., str], given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = _parameters(act)
        unknown = [name for name in given if name not in parameters]
        missing = [name for name, each in parameters.items() if each.default is each.empty and name not in given]
        if unknown or missing:
            raise invalid(f"unknown: {', '.join(unknown) or '-'}; missing: {', '.join(missing) or '-'}")
        found = {name: _argument(name, value) for name, value in given.items()}
        for name in ("object_type", "from_type", "to_type"):
            if name in found and found[name] not in self._object_types:
                raise invalid(f"{name} must be one of {', '.join(self._object_types)}")
        return found


def _parameters(act: Callable[..., str]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(act).parameters


def _argument(name: str, value: object) -> Any:
    if name in _INSTANTS:
        return _instant(name, value)
    if name in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name in _MAPPINGS and isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return value
    if name not in _NUMBERS | _MAPPINGS and isinstance(value, str):
        return value
    raise invalid(f"Invalid value for {name}")


def _instant(name: str, value: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {value}") from error
    if found.tzinfo is None:
        raise invalid(f"Invalid value for {name}: an instant needs its offset from UTC")
    return found
