"""The application: addresses and their pages, and what is answered where something is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from syncd.endings import NotThere, Told
from syncd.files.problem import ConfigProblems
from syncd.journey.cut_off import cut_off
from syncd.locales import Language
from syncd.locales.words import marked, words_of
from syncd.store.errors import StoreBusy, StoreError
from syncd.web import bugs, views
from syncd.web.frame import frame_of
from syncd.web.gate import Gate, Names, keep
from syncd.web.lookout import Lookout
from syncd.web.pages.overview import overview
from syncd.web.remembered import StillCounting
from syncd.web.sessions import Sessions
from syncd.web.visit import Page, Shown, Visit
from syncd.wiring import present

if TYPE_CHECKING:
    from starlette.requests import Request

PAGES: Mapping[str, str] = {
    "/": "overview.overview",
    "/funnel": "funnel.funnel",
    "/funnel/people": "funnel.people",
    "/sla": "sales.sla",
    "/attribution": "sales.attribution",
    "/what-if": "what_if.what_if",
    "/people": "people.people",
    "/people/{person}": "person.whole_journey",
    "/people/{person}/explain": "person.proof",
    "/companies/{kind}/{id}": "company.company",
    "/plans": "plans.plans",
    "/runs/{run}": "plans.run",
    "/quarantine": "quarantine.quarantine",
    "/reconcile": "reconcile.reconcile",
    "/definitions": "definitions.definitions",
    "/audit": "audit.audit",
    "/audit/{seq}": "audit.entry",
    "/status": "status.status",
}
"""Addresses and the functions, in `syncd.web.pages`, that answer a GET there."""
ACTIONS: Mapping[str, str] = {
    "/people": "people.find",
    "/what-if": "what_if.ask",
    "/quarantine": "quarantine.retry",
    "/pause": "plans.put_on",
    "/resume": "plans.take_off",
    "/reconcile": "reconcile.ask",
    "/audit": "audit.verify",
}
"""Addresses and the functions that answer a POST."""
NO_FILES: Mapping[str, Any] = {
    "zone": "UTC",
    "cut_off": None,
    "definitions": None,
    "problems": (),
}
"""What the frame tells where something else is shown than the page of the address: what is wrong, or that it counts."""
FOR_EVER = "public, max-age=31536000, immutable"


class _Forever(StaticFiles):
    """Static files, whose address changes with their content."""

    async def get_response(self, path: str, scope: Any) -> Response:  # noqa: ANN401 - Starlette's own type
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = FOR_EVER
        return response


class _Pages:
    """Answers visits with pages."""

    def __init__(self, lookout: Lookout, sessions: Sessions) -> None:
        self._lookout = lookout
        self._sessions = sessions
        self._templates = views.environment()

    def route(self, path: str, name: str, method: str) -> Route:
        """One address with the function that answers there."""
        module, _, function = name.partition(".")
        page: Page = getattr(import_module(f"syncd.web.pages.{module}"), function)

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(self._answer, request, page)

        return Route(path, endpoint, methods=[method], name=name)

    def login(self, request: Request) -> Response:
        """The form to log in with; whoever is in already, or needs not to be, goes on."""
        to = _local(request.query_params.get("to"))
        if self._sessions.may_look(request.scope["session"]):
            return RedirectResponse(to, status_code=303)
        return self._shown(request, Shown("login.html", {"to": to, "wrong": ""}))

    async def log_in(self, request: Request) -> Response:
        """Log somebody in."""
        form, now = request.scope["form"], time.time()
        to = _local(form.get("to"))
        session = self._sessions.log_in(form.get("secret", ""), now)
        if session is None:
            wait = self._sessions.must_wait(now)
            wrong = marked("Too many wrong tokens. Wait a minute.") if wait else marked("That is not the token.")
            found = Shown("login.html", {"to": to, "wrong": wrong}, 429 if wait else 403)
            return await run_in_threadpool(self._shown, request, found)
        response = RedirectResponse(to, status_code=303)
        keep(response, request.scope, self._sessions.cookie_of(session))
        return response

    async def log_out(self, request: Request) -> Response:
        """End a session."""
        self._sessions.end(request.scope["session"], time.time())
        response = RedirectResponse("/login", status_code=303)
        keep(response, request.scope, "")
        return response

    def not_found(self, request: Request, error: Exception) -> Response:
        """What Starlette itself has no answer for."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status != 404:
            return Response(f"{status}\n", status_code=status, media_type="text/plain")
        return self._wrong(request, "There is no such page.", "go to the overview", 404)

    def _answer(self, request: Request, page: Page) -> Response:
        try:
            with self._lookout.reading() as tx:
                config, problems = self._lookout.config()
                visit = Visit(
                    tx=tx,
                    config=config,
                    problems=problems,
                    now=present(),
                    lookout=self._lookout,
                    path=dict(request.path_params),
                    query=dict(request.query_params),
                    form=request.scope.get("form", {}),
                )
                found = page(visit)
                if isinstance(found, Response):
                    return found
                return self._shown(request, found, _frame(visit))
        except StillCounting:
            response = self._shown(request, Shown("counting.html", {}))
            response.headers["refresh"] = "1"
            return response
        except Exception as error:  # noqa: BLE001 - whatever it is, people are told, and no text of it reaches a log
            return self._told(request, error)

    def _told(self, request: Request, error: Exception) -> Response:
        """What keeps a page from being shown, with what to do about it."""
        if not isinstance(error, Told):
            return self._wrong(request, *bugs.told(error), 500)
        return self._wrong(request, error.message, error.next_step, _status_of(error))

    def _wrong(self, request: Request, message: str, next_step: str, status: int) -> Response:
        return self._shown(request, Shown("wrong.html", {"message": message, "next_step": next_step}, status))

    def _shown(self, request: Request, found: Shown, frame: Mapping[str, Any] | None = None) -> Response:
        session = request.scope["session"]
        around = {
            "address": request.url.path,
            "form_token": self._sessions.form_token(session),
            "has_login": self._sessions.token is not None,
            "may_look": self._sessions.may_look(session),
            **(frame or self._bare()),
        }
        text = self._templates.get_template(found.template).render(around | dict(found.context))
        return HTMLResponse(text, status_code=found.status)

    def _bare(self) -> dict[str, Any]:
        """The frame without the page's own, in the language of the files where there are good ones."""
        language: Language = "en"
        with suppress(ConfigProblems, OSError):
            language = self._lookout.config()[0].service.language
        return {**NO_FILES, **frame_of(words_of(language)), "titles": {}, "now": present()}


def warm(lookout: Lookout) -> None:
    """Have the overview counted before somebody looks. What keeps it from that is told to whoever does."""
    with suppress(StoreError, ConfigProblems, StillCounting), lookout.reading() as tx:
        config, problems = lookout.config()
        overview(Visit(tx, config, problems, present(), lookout))


def create_app(lookout: Lookout, sessions: Sessions, names: Names) -> Starlette | Gate:
    """The application, behind its gate."""
    pages = _Pages(lookout, sessions)
    routes = [pages.route(path, name, "GET") for path, name in PAGES.items()]
    routes += [pages.route(path, name, "POST") for path, name in ACTIONS.items()]
    routes += [
        Route("/login", pages.login, methods=["GET"]),
        Route("/login", pages.log_in, methods=["POST"]),
        Route("/logout", pages.log_out, methods=["POST"]),
    ]
    static = Mount(f"/static/{views.version()}", _Forever(directory=views.STATIC))
    handlers: dict[Any, Callable[..., Any]] = {HTTPException: pages.not_found}
    return Gate(Starlette(routes=[*routes, static], exception_handlers=handlers), sessions, names)


def _frame(visit: Visit) -> dict[str, Any]:
    """What the frame of every page tells."""
    return {
        "zone": visit.config.service.time_zone,
        "now": visit.now,
        "cut_off": cut_off(visit.tx),
        "definitions": visit.config.definitions_at(visit.now).hash,
        "problems": visit.problems,
        **frame_of(words_of(visit.config.service.language)),
    }


def _status_of(error: Told) -> int:
    match error:
        case StoreBusy():
            return 409
        case StoreError() | ConfigProblems():
            return 503
        case NotThere():
            return 404
        case _:
            return 400


def _local(address: str | None) -> str:
    """An address of ours to go on to. Anything that could lead elsewhere becomes the overview."""
    if address is None or not address.startswith("/") or address[1:2] in ("/", "\\") or not address.isprintable():
        return "/"
    return address
