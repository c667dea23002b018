"""Errors by what to do about them. Each carries data; the command line makes the sentences."""

from __future__ import annotations

from datetime import datetime

from connectors.records import System


class ConnectorError(Exception):
    """Something between us and a CRM. `what` is safe to show: no secrets and no personal data."""

    def __init__(self, system: System, what: str) -> None:
        super().__init__(what)
        self.system = system
        self.what = what


class Unreachable(ConnectorError):
    """No usable answer after all retries: network, TLS, 5xx, garbage. The next run may succeed."""


class AuthFailed(ConnectorError):
    """The credentials were refused, twice where they can be renewed. A person must act."""


class UnsafeAddress(ConnectorError):
    """The CRM named an address that no token may be sent to. The configuration has to change, not the credentials."""


class LimitReached(ConnectorError):
    """The day's calls, or our part of them, are used up. `resets_at` is when calls are worth a try again: midnight in
    HubSpot's portal, an hour later where the day rolls; the transport always sets it.
    """

    def __init__(self, system: System, what: str, resets_at: datetime | None = None) -> None:
        super().__init__(system, what)
        self.resets_at = resets_at


class Forbidden(ConnectorError):
    """Our user may not read or write this. `scope` names what is missing where the CRM told."""

    def __init__(self, system: System, what: str, scope: str | None = None) -> None:
        super().__init__(system, what)
        self.scope = scope


class Missing(ConnectorError):
    """The object, field or address does not exist for us: a setup error."""


class Unserved(ConnectorError):
    """The CRM does not serve the version of its API that we speak."""


class Refused(ConnectorError):
    """The CRM calls our request wrong: our bug, or a configuration that it does not know. `field` is the one that it
    does not know, where it names it.
    """

    field: str | None = None
