"""api: answers one query, without HTTP. The command line and the server both call this module."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError, GraphQLResolveInfo, execute_sync

from api.disclosure import DEFAULT, Role
from api.errors import ApiError, BadInput, Code, TooLarge, refusal
from api.execution.formatted import formatted
from api.execution.leaves import Unplanned
from api.execution.question import SCHEMA, Question, Questions
from api.fields import COST, Context, Read, Spend, cost_of, free
from api.schema import note
from graph.snapshot import PatientRecords, Snapshot
from linking.understanding import Understanding

Errors = list[dict[str, Any]]
_BY_WORDS = Understanding()
_QUESTIONS = Questions()
_LOGGED: set[str] = set()
logger = logging.getLogger("tricuspid.api")


class Stopped(BaseException):
    """Raised to stop graphql-core when an answer costs too much.

    With an ordinary Exception, graphql-core would report the error of one field and continue.
    """


class Answer(NamedTuple):
    """The answer to a query. `body` is the response as JSON
    (https://spec.graphql.org/October2021/#sec-Response-Format).

    If the whole query was refused, the answer has no data, and `executed` is False. `reads` are the entries for the
    audit log. If all fields were refused because too many requests are waiting, `retry_after` is the number of seconds
    to wait. `fallback` is the reason why graphql-core answered instead of the query plan (api/execution/plan.py), or
    None if the plan answered.
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
    records: PatientRecords | None = None,
) -> dict[str, Any]:
    """Returns the response to a query as a dictionary. Errors of the caller are in the response and are never raised.

    Disclosures about patients are added to `reads`.
    """
    try:
        _refuse_unwritable(query, variables)
    except ApiError as refused:
        return refusal(refused)
    question = _QUESTIONS.of(query, introspection, operation)
    given = answer(snapshot, question, variables or {}, role, understanding, spend, records)
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
    records: PatientRecords | None = None,
) -> Answer:
    """Returns the answer to a question whose query and variables are valid JSON. Never raises for errors of the caller.

    The `extensions` of the response contain the epoch of the graph and the cost of the answer. If vectors are missing,
    the extensions also state that search and grounding compared only words. Without `records`, the data of single
    patients cannot be read.
    """
    if question.document is None:
        return _refused(formatted(question.wrong))
    made = partial(Context, snapshot, role, understanding, spend=spend, records=records)
    context, fallback, errors = made(), None, Errors()
    try:
        data, fallback = _planned(question, context, variables)
        if data is None:
            context = made()
            data, errors = _executed(question, context, variables)
    except TooLarge as large:
        data, errors = None, refusal(large)["errors"]
    more = orjson.dumps(_extensions(context))
    if data is None:
        # Disclosures before the error are still written to the audit log.
        refused = b'{"errors":%b,%b' % (orjson.dumps(errors), more[1:])
        return Answer(refused, False, errors, context.reads, fallback=fallback)
    failed = b',"errors":%b' % orjson.dumps(errors) if errors else b""
    body = b'{"data":%b%b,%b' % (data, failed, more[1:])
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
    """Answers a question with its query plan. Returns the data, or else the reason why graphql-core must answer
    instead.

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
    """Logs the type of an error and its place in the code, once.

    The message is left out, because it can contain the query or data of patients.
    """
    last = traceback.extract_tb(wrong.__traceback__)[-1]
    place = f"{type(wrong).__name__} at {'/'.join(Path(last.filename).parts[-3:])}:{last.lineno}"
    if place not in _LOGGED:
        _LOGGED.add(place)
        logger.error("a query plan failed (%s), so graphql-core answers the query; please report this", place)


def _executed(question: Question, context: Context, variables: Mapping[str, Any]) -> tuple[bytes | None, Errors]:
    """Answers a question with graphql-core. Returns the data, None if nothing was executed, and the errors. Raises
    TooLarge.
    """
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
    """Counts the cost of a field that graphql-core resolves. Introspection costs nothing. Raises Stopped if the answer
    costs too much.
    """
    if not info.parent_type.name.startswith("__"):
        try:
            info.context.meter.spend(cost_of(info.field_name))
        except TooLarge:
            raise Stopped from None
    return resolve(source, info, **given)


def _refuse_unwritable(query: str, variables: Mapping[str, Any] | None) -> None:
    """Raises BadInput if the query contains half of a surrogate pair, or if the variables cannot be written as JSON."""
    try:
        query.encode()
        orjson.dumps(dict(variables or {}))
    except (UnicodeEncodeError, TypeError) as wrong:
        raise BadInput(f"query and variables must be valid in JSON: {wrong}") from None
