"""A small HTTP/1.1 server for the emulated CRMs: routing, JSON, a journal of calls, and a hook for faults."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as the emulated CRM sees it. Header names are lower case; the path is not decoded."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None when it is empty. Raises ValueError when it is not JSON."""
        return json.loads(self.body) if self.body else None

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter, or the default."""
        values = self.query.get(name)
        return values[-1] if values else default


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. A body that is neither bytes nor str nor None is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def payload(self) -> bytes:
        """The bytes that go over the wire."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, separators=(",", ":")).encode()


Handler = Callable[..., Response]


class Router:
    """Maps method and path to a handler. `{name}` matches one decoded path segment and is passed by keyword."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Register a handler, called as `handler(request, **path_parameters)`."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern.rstrip("/"))
        self._routes.append((method, re.compile(expression + "/?"), handler))

    def find(self, request: Request) -> tuple[Handler, dict[str, str]] | None:
        """The handler for a request and its path parameters, or None where no route fits."""
        for method, pattern, handler in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                return handler, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the journal: what was asked and how it was answered."""

    method: str
    path: str
    query: str
    status: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call.

    `response` is answered instead of the real one (None with `reset` False means: only delay). `reset` cuts the
    connection. With `after_effect` the CRM does the work first, and only its answer is lost or replaced.
    """

    response: Response | None = None
    reset: bool = False
    after_effect: bool = False
    delay_seconds: float = 0.0


class Server:
    """Serves one emulated CRM on a loopback port from background threads, one request at a time.

    `answer` is called with each request under one lock, so that the emulated CRM needs none of its own.
    `fault`, when set, is asked before each call for what should go wrong with it.
    """

    def __init__(self, answer: Callable[[Request], Response], port: int = 0) -> None:
        self.journal: list[Call] = []
        self.fault: Callable[[Request], Fault | None] | None = None
        self.latency_seconds = 0.0
        self._answer = answer
        self._lock = threading.Lock()
        self._http = _HttpServer(("127.0.0.1", port), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The base address, without a trailing slash."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> Server:
        """Begin to serve; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and end the serving thread."""
        self._http.shutdown()
        self._http.server_close()

    def respond(self, request: Request) -> Response | None:
        """The answer to a request after faults, or None when the connection is to be cut."""
        fault = self.fault(request) if self.fault else None
        if self.latency_seconds or (fault and fault.delay_seconds):
            time.sleep(self.latency_seconds + (fault.delay_seconds if fault else 0.0))
        if fault and not fault.after_effect and (fault.reset or fault.response):
            return self._note(request, None if fault.reset else fault.response)
        with self._lock:
            response: Response | None = self._answer(request)
        if fault and fault.after_effect:
            response = None if fault.reset else fault.response or response
        return self._note(request, response)

    def _note(self, request: Request, response: Response | None) -> Response | None:
        query = "&".join(f"{name}={value}" for name, values in request.query.items() for value in values)
        self.journal.append(Call(request.method, request.path, query, response.status if response else 0))
        return response


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def _handler_for(server: Server) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(
                method=self.command,
                path=parts.path,
                query=parse_qs(parts.query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            response = server.respond(request)
            if response is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            payload = response.payload()
            self.send_response_only(response.status)
            self.send_header("Date", response.headers.get("Date") or formatdate(usegmt=True))
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(payload)))
            for name, value in response.headers.items():
                if name != "Date":
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  names that http.server looks up

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            """Say nothing: the journal is the log."""

    return _Handler
