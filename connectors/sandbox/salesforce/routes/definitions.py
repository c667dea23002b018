"""The definitions of an object's fields: the one place where an org tells which of them it tracks.

Of the real FieldDefinition, which can be asked much more, this answers one question and no other.
"""

from __future__ import annotations

import re

from connectors.sandbox.salesforce.routes.call import Call
from connectors.sandbox.server import Response

_ASKED = re.compile(
    r"\s*SELECT\s+QualifiedApiName\s*,\s*IsFieldHistoryTracked\s+FROM\s+FieldDefinition\s+"
    r"WHERE\s+EntityDefinition\.QualifiedApiName\s*=\s*'(\w+)'\s*",
    re.IGNORECASE,
)


def answer(call: Call, soql: str) -> Response | None:
    """The fields of an object that our user sees, and whether their history is tracked; None for another query."""
    found = _ASKED.fullmatch(soql)
    if found is None:
        return None
    sobject = call.org.schema.find(found[1])
    tracked = {name.lower() for name in call.org.automation.tracked.get(sobject.name, ())} if sobject else set()
    rows = [
        {
            "attributes": {"type": "FieldDefinition"},
            "QualifiedApiName": field.name,
            "IsFieldHistoryTracked": field.name.lower() in tracked,
        }
        for field in (sobject.visible() if sobject else ())
    ]
    return Response(body={"totalSize": len(rows), "done": True, "records": rows})
