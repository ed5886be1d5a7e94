"""api: a request of GraphQL over HTTP, read and answered (https://graphql.github.io/graphql-over-http/draft/)."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.errors import BadRequest, refusal
from api.limits import BODY

_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"


class Asked(NamedTuple):
    query: str
    variables: dict[str, Any] | None
    operation: str | None


async def asked(request: Request) -> Asked:
    """The query of a GET or POST. Raises BadRequest for what is none."""
    if request.method == "GET":
        given: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = _json(given[name].encode(), f"the parameter {name}")
        return _asked(given)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise BadRequest(f"the body is {kind or 'of no stated kind'}: send {_JSON}", 415)
    return _asked(_json(await _body(request), "the body"))


async def _body(request: Request) -> bytes:
    stated = request.headers.get("content-length", "")
    found = bytearray()
    if not (stated.isdecimal() and int(stated) > BODY):
        async for part in request.stream():
            found += part
            if len(found) > BODY:
                break
        else:
            return bytes(found)
    raise BadRequest(f"the body is larger than {BODY:,} bytes: ask in several requests", 413)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(f"{what} is no JSON: {wrong}") from None


def _asked(given: Any) -> Asked:
    if not isinstance(given, dict):
        raise BadRequest("the body is no JSON object: send one query at a time, as {query, variables}")
    query, variables, operation = (given.get(name) for name in ("query", "variables", "operationName"))
    if not isinstance(query, str):
        raise BadRequest("there is no query: send it as text under the name query")
    if not isinstance(variables, dict | None):
        raise BadRequest("variables is no JSON object: send the variables by their names")
    if not isinstance(operation, str | None):
        raise BadRequest("operationName is no text: send the name of the operation to execute")
    return Asked(query, variables, operation or None)


def answered(request: Request, answer: dict[str, Any]) -> Response:
    """An answer as the caller wants it; the status of a refused query depends on the media type, by the draft."""
    modern = _GRAPHQL in request.headers.get("accept", "")
    status = 400 if modern and "data" not in answer else 200
    return Response(orjson.dumps(answer), status, media_type=_GRAPHQL if modern else f"{_JSON}; charset=utf-8")


def refused(error: BadRequest) -> Response:
    return Response(orjson.dumps(refusal(error)), error.status, media_type=f"{_JSON}; charset=utf-8")
