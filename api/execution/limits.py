"""api: how large a question may be; what one caller asks must not keep others waiting.

A query is refused before it is executed: by its length and tokens before it is parsed, by depth and aliases when it is
validated, by its cost, the number of values that its answer may hold at most, once its variables are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    ListValueNode,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
    visit,
)

from api.errors import TooLarge
from api.fields import MOST, TEXT, TEXTS

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
DIRECTIVES, DIRECTIVES_EACH = 50, 4
"""In the query, and in one place of it; no more than two are of use there."""
COST = 50_000
"""Values that the answer may hold."""
_LIST = 20
"""What a list without pages is taken to hold."""
_COUNTABLE = 10**9
_DEAR = {
    **{"search": 500, "searchRecords": 500, "cohort": 1_000, "path": 5_000, "related": 500},
    "experts": 500,
    **{"meaning": 50, "via": 20},
}
"""Fields that take as long as so many values do."""
_GROUNDED, _LETTER = 100, 2
"""What grounding a text takes in values, and each of its characters. Misspelt names one after another take longest:
six seconds of one core for all that is allowed, where the store is small."""


def checked(
    schema: GraphQLSchema, query: str, introspection: bool = True
) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """The query as a document, and what is wrong with it; all but its cost.

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
    return document, unfit or list(_too_deep(document))


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
    """The variables that the cost depends on."""
    given = (
        one for definition in document.definitions for field in _fields(definition) for one in field.arguments or ()
    )
    values = (one.value for one in given if one.name.value in _WEIGHING)
    return sorted({value.name.value for value in values if isinstance(value, VariableNode)})


def is_dear(document: DocumentNode) -> bool:
    """Whether it asks for what may take long however little is answered."""
    names = {field.name.value for definition in document.definitions for field in _fields(definition)}
    return not names.isdisjoint((*_DEAR, "ground"))


def cost_of(schema: GraphQLSchema, document: DocumentNode, operation: str | None, given: Mapping[str, Any]) -> int:
    """How many values the answer may hold. Raises TooLarge where they are more than COST."""
    chosen = get_operation_ast(document, operation)
    if chosen is None or schema.query_type is None:
        return 0
    defaults = {one.variable.name.value: one.default_value for one in chosen.variable_definitions or ()}
    cost = _Cost(schema, _fragments(document), given, defaults).of(chosen.selection_set, schema.query_type)
    if cost > COST:
        raise TooLarge("values that the answer may hold", cost if cost < _COUNTABLE else None, COST)
    return cost


class _Cost:
    """Counts the values of an answer in which every page is full."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        given: Mapping[str, Any],
        defaults: Mapping[str, ValueNode | None],
    ) -> None:
        self._schema, self._fragments, self._given, self._defaults = schema, fragments, given, defaults
        self._known: dict[str, int] = {}

    def of(self, asked: SelectionSetNode | None, parent: Any) -> int:
        return sum(self._selection(one, parent) for one in asked.selections) if asked else 0

    def _selection(self, selection: Any, parent: Any) -> int:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in self._known:
                fragment = self._fragments[name]
                self._known[name] = self.of(fragment.selection_set, self._on(fragment, parent))
            return self._known[name]
        if not isinstance(selection, FieldNode):
            return self.of(selection.selection_set, self._on(selection, parent))
        name = selection.name.value
        if name.startswith("__"):
            return 1
        field = parent.fields[name]
        below = self.of(selection.selection_set, get_named_type(field.type))
        dear = self._texts(selection) if "texts" in field.args else _DEAR.get(name, 1)
        return dear + self._times(name, selection, field) * below

    def _on(self, fragment: Any, parent: Any) -> Any:
        """The type that a fragment is on; of a union only that has fields."""
        condition = fragment.type_condition
        return self._schema.type_map[condition.name.value] if condition else parent

    def _times(self, name: str, asked: FieldNode, field: GraphQLField) -> int:
        """How often what is below the field may come; a connection counts its page, so its edges need not."""
        arguments = {one.name.value: one.value for one in asked.arguments or ()}
        if "first" in field.args:
            return self._number(arguments.get("first"), field.args["first"].default_value)
        if "ids" in field.args:
            return self._length(arguments.get("ids"), MOST)
        if "texts" in field.args:
            return self._length(arguments.get("texts"), TEXTS)
        kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        return _LIST if isinstance(kind, GraphQLList) and name not in ("edges", "nodes") else 1

    def _texts(self, asked: FieldNode) -> int:
        """What it takes to ground these; more or longer ones than the field allows are refused by the field."""
        value = next((one.value for one in asked.arguments or () if one.name.value == "texts"), None)
        if isinstance(value, VariableNode):
            value = self._given.get(value.name.value) or self._defaults.get(value.name.value)
        some = value.values if isinstance(value, ListValueNode) else value
        texts = some if isinstance(some, (list, tuple)) else [some]
        sizes = (len(str(getattr(text, "value", text))) for text in texts[:TEXTS])
        return sum(_GROUNDED + min(size, TEXT) * _LETTER for size in sizes)

    def _number(self, value: Any, default: int) -> int:
        """Of `first`; what no number can be made of is refused later, and counts as the most."""
        if isinstance(value, VariableNode):
            name = value.name.value
            value = self._given[name] if name in self._given else self._defaults.get(name)
        if value is None:
            return default
        number = value.value if isinstance(value, IntValueNode) else value
        try:
            return min(max(int(number), 1), MOST)
        except (TypeError, ValueError, OverflowError):
            return MOST

    def _length(self, value: Any, most: int) -> int:
        """Of `ids` or `texts`; more than the field allows is refused by the field."""
        if isinstance(value, VariableNode):
            name = value.name.value
            value = self._given[name] if name in self._given else self._defaults.get(name)
        some = value.values if isinstance(value, ListValueNode) else value
        return min(max(len(some), 1), most) if isinstance(some, (list, tuple)) else 1
