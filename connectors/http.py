"""The one HTTP layer of both CRMs: timeouts, retries, limits, the CRM's clock, and what may be talked to.

A `Transport` owns one `requests.Session`. Libraries are handed `transport.session`; whatever they send takes the same
way as `transport.send`. What a status means is not known here: each CRM gives a `classify` function.
The rules follow facts: hubspot A2, B1-B4 and reliability 2.1 (retry at one layer, full jitter, never sleep long).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.answers import Action, Answer, Verdict, garbage, http_date, name_of, retry_after
from connectors.errors import ConnectorError, Missing, Refused, Unreachable
from connectors.limits import Limiter, Rate
from connectors.records import System

__all__ = [
    "Answer",
    "Limiter",
    "Options",
    "Rate",
    "Transport",
    "Verdict",
    "is_loopback",
    "name_of",
    "require_safe",
    "retry_after",
]

BACKOFF_FIRST, BACKOFF_MOST = 0.5, 20.0
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_READ_SIZE = 64 * 1024
_IDEMPOTENT: ContextVar[bool | None] = ContextVar("idempotent", default=None)
"""What the caller of `session.request` says, on its way past the library to the transport."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a transport behaves on the wire. Times are in seconds.

    `timeout` is to connect, and to wait for the next bytes. `patience` is what one request may spend over all its
    attempts: a CRM that asks for a longer wait is left alone until the next run. `largest_answer` is in bytes.
    """

    timeout: tuple[float, float] = (5.0, 30.0)
    attempts: int = 5
    patience: float = 180.0
    largest_answer: int = 64 * 1024 * 1024
    user_agent: str = "syncd"
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[float, float], float] = random.uniform


class _AgainError(Exception):
    """This attempt failed in a way that a repeat may mend."""

    def __init__(self, error: ConnectorError, after: float = 0.0) -> None:
        super().__init__(error.what)
        self.error = error
        self.after = after


@dataclass(slots=True)
class _Call:
    """One request on its way, over all its attempts."""

    request: requests.PreparedRequest
    idempotent: bool
    authorized: bool
    options: dict[str, Any]
    started: float
    renewed: bool = False


class Transport:
    """Every HTTP call to one CRM. Raises the errors of `connectors.errors` only, with texts free of secrets and of
    bodies; a plain http address outside this machine is a ValueError.

    `classify` judges every answer. `authorize` puts credentials on a request, anew for each attempt; `renew` gets
    fresh ones and returns whether it did, at most once per request. `repeatable` says, of a request whose caller does
    not, whether sending it twice does no harm (None: GET, HEAD and OPTIONS). `hosts` names the only hosts that may be
    called (empty: any); `allow` adds one.
    """

    def __init__(
        self,
        system: System,
        *,
        classify: Callable[[Answer], Verdict],
        authorize: Callable[[requests.PreparedRequest], None] | None = None,
        renew: Callable[[], bool] | None = None,
        repeatable: Callable[[requests.PreparedRequest], bool] | None = None,
        hosts: Iterable[str] = (),
        limiter: Limiter | None = None,
        options: Options | None = None,
    ) -> None:
        self.system = system
        self.limiter = limiter
        self.on_response: list[Callable[[Answer], None]] = []
        self.options = options or Options()
        self._session = _Session(self, self.options.user_agent)
        self._classify, self._authorize, self._renew = classify, authorize, renew
        self._repeatable = repeatable or _by_method
        self._hosts = set(hosts)
        self._lock = threading.Lock()
        self._calls = 0
        self._told: tuple[datetime, float] | None = None

    @property
    def session(self) -> requests.Session:
        """A session to hand to libraries: what they send is delivered by this transport."""
        return self._session

    @property
    def calls(self) -> int:
        """HTTP calls sent so far, repeats included."""
        return self._calls

    def now(self) -> datetime:
        """The CRM's clock in UTC: its last Date header, moved on; this machine's before the first answer."""
        told = self._told
        return told[0] + timedelta(seconds=self.options.clock() - told[1]) if told else self.options.wall()

    def allow(self, url: str) -> None:
        """Let this address's host be called too. Raises ValueError for plain http outside this machine."""
        require_safe(url)
        if self._hosts:
            self._hosts.add(urlsplit(url).hostname or "")

    def send(  # noqa: PLR0913  as many as a request has parts
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        data: bytes | str | Mapping[str, str] | None = None,
        json: Any = None,
        idempotent: bool | None = None,
        authorized: bool = True,
        stream: bool = False,
    ) -> Answer:
        """The accepted answer to one request. `idempotent` None means: as `repeatable` says. With `authorized` False
        no credentials are put on or renewed (for the call that fetches them). A streamed body is not checked.
        """
        sent = dict(headers or {})
        if json is not None:
            data = orjson.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        request = self.session.prepare_request(
            requests.Request(method, url, headers=sent, params=params or {}, data=data)
        )
        options = self.session.merge_environment_settings(request.url or "", {}, stream, None, None)
        return self.deliver(request, dict(options), idempotent=idempotent, authorized=authorized)

    def deliver(
        self,
        request: requests.PreparedRequest,
        options: dict[str, Any],
        *,
        idempotent: bool | None = None,
        authorized: bool = True,
    ) -> Answer:
        """Send a prepared request as often as it takes and is allowed. The way of every call."""
        self._require_allowed(request.url or "")
        repeatable = self._repeatable(request) if idempotent is None else idempotent
        call = _Call(request, repeatable, authorized, self._wire_options(request, options), self.options.clock())
        retrying = Retrying(
            retry=retry_if_exception_type(_AgainError),
            wait=self._pause,
            stop=lambda state: self._spent(call, state),
            sleep=self.options.sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, call)
        except _AgainError as last:
            # The library's own error underneath holds the whole URL and the headers: it must not be shown.
            raise last.error from None

    def _attempt(self, call: _Call) -> Answer:
        answer = self._exchange(call)
        verdict = self._judge(answer, call)
        if verdict.action is Action.ACCEPT:
            return answer
        if verdict.action is Action.RENEW and call.authorized and self._renew and not call.renewed:
            call.renewed = True
            if self._renew():
                return self._attempt(call)
        error = verdict.error or Unreachable(self.system, f"{name_of(call.request)}: answered {answer.status_code}")
        if verdict.action is Action.RETRY and (verdict.untouched or call.idempotent):
            raise _AgainError(error, verdict.after)
        raise error

    def _exchange(self, call: _Call) -> Answer:
        """One attempt on the wire."""
        request = call.request
        if call.authorized and self._authorize:
            self._authorize(request)
        if self.limiter:
            wait = self.limiter.reserve(urlsplit(request.url or "").path, self.options.clock())
            if wait > 0:
                self.options.sleep(wait)
        with self._lock:
            self._calls += 1
        streamed = bool(call.options.get("stream"))
        try:
            answer = Answer.of(self._session.send_once(request, {**call.options, "stream": True}))
            if not streamed or not answer.ok:
                self._read(answer, call)
        except requests.RequestException as fault:
            raise self._fault(fault, call) from None
        self._hear(answer)
        return answer

    def _read(self, answer: Answer, call: _Call) -> None:
        """Read the body, within bounds of size and time: a timeout on silence does not end an answer that drips."""
        chunks, size = [], 0
        for chunk in answer.iter_content(_READ_SIZE):
            chunks.append(chunk)
            size += len(chunk)
            large = size > self.options.largest_answer
            if large or self.options.clock() - call.started > self.options.patience:
                answer.close()
                told = f"is larger than {self.options.largest_answer} bytes" if large else "takes too long"
                raise Unreachable(self.system, f"{name_of(call.request)}: the answer {told}")
        answer._content = b"".join(chunks)  # noqa: SLF001  what reading `content` would have set

    def _hear(self, answer: Answer) -> None:
        """Set the clock, then tell whoever listens."""
        at = http_date(answer.headers.get("Date", ""))
        if at:
            self._told = (at, self.options.clock())
        for listener in self.on_response:
            listener(answer)

    def _judge(self, answer: Answer, call: _Call) -> Verdict:
        where = name_of(call.request)
        if answer.is_redirect:
            host = urlsplit(answer.headers.get("Location", "")).hostname or "another path"
            return Verdict.fail(Missing(self.system, f"{where}: redirected to {host}, which is not followed"))
        if answer.ok and not call.options.get("stream"):
            rubbish = garbage(answer)
            if rubbish:
                return Verdict.retry(Unreachable(self.system, f"{where}: answered {answer.status_code} with {rubbish}"))
        return self._classify(answer)

    def _fault(self, fault: requests.RequestException, call: _Call) -> Exception:
        """What a failure below HTTP becomes: a repeat where nothing was sent or where sending twice does no harm."""
        error = Unreachable(self.system, f"{name_of(call.request)}: {_fault_name(fault)}")
        return _AgainError(error) if call.idempotent or _never_sent(fault) else error

    def _wire_options(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> dict[str, Any]:
        """What goes with each attempt: always a timeout, never a redirect, no proxy to this machine."""
        chosen = {**options, "allow_redirects": False, "timeout": options.get("timeout") or self.options.timeout}
        if is_loopback(urlsplit(request.url or "").hostname or ""):
            chosen["proxies"] = {}
        return chosen

    def _pause(self, state: RetryCallState) -> float:
        """Exponential backoff with full jitter, on top of what the CRM asked for."""
        again = state.outcome.exception() if state.outcome else None
        least = again.after if isinstance(again, _AgainError) else 0.0
        return least + self.options.jitter(0.0, min(BACKOFF_MOST, BACKOFF_FIRST * 2**state.attempt_number))

    def _spent(self, call: _Call, state: RetryCallState) -> bool:
        if state.attempt_number >= self.options.attempts:
            return True
        return self.options.clock() - call.started + state.upcoming_sleep > self.options.patience

    def _require_allowed(self, url: str) -> None:
        require_safe(url)
        host = urlsplit(url).hostname or ""
        if self._hosts and host not in self._hosts:
            raise Refused(self.system, f"{host} is not an address of {self.system.value} that we were told to call")


class _Session(requests.Session):
    """A session whose every request is delivered by the transport."""

    def __init__(self, transport: Transport, user_agent: str) -> None:
        super().__init__()
        self._transport = transport
        self.headers["User-Agent"] = user_agent
        self.auth = _unchanged  # any value keeps requests from looking for credentials in a netrc file
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("https://", "http://"):
            self.mount(prefix, HTTPAdapter(max_retries=0, pool_maxsize=8))

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, idempotent: bool | None = None, **options: Any
    ) -> requests.Response:
        """As the library's own, with `idempotent` as in `Transport.send`."""
        mark = _IDEMPOTENT.set(idempotent)
        try:
            return super().request(method, url, *args, **options)
        finally:
            _IDEMPOTENT.reset(mark)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The accepted answer; see `Transport.deliver`."""
        return self._transport.deliver(request, options, idempotent=_IDEMPOTENT.get())

    def send_once(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        """One attempt on the wire, whose body is not read yet."""
        return super().send(request, **options)

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002  the base class's name
        """None, always: a redirect would carry our token elsewhere, and the transport refuses it."""
        return None


def require_safe(url: str) -> None:
    """Raises ValueError unless the address is https, or http to this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise ValueError(
        f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}: only https is accepted (plain http to loopback)"
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _never_sent(fault: requests.RequestException) -> bool:
    """Whether the connection was never made, so that nothing can have happened."""
    if isinstance(fault, requests.ConnectTimeout):
        return True
    cause = fault.args[0] if fault.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _fault_name(fault: requests.RequestException) -> str:
    names: dict[type[Exception], str] = {
        requests.ConnectTimeout: "no connection in time",
        requests.ReadTimeout: "no answer in time",
        requests.exceptions.SSLError: "no secure connection",
        requests.exceptions.ProxyError: "the proxy did not answer",
        requests.exceptions.ChunkedEncodingError: "the answer broke off",
        requests.exceptions.ContentDecodingError: "the answer cannot be unpacked",
    }
    known = next((name for kind, name in names.items() if isinstance(fault, kind)), None)
    return known or ("no connection" if _never_sent(fault) else "the connection broke")


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _by_method(request: requests.PreparedRequest) -> bool:
    return request.method in SAFE_METHODS
