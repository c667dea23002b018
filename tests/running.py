"""`syncd run` as a process of its own: what it says, what it answers, and what it tells systemd."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import requests

from tests.world import World


def waited(condition: Callable[[], Any], seconds: float = 60) -> bool:
    """Whether something comes true within some seconds."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(condition())


class Running:
    """A service under way. `said` are its lines so far, as the journal has them."""

    def __init__(self, world: World, **settings: str) -> None:
        self.child: subprocess.Popen[str] = world.start("run", **settings)
        self.said: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stderr is not None
        for line in self.child.stderr:
            self.said.append(json.loads(line) if line.startswith("{") else {"event": line})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self._reader.join(5)
        self.child.stdout.close()
        self.child.stderr.close()

    def events(self, text: str) -> list[str]:
        return [line["event"] for line in [*self.said] if text in line["event"]]

    def wait(self, text: str, *, times: int = 1, seconds: float = 60) -> str:
        """The last line that says something, once it was said so often."""
        assert waited(lambda: len(self.events(text)) >= times or self.child.poll() is not None, seconds), self.said
        assert len(self.events(text)) >= times, self.said
        return self.events(text)[-1]

    def up(self) -> Running:
        """Wait until it is up."""
        self.wait("syncd is up")
        return self

    @property
    def url(self) -> str:
        return next(line["page"] for line in [*self.said] if line["event"] == "syncd is up")

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url.rstrip("/") + path, timeout=10)

    def metrics(self) -> dict[str, float]:
        """Every sample by its name with its labels."""
        lines = self.get("/metrics").text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}

    def tell(self, number: int) -> None:
        self.child.send_signal(number)

    def end(self, seconds: float = 60) -> int:
        """End it as systemd does, and say with which exit code it ended."""
        self.tell(signal.SIGTERM)
        return self.child.wait(seconds)


class Systemd:
    """A socket that hears what a service tells systemd."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(0.2)
        self.heard: list[tuple[float, dict[str, str]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                continue
            states = dict(line.split("=", 1) for line in message.splitlines())
            self.heard.append((time.monotonic(), states))

    def times(self, name: str) -> list[float]:
        """When it heard a state."""
        return [at for at, states in [*self.heard] if name in states]

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()
        Path(self.path).unlink()
