"""The objects of a fresh org with the fields that syncd's setup adds, one line a field (facts: salesforce B6).

`Name | type [length[.scale]] or referred objects | flags | options` with the flags r required (never null),
c createable, u updateable, d defaulted on create, x external id, q unique, s case sensitive, i idLookup,
p restricted picklist, n not filterable. The default option of a picklist ends with `*`. `@audit`, `@stamps` and
`@history` stand for the system fields; only records with a recycle bin have IsDeleted.
An object's own line is `# Name prefix flags | label | plural`, with the flags
w writable, m mergeable, t in the recycle bin when deleted.
"""

from __future__ import annotations

from connectors.sandbox.salesforce.catalog.deals import DEALS, STAGES
from connectors.sandbox.salesforce.catalog.people import PEOPLE
from connectors.sandbox.salesforce.catalog.setup import SETUP
from connectors.sandbox.salesforce.catalog.work import WORK

__all__ = ["LABELS", "MACROS", "OBJECTS", "STAGES", "STAMPS"]

STAMPS = """
Id | id 18 | rdi
CreatedDate | datetime | rd
CreatedById | reference User | rd
LastModifiedDate | datetime | rd
LastModifiedById | reference User | rd
SystemModstamp | datetime | rd
"""

MACROS = {
    "@stamps": STAMPS,
    "@audit": STAMPS + "IsDeleted | boolean | rd\n",
    "@history": """
Id | id 18 | rdi
IsDeleted | boolean | rd
CreatedDate | datetime | rd
CreatedById | reference User | rd
""",
    "@change": """
Field | string 255 | r
OldValue | anyType | n
NewValue | anyType | n
""",
}

OBJECTS = PEOPLE + DEALS + WORK + SETUP

LABELS = {
    "Task.WhoId": "Name ID",
    "Event.WhoId": "Name ID",
    "Task.WhatId": "Related To ID",
    "Event.WhatId": "Related To ID",
    "Task.OwnerId": "Assigned To ID",
    "Event.OwnerId": "Assigned To ID",
    "Task.ActivityDate": "Due Date Only",
    "Contact.Phone": "Business Phone",
    "Opportunity.StageName": "Stage",
}
