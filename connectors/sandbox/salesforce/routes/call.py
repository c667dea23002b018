"""One call below /services/data/vNN.0, with what its handlers ask of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from connectors.sandbox.salesforce.errors import Refusal, not_found, unparsable
from connectors.sandbox.salesforce.rows import Actor
from connectors.sandbox.salesforce.schema import SObject
from connectors.sandbox.server import Request

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose path begins after the version."""

    org: SalesforceOrg
    request: Request
    version: str

    def url(self, path: str) -> str:
        """An address of this version, as answers name it."""
        return f"/services/data/v{self.version}/{path}"

    def sobject(self, name: str, *, written: bool = False) -> SObject:
        """The object that the path names, in any case. Raises 404, or 405 for a write that it does not take."""
        found = self.org.schema.find(name)
        if found is None:
            raise not_found()
        if written and not found.writable:
            message = f"HTTP Method '{self.request.method}' not allowed. Allowed are HEAD,GET"
            raise Refusal("METHOD_NOT_ALLOWED", message, status=405)
        return found

    def actor(self) -> Actor:
        """Who writes, by the headers. Auto-assignment is on unless switched off (facts: salesforce B3)."""
        headers = self.request.headers
        duplicates = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
        return self.org.api_actor(
            auto_assign=headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE",
            allow_duplicates="allowsave=true" in duplicates,
            record_details="includerecorddetails=true" in duplicates,
        )

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent. Raises Refusal for anything else."""
        if "application/json" not in self.request.headers.get("content-type", ""):
            message = "The content type of the request is not supported: send application/json"
            raise Refusal("UNSUPPORTED_MEDIA_TYPE", message, status=415)
        try:
            # Raw control characters in a text and NaN are no JSON.
            body = json.loads(self.request.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise unparsable(f"Unexpected input at [line:1, column:1]: {type(error).__name__}") from None
        if not isinstance(body, dict):
            raise unparsable("The HTTP entity body is required to be a JSON object")
        return body

    def flag(self, name: str) -> bool:
        """Whether a query parameter says true."""
        return (self.request.arg(name) or "").lower() == "true"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
