"""The refusals of the emulated HubSpot, with the bodies that HubSpot sends (facts: hubspot B3, B4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.server import Response

SCOPES_PAGE = "https://developers.hubspot.com/scopes"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one property value of a write."""

    name: str
    code: str
    message: str


class ApiError(Exception):
    """What HubSpot refuses, and how it says so.

    `fields` are added to the body as they are (`errors`, `context`, `links`, `policyName`, ...); HubSpot leaves out
    every field that has nothing to say, so none may be relied upon.
    """

    def __init__(self, status: int, category: str | None, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.fields = fields
        self.headers: dict[str, str] = {}

    def response(self, correlation_id: str) -> Response:
        """The answer to a call that is refused whole."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        body |= self.fields
        if self.category:
            body["category"] = self.category
        return Response(self.status, body, self.headers)

    def row(self, trace_id: str | None = None) -> dict[str, Any]:
        """One entry of `errors` in a batch answer: only these four fields are ever sent (facts: hubspot G)."""
        context = dict(self.fields.get("context", {}))
        if trace_id is not None:
            context["objectWriteTraceId"] = [trace_id]
        return {"status": "error", "category": self.category, "message": self.message, "context": context}


class UriTooLongError(ApiError):
    """The one refusal that is a web page and not JSON: the proxy in front of HubSpot sends it (facts: hubspot E14)."""

    def __init__(self) -> None:
        super().__init__(414, None, "Request-URI Too Large")

    def response(self, correlation_id: str) -> Response:  # noqa: ARG002  the page carries no id
        """An HTML page."""
        page = "<html>\n<head><title>414 Request-URI Too Large</title></head>\n<body>\n"
        page += "<center><h1>414 Request-URI Too Large</h1></center>\n</body>\n</html>\n"
        return Response(414, page, content_type="text/html")


def invalid(message: str, **fields: Any) -> ApiError:
    """400 for a request that makes no sense."""
    return ApiError(400, "VALIDATION_ERROR", message, **fields)


def invalid_values(problems: Sequence[Problem]) -> ApiError:
    """400 for property values that are refused; every one of them is named."""
    listed = ",".join(
        f'{{"isValid":false,"message":"{p.message}","error":"{p.code}","name":"{p.name}"}}' for p in problems
    )
    errors = [{"message": p.message, "code": p.code, "context": {"propertyName": [p.name]}} for p in problems]
    return invalid(f"Property values were not valid: [{listed}]", errors=errors)


def not_found(message: str = "resource not found", **fields: Any) -> ApiError:
    """404 for a record, property, form, ... that does not exist."""
    return ApiError(404, "OBJECT_NOT_FOUND", message, **fields)


def missing_objects(label: str, ids: Iterable[str]) -> ApiError:
    """The row error of a batch that names ids which do not exist."""
    message = f"Could not get some {label} objects, they may be deleted or not exist. Check that ids are valid."
    return not_found(message, context={"ids": list(ids)})


def conflict(label: str, existing_id: int) -> ApiError:
    """409 for a second record with the same unique value; the id stands only in the text (facts: hubspot B4, E19)."""
    return ApiError(409, "CONFLICT", f"{label.capitalize()} already exists. Existing ID: {existing_id}")


def unauthenticated(*, expired: bool = False) -> ApiError:
    """401 for a missing, unknown or expired token."""
    if expired:
        return ApiError(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired.")
    message = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    return ApiError(
        401, "INVALID_AUTHENTICATION", message + "details at https://developers.hubspot.com/docs/methods/auth"
    )


def missing_scopes(needed: Sequence[str]) -> ApiError:
    """403 for a token without any of the scopes that the call needs."""
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(needed)},
    }
    message = (
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
    )
    return ApiError(403, "MISSING_SCOPES", f"{message}{SCOPES_PAGE}.", errors=[detail], links={"scopes": SCOPES_PAGE})


def rate_limited(policy: str, group: str, retry_after: int | None = None) -> ApiError:
    """429; a caller tells the limits apart by `policyName`, for searches by the message too (facts: hubspot B3)."""
    message = f"You have reached your {policy.lower()} limit."
    fields: Mapping[str, str] = {"errorType": "RATE_LIMIT", "policyName": policy, "groupName": group}
    error = ApiError(429, "RATE_LIMITS", message, **fields)
    if retry_after is not None:
        error.headers["Retry-After"] = str(retry_after)
    return error


def missing_required(label: str, verb: str, names: Iterable[str]) -> ApiError:
    """400 for properties that an admin demands (facts: hubspot 0.4)."""
    listed = f"[{', '.join(sorted(names))}]"
    message = f"Some required properties for {label} {verb} are missing: {listed}"
    return invalid(message, context={f"{label} properties": [listed]})
