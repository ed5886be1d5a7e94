"""api: limits the size of queries, so that one caller cannot keep others waiting.

A query that is too large is refused before it is executed. Length and tokens are checked when the query is parsed,
depth and aliases when it is validated. The cost of the answer is counted during execution (api/fields/cost.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from api.errors import TooLarge
from api.fields import DEAR

BODY = 256 * 1024
"""The maximum number of bytes of a request."""
LENGTH = 32 * 1024
"""The maximum number of characters of a query. Long lists of ids belong in variables."""
TOKENS = 2_000
DEPTH = 12
"""The maximum number of nested fields. Fields of introspection are not counted."""
ALIASES = 30
REPEATS = 100
"""The maximum number of fields with the same name in the answer. Validation compares all pairs of such fields."""
FIELDS = 5_000
"""The maximum number of fields of an operation after its fragments are expanded."""
DIRECTIVES, DIRECTIVES_EACH = 50, 4
"""The maximum number of directives in the query and at one position. At one position, at most two are useful."""
_COUNTABLE = 10**9


def checked(
    schema: GraphQLSchema, query: str, introspection: bool = True
) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Returns the query as a document, None if it cannot be parsed, and its errors.

    If introspection is off, the query must not ask for the schema, and errors do not suggest names from the schema.
    """
    if len(query) > LENGTH:
        return None, [_located(TooLarge("characters in the query", len(query), LENGTH))]
    try:
        document = parse(query, max_lexical_tokens=TOKENS)
    except GraphQLSyntaxError as wrong:
        too_many = f"more than {TOKENS} tokens" in wrong.message
        return None, [_located(TooLarge("tokens in the query", None, TOKENS)) if too_many else wrong]
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    unfit = list(_too_many(document)) or validate(schema, document, rules, hide_suggestions=not introspection)
    return document, unfit or [*_too_deep(document), *_too_long(document)]


def _too_many(document: DocumentNode) -> Iterator[GraphQLError]:
    fields = [field for definition in document.definitions for field in _fields(definition)]
    aliases = sum(field.alias is not None for field in fields)
    if aliases > ALIASES:
        yield _located(TooLarge("aliases in the query", aliases, ALIASES))
    names = Counter((field.alias or field.name).value for field in fields)
    for name, count in names.most_common(1):
        if count > REPEATS:
            yield _located(TooLarge(f"fields with the name {name}", count, REPEATS))
    yield from _too_many_directives(document)


def _too_many_directives(document: DocumentNode) -> Iterator[GraphQLError]:
    directed = _Directed()
    visit(document, directed)
    if directed.most > DIRECTIVES_EACH:
        yield _located(TooLarge("directives at one position", directed.most, DIRECTIVES_EACH))
    if directed.total > DIRECTIVES:
        yield _located(TooLarge("directives in the query", directed.total, DIRECTIVES))


class _Directed(Visitor):
    """Counts the directives at all positions of a document that has not been validated yet."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.total = 0

    def enter(self, node: Node, *_: Any) -> None:
        count = len(getattr(node, "directives", None) or ())
        self.most, self.total = max(self.most, count), self.total + count


def _too_deep(document: DocumentNode) -> Iterator[GraphQLError]:
    fragments = _fragments(document)
    depths: dict[str, int] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            depth = _depth(definition.selection_set, fragments, depths)
            if depth > DEPTH:
                yield _located(TooLarge("nested fields", depth, DEPTH), definition)


def _too_long(document: DocumentNode) -> Iterator[GraphQLError]:
    fragments, known = _fragments(document), dict[str, int]()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            count = _count(definition.selection_set, fragments, known)
            if count > FIELDS:
                found = count if count < _COUNTABLE else None
                yield _located(TooLarge("fields in the query with its fragments", found, FIELDS), definition)


def _count(chosen: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Returns the number of fields in `chosen` after fragments are expanded. `known` caches the number for each
    fragment.
    """
    total = 0
    for selection in chosen.selections if chosen else ():
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = _count(fragments[name].selection_set, fragments, known)
            total += known[name]
        else:
            total += isinstance(selection, FieldNode)
            total += _count(selection.selection_set, fragments, known)  # type: ignore[attr-defined]
    return total


def _located(error: TooLarge, *nodes: Node) -> GraphQLError:
    return GraphQLError(str(error), [*nodes], original_error=error)


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def _depth(chosen: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Returns how deep the fields in `chosen` are nested. `known` caches the depth of each fragment."""
    deepest = 0
    for selection in chosen.selections if chosen else ():
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = _depth(fragments[name].selection_set, fragments, known)
            deepest = max(deepest, known[name])
        elif not isinstance(selection, FieldNode):
            deepest = max(deepest, _depth(selection.selection_set, fragments, known))  # type: ignore[attr-defined]
        elif not selection.name.value.startswith("__"):
            deepest = max(deepest, 1 + _depth(selection.selection_set, fragments, known))
    return deepest


def _fields(node: Node) -> Iterator[FieldNode]:
    """Yields every field of a definition once, without expanding fragments."""
    if isinstance(node, FieldNode):
        yield node
    for selection in getattr(getattr(node, "selection_set", None), "selections", ()):
        yield from _fields(selection)


_WEIGHING = ("first", "ids", "texts")
"""The arguments of fields that decide how much data is requested."""


def weighing(document: DocumentNode) -> list[str]:
    """Returns the names of the variables that decide how much data is requested."""
    given = (
        one for definition in document.definitions for field in _fields(definition) for one in field.arguments or ()
    )
    values = (one.value for one in given if one.name.value in _WEIGHING)
    return sorted({value.name.value for value in values if isinstance(value, VariableNode)})


def is_dear(document: DocumentNode) -> bool:
    """Returns True if the query has fields that can be slow even if their answer is small."""
    names = {field.name.value for definition in document.definitions for field in _fields(definition)}
    return not names.isdisjoint((*DEAR, "ground"))
