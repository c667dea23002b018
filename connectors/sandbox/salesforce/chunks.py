"""Request bodies in chunks: jsforce and the `sf` CLI, both on node, send nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import cast

from connectors.sandbox.server import Request, Response, Server


class ChunkServer(Server):
    """A Server that takes bodies with `Transfer-Encoding: chunked` too."""

    def __init__(self, answer: Callable[[Request], Response], port: int = 0) -> None:
        super().__init__(answer, port)
        plain = cast("type[BaseHTTPRequestHandler]", self._http.RequestHandlerClass)
        self._http.RequestHandlerClass = type("ChunkHandler", (_Chunks, plain), {})


class _Chunks(BaseHTTPRequestHandler):
    """Puts the whole body, with its length, in the place of the chunks for as long as one request is served."""

    def parse_request(self) -> bool:
        well = super().parse_request()
        if well and self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = _joined(self.rfile)
            self.headers["Content-Length"] = str(len(body))
            self.rfile = io.BytesIO(body)
        return well

    def handle_one_request(self) -> None:
        stream = self.rfile
        try:
            super().handle_one_request()
        finally:
            self.rfile = stream


def _joined(stream: BufferedIOBase) -> bytes:
    """The body up to the empty chunk; what may stand behind it (trailers) is passed over."""
    parts = []
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    while stream.readline().strip():
        pass
    return b"".join(parts)
