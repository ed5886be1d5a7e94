"""api: one query to one answer, without HTTP; what the command line and the server both call."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError, GraphQLResolveInfo, execute_sync

from api.disclosure import DEFAULT, Role
from api.errors import ApiError, BadInput, Code, TooLarge, formatted, refusal
from api.execution.leaves import Unplanned
from api.execution.question import SCHEMA, Question, Questions
from api.fields import COST, Context, Read, Spend, cost_of, free
from api.schema import note
from graph.snapshot import Snapshot
from linking.understanding import Understanding

Errors = list[dict[str, Any]]
_BY_WORDS = Understanding()
_QUESTIONS = Questions()
_LOGGED: set[str] = set()
logger = logging.getLogger("tricuspid.api")


class Stopped(BaseException):
    """Ends what graphql-core does; an Exception would be the error of one field, and it would go on with the others."""


class Answer(NamedTuple):
    """`body` is the response map as JSON (https://spec.graphql.org/October2021/#sec-Response-Format).

    It has no data where nothing was `executed`: the query was refused as a whole. `reads`: what was told of patients.
    `retry_after`: the seconds to wait where every field was refused as too many wait for the like. `fallback`: why
    graphql-core answered instead of the plan, None if it did not.
    """

    body: bytes
    executed: bool
    errors: Errors
    reads: Sequence[Read]
    retry_after: int | None = None
    fallback: str | None = None


def execute(
    snapshot: Snapshot,
    query: str,
    variables: Mapping[str, Any] | None = None,
    role: Role = DEFAULT,
    operation: str | None = None,
    understanding: Understanding = _BY_WORDS,
    introspection: bool = True,
    reads: list[Read] | None = None,
    spend: Spend = free,
) -> dict[str, Any]:
    """The response map. Never raises for what a caller sent. What was told of patients is added to `reads`."""
    try:
        _refuse_unwritable(query, variables)
    except ApiError as refused:
        return refusal(refused)
    question = _QUESTIONS.of(query, introspection, operation)
    given = answer(snapshot, question, variables or {}, role, understanding, spend)
    if reads is not None:
        reads += given.reads
    return dict(orjson.loads(given.body))


def answer(
    snapshot: Snapshot,
    question: Question,
    variables: Mapping[str, Any],
    role: Role = DEFAULT,
    understanding: Understanding = _BY_WORDS,
    spend: Spend = free,
) -> Answer:
    """Never raises for what a caller sent, which is what JSON can say.

    `extensions` tell the epoch of the graph that it is of, what it cost, and where an answer is by words alone because
    there is no meaning, or not yet.
    """
    if question.document is None:
        return _refused(formatted(question.wrong))
    context, fallback, errors = Context(snapshot, role, understanding, spend=spend), None, Errors()
    try:
        data, fallback = _planned(question, context, variables)
        if data is None:
            context = Context(snapshot, role, understanding, spend=spend)
            data, errors = _executed(question, context, variables)
    except TooLarge as large:
        data, errors = None, refusal(large)["errors"]
    more = orjson.dumps(_extensions(context))
    if data is None:
        # What was told before it failed is written down all the same.
        refused = b'{"errors":%b,%b' % (orjson.dumps(errors), more[1:])
        return Answer(refused, False, errors, context.reads, fallback=fallback)
    told = b',"errors":%b' % orjson.dumps(errors) if errors else b""
    body = b'{"data":%b%b,%b' % (data, told, more[1:])
    return Answer(body, True, errors, context.reads, _retry_after(question, errors) if errors else None, fallback)


def _retry_after(question: Question, errors: Errors) -> int | None:
    waits: dict[str, Any] = {
        error["path"][0]: error["extensions"].get("retryAfter") for error in errors if "path" in error
    }
    if not waits or waits.keys() != question.fields.keys() or None in waits.values():
        return None
    return int(max(waits.values()))


def _extensions(context: Context) -> dict[str, Any]:
    counted = {"epoch": context.snapshot.epoch, "cost": context.meter.spent, "limit": COST}
    return {"extensions": {**counted, **context.notes, **note(context)}}


def _refused(errors: Errors) -> Answer:
    return Answer(orjson.dumps({"errors": errors}), False, errors, [])


def _planned(
    question: Question, context: Context, variables: Mapping[str, Any]
) -> tuple[bytes, None] | tuple[None, str | None]:
    """The data, or the reason why there is none: then graphql-core finds out what went wrong, and where.

    Raises TooLarge.
    """
    if (plan := question.plan) is None:
        return None, question.unplanned
    try:
        return plan.answer(context, variables), None
    except Unplanned as without:
        return None, without.reason
    except TooLarge:
        raise
    except (ApiError, GraphQLError):
        return None, "error"
    except Exception as wrong:
        _log_once(wrong)
        return None, "fault"


def _log_once(wrong: Exception) -> None:
    """Type and place alone: a message may hold what was asked, or what is told of patients."""
    last = traceback.extract_tb(wrong.__traceback__)[-1]
    place = f"{type(wrong).__name__} at {'/'.join(Path(last.filename).parts[-3:])}:{last.lineno}"
    if place not in _LOGGED:
        _LOGGED.add(place)
        logger.error("a query plan failed, and graphql-core answers instead: %s", place)


def _executed(question: Question, context: Context, variables: Mapping[str, Any]) -> tuple[bytes | None, Errors]:
    """Without data where nothing was executed. Raises TooLarge."""
    assert question.document is not None
    with suppress(Stopped):
        result = execute_sync(
            SCHEMA,
            question.document,
            variable_values=dict(variables),
            context_value=context,
            operation_name=question.operation,
            middleware=[counted],
            hide_suggestions=not question.introspection,
        )
    context.meter.check()
    errors = result.errors or ()
    if result.data is None and all(error.path is None for error in errors):
        return None, formatted(errors, Code.BAD_INPUT)
    return orjson.dumps(result.data), formatted(errors)


def counted(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Context], /, **given: Any) -> Any:
    """Counts what graphql-core answers as a plan does; what is said of the schema costs nothing. Raises Stopped."""
    if not info.parent_type.name.startswith("__"):
        try:
            info.context.meter.spend(cost_of(info.field_name))
        except TooLarge:
            raise Stopped from None
    return resolve(source, info, **given)


def _refuse_unwritable(query: str, variables: Mapping[str, Any] | None) -> None:
    """Raises BadInput for half of a surrogate pair, which is no text, or variables that no JSON could have held."""
    try:
        query.encode()
        orjson.dumps(dict(variables or {}))
    except (UnicodeEncodeError, TypeError) as wrong:
        raise BadInput(f"query and variables must be what JSON can say: {wrong}") from None
