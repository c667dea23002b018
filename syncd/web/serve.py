"""The page, served by a thread of its own beside whatever else the process does.

    page = Serving(settings, settings.store_url.get_secret_value(), settings.config_dir)
    page.start()          # raises SettingsProblems (a login is needed and no token set), PageUnavailable (port taken)
    ...                   # page.url is where it is; port 0 in SYNCD_WEB__LISTEN lets the system choose one
    page.stop()           # answers what is under way, at most two seconds long, and lets go of store and port

`syncd run` starts it after the store was opened and stops it before the store is closed; whoever starts it may go on
without it where `start` raises. `syncd web` and `syncd demo` hold it with `serving(...)`. It opens the store read only
for itself, takes the writer's lock for moments alone when somebody presses a button, and never speaks to a CRM. Its
requests are logged as "syncd.web", by route and without any id.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

from connectors.http import is_loopback
from syncd.endings import Told
from syncd.web.app import create_app, warm
from syncd.web.gate import Names
from syncd.web.health import Beside
from syncd.web.lookout import Lookout
from syncd.web.sessions import Sessions

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from syncd.settings import Settings

STARTS_SECONDS, ENDS_SECONDS = 10.0, 2
"""How long starting may take, and how long answers under way are waited for at the end."""
BACKLOG = 128


class PageUnavailable(Told):
    """The page cannot be served where the settings say."""

    code = "page_unavailable"
    next_step = "name another address in SYNCD_WEB__LISTEN, or end what listens there"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"the page cannot be served at {address}: {why}")


class Serving:
    """The page while it is served."""

    def __init__(self, settings: Settings, store_url: str, config_dir: Path, probes: Starlette | None = None) -> None:
        """Nothing happens before `start`. `probes` answer beside the page, without its gate (syncd.web.health)."""
        self._settings = settings
        self._probes = probes
        self._where = (store_url, config_dir)
        self._server: _Calm | None = None
        self._thread: threading.Thread | None = None
        self._lookout: Lookout | None = None
        self.url = ""

    def start(self) -> None:
        """Serve from now on. Raises SettingsProblems and PageUnavailable; then nothing is held."""
        web = self._settings.web
        token = web.require()
        listener = _listen(web.host, web.port, web.listen)
        lookout = Lookout(self._settings, *self._where)
        names = Names(web.names | {web.host.casefold()}, is_loopback(web.host))
        app = create_app(lookout, Sessions(None if token is None else token.get_secret_value()), names)
        options = uvicorn.Config(
            app if self._probes is None else Beside(app, self._probes),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=ENDS_SECONDS,
            h11_max_incomplete_event_size=32 * 1024,
        )
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        server = _Calm(options)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="syncd-web", daemon=True)
        thread.start()
        self._server, self._thread, self._lookout = server, thread, lookout
        self.url = _url(web.host, listener.getsockname()[1])
        until = time.monotonic() + STARTS_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > until:
                self.stop()
                raise PageUnavailable(web.listen, "the server did not start")
            time.sleep(0.01)
        threading.Thread(target=warm, args=(lookout,), name="syncd-web-warm", daemon=True).start()

    def stop(self) -> None:
        """Stop serving. Does nothing where it was not started."""
        if self._server is not None and self._thread is not None and self._lookout is not None:
            self._server.end()
            self._thread.join(ENDS_SECONDS + 1)
            self._lookout.close()
        self._server = self._thread = self._lookout = None


class _Calm(uvicorn.Server):
    """A server that sleeps until somebody asks it something: the page waits in an idle service all day long, and the
    library's own look at the clock, ten times a second, cost more than the service's cycles.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _Dated()
        self._ended: Future[None] = Future()

    async def main_loop(self) -> None:
        """Go on until `end`."""
        await asyncio.wrap_future(self._ended)

    def end(self) -> None:
        """Stop serving, as any thread may ask."""
        self.should_exit = True
        if not self._ended.done():
            self._ended.set_result(None)


class _Dated(ServerState):
    """The headers of every answer: the date, as it is when they are asked for."""

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """One header. The library would set it anew every second."""
        return [(b"date", formatdate(time.time(), usegmt=True).encode())]

    @default_headers.setter
    def default_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """What the library sets is not kept."""


@contextmanager
def serving(settings: Settings) -> Iterator[Serving]:
    """Serve the page for the length of the block. Raises as `Serving.start`."""
    page = Serving(settings, settings.store_url.get_secret_value(), settings.config_dir)
    page.start()
    try:
        yield page
    finally:
        page.stop()


def _listen(host: str, port: int, named: str) -> socket.socket:
    """A listening socket. Raises PageUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PageUnavailable(named, error.strerror or str(error)) from error


def _url(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"
