"""api: all errors that a caller can get, each with a code in `extensions.code`.

Details of internal errors are only logged.

ApiError
├── BadInput          an argument, variable, cursor or query is not valid
├── NotFound          an id that is used as a filter is unknown
├── NotLoaded         an ontology that is used as a filter is not loaded
├── TooLarge          a query or its answer exceeds a limit
├── BadRequest        an HTTP request contains no valid query
├── Unauthenticated   a key or token is not valid; the caller is never treated as anonymous instead
├── Forbidden         the role of the caller may not see the requested data
├── TooSlow           a request took longer than the time limit
├── Crowded           there are too many connections
├── Busy              too many requests wait for grounding or search by meaning
├── Spent             a caller has used the budget of cohorts for the day
├── Unavailable       a dependency failed: the keys, the token issuer's keys, the audit log
├── UnknownRole       a role name is not valid
└── BadSetup          the server cannot run with its keys, address or limits
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

logger = logging.getLogger("tricuspid.api")


class Code(StrEnum):
    """A code of an error. `meaning` is the description of the code in the schema and in docs/graphql.md."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Code:
        made = str.__new__(cls, value)
        made._value_, made.meaning = value, meaning
        return made

    SYNTAX = "SYNTAX", "The query is not GraphQL."
    INVALID = "INVALID", "The query does not match the schema."
    BAD_INPUT = "BAD_INPUT", "An argument, a variable or a cursor is not valid."
    NOT_FOUND = "NOT_FOUND", "An id or a terminology that is used as a filter is unknown."
    TOO_LARGE = "TOO_LARGE", "The query or its answer exceeds a limit. Split it into several queries."
    BAD_REQUEST = "BAD_REQUEST", "The HTTP request contains no valid query."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The key or token is not valid."
    FORBIDDEN = "FORBIDDEN", "The caller's role may not see the requested data."
    TOO_SLOW = "TOO_SLOW", "The request took longer than the time limit."
    BUSY = (
        "BUSY",
        "Too many requests are waiting for grounding or search by meaning. `extensions.retryAfter` is the number "
        "of seconds to wait before the next try.",
    )
    SPENT = "SPENT", "The caller has used up the budget of different cohorts for the day."
    UNAVAILABLE = "UNAVAILABLE", "A service or file that the server needs does not work. See the log of the server."
    INTERNAL = "INTERNAL", "An error in the server. See its log."


class ApiError(Exception):
    """The base class of all errors of the package api.

    `status` is the HTTP status of the response if no query was executed. `retry_after` is the number of seconds to wait
    before the next try.
    """

    code = Code.BAD_INPUT
    status = 400
    retry_after: int | None = None


class BadInput(ApiError):
    pass


class NotFound(ApiError):
    code = Code.NOT_FOUND

    def __init__(self, kind: str, id_: str, field: str = "search") -> None:
        """`field` is the field of Query in which a caller can look up ids that exist."""
        self.id = id_
        super().__init__(f"no {kind} has the id {_shown(id_)}: find the id with `{field}`")


class NotLoaded(ApiError):
    """Raised for UnknownOntology of the package graph, with the message of this error, which lists the loaded
    ontologies.
    """

    code = Code.NOT_FOUND


class TooLarge(ApiError):
    code = Code.TOO_LARGE

    def __init__(self, what: str, found: int | None, limit: int) -> None:
        self.limit = limit
        size = f"{found:,}" if found is not None else "too many"
        super().__init__(
            f"the query is too large: {size} {what}; the limit is {limit:,}: split it into several queries"
        )


class BadRequest(ApiError):
    code = Code.BAD_REQUEST

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


class Unauthenticated(ApiError):
    """The message is also sent in a header, so it must be printable ASCII without quotes, backslashes or secrets."""

    code = Code.UNAUTHENTICATED
    status = 401


class Forbidden(ApiError):
    code = Code.FORBIDDEN
    status = 403

    def __init__(self, what: str, roles: Sequence[str]) -> None:
        super().__init__(f"{what} only for the roles {', '.join(roles)}: send a key or a token with one of them")


class TooSlow(ApiError):
    code = Code.TOO_SLOW
    status = 503

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the request took longer than {seconds:g} s: request less at a time")


class Crowded(ApiError):
    code = Code.UNAVAILABLE
    status = 503
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("the server has too many connections: try again in a moment")


class Busy(ApiError):
    code = Code.BUSY
    status = 503

    def __init__(self, seconds: int) -> None:
        self.retry_after = seconds
        super().__init__(f"too many requests wait for grounding or search by meaning: try again in {seconds} s")


class Spent(ApiError):
    code = Code.SPENT
    status = 429

    def __init__(self, most: int, begins: str) -> None:
        super().__init__(
            f"the budget of {most:,} different cohorts per day is used up: repeat earlier cohorts, or ask for new ones "
            f"from {begins} on"
        )


class Unavailable(ApiError):
    """A dependency failed. `cause` is only written to the log of the server."""

    code = Code.UNAVAILABLE
    status = 503

    def __init__(self, what: str, cause: object) -> None:
        self.cause = cause
        logger.error("%s: %s", what, cause)
        super().__init__(f"{what}: see the log of the server")


class BadSetup(ApiError):
    """Raised when the server is configured. Callers never get this error."""


class UnknownRole(ApiError):
    def __init__(self, name: str, served: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"{_shown(name)} is not a role: choose one of {', '.join(served)}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def refusal(error: ApiError) -> dict[str, Any]:
    """Returns the response to a request that was not executed."""
    return {"errors": [{"message": str(error), "extensions": extensions(error.code, error)}]}


def extensions(code: Code, cause: BaseException | None) -> dict[str, Any]:
    """Returns the `extensions` of an error: its code and, if the caller should wait, the number of seconds."""
    wait = cause.retry_after if isinstance(cause, ApiError) else None
    return {"code": str(code)} if wait is None else {"code": str(code), "retryAfter": wait}
