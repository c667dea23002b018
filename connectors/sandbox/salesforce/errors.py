"""What the emulated org refuses with, and the shapes that a refusal has on each road (facts: salesforce B7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.server import Response


@dataclass(eq=False)  # not frozen: a context manager sets the traceback of what passes through it
class Refusal(Exception):
    """One error of the API. `status` is the HTTP status that it has on a call for a single record.

    `extra` holds keys that stand beside message and code, such as the result of a duplicate rule.
    """

    code: str
    message: str
    fields: Sequence[str] = ()
    status: int = 400
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def row(self) -> dict[str, Any]:
        """The error of one row of a collection call, which says statusCode where other calls say errorCode."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields), **self.extra}

    def body(self) -> list[dict[str, Any]]:
        """The body of a failed call: a list with one error. `fields` is missing where no row was at fault."""
        error: dict[str, Any] = {**self.extra, "message": self.message, "errorCode": self.code}
        if self.code not in _WITHOUT_FIELDS:
            error["fields"] = list(self.fields)
        return [error]

    def response(self) -> Response:
        """The whole answer."""
        return Response(self.status, self.body())


_WITHOUT_FIELDS = frozenset(
    {
        "API_ERROR",
        "APEX_ERROR",
        "CLIENTINPUTERROR",
        "DUPLICATES_DETECTED",
        "EXCEEDEDQUOTA",
        "FEATURENOTENABLED",
        "GONE",
        "INVALIDENTITY",
        "INVALIDJOB",
        "INVALIDJOBSTATE",
        "INVALID_QUERY_LOCATOR",
        "INVALID_REPLICATION_DATE",
        "INVALID_SESSION_ID",
        "INVALID_TYPE",
        "JSON_PARSER_ERROR",
        "MALFORMED_QUERY",
        "METHOD_NOT_ALLOWED",
        "NOT_FOUND",
        "REQUEST_LIMIT_EXCEEDED",
    }
)


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    """404 for an address that leads nowhere."""
    return Refusal("NOT_FOUND", message, status=404)


def no_such_column(name: str, sobject: str) -> Refusal:
    """A write named a field that the object has not."""
    return Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}", (name,))


def unparsable(message: str) -> Refusal:
    """The body, or one value of a row, is not what the parser expects."""
    return Refusal("JSON_PARSER_ERROR", message)


def unwritable(names: Sequence[str]) -> Refusal:
    """A write named fields that are read-only, or closed to our user by field-level security."""
    listed = ", ".join(names)
    text = (
        f"Unable to create/update fields: {listed}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(names))
