"""api: how large a question may be; what one caller asks must not keep others waiting.

A query is refused before it is executed: by its length and tokens before it is parsed, by depth and aliases when it is
validated. What its answer costs is counted while it is made (api/fields/cost.py).
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
"""Bytes of a request."""
LENGTH = 32 * 1024
"""Characters of a query; ids by the hundred belong into variables."""
TOKENS = 2_000
DEPTH = 12
"""Fields below one another; asking the schema about itself is not counted."""
ALIASES = 30
REPEATS = 100
"""Times that one name may be answered under; validation compares all of them with one another."""
FIELDS = 5_000
"""In the query, where each fragment is written out as often as it is used."""
DIRECTIVES, DIRECTIVES_EACH = 50, 4
"""In the query, and in one place of it; no more than two are of use there."""
_COUNTABLE = 10**9


def checked(
    schema: GraphQLSchema, query: str, introspection: bool = True
) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """The query as a document, and what is wrong with it.

    Without introspection the schema may not be asked for, and errors do not help in guessing its names.
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
            yield _located(TooLarge(f"times the field {name}", count, REPEATS))
    yield from _too_many_directives(document)


def _too_many_directives(document: DocumentNode) -> Iterator[GraphQLError]:
    directed = _Directed()
    visit(document, directed)
    if directed.most > DIRECTIVES_EACH:
        yield _located(TooLarge("directives in one place", directed.most, DIRECTIVES_EACH))
    if directed.total > DIRECTIVES:
        yield _located(TooLarge("directives in the query", directed.total, DIRECTIVES))


class _Directed(Visitor):
    """Counts directives wherever they may stand, in a document that nothing is known of yet."""

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
                yield _located(TooLarge("fields below one another", depth, DEPTH), definition)


def _too_long(document: DocumentNode) -> Iterator[GraphQLError]:
    fragments, known = _fragments(document), dict[str, int]()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            count = _count(definition.selection_set, fragments, known)
            if count > FIELDS:
                told = count if count < _COUNTABLE else None
                yield _located(TooLarge("fields in the query with its fragments", told, FIELDS), definition)


def _count(asked: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Fields, those of a fragment as often as it is used; a fragment is looked into once."""
    total = 0
    for selection in asked.selections if asked else ():
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


def _depth(asked: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Fields below one another; of fragments once each, since they can hold one another without end."""
    deepest = 0
    for selection in asked.selections if asked else ():
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
    """Every field in a definition, once however often its fragment is used."""
    if isinstance(node, FieldNode):
        yield node
    for selection in getattr(getattr(node, "selection_set", None), "selections", ()):
        yield from _fields(selection)


_WEIGHING = ("first", "ids", "texts")
"""The arguments that say how much is asked for."""


def weighing(document: DocumentNode) -> list[str]:
    """The variables that say how much is asked for."""
    given = (
        one for definition in document.definitions for field in _fields(definition) for one in field.arguments or ()
    )
    values = (one.value for one in given if one.name.value in _WEIGHING)
    return sorted({value.name.value for value in values if isinstance(value, VariableNode)})


def is_dear(document: DocumentNode) -> bool:
    """Whether it asks for what may take long however little is answered."""
    names = {field.name.value for definition in document.definitions for field in _fields(definition)}
    return not names.isdisjoint((*DEAR, "ground"))
