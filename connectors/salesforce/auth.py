"""Sessions: how we log in, and how many threads share one login (facts: salesforce 0.1, 0.3, A1, A2.4-A2.7).

The library's own logins are not used: they know no timeout, they recurse when a fresh session is refused too, and
they lose headers on the repeated call.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests

from connectors.errors import AuthFailed, Unreachable, UnsafeAddress
from connectors.http import Answer, Verdict, require_safe, retry_after
from connectors.nouns import dataclass
from connectors.records import System
from connectors.salesforce.ids import long_id

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  an address
ASSERTION_SECONDS = 180
OFF = timedelta(seconds=30)
"""How far a clock may be off and still be no reason for a refusal."""
_NEEDED = ("access_token", "instance_url")
_PASSING = frozenset({"unknown_error", "server_error", "temporarily_unavailable"})  # "retry your request"
_ID = re.compile(r"/id/(00D[A-Za-z0-9]{12,15})/(005[A-Za-z0-9]{12,15})/?$")


class Grant(Protocol):
    """One way to ask for a session."""

    def ask(self, now: datetime) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The headers and the form fields of a token request made now."""
        ...


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app itself, as the user that the admin named on it."""

    client_id: str
    secret: str = field(repr=False)

    def ask(self, now: datetime) -> tuple[Mapping[str, str], Mapping[str, str]]:  # noqa: ARG002  nothing expires
        """The secret goes into a header only."""
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}, {"grant_type": "client_credentials"}


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """A user who has allowed the app, vouched for by our private key (PEM). `audience` is the login address."""

    client_id: str
    username: str
    private_key: bytes = field(repr=False)
    audience: str

    def ask(self, now: datetime) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """A fresh assertion, good for three minutes. Raises AuthFailed for a key that cannot sign."""
        import jwt  # noqa: PLC0415  only who logs in so pays for it

        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.audience,
            "exp": int(now.timestamp()) + ASSERTION_SECONDS,
        }
        try:
            assertion = jwt.encode(claims, self.private_key, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise AuthFailed(System.SALESFORCE, "the private key is not an RSA key in PEM form") from None
        return {}, {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


@dataclass(frozen=True, slots=True)
class Session:
    """A login: the token, the address that serves the org, and who we are where the answer said so (18 characters)."""

    token: str = field(repr=False)
    instance_url: str
    org_id: str | None
    user_id: str | None


class Login:
    """The session that all threads share.

    `post(url, headers, form)` sends the token request and returns its decoded answer; `now` is the org's clock, which
    judges the expiry of what we sign.
    """

    def __init__(
        self,
        login_url: str,
        grant: Grant,
        post: Callable[[str, Mapping[str, str], Mapping[str, str]], Any],
        now: Callable[[], datetime],
    ) -> None:
        self._url = login_url.rstrip("/") + TOKEN_PATH
        self._grant = grant
        self._post, self._now = post, now
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._sent = threading.local()

    def session(self) -> Session:
        """The session in force, after a login where there is none yet. Raises AuthFailed when it is refused."""
        with self._lock:
            if self._session is None:
                self._session = self._log_in()
            return self._session

    def authorize(self, request: requests.PreparedRequest) -> None:
        """Put the token on a request, and send it to the instance that gave the token and to no other.

        The library always writes https://; an instance on loopback may be plain http, and an org may have moved since
        the address was built.
        """
        session = self.session()
        self._sent.token = session.token
        _, _, path, query, _ = urlsplit(request.url or "")
        instance = urlsplit(session.instance_url)
        request.url = urlunsplit((instance.scheme, instance.netloc, path, query, ""))
        request.headers["Authorization"] = f"Bearer {session.token}"

    def renew(self) -> bool:
        """Replace the session that this thread sent last; True when there is a newer one now.

        Whoever comes second finds the work done: threads that see one expiry together make one login.
        """
        refused: str = self._sent.token
        with self._lock:
            if self._session is None or self._session.token == refused:
                self._session = self._log_in()
            return self._session.token != refused

    def _log_in(self) -> Session:
        answer = self._granted()
        token, instance = (answer.get(each) if isinstance(answer, Mapping) else None for each in _NEEDED)
        if not isinstance(token, str) or not isinstance(instance, str) or not token:
            raise Unreachable(System.SALESFORCE, "the login was answered without access_token or instance_url")
        named = _ID.search(str(answer.get("id") or ""))
        org_id, user_id = (long_id(each) for each in named.groups()) if named else (None, None)
        return Session(token, _instance(instance), org_id, user_id)

    def _granted(self) -> Any:
        """The answer to a token request. The first one of all goes by this machine's clock, for the org's is not known
        yet: where that was the fault, the refusal tells the right time, and what is signed anew is asked once more.
        """
        at = self._now()
        asked = self._grant.ask(at)
        try:
            return self._post(self._url, *asked)
        except AuthFailed:
            told = self._now()
            if abs(told - at) < OFF or (again := self._grant.ask(told)) == asked:
                raise
            return self._post(self._url, *again)


def judge_login(answer: Answer) -> Verdict:
    """The verdict on an answer of the token address: refusals are final, the rest of the failures pass."""
    if answer.status_code < 300:
        return Verdict.accept()
    if answer.status_code >= 500 or answer.status_code == 429 or _told(answer).get("error") in _PASSING:
        error = Unreachable(System.SALESFORCE, f"login: answered {answer.status_code}")
        return Verdict.retry(error, after=retry_after(answer) or 0.0)
    return Verdict.fail(AuthFailed(System.SALESFORCE, f"login refused: {_reason(answer)}"))


def _reason(answer: Answer) -> str:
    """The OAuth error and its description, without anything that we sent."""
    body = _told(answer)
    if not body.get("error"):
        return f"status {answer.status_code}"
    told = f"{body['error']}: {body.get('error_description') or 'no description'}"
    for secret in filter(None, _secrets(answer.request)):
        told = told.replace(secret, "[secret]")
    return told[:200]


def _told(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _secrets(request: requests.PreparedRequest) -> list[str]:
    """What must not come back in an error text: the Basic pair in both forms, and the assertion."""
    found = []
    scheme, _, pair = str(request.headers.get("Authorization", "")).partition(" ")
    if scheme == "Basic":
        found += [pair, base64.b64decode(pair).decode().partition(":")[2]]
    body = request.body if isinstance(request.body, str) else (request.body or b"").decode("utf-8", "replace")
    return found + re.findall(r"(?:^|&)assertion=([^&]+)", body)


def _instance(url: str) -> str:
    """The origin of the instance. Raises UnsafeAddress for one that a token must not be sent to."""
    try:
        require_safe(url)
        parts = urlsplit(url)
        usable = parts.hostname and parts.username is None and not parts.path.strip("/") and not parts.query
    except ValueError:
        usable = None
    if not usable:
        raise UnsafeAddress(
            System.SALESFORCE,
            "the login named an instance that no token may go to: it must be an https address (plain http on this "
            f"machine only) without path or user, and is {url.partition('?')[0].rpartition('@')[2][:100]!r}",
        )
    return f"{parts.scheme}://{parts.netloc}"
