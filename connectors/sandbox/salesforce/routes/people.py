"""People and the admin at work over HTTP, below /sandbox: no session is asked for, and no call is counted.

`GET /sandbox` lists the acts with what they take; `POST /sandbox/people/ACT` and `POST /sandbox/admin/ACT` do one,
with its arguments as a JSON object. Days and instants are ISO text. What comes of it stands in `result`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce.admin import Admin
from connectors.sandbox.salesforce.errors import Refusal, not_found
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

PREFIX = "/sandbox"
_ADMIN = (
    "add_user",
    "deactivate",
    "add_queue",
    "assign_to",
    "add_object",
    "remove_object",
    "add_field",
    "remove_field",
    "hide_field",
    "freeze_field",
    "map_conversion",
    "add_duplicate_rule",
    "lock",
    "expire_tokens",
)
"""Methods of the org that JSON can call as they are."""


def answer(org: SalesforceOrg, request: Request) -> Response:
    """The answer to a request below /sandbox. Raises Refusal."""
    acts = _acts(org)
    path = request.path.rstrip("/")
    if request.method == "GET" and path == PREFIX:
        return Response(body={name: str(inspect.signature(act)) for name, act in acts.items()})
    act = acts.get(path.removeprefix(f"{PREFIX}/"))
    if request.method != "POST" or act is None:
        raise not_found(f"POST {PREFIX}/ACT takes one of: {', '.join(acts)}")
    given = _arguments(act, request)
    try:
        with org.tables.transaction():
            result = act(**given)
    except KeyError as unknown:
        raise not_found(f"there is no {unknown}") from None
    return Response(body={"result": result})


def _acts(org: SalesforceOrg) -> Mapping[str, Callable[..., Any]]:
    acts: dict[str, Callable[..., Any]] = {}
    for road, worker in (("people", org.people), ("admin", Admin(org))):
        acts |= {f"{road}/{name}": getattr(worker, name) for name in vars(type(worker)) if not name.startswith("_")}
    return acts | {f"admin/{name}": getattr(org, name) for name in _ADMIN}


def _arguments(act: Callable[..., Any], request: Request) -> dict[str, Any]:
    try:
        body = request.json() or {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal("JSON_PARSER_ERROR", "send the arguments as a JSON object")
    signature = inspect.signature(act)
    try:
        signature.bind(**body)
    except TypeError as error:
        raise Refusal("INVALID_INPUT", f"{error}; it takes {signature}") from None
    return {name: _typed(value, signature.parameters.get(name)) for name, value in body.items()}


def _typed(value: Any, parameter: inspect.Parameter | None) -> Any:
    wanted = str(parameter.annotation) if parameter else ""
    if not isinstance(value, str) or not wanted.startswith("date"):
        return value
    try:
        if wanted.startswith("datetime"):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal("INVALID_INPUT", f"{value} is no {wanted.split(' ')[0]} in ISO form") from None
