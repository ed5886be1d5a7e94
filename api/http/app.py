"""api: builds the server: GraphQL over HTTP, the GraphiQL page, and the routes for monitoring."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers, QueryParams
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Guard
from api.errors import Crowded
from api.http.answering import Answerer
from api.http.metrics import MEDIA_TYPE, Metrics
from api.http.protocol import refused
from api.listening import FULL
from graph.snapshot import Reader
from linking.understanding import Understanding

_STATIC = Path(__file__).parents[1] / "static"
_ASSETS = _STATIC / "vendor"
_SAFE = [
    # The GraphiQL page needs only files of this server, and the inline styles of its editor.
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
_MONITORING = ("/health", "/ready", "/metrics")
_MISSING = (
    "<!doctype html><html lang=en><title>GraphQL</title><p>GraphQL queries go to this address. GraphiQL, the page for "
    "trying queries, is not installed: run <code>make web</code> in a checkout to add it.</p></html>"
)


def create_app(reader: Reader, understanding: Understanding | None = None, guard: Guard = _OPEN) -> ASGIApp:
    """Returns the ASGI application. Every answer is read from the current snapshot of the reader.

    If `understanding` is None, search and grounding compare only words. This function does not load the encoder.
    """
    understanding = understanding or Understanding()
    metrics = Metrics(reader, understanding)
    routes = _monitoring(reader, understanding, metrics)
    if guard.public:
        routes += _page()
    app = _front(
        Answerer(reader, understanding, guard, metrics), guard.public, FastAPI(routes=routes, openapi_url=None)
    )
    if guard.hosts:
        app = TrustedHostMiddleware(app, allowed_hosts=list(guard.hosts), www_redirect=False)
    return _Safe(app, _turned_away(metrics))


class _Safe:
    """Adds the security headers to every response. Plain ASGI is used because this middleware handles every request.

    Requests on connections above the limit are refused, except for requests for monitoring.
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
        await refused(Crowded()).send(send, (b"connection", b"close"))

    return turned_away


def _front(answerer: ASGIApp, public: bool, others: ASGIApp) -> ASGIApp:
    """Returns an application that sends requests for /graphql directly to `answerer`, and all others to `others`."""
    methods = ("GET", "POST") if public else ("POST",)
    not_allowed = Response("Method Not Allowed", 405, {"allow": ", ".join(methods)}, "text/plain")

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        app = others
        if scope["type"] == "http" and scope["path"] in ("/graphql", "/graphql/"):
            app = answerer if scope["method"] in methods else not_allowed
            if public and scope["method"] == "GET" and _wants_page(scope):
                app = FileResponse(_STATIC / "graphiql.html") if _ASSETS.is_dir() else HTMLResponse(_MISSING)
        await app(scope, receive, send)

    return front


def _wants_page(scope: Scope) -> bool:
    return "query" not in QueryParams(scope["query_string"]) and "text/html" in Headers(scope=scope).get("accept", "")


def _page() -> list[BaseRoute]:
    async def home(_: Request) -> Response:
        return RedirectResponse("/graphql")

    return [Route("/", home), Mount("/static", StaticFiles(directory=_STATIC))]


def _monitoring(reader: Reader, understanding: Understanding, metrics: Metrics) -> list[BaseRoute]:
    async def health(_: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def ready(_: Request) -> Response:
        status = {"status": "ready", "epoch": reader.current().epoch, **understanding.state()}
        return JSONResponse(status | ({"trouble": reader.trouble} if reader.trouble else {}))

    async def metrics_text(_: Request) -> Response:
        return Response(metrics.text(), media_type=MEDIA_TYPE)

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics_text)]
