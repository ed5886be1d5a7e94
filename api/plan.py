"""api: a checked query as a plan; it is answered field by field for all things that stand side by side, not one by one.

A plan is made once for a query text; an answer then costs a call for each field of the query, however many things have
it. Whatever is wrong raises: graphql-core then answers the query, and says by the specification what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice, repeat
from math import isfinite
from types import NoneType
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_operation_ast,
    get_variable_values,
)
from strawberry import Schema
from strawberry.types.arguments import convert_arguments

from api.context import Context, Level, Node, value_of


class Unplanned(Exception):
    """A query that graphql-core answers: it asks about the schema, has directives, or something in it is wrong."""


class Run(NamedTuple):
    """One answer being made; `context` as resolvers know it from strawberry's Info."""

    context: Context
    variables: Any


_OWN = {
    name: frozenset((NoneType, kind))
    for name, kind in (("String", str), ("ID", str), ("Boolean", bool), ("Float", float))
}

Values = Sequence[Any]


class Things(NamedTuple):
    """Things of one type side by side; `level` is theirs, and `places` where on it, if they are nodes of one level."""

    every: Values
    level: Level | None
    places: Sequence[int]


Resolve = Callable[[Run, Things], Values]
"""The values of a field for each of several things."""
Complete = Callable[[Run, Values], Values]
"""Values of a type as JSON has them."""


class Plan(NamedTuple):
    schema: GraphQLSchema
    operation: OperationDefinitionNode
    query: Complete

    def answer(self, context: Context, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of the response. Raises whatever is wrong with one value of it."""
        given = get_variable_values(self.schema, self.operation.variable_definitions or (), dict(variables))
        if isinstance(given, list):
            raise Unplanned
        return dict(self.query(Run(context, given), [None])[0])


def plan(made: Schema, document: DocumentNode, operation: str | None) -> Plan:
    """Of an operation of a document that was found valid. Raises Unplanned."""
    schema, chosen = made._schema, get_operation_ast(document, operation)
    if chosen is None or schema.query_type is None:
        raise Unplanned
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    planner = _Planner(made, fragments)
    return Plan(schema, chosen, planner.things(schema.query_type, [chosen.selection_set]))


class _Planner:
    def __init__(self, schema: Schema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments

    def things(self, kind: GraphQLObjectType, asked: Sequence[SelectionSetNode]) -> Complete:
        """Of things of one type, none of them null, what was asked."""
        fields = [self._field(kind, nodes) for nodes in self._collected(kind, asked).values()]
        keys = list(self._collected(kind, asked))

        def complete(run: Run, things: Values) -> Values:
            beside = _beside(things)
            columns = [finish(run, resolve(run, beside)) for resolve, finish in fields]
            return [*map(dict, map(zip, repeat(keys), zip(*columns, strict=True)))]

        return complete

    def _collected(self, kind: GraphQLObjectType, asked: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields by the names that they are answered under (https://spec.graphql.org/October2021/#CollectFields())."""
        found: dict[str, list[FieldNode]] = {}
        for selection in (one for some in asked for one in some.selections):
            if selection.directives:
                raise Unplanned
            if isinstance(selection, FieldNode):
                found.setdefault((selection.alias or selection.name).value, []).append(selection)
                continue
            spread = isinstance(selection, FragmentSpreadNode)
            fragment: Any = self._fragments[selection.name.value] if spread else selection  # type: ignore[attr-defined]
            if fragment.directives:
                raise Unplanned
            if fragment.type_condition is None or self._applies(fragment.type_condition.name.value, kind):
                for key, nodes in self._collected(kind, [fragment.selection_set]).items():
                    found.setdefault(key, []).extend(nodes)
        return found

    def _applies(self, name: str, kind: GraphQLObjectType) -> bool:
        condition = self._schema._schema.type_map[name]
        return condition is kind or (isinstance(condition, GraphQLUnionType) and kind in condition.types)

    def _field(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> tuple[Resolve, Complete]:
        name = nodes[0].name.value
        if name == "__typename":
            return (lambda _run, things: [kind.name] * len(things.every)), (lambda _run, values: values)
        if name.startswith("__"):
            raise Unplanned
        field = kind.fields[name]
        below = [node.selection_set for node in nodes if node.selection_set]
        return self._resolve(field, nodes[0]), self._complete(field.type, below)

    def _resolve(self, field: GraphQLField, node: FieldNode) -> Resolve:
        own: Any = field.extensions["strawberry-definition"]
        if own.base_resolver is None:
            return lambda _run, things: _values(things, own.python_name)
        function, parent, info = _called(own.base_resolver)
        scalars, config = self._schema.schema_converter.scalar_registry, self._schema.config

        def resolve(run: Run, things: Things) -> Values:
            given = get_argument_values(field, node, run.variables)
            arguments = convert_arguments(given, own.arguments, scalars, config)
            if info:
                arguments[info] = run
            if not parent:
                return [function(**arguments) for _ in things.every]
            return [function(**{parent: thing}, **arguments) for thing in things.every]

        return resolve

    def _complete(self, kind: Any, asked: list[SelectionSetNode]) -> Complete:
        if isinstance(kind, GraphQLNonNull):
            return _required(self._complete(kind.of_type, asked))
        if isinstance(kind, GraphQLList):
            return _listed(self._complete(kind.of_type, asked))
        if isinstance(kind, GraphQLObjectType):
            return _where_any(self.things(kind, asked))
        if isinstance(kind, GraphQLUnionType):
            return _of_kinds([(one, _where_any(self.things(one, asked))) for one in kind.types])
        return _leaves(kind)


def _called(resolver: Any) -> tuple[Callable[..., Any], str | None, str | None]:
    """A function of ours, and the names of its parameters for the thing and for strawberry's Info."""
    parent, info = resolver.parent_parameter, resolver.info_parameter
    return resolver.wrapped_func, parent and parent.name, info and info.name


def _beside(things: Values) -> Things:
    if not things or type(things[0]) is not Node:
        return Things(things, None, ())
    level = things[0].level
    if any(thing.level is not level for thing in things):
        return Things(things, None, ())
    return Things(things, level, [thing.place for thing in things])


def _values(things: Things, name: str) -> Values:
    """A field without arguments."""
    if things.level is None:
        return [value_of(thing, name) for thing in things.every]
    column = things.level.field(name)
    return [column[place] for place in things.places]


def _leaves(kind: Any) -> Complete:
    """What is as JSON has it already is left so: most columns hold nothing else. Of numbers it must be finite."""
    coerce, own = kind.coerce_output_value, _OWN.get(kind.name, frozenset((NoneType,)))
    floats = kind.name == "Float"

    def complete(_run: Run, values: Values) -> Values:
        if own.issuperset(map(type, values)) and (not floats or isfinite(sum(filter(None, values)))):
            return values
        return [None if value is None else coerce(value) for value in values]

    return complete


def _required(inner: Complete) -> Complete:
    def complete(run: Run, values: Values) -> Values:
        done = inner(run, values)
        if None in done:
            raise Unplanned
        return done

    return complete


def _where_any(inner: Complete) -> Complete:
    """Those that are there; null stays null."""

    def complete(run: Run, values: Values) -> Values:
        done = iter(inner(run, [value for value in values if value is not None]))
        return [None if value is None else next(done) for value in values]

    return complete


def _listed(inner: Complete) -> Complete:
    """What all lists hold at once, then each list again."""

    def complete(run: Run, values: Values) -> Values:
        done = iter(inner(run, [one for some in values if some is not None for one in some]))
        return [None if some is None else list(islice(done, len(some))) for some in values]

    return complete


def _of_kinds(kinds: Sequence[tuple[GraphQLObjectType, Complete]]) -> Complete:
    def complete(run: Run, values: Values) -> Values:
        done: list[Any] = [None] * len(values)
        for kind, inner in kinds:
            is_one: Any = kind.is_type_of
            places = [place for place, value in enumerate(values) if value is not None and is_one(value, None)]
            for place, answer in zip(places, inner(run, [values[place] for place in places]), strict=True):
                done[place] = answer
        return done

    return complete
