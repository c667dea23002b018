"""Tokens: client credentials and JWT bearer (facts: salesforce A1, B1). A token answer says no expiry."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import jwt

from connectors.sandbox.salesforce.errors import Refusal
from connectors.sandbox.salesforce.ids import SHORT
from connectors.sandbox.server import Request, Response

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.org import SalesforceOrg

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
IDENTITY = "https://login.salesforce.com/id"


class Tokens:
    """Gives out and checks access tokens. `public_key` is the PEM of the certificate that the app trusts.

    A session lives until `expire`, and no longer than `life` on the org's clock. `refusing` refuses every login;
    `stillborn` gives out tokens that no call accepts, as where the app lacks the scope for the API.
    """

    def __init__(self, org: SalesforceOrg, client_id: str, client_secret: str) -> None:
        self._org = org
        self.client_id = client_id
        self.client_secret = client_secret
        self._live: dict[str, datetime] = {}
        self.life: timedelta | None = None
        self.refusing = False
        self.stillborn = False
        self.public_key: str | bytes | None = None
        self.issued = 0

    def expire(self) -> None:
        """End all sessions."""
        self._live.clear()

    def check(self, request: Request) -> None:
        """Raise 401 INVALID_SESSION_ID unless the request has a living token."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() not in {"bearer", "oauth"} or not self.is_living(token):
            raise Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)

    def is_living(self, token: str) -> bool:
        """Whether a session has this token and has not ended."""
        since = self._live.get(token)
        return since is not None and (self.life is None or self._org.clock() - since < self.life)

    def grant(self, request: Request) -> Response:
        """Answer POST /services/oauth2/token."""
        if "application/x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return _failed("invalid_request", "unsupported content type")
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if self.refusing:
            return _failed("invalid_grant", "authentication failure")
        kind = form.get("grant_type")
        if kind == "client_credentials":
            return self._client_credentials(request, form)
        if kind == JWT_BEARER:
            return self._bearer(form)
        return _failed("unsupported_grant_type", "grant type not supported")

    def user_info(self, request: Request) -> Response:
        """Answer GET /services/oauth2/userinfo."""
        try:
            self.check(request)
        except Refusal:
            return Response(403, "Bad_OAuth_Token", content_type="text/html;charset=UTF-8")
        user = self._org.get("User", self._org.user_id)
        return Response(
            body={
                "sub": self._identity(),
                "user_id": user["Id"],
                "organization_id": self._org.org_id,
                "preferred_username": user["Username"],
                "name": user["Name"],
                "email": user["Email"],
                "email_verified": True,
                "user_type": "STANDARD",
                "active": True,
                "zoneinfo": "Europe/Berlin",
            }
        )

    def _client_credentials(self, request: Request, form: dict[str, str]) -> Response:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return _failed("invalid_client", "invalid client credentials")
        if client_id != self.client_id:
            return _failed("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(secret.encode(), self.client_secret.encode()):
            return _failed("invalid_client", "invalid client credentials")
        return self._granted()

    def _bearer(self, form: dict[str, str]) -> Response:
        if self.public_key is None:
            return _failed("invalid_grant", "user hasn't approved this consumer")
        try:
            # The org's clock judges the expiry, so that a test's clock counts; exp may come as a string.
            options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "require": ["exp", "aud"]}
            claims = jwt.decode(form.get("assertion", ""), self.public_key, algorithms=["RS256"], options=options)
            expires = int(claims["exp"])
        except (jwt.InvalidTokenError, ValueError):
            return _failed("invalid_grant", "invalid assertion")
        if claims.get("iss") != self.client_id:
            return _failed("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self._org.get("User", self._org.user_id)["Username"]:
            return _failed("invalid_grant", "user hasn't approved this consumer")
        in_time = expires > self._org.clock().timestamp()
        # The audience is the login URL; here login and instance are one address.
        if not in_time or claims["aud"] != self._org.instance_url:
            return _failed("invalid_grant", "audience is invalid" if in_time else "expired assertion")
        return self._granted()

    def _granted(self) -> Response:
        token = f"{self._org.org_id[:SHORT]}!{secrets.token_urlsafe(48)}"
        if not self.stillborn:
            self._live[token] = self._org.clock()
        self.issued += 1
        return Response(
            body={
                "access_token": token,
                "instance_url": self._org.instance_url,
                "id": self._identity(),
                "token_type": "Bearer",
                "issued_at": str(int(self._org.clock().timestamp() * 1000)),
                "scope": "api",
            }
        )

    def _identity(self) -> str:
        return f"{IDENTITY}/{self._org.org_id}/{self._org.user_id}"


def _failed(error: str, description: str) -> Response:
    return Response(400, {"error": error, "error_description": description})
