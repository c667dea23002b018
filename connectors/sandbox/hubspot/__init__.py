"""An emulated HubSpot portal: stateful, strict, on loopback.

`portal.py` holds the state, `people.py` is what users and visitors do to it, by Python or below `/sandbox`;
`api.py` maps paths of three API generations to the handlers in `objects.py`, `batch.py`, `search.py`, `linking.py`,
`properties.py`, `owners.py`, `listing.py`, `forms.py`, `occurrences.py`, `mailings.py`, `marketing_events.py` and
`account.py`.
"""

from connectors.sandbox.hubspot.errors import ApiError
from connectors.sandbox.hubspot.limits import PUBLIC_APP, Limits, limits_of
from connectors.sandbox.hubspot.loading import Row
from connectors.sandbox.hubspot.portal import HubSpotPortal
from connectors.sandbox.hubspot.rules import Demand
from connectors.sandbox.hubspot.table import Source

__all__ = ["PUBLIC_APP", "ApiError", "Demand", "HubSpotPortal", "Limits", "Row", "Source", "limits_of"]
