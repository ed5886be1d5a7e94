"""api: the server, put together: GraphQL over HTTP, a page to try it on, and what a monitor asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Read
from api.disclosure import Caller
from api.errors import ApiError, Crowded, TooSlow, refusal
from api.execute import execute, fields_of
from api.guard import Guard
from api.http import Asked, answered, asked, refused
from api.listening import FULL
from api.metrics import MEDIA_TYPE, Metrics
from api.requests import current, ending, named, request_id, tell
from graph.meaning.understanding import Understanding
from graph.reader import Reader

_STATIC = Path(__file__).parent / "static"
_ASSETS = _STATIC / "vendor"
_SAFE = [
    # What the page needs and nothing else: its own files, and the styles that its editor writes into elements.
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_OPEN = Guard()
_WORKERS = 40
"""Questions that are answered at a time. One that runs longer than it may keeps its place until it ends."""
_MONITORING = ("/health", "/ready", "/metrics")
_MISSING = (
    "<!doctype html><html lang=en><title>GraphQL</title><p>GraphQL queries go to this address. GraphiQL, the page to "
    "try them on, is not in this installation: <code>make web</code> in a checkout puts it in place.</p></html>"
)


def create_app(reader: Reader, understanding: Understanding | None = None, guard: Guard = _OPEN) -> FastAPI:
    """The application; every answer is read from the reader's current snapshot.

    Without an understanding it answers by words alone. Whoever gives one warms it.
    """
    understanding = understanding or Understanding()
    app = FastAPI(title="Tricuspid", docs_url=None, redoc_url=None, openapi_url=None)
    metrics = Metrics(reader)
    _add_graphql(app, _Answerer(reader, understanding, guard, metrics))
    _add_monitoring(app, reader, understanding, metrics)
    if guard.graphiql:
        app.mount("/static", StaticFiles(directory=_STATIC), name="static")

    if guard.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(guard.hosts), www_redirect=False)
    app.add_middleware(_Safe, turned_away=_turned_away(metrics))
    return app


class _Safe:
    """Adds the headers that keep a browser from doing more than the page needs; plain ASGI, as it is on every way.

    Who is one too many is turned away, but for monitors.
    """

    def __init__(self, app: ASGIApp, turned_away: ASGIApp) -> None:
        self._app, self._turned_away = app, turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SAFE]
            await send(message)

        full = FULL in scope.get("state", ()) and scope["path"] not in _MONITORING
        await (self._turned_away if full else self._app)(scope, receive, with_headers)


def _turned_away(metrics: Metrics) -> ASGIApp:
    async def turned_away(scope: Scope, receive: Receive, send: Send) -> None:
        metrics.turned_away()
        response = refused(Crowded())
        response.headers.update({"retry-after": "1", "connection": "close"})
        await response(scope, receive, send)

    return turned_away


class _Answerer:
    """Questions to answers, for those who may have them, within the time that one may take."""

    def __init__(self, reader: Reader, understanding: Understanding, guard: Guard, metrics: Metrics) -> None:
        self._reader, self._understanding, self.guard, self._metrics = reader, understanding, guard, metrics
        self._workers = ThreadPoolExecutor(_WORKERS, "answer")

    async def respond(self, request: Request) -> Response:
        """Who asks is found out before anything else of the request is read."""
        began, id_ = time.perf_counter(), request_id(request.headers.get("x-request-id"))
        current.set(id_)
        try:
            async with asyncio.timeout(self.guard.seconds):
                shown = request.headers.getlist("authorization")
                caller = await self._in_worker(self.guard.callers.of, shown) if shown else self.guard.callers.of(())
                question = await asked(request)
                response = answered(request, await self._in_worker(self._answer, began, id_, caller, question))
        except TimeoutError:
            response = self._refused(TooSlow(self.guard.seconds), began)
        except ApiError as wrong:
            response = self._refused(wrong, began)
        response.headers["x-request-id"] = id_
        return response

    async def _in_worker(self, function: Callable[..., Any], *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._workers, function, *arguments)

    def _refused(self, wrong: ApiError, began: float) -> Response:
        outcome = self._metrics.count(refusal(wrong))
        tell(outcome, time.perf_counter() - began, code=str(wrong.code))
        return refused(wrong)

    def _answer(self, asked_at: float, id_: str, caller: Caller, question: Asked) -> dict[str, Any]:
        """Nothing about patients is answered that is not written down, where there is an audit log."""
        began = time.perf_counter()
        current.set(id_)
        ending.set((asked_at + self.guard.seconds, self.guard.seconds))
        query, variables, operation = question
        snapshot, reads = self._reader.current(), list[Read]()
        known = self._understanding
        given = execute(snapshot, query, variables, caller.role, operation, known, self.guard.introspection, reads)
        if reads and self.guard.audit is not None:
            self.guard.audit.write(caller, query, operation, snapshot.epoch, reads)
        seconds = time.perf_counter() - began
        fields = fields_of(query, self.guard.introspection, operation) if "data" in given else {}
        outcome = self._metrics.count(given, seconds, fields)
        said = {"caller": caller.name, "role": str(caller.role), "operation": named(operation), "epoch": snapshot.epoch}
        tell(outcome, seconds, fields=sorted(set(fields.values())), **said)
        return given


def _add_graphql(app: FastAPI, answerer: _Answerer) -> None:
    @app.get("/")
    async def home() -> Response:
        return RedirectResponse("/graphql")

    async def graphql(request: Request) -> Response:
        if answerer.guard.graphiql and _wants_page(request):
            return FileResponse(_STATIC / "graphiql.html") if _ASSETS.is_dir() else HTMLResponse(_MISSING)
        return await answerer.respond(request)

    app.add_route("/graphql", graphql, methods=["GET", "POST"])


def _wants_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )


def _add_monitoring(app: FastAPI, reader: Reader, understanding: Understanding, metrics: Metrics) -> None:
    @app.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "up"})

    @app.get("/ready")
    async def ready() -> Response:
        said = {"status": "ready", "epoch": reader.current().epoch, **understanding.state()}
        return JSONResponse(said | ({"trouble": reader.trouble} if reader.trouble else {}))

    @app.get("/metrics")
    async def told() -> Response:
        return Response(metrics.text(), media_type=MEDIA_TYPE)
