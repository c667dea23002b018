"""The metadata API, as far as it tells how leads are converted. It speaks SOAP, and to admins only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

PREFIX = "/services/Soap/m/"
_SESSION = re.compile(r"<(?:\w+:)?sessionId>([^<]+)</")
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:sf="http://soap.sforce.com/2006/04/fault"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)


def answer(org: SalesforceOrg, request: Request) -> Response:
    """The answer to a readMetadata of LeadConvertSettings; a fault for any other, and for who may not see it."""
    asked = request.body.decode("utf-8", "replace")
    session = _SESSION.search(asked)
    if session is None or not org.tokens.is_living(session[1]):
        return _fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")
    if not org.shows_metadata:
        return _fault("INSUFFICIENT_ACCESS", "use of the Metadata API requires a user with Modify Metadata permission")
    if "readMetadata" not in asked or "LeadConvertSettings" not in asked:
        return _fault("INVALID_TYPE", "the sandbox tells of LeadConvertSettings only")
    targets: dict[str, list[tuple[str, str]]] = {}
    for source, (target, field) in org.conversion_map.items():
        targets.setdefault(target, []).append((source, field))
    mappings = "".join(_mapping(target, pairs) for target, pairs in targets.items())
    record = (
        '<readMetadataResponse><result><records xsi:type="LeadConvertSettings"><fullName>LeadConvertSettings</fullName>'
        f"<allowOwnerChange>false</allowOwnerChange>{mappings}</records></result></readMetadataResponse>"
    )
    return Response(200, _ENVELOPE.format(record), content_type="text/xml;charset=UTF-8")


def _mapping(target: str, pairs: list[tuple[str, str]]) -> str:
    fields = "".join(
        f"<mappingFields><inputField>{source}</inputField><outputField>{field}</outputField></mappingFields>"
        for source, field in pairs
    )
    return (
        f"<objectMapping><inputObject>Lead</inputObject>{fields}<outputObject>{target}</outputObject></objectMapping>"
    )


def _fault(code: str, text: str) -> Response:
    fault = f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring></soapenv:Fault>"
    return Response(500, _ENVELOPE.format(fault), content_type="text/xml;charset=UTF-8")
