"""Where custom fields of a lead go when it is converted: what the metadata API alone tells.

No description names the mapping (facts: salesforce B5). The API speaks SOAP, takes the session in its envelope, and
answers only users who may change metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from connectors.salesforce.api import Api

_ASKED = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">
<Header><SessionHeader xmlns="http://soap.sforce.com/2006/04/metadata"><sessionId>{}</sessionId></SessionHeader></Header>
<Body><readMetadata xmlns="http://soap.sforce.com/2006/04/metadata">
<type>LeadConvertSettings</type><fullNames>LeadConvertSettings</fullNames>
</readMetadata></Body>
</Envelope>"""
_OBJECT = re.compile(r"<objectMapping>(.*?)</objectMapping>", re.DOTALL)
_FIELD = re.compile(r"<mappingFields>(.*?)</mappingFields>", re.DOTALL)
_TEXT = "<{0}>([A-Za-z0-9_]{{1,80}})</{0}>"


def mapped_fields(api: Api) -> Mapping[str, Sequence[str]]:
    """The fields that each mapped field of a lead goes to, such as Budget__c: Contact.Budget__c. Raises Unreachable
    where our user may not see that, for the API then answers with a failure of its own.
    """
    found: dict[str, list[str]] = {}
    for mapping in _OBJECT.findall(api.metadata(_ASKED.format(escape(api.login.session().token)))):
        (target,) = re.findall(_TEXT.format("outputObject"), mapping)[:1] or ("",)
        for pair in _FIELD.findall(mapping):
            sources, fields = (re.findall(_TEXT.format(name), pair) for name in ("inputField", "outputField"))
            for source, field in zip(sources, fields, strict=False):
                found.setdefault(source, []).append(f"{target}.{field}")
    return found
