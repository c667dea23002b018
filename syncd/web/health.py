"""What machines ask of the service: whether it is well, whether it does its work, its metrics, and hints to hurry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncd.model.nouns import dataclass

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH, READY, METRICS = "/healthz", "/readyz", "/metrics"
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: whether all is as it should be, and what is known, by name."""

    ok: bool
    facts: Mapping[str, object]


def probes(
    health: Callable[[], Told], ready: Callable[[], Told], metrics: Callable[[], bytes], others: Sequence[Route] = ()
) -> Starlette:
    """The addresses that machines ask, without login: they tell counts and times, and nothing of any person.

    `others` are further addresses that programs call.
    """

    def told(ask: Callable[[], Told]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_request: Request) -> Response:
            found = await run_in_threadpool(ask)
            content = {"ok": found.ok, **found.facts}
            return JSONResponse(content, 200 if found.ok else 503, NEVER_KEPT)

        return answer

    async def measured(_request: Request) -> Response:
        return Response(await run_in_threadpool(metrics), headers=NEVER_KEPT, media_type=TEXT_FORMAT)

    routes = [Route(HEALTH, told(health)), Route(READY, told(ready)), Route(METRICS, measured), *others]
    return Starlette(routes=routes)


class Beside:
    """Answers some addresses by an application of their own, and all others by the page."""

    def __init__(self, page: ASGIApp, others: Starlette) -> None:
        self._page, self._others = page, others
        self._addresses = {route.path for route in others.routes if isinstance(route, Route)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        ours = scope["type"] == "http" and scope["path"] in self._addresses
        await (self._others if ours else self._page)(scope, receive, send)
