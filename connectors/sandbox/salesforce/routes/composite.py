"""Several requests in one call, later ones with values out of the answers to earlier ones (facts: salesforce B2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard
from urllib.parse import parse_qs, urlsplit

from connectors.sandbox.salesforce.errors import Refusal, unparsable
from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.server import Request, Response, Router

MOST_PARTS = 25
MOST_HEAVY_PARTS = 5  # queries and collections among them (believed, facts: salesforce B2)
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")
_NOT_A_PART = re.compile(r"/(composite/?$|jobs/)")
_ROLLED_BACK = Refusal(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)

Dispatch = Callable[[Request], Response]


class _Halted(Exception):
    """Undoes a composite that was all or none."""


def register(router: Router, dispatch: Dispatch) -> None:
    """Add the route; `dispatch` answers the parts."""

    def composite(call: Call) -> Response:
        body = call.body()
        parts = body.get("compositeRequest")
        if set(body) - {"allOrNone", "collateSubrequests", "compositeRequest"} or not _well_formed(parts):
            raise unparsable("a composite has compositeRequest, allOrNone and collateSubrequests")
        _bounded(parts)
        results: list[dict[str, Any]] = []
        try:
            with call.org.tables.transaction():
                _answer_all(call, parts, dispatch, results)
                _all_or_none(results, asked=bool(body.get("allOrNone")))
        except _Halted:
            results = [result if result["httpStatusCode"] >= 400 else _halted(result) for result in results]
        return Response(body={"compositeResponse": results})

    router.add("POST", "/composite", composite)


def _all_or_none(results: list[dict[str, Any]], *, asked: bool) -> None:
    if asked and any(result["httpStatusCode"] >= 400 for result in results):
        raise _Halted


def _well_formed(parts: Any) -> TypeGuard[list[Any]]:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and all(isinstance(part.get(key), str) for key in ("method", "referenceId", "url"))
        for part in parts
    )


def _bounded(parts: list[Any]) -> None:
    heavy = [part for part in parts if re.search(r"/(query|queryAll|composite/sobjects)\b", part["url"])]
    if len(parts) > MOST_PARTS or len(heavy) > MOST_HEAVY_PARTS:
        message = f"Limit Reached: {MOST_PARTS} subrequests, {MOST_HEAVY_PARTS} of them queries or collections"
        raise Refusal("LIMIT_EXCEEDED", message)
    if len({part["referenceId"] for part in parts}) < len(parts):
        raise Refusal("INVALID_INPUT", "every subrequest needs its own referenceId")


def _answer_all(call: Call, parts: list[Any], dispatch: Dispatch, results: list[dict[str, Any]]) -> None:
    answers: dict[str, Any] = {}
    for part in parts:
        name = str(part["referenceId"])
        try:
            response = dispatch(_request(call, part, answers))
        except Refusal as refusal:
            response = refusal.response()
        if response.status < 400:
            answers[name] = response.body
        headers, status = dict(response.headers), response.status
        results.append({"body": response.body, "httpHeaders": headers, "httpStatusCode": status, "referenceId": name})


def _request(call: Call, part: Mapping[str, Any], answers: Mapping[str, Any]) -> Request:
    filled = json.loads(_REFERENCE.sub(lambda found: _value(found, answers), json.dumps(dict(part))))
    address = urlsplit(str(filled.get("url", "")))
    if _NOT_A_PART.search(address.path):
        raise Refusal("INVALID_INPUT", f"{address.path} cannot be part of a composite")
    body = b"" if filled.get("body") is None else json.dumps(filled["body"]).encode()
    headers = {name.lower(): str(value) for name, value in (filled.get("httpHeaders") or {}).items()}
    headers = {"content-type": "application/json", **call.request.headers, **headers}
    method, query = str(filled.get("method", "")), parse_qs(address.query, keep_blank_values=True)
    return Request(method, address.path, query, headers, body)


def _value(found: re.Match[str], answers: Mapping[str, Any]) -> str:
    name, path = found[1], found[2]
    value = answers.get(name)
    try:
        for step in re.findall(r"\w+", path):
            value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]  # caught below
    except (KeyError, IndexError, TypeError, ValueError):
        value = None
    if value is None or isinstance(value, dict | list):
        message = f"Invalid reference specified. No value for {name}.{path} found in {name}"
        raise Refusal("PROCESSING_HALTED", message)
    return json.dumps(str(value))[1:-1]


def _halted(result: Mapping[str, Any]) -> dict[str, Any]:
    return {**result, "body": _ROLLED_BACK.body(), "httpStatusCode": 400}
