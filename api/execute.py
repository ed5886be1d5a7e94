"""api: one query to one answer, without HTTP; what the command line and the server both call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    execute_sync,
    get_operation_ast,
)

from api.context import Context, Read
from api.disclosure import DEFAULT, Role
from api.errors import ApiError, BadInput, Code, formatted, refusal
from api.limits import checked, refuse_costly
from api.plan import Plan, Unplanned, plan
from api.schema import schema
from graph.meaning.understanding import Understanding
from graph.snapshot import Snapshot

_SCHEMA = schema._schema
_BY_WORDS = Understanding()
# Parsing and validating takes longer than answering; what the largest queries weigh here is a hundred megabytes.
_prepared = lru_cache(128)(lambda query, introspection: checked(_SCHEMA, query, introspection))


@lru_cache(128)
def _affordable(query: str, introspection: bool, operation: str | None) -> bool:
    """Whether the query costs too little to be refused where no variables are given."""
    document, _ = _prepared(query, introspection)
    with suppress(ApiError):
        if document:
            refuse_costly(_SCHEMA, document, operation, {})
            return True
    return False


@lru_cache(128)
def _planned(query: str, introspection: bool, operation: str | None) -> Plan | None:
    """None for a query that graphql-core answers."""
    document, _ = _prepared(query, introspection)
    try:
        return plan(schema, document, operation) if document else None
    except Unplanned:
        return None


@lru_cache(128)
def fields_of(query: str, introspection: bool, operation: str | None) -> dict[str, str]:
    """The fields of Query that a query asks for, by the key in the answer; empty where it names no operation."""
    document, _ = _prepared(query, introspection)
    chosen = get_operation_ast(document, operation) if document else None
    if document is None or chosen is None:
        return {}
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    return dict(_root_fields(chosen.selection_set, fragments))


def _root_fields(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[tuple[str, str]]:
    for one in selected.selections:
        if isinstance(one, FieldNode):
            yield (one.alias or one.name).value, one.name.value
        elif isinstance(one, FragmentSpreadNode):
            yield from _root_fields(fragments[one.name.value].selection_set, fragments)
        elif isinstance(one, InlineFragmentNode):
            yield from _root_fields(one.selection_set, fragments)


def execute(
    snapshot: Snapshot,
    query: str,
    variables: Mapping[str, Any] | None = None,
    role: Role = DEFAULT,
    operation: str | None = None,
    understanding: Understanding = _BY_WORDS,
    introspection: bool = True,
    reads: list[Read] | None = None,
) -> dict[str, Any]:
    """The response map, ready for JSON (https://spec.graphql.org/October2021/#sec-Response-Format).

    Without `data` where nothing was executed: the query was refused as a whole. Never raises for what a caller sent.
    `extensions` tell the epoch of the graph that it is of, and where an answer is by words alone because there is no
    meaning, or not yet. What was told of patients is added to `reads`.
    """
    try:
        _refuse_unwritable(query, variables)
        document, wrong = _prepared(query, introspection)
        if wrong or document is None:
            return {"errors": formatted(wrong)}
        if variables or not _affordable(query, introspection, operation):
            refuse_costly(_SCHEMA, document, operation, variables or {})
    except ApiError as refused:
        return refusal(refused)
    context = Context(snapshot, role, understanding, {}, [])
    answer = _answered(_planned(query, introspection, operation), context, variables or {})
    if answer is None:
        context = Context(snapshot, role, understanding, {}, [])
        answer = _executed(document, context, variables, operation, not introspection)
    if reads is not None:
        reads += context.reads
    return answer | {"extensions": {"epoch": snapshot.epoch, **context.notes}}


def _answered(plan: Plan | None, context: Context, variables: Mapping[str, Any]) -> dict[str, Any] | None:
    """None where there is no plan, or anything at all went wrong: then graphql-core finds out what and where."""
    try:
        return plan and {"data": plan.answer(context, variables)}
    except Exception:
        return None


def _executed(
    document: DocumentNode, context: Context, variables: Mapping[str, Any] | None, operation: str | None, mute: bool
) -> dict[str, Any]:
    result = execute_sync(
        _SCHEMA,
        document,
        variable_values=dict(variables or {}),
        context_value=context,
        operation_name=operation,
        hide_suggestions=mute,
    )
    if result.data is None and all(error.path is None for error in result.errors or ()):
        return {"errors": formatted(result.errors or (), Code.BAD_INPUT)}
    errors = formatted(result.errors or ())
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _refuse_unwritable(query: str, variables: Mapping[str, Any] | None) -> None:
    """Raises BadInput for half of a surrogate pair, which is no text, or variables that no JSON could have held."""
    try:
        query.encode()
        orjson.dumps(dict(variables or {}))
    except (UnicodeEncodeError, TypeError) as wrong:
        raise BadInput(f"query and variables must be what JSON can say: {wrong}") from None
