"""An emulated HubSpot portal: stateful, strict, on loopback.

`portal.py` holds the state and what people do to it; `api.py` maps paths of three API generations to the handlers in
`objects.py`, `batch.py`, `search.py`, `associations.py`, `properties.py`, `owners.py`, `forms.py` and `account.py`.
"""

from connectors.sandbox.hubspot.errors import ApiError
from connectors.sandbox.hubspot.limits import Limits
from connectors.sandbox.hubspot.portal import HubSpotPortal, Row
from connectors.sandbox.hubspot.table import Source

__all__ = ["ApiError", "HubSpotPortal", "Limits", "Row", "Source"]
