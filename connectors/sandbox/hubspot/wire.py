"""What all routes share: reading a request strictly, and the forms of answers that the generations differ in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from connectors.sandbox.hubspot.errors import ApiError, invalid
from connectors.sandbox.hubspot.values import instant_ms, iso
from connectors.sandbox.server import Request, Response


class Generation(StrEnum):
    """A generation of the API; v3 stands for the associations of v4 too (facts: hubspot 0.1, A3)."""

    V3 = "v3"
    MARCH_2026 = "2026-03"
    SEPTEMBER_2026 = "2026-09"


@dataclass(frozen=True, slots=True)
class Bulk(Response):
    """An answer with many records, written by a faster encoder."""

    def payload(self) -> bytes:
        """The bytes that go over the wire."""
        try:
            return orjson.dumps(self.body)
        except TypeError:
            # Half a character that somebody typed is no UTF-8; as an escape it travels.
            return Response.payload(self)


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries; ApiError 415 or 400 where it is none."""
    body = _json(request)
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON on line 1, column 1: Cannot deserialize value")
    return body


def array_of(request: Request) -> list[Any]:
    """The JSON array that a request carries; ApiError 415 or 400 where it is none."""
    body = _json(request)
    if not isinstance(body, list):
        raise invalid("Invalid input JSON on line 1, column 1: Cannot deserialize value")
    return body


def _json(request: Request) -> Any:
    if "json" not in request.headers.get("content-type", ""):
        raise ApiError(415, None, "Unsupported Media Type")
    try:
        return request.json()
    except ValueError as error:
        raise invalid("Invalid input JSON on line 1, column 1: Unrecognized token") from error


def integer(raw: object, name: str, default: int) -> int:
    """A whole number from a query or body, the default where it is missing; ApiError 400 for anything else."""
    if raw is None or raw == "":
        return default
    try:
        return int(str(raw))
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {raw}") from error


def page_limit(request: Request, default: int, most: int) -> int:
    """The `limit` of a list; ApiError 400 when it is not between 1 and `most`."""
    limit = integer(request.arg("limit"), "limit", default)
    if not 1 <= limit <= most:
        raise invalid(f"Invalid request: limit must be between 1 and {most}, but was {limit}")
    return limit


def instant(request: Request, name: str) -> int | None:
    """An instant of the query in epoch ms, given as ISO 8601 or epoch ms; ApiError 400 for anything else."""
    raw = request.arg(name)
    if not raw:
        return None
    try:
        return instant_ms(raw)
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {raw}") from error


def flag(request: Request, name: str) -> bool:
    """A yes/no of the query; the official client writes `True` (facts: hubspot A1)."""
    return (request.arg(name) or "").lower() == "true"


def names_in(request: Request, name: str) -> list[str]:
    """Names of a query parameter, given by repetition or with commas."""
    return [each for part in request.query.get(name, ()) for each in part.split(",") if each]


def strings(body: dict[str, Any], name: str) -> list[str]:
    """A list of texts in a body, empty where it is missing; ApiError 400 for anything else."""
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise invalid(f"Invalid input JSON: {name} must be a list of strings")
    return found


def inputs_of(body: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The rows of a batch; ApiError 400 where they are no objects, or more than `limit`."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(row, dict) for row in inputs):
        raise invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > limit:
        raise invalid(
            f"The maximum number of inputs supported in a batch request is {limit}, but received {len(inputs)}"
        )
    return inputs


def batch_answer(
    generation: Generation, status: int, results: Sequence[Any], errors: Sequence[Any], now: int
) -> Response:
    """The answer of a batch call.

    Partial errors come as 207 up to 2026-03, inside a plain 2xx from 2026-09 on (facts: hubspot A3).
    """
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": iso(now), "completedAt": iso(now)}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
        status = status if generation is Generation.SEPTEMBER_2026 else 207
    return Bulk(status, body)
