"""What every request passes before a page sees it (facts: reliability 2.5).

Only known names in the Host header, so that no foreign site can point its own name at this machine (DNS rebinding);
only what a browser was sent to on purpose from elsewhere; a login where others than this machine can reach the page;
for a POST the page's own origin and the token of its form. Every answer forbids what a page of ours never needs.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from syncd.model.nouns import dataclass
from syncd.web.sessions import LASTS_SECONDS, Session, Sessions

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024
"""Of a form. Nothing here is ever longer."""
LOGIN, STATIC = "/login", "/static/"
ALWAYS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Headers of every answer."""
NEVER_KEPT = "no-store"
_LOG = logging.getLogger("syncd.web")


@dataclass(frozen=True, slots=True)
class Names:
    """Under which names the page answers: its own, and any address where others than this machine may reach it."""

    own: frozenset[str]
    loopback_only: bool

    def holds(self, host: str) -> bool:
        """Whether a Host header is one of ours. An address needs no name server, so it cannot be a rebound name."""
        name = _hostname(host)
        if name in (*self.own, "localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.loopback_only


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""


class Gate:
    """Lets requests through to the pages, with `scope["session"]` and, for a POST, `scope["form"]`."""

    def __init__(self, app: ASGIApp, sessions: Sessions, names: Names) -> None:
        self._app = app
        self._sessions = sessions
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            return
        began = time.monotonic()
        status = 500

        async def out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _harden(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            answer = await self._pass(scope, receive)
            await (answer or self._app)(scope, receive, out)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            took = round((time.monotonic() - began) * 1000)
            # The route and not the address: no id and nothing that somebody typed reaches the journal.
            _LOG.info("%s %s %s, %s ms", scope["method"], route, status, took)

    async def _pass(self, scope: Scope, receive: Receive) -> Response | None:
        """What a request that may not pass is answered; None where it may."""
        headers, path = Headers(scope=scope), scope["path"]
        if not self._names.holds(headers.get("host", "")):
            return _refusal(421, "This page is not served under that name.")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _refusal(405, "Only GET, HEAD and POST are answered.")
        session = self._session(scope, headers)
        scope["new_cookie"] = None
        if headers.get("sec-fetch-site") == "cross-site" and scope["method"] != "POST":
            return _from_elsewhere(scope, headers)
        if session is None:
            session = self._sessions.begin("guest", time.time())
            scope["new_cookie"] = self._sessions.cookie_of(session)
        scope["session"] = session
        if scope["method"] == "POST":
            return await self._form(scope, headers, receive, session)
        if self._sessions.may_look(session) or path == LOGIN or path.startswith(STATIC):
            return None
        return RedirectResponse(f"{LOGIN}?to={quote(path)}", status_code=303)

    def _session(self, scope: Scope, headers: Headers) -> Session | None:
        try:
            kept = SimpleCookie(headers.get("cookie", "")).get(cookie_name(scope))
        except CookieError:
            return None
        return None if kept is None else self._sessions.of_cookie(kept.value, time.time())

    async def _form(self, scope: Scope, headers: Headers, receive: Receive, session: Session) -> Response | None:
        """Read a form. It must come from a page of ours that was shown to the same session."""
        if headers.get("origin") != f"{scope['scheme']}://{headers.get('host', '')}":
            return _refusal(403, "This form did not come from a page of syncd.")
        body = await _body(receive)
        if body is None or headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return _refusal(413 if body is None else 415, "This is no form of syncd.")
        scope["form"] = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if not self._sessions.fits(session, scope["form"].get("token", "")):
            return _refusal(403, "The page was open for too long. Load it again, and repeat what you did.")
        if self._sessions.may_look(session) or scope["path"] == LOGIN:
            return None
        return _refusal(403, "Log in first.")


def cookie_name(scope: Scope) -> str:
    """The cookie's name. Browsers keep cookies by host and not by port, and two syncds may run on one machine."""
    return f"syncd-{scope['server'][1]}"


def keep(response: Response, scope: Scope, cookie: str) -> None:
    """Have the browser keep a session's cookie; an empty one is forgotten at once."""
    age, secure = (LASTS_SECONDS if cookie else 0), scope["scheme"] == "https"
    response.set_cookie(cookie_name(scope), cookie, age, path="/", httponly=True, samesite="strict", secure=secure)


async def _body(receive: Receive) -> bytes | None:
    """A request's body, None where it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _from_elsewhere(scope: Scope, headers: Headers) -> Response:
    """Somebody followed a link on another site. Its request brings no cookie of ours (SameSite=Strict), so the browser
    is asked to come again from here. Anything but a page that is opened in a window gets nothing.
    """
    if headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest") != "document":
        return _refusal(403, "Nothing here is for other sites.")
    path = "/" + quote(scope["path"].lstrip("/"))  # two slashes would lead to another host
    query = quote(scope["query_string"].decode("latin-1"), safe="=&%+")
    target = f"{path}?{query}" if query else path
    text = f'<!doctype html><html lang="en"><title>syncd</title><meta http-equiv="refresh" content="0;url={target}">'
    return HTMLResponse(text + f'<p><a href="{target}">Go on to syncd</a></p></html>')


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status_code=status)


def _harden(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in ALWAYS.items():
        headers[name] = value
    headers.setdefault("cache-control", NEVER_KEPT)
    if (cookie := scope.get("new_cookie")) and headers["cache-control"] == NEVER_KEPT and "set-cookie" not in headers:
        response = Response()
        keep(response, scope, cookie)
        headers.append("set-cookie", response.headers["set-cookie"])
