"""api: the server, put together: GraphQL over HTTP, a page to try it on, and what a monitor asks."""

from __future__ import annotations

import time
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BadRequest, refusal
from api.execute import execute
from api.http import answered, asked, refused
from api.metrics import MEDIA_TYPE, Metrics
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
]
_MISSING = (
    "<!doctype html><html lang=en><title>GraphQL</title><p>GraphQL queries go to this address. GraphiQL, the page to "
    "try them on, is not in this installation: <code>make web</code> in a checkout puts it in place.</p></html>"
)


def create_app(reader: Reader, understanding: Understanding | None = None, *, graphiql: bool = True) -> FastAPI:
    """The application; every answer is read from the reader's current snapshot. HTTP callers have no role.

    Without an understanding it answers by words alone. Whoever gives one warms it.
    """
    understanding = understanding or Understanding()
    app = FastAPI(title="Tricuspid", docs_url=None, redoc_url=None, openapi_url=None)
    metrics = Metrics(lambda: reader.current().epoch)
    _add_graphql(app, reader, understanding, metrics, graphiql)
    _add_monitoring(app, reader, understanding, metrics)
    if graphiql:
        app.mount("/static", StaticFiles(directory=_STATIC), name="static")

    app.add_middleware(_Safe)
    return app


class _Safe:
    """Adds the headers that keep a browser from doing more than the page needs; plain ASGI, as it is on every way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SAFE]
            await send(message)

        await self._app(scope, receive, with_headers)


def _add_graphql(app: FastAPI, reader: Reader, understanding: Understanding, metrics: Metrics, graphiql: bool) -> None:
    @app.get("/")
    async def home() -> Response:
        return RedirectResponse("/graphql")

    async def graphql(request: Request) -> Response:
        if graphiql and _wants_page(request):
            return FileResponse(_STATIC / "graphiql.html") if _ASSETS.is_dir() else HTMLResponse(_MISSING)
        try:
            question = await asked(request)
        except BadRequest as wrong:
            metrics.count(refusal(wrong))
            return refused(wrong)
        return answered(request, await run_in_threadpool(answer, *question))

    app.add_route("/graphql", graphql, methods=["GET", "POST"])

    def answer(query: str, variables: dict[str, object] | None, operation: str | None) -> dict[str, object]:
        began = time.perf_counter()
        given = execute(reader.current(), query, variables, operation=operation, understanding=understanding)
        metrics.count(given, time.perf_counter() - began)
        return given


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
        return JSONResponse({"status": "ready", "epoch": reader.current().epoch, **understanding.state()})

    @app.get("/metrics")
    async def told() -> Response:
        return Response(metrics.text(), media_type=MEDIA_TYPE)
