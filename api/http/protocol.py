"""api: reads requests and makes responses of GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from api.errors import ApiError, BadRequest, Busy, Unauthenticated, refusal
from api.execution import BODY, Answer

_JSON = "application/json"
_CHARSET = re.compile(r"""(?:^|;)\s*charset\s*=\s*"?([^\s;"]*)""")
_GRAPHQL = b"application/graphql-response+json"
_OLD = b"application/json; charset=utf-8"
# An answer to one caller must not be cached for another caller who uses the same browser or proxy.
_NOT_KEPT = ((b"cache-control", b"no-store"), (b"vary", b"authorization"))

Fields = tuple[tuple[bytes, bytes], ...]
Headers = Mapping[bytes, bytes]
"""The first header with each name. Names are lower case, as in ASGI. The headers used here have only one value."""


class HttpQuery(NamedTuple):
    query: str
    variables: dict[str, Any] | None
    operation: str | None


class Reply(NamedTuple):
    """A response: status, body and the headers of the body."""

    status: int
    body: bytes
    headers: Fields

    async def send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        headers = [*self.headers, *_NOT_KEPT, *more, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def headers_of(scope: Scope) -> Headers:
    return dict(reversed(scope["headers"]))


async def read_request(scope: Scope, headers: Headers, receive: Receive) -> HttpQuery:
    """Returns the query of a GET or POST request. Raises BadRequest if the request contains no valid query."""
    if scope["method"] == "GET":
        given: dict[str, Any] = dict(QueryParams(scope["query_string"]))
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = _json(given[name].encode(), f"the parameter {name}")
        return _query_of(given)
    _refuse_other(headers)
    return _query_of(_json(await _body(headers, receive), "the body"))


def _refuse_other(headers: Headers) -> None:
    """Raises BadRequest unless the headers state a body of JSON in UTF-8."""
    stated = headers.get(b"content-type", b"").decode("latin-1")
    if stated == _JSON and b"content-encoding" not in headers:
        return
    kind, _, more = stated.lower().partition(";")
    if kind.strip() != _JSON:
        raise BadRequest(f"the content type is {kind.strip() or 'missing'}: send {_JSON}", 415)
    if more and (charset := _CHARSET.search(more)) and charset[1] not in ("utf-8", "utf8"):
        raise BadRequest(f"the charset is {charset[1] or 'empty'}: send JSON in UTF-8", 415)
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise BadRequest("the body is compressed: send it without a content-encoding", 415)


async def _body(headers: Headers, receive: Receive) -> bytes:
    stated = headers.get(b"content-length", b"")
    found, more = bytearray(), True
    too_large = stated.isdigit() and int(stated[:20]) > BODY
    while more and not too_large:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the connection closed before the end of the body: send the request again")
        found += message.get("body", b"")
        more, too_large = message.get("more_body", False), len(found) > BODY
    if too_large:
        raise BadRequest(f"the body is larger than {BODY:,} bytes: split it into several requests", 413)
    return bytes(found)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(f"{what} is not valid JSON: {wrong}") from None


def _query_of(given: Any) -> HttpQuery:
    if not isinstance(given, dict):
        raise BadRequest("the body is not a JSON object: send one query at a time, as {query, variables}")
    query, variables, operation, more = map(given.get, ("query", "variables", "operationName", "extensions"))
    if not isinstance(query, str):
        raise BadRequest("query is missing or not a string: send the text of the query as a string")
    if not isinstance(variables, dict | None):
        raise BadRequest("variables is not a JSON object: send an object with the variables by name")
    if not isinstance(more, dict | None):
        raise BadRequest("extensions is not a JSON object: leave it out")
    if not isinstance(operation, str | None):
        raise BadRequest("operationName is not a string: send the name of the operation to execute")
    return HttpQuery(query, variables, operation or None)


def answered(headers: Headers, answer: Answer) -> Reply:
    """Makes the response for an answer.

    For a refused query, the status depends on the media type that the client accepts, as the draft of GraphQL over HTTP
    requires.
    """
    modern = _GRAPHQL in headers.get(b"accept", b"")
    kind = (b"content-type", _GRAPHQL if modern else _OLD)
    if answer.retry_after is not None:
        return Reply(Busy.status, answer.body, (kind, *_retry(answer.retry_after)))
    return Reply(400 if modern and not answer.executed else 200, answer.body, (kind,))


def _retry(seconds: int | None) -> Fields:
    return () if seconds is None else ((b"retry-after", b"%d" % seconds),)


def refused(error: ApiError) -> Reply:
    """Makes the response to an error.

    A 401 carries the challenge for bearer tokens (https://www.rfc-editor.org/rfc/rfc6750#section-3).
    """
    headers: Fields = ((b"content-type", _OLD), *_retry(error.retry_after))
    if isinstance(error, Unauthenticated):
        challenge = f'Bearer realm="tricuspid", error="invalid_token", error_description="{error}"'
        headers += ((b"www-authenticate", challenge.encode()),)
    return Reply(error.status, orjson.dumps(refusal(error)), headers)
