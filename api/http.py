"""api: a request of GraphQL over HTTP, read and answered (https://graphql.github.io/graphql-over-http/draft/)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.errors import ApiError, BadRequest, Unauthenticated, refusal
from api.execute import Answer
from api.limits import BODY

_JSON = "application/json"
_CHARSET = re.compile(r"""(?:^|;)\s*charset\s*=\s*"?([^\s;"]*)""")
_GRAPHQL = "application/graphql-response+json"
# What one caller may see is not for the next one who uses the same browser or proxy.
_NOT_KEPT = {"cache-control": "no-store", "vary": "authorization"}


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
    headers = request.headers
    kind, _, more = headers.get("content-type", "").lower().partition(";")
    if kind.strip() != _JSON:
        raise BadRequest(f"the body is {kind.strip() or 'of no stated kind'}: send {_JSON}", 415)
    if more and (charset := _CHARSET.search(more)) and charset[1] not in ("utf-8", "utf8"):
        raise BadRequest(f"the body is in {charset[1] or 'no charset'}: send JSON in UTF-8", 415)
    if "content-encoding" in headers and headers["content-encoding"].strip().lower() != "identity":
        raise BadRequest("the body is compressed: send it as it is, without a content-encoding", 415)
    return _asked(_json(await _body(request), "the body"))


async def _body(request: Request) -> bytes:
    stated = request.headers.get("content-length", "")
    found = bytearray()
    if not (stated.isdecimal() and int(stated[:20]) > BODY):
        try:
            async for part in request.stream():
                found += part
                if len(found) > BODY:
                    break
            else:
                return bytes(found)
        except ClientDisconnect:
            raise BadRequest("the body ended before its end") from None
    raise BadRequest(f"the body is larger than {BODY:,} bytes: ask in several requests", 413)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(f"{what} is no JSON: {wrong}") from None


def _asked(given: Any) -> Asked:
    if not isinstance(given, dict):
        raise BadRequest("the body is no JSON object: send one query at a time, as {query, variables}")
    query, variables, operation, more = map(given.get, ("query", "variables", "operationName", "extensions"))
    if not isinstance(query, str):
        raise BadRequest("there is no query: send it as text under the name query")
    if not isinstance(variables, dict | None):
        raise BadRequest("variables is no JSON object: send the variables by their names")
    if not isinstance(more, dict | None):
        raise BadRequest("extensions is no JSON object: leave it out")
    if not isinstance(operation, str | None):
        raise BadRequest("operationName is no text: send the name of the operation to execute")
    return Asked(query, variables, operation or None)


def answered(request: Request, answer: Answer) -> Response:
    """An answer as the caller wants it; the status of a refused query depends on the media type, by the draft."""
    modern = _GRAPHQL in request.headers.get("accept", "")
    status = 400 if modern and not answer.executed else 200
    kind = _GRAPHQL if modern else f"{_JSON}; charset=utf-8"
    return Response(answer.body, status, _NOT_KEPT, kind)


def refused(error: ApiError) -> Response:
    """The challenge of a 401 is that of bearer tokens (https://www.rfc-editor.org/rfc/rfc6750#section-3)."""
    headers = dict(_NOT_KEPT)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = f'Bearer realm="tricuspid", error="invalid_token", error_description="{error}"'
    return Response(orjson.dumps(refusal(error)), error.status, headers, f"{_JSON}; charset=utf-8")
