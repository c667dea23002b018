"""What goes over the wire: one attempt of one request, what may be talked to, and what a failure is called.

Of the requests library this keeps what is read off an answer and the pool of connections, and leaves out what costs
time on each call and is not wanted: cookies, netrc, redirects, and a look at the whole environment for proxies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.answers import Answer

CONNECTIONS = 8
Params = Mapping[str, Any] | Iterable[tuple[str, Any]] | None
Deliver = Callable[..., requests.Response]


class Wire(requests.Session):
    """A session whose every request is delivered by the transport, by `deliver(request, options, idempotent=)`."""

    def __init__(self, deliver: Deliver, user_agent: str) -> None:
        super().__init__()
        self._deliver = deliver
        self.headers["User-Agent"] = user_agent
        self.auth = _unchanged  # any value keeps requests from looking for credentials in a netrc file
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("https://", "http://"):
            self.mount(prefix, _Adapter(max_retries=0, pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS))
        self._ways: dict[tuple[str, str], dict[str, Any]] = {}

    def request(self, method: str | bytes, url: str | bytes, *parts: Any, **options: Any) -> requests.Response:
        """As the library's own, with `idempotent` as in `Transport.send`. Files, cookies, credentials, hooks, proxies
        and certificates of a single request are a TypeError: they would pass by the transport.
        """
        options.update(zip(("params", "data", "headers"), parts, strict=False))
        params, data, json = (options.pop(name, None) for name in ("params", "data", "json"))
        headers, idempotent = options.pop("headers", None) or {}, options.pop("idempotent", None)
        kept = {name: options.pop(name, None) for name in ("timeout", "stream", "allow_redirects")}
        if others := [name for name, value in options.items() if value is not None]:
            raise TypeError(f"the transport sends no request with {', '.join(sorted(others))}")
        return self._deliver(
            self.prepared(_text(method), _text(url), params, data, headers, json), kept, idempotent=idempotent
        )

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The accepted answer; see `Transport.deliver`."""
        return self._deliver(request, options)

    def prepared(
        self, method: str, url: str, params: Params, data: Any, headers: Mapping[str, str | None], json: Any = None
    ) -> requests.PreparedRequest:
        """A request ready to be sent. `data` is bytes, text or a form; `json` is sent as JSON instead."""
        sent = {**self.headers, **headers}
        if json is not None:
            data = orjson.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.url = _with_query(url, params) if params else _as_it_is(url)
        request.prepare_headers({name: value for name, value in sent.items() if value is not None})
        if isinstance(data, bytes):  # the way of nearly every call, past the library's look for files and forms
            request.body = data
            request.headers["Content-Length"] = str(len(data))
        else:
            request.prepare_body(data, None)
        return request

    def attempt(self, request: requests.PreparedRequest, timeout: Any) -> Answer:
        """One attempt, whose body is not read yet. Raises what requests raises."""
        url = request.url or ""
        parts = urlsplit(url)
        way = self._ways.get((parts.scheme, parts.netloc))
        if way is None:
            way = self._ways.setdefault((parts.scheme, parts.netloc), self._way(url))
        return Answer.of(self.get_adapter(url).send(request, stream=True, timeout=timeout, **way))

    def _way(self, url: str) -> dict[str, Any]:
        """Proxies and certificates for a host, as the environment says; none stands between us and this machine."""
        way = dict(self.merge_environment_settings(url, {}, stream=None, verify=None, cert=None))
        if is_loopback(urlsplit(url).hostname or ""):
            way["proxies"] = {}
        return {name: way[name] for name in ("proxies", "verify", "cert")}


class _Adapter(HTTPAdapter):
    """The library's, which would look for a host's connections anew for each call. What a host is called with is the
    same for all calls of a session.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pools: dict[tuple[str, ...], ConnectionPool] = {}

    def get_connection_with_tls_context(self, request: requests.PreparedRequest, *way: Any, **ways: Any) -> Any:
        """The connections to the host of a request."""
        host = urlsplit(request.url or "")[:2]
        if host not in self._pools:
            self._pools[host] = super().get_connection_with_tls_context(request, *way, **ways)
        return self._pools[host]

    def close(self) -> None:
        """Close all connections; those that are made after are new."""
        self._pools.clear()
        super().close()


def _as_it_is(url: str) -> str:
    """An address whose query, if it has one, is encoded already."""
    place, mark, query = url.partition("?")
    return f"{_prepared_url(place)}{mark}{query}"


def _with_query(url: str, params: Params) -> str | None:
    request = requests.PreparedRequest()
    request.prepare_url(url, params)
    return request.url


@lru_cache(maxsize=256)
def _prepared_url(url: str) -> str | None:
    """An address without a query as it goes out. A few are called again and again."""
    return _with_query(url, None)


def require_safe(url: str) -> None:
    """Raises ValueError unless the address is https, or http to this very machine, with a host and port that can be."""
    parts = urlsplit(url)
    (parts.hostname or "").encode("idna")
    _ = parts.port
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise ValueError(
        f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}: only https is accepted (plain http to loopback)"
    )


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def never_sent(fault: requests.RequestException) -> bool:
    """Whether the connection was never made, so that nothing can have happened."""
    if isinstance(fault, requests.ConnectTimeout):
        return True
    cause = fault.args[0] if fault.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def fault_name(fault: requests.RequestException) -> str:
    """What went wrong below HTTP, in words without addresses."""
    names: dict[type[Exception], str] = {
        requests.ConnectTimeout: "no connection in time",
        requests.ReadTimeout: "no answer in time",
        requests.exceptions.SSLError: "no secure connection",
        requests.exceptions.ProxyError: "the proxy did not answer",
        requests.exceptions.ChunkedEncodingError: "the answer broke off",
        requests.exceptions.ContentDecodingError: "the answer cannot be unpacked",
    }
    known = next((name for kind, name in names.items() if isinstance(fault, kind)), None)
    return known or ("no connection" if never_sent(fault) else "the connection broke")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
