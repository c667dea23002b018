"""The one HTTP layer of both CRMs: timeouts, retries, limits, the CRM's clock, and what may be talked to.

A `Transport` owns one `requests.Session`. Libraries are handed `transport.session`; whatever they send takes the same
way as `transport.send`. What a status means is not known here: each CRM gives a `classify` function.
The rules follow facts: hubspot A2, B1-B4 and reliability 2.1 (retry at one layer, full jitter, never sleep long).
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from connectors.answers import Action, Answer, Verdict, garbage, http_date, name_of, retry_after
from connectors.errors import ConnectorError, LimitReached, Refused, Unreachable
from connectors.limits import Limiter, Rate
from connectors.nouns import dataclass
from connectors.records import System
from connectors.restraint import Circuit, Repeats
from connectors.wire import Params, Wire, fault_name, is_loopback, never_sent, require_safe

if TYPE_CHECKING:
    from tenacity import RetryCallState

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
    """This attempt failed in a way that a repeat may mend. `told` is the verdict that says how."""

    def __init__(self, error: ConnectorError, told: Verdict | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.told = told

    def least(self, attempt: int) -> float:
        """Seconds that the CRM wants us to wait after so many attempts."""
        if self.told is None:
            return 0.0
        return self.told.after * (attempt if self.told.growing else 1)


@dataclass(slots=True)
class _Call:
    """One request on its way, over all its attempts. `failed` is the first one's fault until it was waited out."""

    request: requests.PreparedRequest
    idempotent: bool
    authorized: bool
    streamed: bool
    timeout: Any
    started: float
    renewed: bool = False
    failed: _AgainError | None = None


@dataclass(slots=True)
class _Heard:
    """The CRM's clock: what its last Date header said, as text and as an instant, and our own clock just then."""

    text: str = ""
    at: datetime | None = None
    ours: float = field(default=0.0)


class Transport:
    """Every HTTP call to one CRM. Raises the errors of `connectors.errors` only, with texts free of secrets and of
    bodies; a plain http address outside this machine is a ValueError.

    `classify` judges every answer. `authorize` puts credentials on a request, anew for each attempt; `renew` gets
    fresh ones and returns whether it did, at most once per request. `repeatable` says, of a request whose caller does
    not, whether sending it twice does no harm (None: GET, HEAD and OPTIONS). `hosts` names the only hosts that may be
    called (empty: any); `allow` adds one. `limiter` says when calls may go out, and hears what answers tell of it.
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
        self.limiter = limiter or Limiter(Rate(1000, 1.0))
        self.on_response: list[Callable[[Answer], None]] = []
        self.options = options or Options()
        self.limiter.name, self.limiter.clock = secrets.token_hex(4), self.options.clock
        self.repeats, self.circuit = Repeats(), Circuit()
        self._wire = Wire(self.deliver, self.options.user_agent)
        self._classify, self._authorize, self._renew = classify, authorize, renew
        self._repeatable = repeatable or _by_method
        self._hosts = set(hosts)
        self._lock = threading.Lock()
        self._calls = 0
        self._heard = _Heard()

    @property
    def session(self) -> requests.Session:
        """A session to hand to libraries: what they send is delivered by this transport."""
        return self._wire

    @property
    def calls(self) -> int:
        """HTTP calls sent so far, repeats included."""
        return self._calls

    def now(self) -> datetime:
        """The CRM's clock in UTC: its last Date header, moved on; this machine's before the first answer."""
        heard = self._heard
        if heard.at is None:
            return self.options.wall()
        return heard.at + timedelta(seconds=self.options.clock() - heard.ours)

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
        params: Params = None,
        data: bytes | str | Mapping[str, str] | None = None,
        json: Any = None,
        idempotent: bool | None = None,
        authorized: bool = True,
        stream: bool = False,
    ) -> Answer:
        """The accepted answer to one request. `idempotent` None means: as `repeatable` says. With `authorized` False
        no credentials are put on or renewed (for the call that fetches them). A streamed body is not checked.
        """
        request = self._wire.prepared(method, url, params, data, headers or {}, json)
        return self.deliver(request, {"stream": stream}, idempotent=idempotent, authorized=authorized)

    def deliver(
        self,
        request: requests.PreparedRequest,
        options: Mapping[str, Any],
        *,
        idempotent: bool | None = None,
        authorized: bool = True,
    ) -> Answer:
        """Send a prepared request as often as it takes and is allowed. The way of every call. Of the options of
        requests, `timeout` and `stream` are kept.
        """
        self._require_allowed(request.url or "")
        call = _Call(
            request,
            self._repeatable(request) if idempotent is None else idempotent,
            authorized,
            bool(options.get("stream")),
            options.get("timeout") or self.options.timeout,
            self.options.clock(),
        )
        self.repeats.earn()
        try:
            return self._attempt(call)
        except _AgainError as first:
            call.failed = first
        return self._again(call)

    def _again(self, call: _Call) -> Answer:
        """The answer to a call whose first attempt failed: only now is the machinery of repeats worth its cost."""
        from tenacity import Retrying, retry_if_exception_type  # noqa: PLC0415

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
        if call.failed is not None:
            failed, call.failed = call.failed, None
            raise failed
        answer = self._exchange(call)
        verdict = self._judge(answer, call)
        self._note(answer, verdict)
        if verdict.action is Action.ACCEPT:
            return answer
        if verdict.action is Action.RENEW and call.authorized and self._renew and not call.renewed:
            call.renewed = True
            if self._renew():
                return self._attempt(call)
        error = verdict.error or Unreachable(self.system, f"{name_of(call.request)}: answered {answer.status_code}")
        if verdict.action is Action.RETRY and (verdict.untouched or call.idempotent):
            raise _AgainError(error, verdict)
        raise error

    def _note(self, answer: Answer, verdict: Verdict) -> None:
        """What a verdict means for all other calls."""
        now = self.options.clock()
        if verdict.action is Action.RETRY and (answer.ok or answer.status_code >= 500):
            self.circuit.failed(now)
        else:
            self.circuit.passed()
        if verdict.for_all:
            self.limiter.burst.hold(now + verdict.after)
        if isinstance(verdict.error, LimitReached):
            verdict.error.resets_at = self.limiter.day.close(self.now(), verdict.error.resets_at)

    def _exchange(self, call: _Call) -> Answer:
        """One attempt on the wire."""
        request = call.request
        if pause := self.circuit.pause(self.options.clock()):
            told = f"{name_of(request)}: not sent, after many failures in a row; calls go out again in {pause:.0f} s"
            raise Unreachable(self.system, told)
        if call.authorized and self._authorize:
            self._authorize(request)
        path = urlsplit(request.url or "").path
        place = self._take_turn(request, path)
        with self._lock:
            self._calls += 1
        try:
            with self.limiter.slots:
                if (at := self.options.clock()) > place:
                    self.limiter.late(path, place, at)
                answer = self._wire.attempt(request, call.timeout)
                if not call.streamed or not answer.ok:
                    self._read(answer, call)
                answer.elapsed = timedelta(seconds=self.options.clock() - at)
        except requests.RequestException as fault:
            raise self._fault(fault, call) from None
        self._hear(answer)
        return answer

    def _take_turn(self, request: requests.PreparedRequest, path: str) -> float:
        """Wait until a call may go out: from when on it may. Raises LimitReached when the day has none left for us."""
        until = self.limiter.day.take(self.now())
        if until is not None:
            raise LimitReached(self.system, f"{name_of(request)}: our part of the day's calls is used up", until)
        now = self.options.clock()
        wait = self.limiter.reserve(path, now)
        if wait > 0:
            self.options.sleep(wait)
        return now + wait

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
        """Set the clock and the limits, then tell whoever listens."""
        text = answer.headers.get("Date", "")
        if text:
            heard = self._heard
            at = heard.at if text == heard.text else http_date(text)
            if at:
                self._heard = _Heard(text, at, self.options.clock())
        self.limiter.hear(answer.headers)
        for listener in self.on_response:
            listener(answer)

    def _judge(self, answer: Answer, call: _Call) -> Verdict:
        if answer.is_redirect:
            host = urlsplit(answer.headers.get("Location", "")).hostname or "another path"
            told = f"{name_of(call.request)}: redirected to {host}, which is not followed"
            return Verdict.fail(Unreachable(self.system, told))
        if answer.ok and not call.streamed:
            rubbish = garbage(answer)
            if rubbish:
                told = f"{name_of(call.request)}: answered {answer.status_code} with {rubbish}"
                return Verdict.retry(Unreachable(self.system, told))
        return self._classify(answer)

    def _fault(self, fault: requests.RequestException, call: _Call) -> Exception:
        """What a failure below HTTP becomes: a repeat where nothing was sent or where sending twice does no harm."""
        self.circuit.failed(self.options.clock())
        error = Unreachable(self.system, f"{name_of(call.request)}: {fault_name(fault)}")
        return _AgainError(error) if call.idempotent or never_sent(fault) else error

    def _pause(self, state: RetryCallState) -> float:
        """Exponential backoff with full jitter, on top of what the CRM asked for."""
        again = state.outcome.exception() if state.outcome else None
        least = again.least(state.attempt_number) if isinstance(again, _AgainError) else 0.0
        return least + self.options.jitter(0.0, min(BACKOFF_MOST, BACKOFF_FIRST * 2**state.attempt_number))

    def _spent(self, call: _Call, state: RetryCallState) -> bool:
        """Whether a call that failed is given up: after so many tries, too long a wait, or too many repeats of all
        calls together. A wait that the CRM asked for costs no repeat: it is no storm.
        """
        if state.attempt_number >= self.options.attempts:
            return True
        if self.options.clock() - call.started + state.upcoming_sleep > self.options.patience:
            return True
        again = state.outcome.exception() if state.outcome else None
        asked = isinstance(again, _AgainError) and again.told is not None and again.told.untouched
        return not asked and not self.repeats.take()

    def _require_allowed(self, url: str) -> None:
        require_safe(url)
        host = urlsplit(url).hostname or ""
        if self._hosts and host not in self._hosts:
            raise Refused(self.system, f"{host} is not an address of {self.system.value} that we were told to call")


def _by_method(request: requests.PreparedRequest) -> bool:
    return request.method in SAFE_METHODS
