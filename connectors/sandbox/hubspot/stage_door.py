"""People and the admin at work over HTTP, below /sandbox: no token is asked for, and no call is counted.

`GET /sandbox` lists the acts with what they take; `POST /sandbox/people/ACT` and `POST /sandbox/admin/ACT` do one,
with its arguments as a JSON object. Instants are ISO 8601 with an offset. What comes of it stands in `result`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.admin import Admin
from connectors.sandbox.hubspot.errors import ApiError, invalid, not_found
from connectors.sandbox.hubspot.wire import body_of
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.portal import HubSpotPortal

PREFIX = "/sandbox"


class StageDoor:
    """The entrance that HubSpot itself does not have, for tests and demos in another process."""

    def __init__(self, portal: HubSpotPortal) -> None:
        workers = (("people", portal.people), ("admin", Admin(portal)))
        self._acts: dict[str, Callable[..., str | None]] = {
            f"{road}/{name}": getattr(worker, name)
            for road, worker in workers
            for name in vars(type(worker))
            if not name.startswith("_")
        }

    @staticmethod
    def serves(request: Request) -> bool:
        """Whether a request comes in by this door."""
        return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")

    def answer(self, request: Request) -> Response:
        """The answer to one act; ApiError for an unknown one, for wrong arguments, and for what the act refuses."""
        path = request.path.rstrip("/")
        if request.method == "GET" and path == PREFIX:
            return Response(200, {name: str(inspect.signature(act)) for name, act in self._acts.items()})
        act = self._acts.get(path.removeprefix(f"{PREFIX}/"))
        if request.method != "POST" or act is None:
            raise ApiError(404, None, f"POST {PREFIX}/ACT takes one of: {', '.join(self._acts)}")
        try:
            return Response(200, {"result": act(**_arguments(act, body_of(request)))})
        except KeyError as unknown:
            raise not_found(f"there is no {unknown}") from None


def _arguments(act: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    signature = inspect.signature(act)
    try:
        signature.bind(**given)
    except TypeError as error:
        raise invalid(f"{error}; it takes {signature}") from None
    return {name: _typed(name, value, str(signature.parameters[name].annotation)) for name, value in given.items()}


def _typed(name: str, value: Any, annotation: str) -> Any:
    wanted, _, optional = annotation.partition(" | ")
    if value is None and optional:
        return None
    if wanted == "datetime":
        return _instant(name, value)
    if not _FITS[wanted.partition("[")[0]](value):
        raise invalid(f"Invalid value for {name}: it must be {wanted}")
    return value


def _instant(name: str, value: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {value}") from error
    if found.tzinfo is None:
        raise invalid(f"Invalid value for {name}: an instant needs its offset from UTC")
    return found


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Values": lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
    "Sequence": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
}
