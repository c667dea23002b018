"""Both emulated CRMs, served side by side on loopback, with the settings by which syncd reaches them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from connectors.sandbox.hubspot import HubSpotPortal
from connectors.sandbox.salesforce import SalesforceOrg
from connectors.sandbox.server import Server


class Twin:
    """An emulated HubSpot portal and an emulated Salesforce org, each on a loopback port of its own.

    Empty ones are made where none are given; port 0 lets the system choose. Use it as a context manager, or call
    `start` and `stop`. `start` raises OSError for a port that is taken, and then serves neither.
    """

    def __init__(
        self,
        hubspot: HubSpotPortal | None = None,
        salesforce: SalesforceOrg | None = None,
        hubspot_port: int = 0,
        salesforce_port: int = 0,
    ) -> None:
        self.hubspot = hubspot or HubSpotPortal()
        self.salesforce = salesforce or SalesforceOrg()
        self._ports = (hubspot_port, salesforce_port)
        self._servers: list[Server] = []

    def start(self) -> Self:
        """Begin to serve both; returns itself."""
        try:
            self._servers.append(Server(self.hubspot.answer, self._ports[0]).start())
            self._servers.append(self.salesforce.serve(self._ports[1]))
        except OSError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close both ports. What was not started is passed over."""
        while self._servers:
            self._servers.pop().stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def servers(self) -> tuple[Server, Server]:
        """HubSpot's server and Salesforce's, for their journals and faults. Raises ValueError unless started."""
        hubspot, salesforce = self._servers
        return hubspot, salesforce

    def settings(self) -> dict[str, str]:
        """The environment variables by which syncd reaches both. Raises ValueError unless started."""
        hubspot, salesforce = self.servers
        return {
            "SYNCD_HUBSPOT__BASE_URL": hubspot.url,
            "SYNCD_HUBSPOT__ACCESS_TOKEN": self.hubspot.token,
            "SYNCD_HUBSPOT__API_VERSION": "2026-09",
            "SYNCD_SALESFORCE__LOGIN_URL": salesforce.url,
            "SYNCD_SALESFORCE__CLIENT_ID": self.salesforce.tokens.client_id,
            "SYNCD_SALESFORCE__CLIENT_SECRET": self.salesforce.tokens.client_secret,
            "SYNCD_SALESFORCE__API_VERSION": "66.0",
        }
