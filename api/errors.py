"""api: every error that a caller may meet, and its code in `extensions.code`; nothing else is told of a fault.

ApiError
├── BadInput      an argument, variable, cursor or query that cannot be used
├── NotFound      an id that the question depends on and that nobody knows
├── NotLoaded     an ontology that the question is confined to, of which nothing is loaded
├── TooLarge      a query beyond a limit
├── BadRequest    an HTTP request that holds no query
├── Unauthenticated   a key or token that proves nothing; never answered as if there were none
├── Forbidden     what the caller's role may not see
├── TooSlow       a request that took longer than the time limit
├── Crowded       a request on a connection beyond those that are answered at a time
├── Busy          grounding or search by meaning beyond those that may wait their turn
├── Spent         a question beyond those that a caller may ask in a day
├── Unavailable   what an answer depends on is out of order: the keys, the token issuer's keys, the audit log
├── UnknownRole   a role by a name that is not served
└── BadSetup      keys, an address or a limit that the server is set up with and cannot serve with
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

logger = logging.getLogger("tricuspid.api")


class Code(StrEnum):
    """`meaning` is told in the schema and in docs/graphql.md."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Code:
        made = str.__new__(cls, value)
        made._value_, made.meaning = value, meaning
        return made

    SYNTAX = "SYNTAX", "The query is not GraphQL."
    INVALID = "INVALID", "The query does not fit the schema."
    BAD_INPUT = "BAD_INPUT", "An argument, a variable or a cursor cannot be used."
    NOT_FOUND = "NOT_FOUND", "The question is limited to an id, or to a terminology, that is not there."
    TOO_LARGE = "TOO_LARGE", "The query or its answer is beyond a limit. Ask in several queries."
    BAD_REQUEST = "BAD_REQUEST", "The HTTP request holds no query."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The key or token is not valid."
    FORBIDDEN = "FORBIDDEN", "The caller's role may not see this."
    TOO_SLOW = "TOO_SLOW", "The request took longer than the time limit."
    BUSY = (
        "BUSY",
        "Too many texts wait for grounding or search by meaning. `extensions.retryAfter` says after how many seconds "
        "to ask again.",
    )
    SPENT = "SPENT", "The caller has asked as many different cohorts as are allowed in a day."
    UNAVAILABLE = "UNAVAILABLE", "Something that the answer needs is out of order. The server's log says what."
    INTERNAL = "INTERNAL", "A fault of the server. Its log says what."


class ApiError(Exception):
    """`status` is that of the HTTP response where nothing was answered; `retry_after` the seconds to wait, if known."""

    code = Code.BAD_INPUT
    status = 400
    retry_after: int | None = None


class BadInput(ApiError):
    pass


class NotFound(ApiError):
    code = Code.NOT_FOUND

    def __init__(self, kind: str, id_: str, field: str = "search") -> None:
        """`field` finds what there is."""
        self.id = id_
        super().__init__(f"no {kind} is known as {_shown(id_)}: look it up with {field}")


class NotLoaded(ApiError):
    """Says the same as the graph's error, which names the ontologies that are loaded."""

    code = Code.NOT_FOUND


class TooLarge(ApiError):
    code = Code.TOO_LARGE

    def __init__(self, what: str, found: int | None, limit: int) -> None:
        self.limit = limit
        told = f"{found:,}" if found is not None else "too many"
        super().__init__(f"the query is too large: {told} {what}; the limit is {limit:,}: ask in several queries")


class BadRequest(ApiError):
    code = Code.BAD_REQUEST

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


class Unauthenticated(ApiError):
    """The message goes into a header as well: printable ASCII without quotation mark and backslash, and no secret."""

    code = Code.UNAUTHENTICATED
    status = 401


class Forbidden(ApiError):
    code = Code.FORBIDDEN
    status = 403

    def __init__(self, what: str, roles: Sequence[str]) -> None:
        super().__init__(f"{what} only for the roles {', '.join(roles)}: show a key or a token with one of them")


class TooSlow(ApiError):
    code = Code.TOO_SLOW
    status = 503

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the request took longer than {seconds:g} s: ask for less at a time")


class Crowded(ApiError):
    code = Code.UNAVAILABLE
    status = 503
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("too many are connected at present: come back in a moment")


class Busy(ApiError):
    code = Code.BUSY
    status = 503

    def __init__(self, seconds: int) -> None:
        self.retry_after = seconds
        super().__init__(f"too many texts wait to be grounded or searched for by meaning: ask again in {seconds} s")


class Spent(ApiError):
    code = Code.SPENT
    status = 429

    def __init__(self, most: int, begins: str) -> None:
        super().__init__(
            f"{most:,} different cohorts were asked for today, as many as may be: those are answered again, others "
            f"from {begins} on"
        )


class Unavailable(ApiError):
    """`cause` is for the server's log alone."""

    code = Code.UNAVAILABLE
    status = 503

    def __init__(self, what: str, cause: object) -> None:
        self.cause = cause
        logger.error("%s: %s", what, cause)
        super().__init__(f"{what}; the server's log tells why")


class BadSetup(ApiError):
    """For who starts the server; a caller never meets it."""


class UnknownRole(ApiError):
    def __init__(self, name: str, served: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"no answer is given to a role {_shown(name)}: choose one of {', '.join(served)}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def formatted(errors: Iterable[GraphQLError], otherwise: Code = Code.INVALID) -> list[dict[str, Any]]:
    """Errors as a response has them (https://spec.graphql.org/October2021/#sec-Errors), each with its code.

    `otherwise` is the code of what the GraphQL library itself found wrong.
    """
    return [_formatted(error, otherwise) for error in errors]


def refusal(error: ApiError) -> dict[str, Any]:
    """The response to a request of which nothing was executed."""
    return {"errors": [{"message": str(error), "extensions": _extensions(error.code, error)}]}


def _formatted(error: GraphQLError, otherwise: Code) -> dict[str, Any]:
    cause = _cause(error)
    code = _code(error, cause, otherwise)
    told: dict[str, Any] = {"message": error.message, "extensions": _extensions(code, cause)}
    if code is Code.INTERNAL:
        logger.error("a field failed: %s", error.path, exc_info=error.original_error or error)
        told["message"] = "something went wrong on our side; the server's log tells what"
    if error.locations:
        told["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        told["path"] = error.path
    return told


def _extensions(code: Code, cause: BaseException | None) -> dict[str, Any]:
    wait = cause.retry_after if isinstance(cause, ApiError) else None
    return {"code": str(code)} if wait is None else {"code": str(code), "retryAfter": wait}


def _cause(error: GraphQLError) -> BaseException | None:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _code(error: GraphQLError, cause: BaseException | None, otherwise: Code) -> Code:
    if isinstance(cause, ApiError):
        return cause.code
    if isinstance(error, GraphQLSyntaxError):
        return Code.SYNTAX
    if cause is None and error.message.startswith("Argument "):
        # A null for an argument that has a default is found only when the field is reached.
        return Code.BAD_INPUT
    return otherwise if error.path is None and cause is None else Code.INTERNAL
