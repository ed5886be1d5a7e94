"""api: errors in the format of a GraphQL response."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from api.errors import ApiError, Code, extensions

logger = logging.getLogger("tricuspid.api")


def formatted(errors: Iterable[GraphQLError], otherwise: Code = Code.INVALID) -> list[dict[str, Any]]:
    """Returns errors in the format of a response (https://spec.graphql.org/October2021/#sec-Errors), with their codes.

    `otherwise` is the code for errors that the GraphQL library itself raises.
    """
    return [_formatted(error, otherwise) for error in errors]


def _formatted(error: GraphQLError, otherwise: Code) -> dict[str, Any]:
    cause = _cause(error)
    code = _code(error, cause, otherwise)
    shown: dict[str, Any] = {"message": error.message, "extensions": extensions(code, cause)}
    if code is Code.INTERNAL:
        logger.error("a field failed: %s", error.path, exc_info=error.original_error or error)
        shown["message"] = "internal error: see the log of the server"
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        shown["path"] = error.path
    return shown


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
        # A null for an argument with a default is only detected during execution.
        return Code.BAD_INPUT
    return otherwise if error.path is None and cause is None else Code.INTERNAL
