"""api: query plans. A plan answers a validated query field by field, and reads each field for many objects at once.

A plan is made once per query text. An answer then needs one call for each field of the query, however many objects
there are. The answer is written as JSON, inner values first. If an error is raised, graphql-core answers the query
instead and reports the error as the specification requires.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, chain, pairwise, repeat
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
    GraphQLUnionType,
    SelectionSetNode,
    VariableValues,
    get_nullable_type,
    get_operation_ast,
)
from strawberry import Schema

from api.execution.arguments import Arguments, Variables
from api.execution.internals import Resolver, core_schema, python_name, resolver
from api.execution.leaves import NULL, Json, Unplanned, Values, leaves
from api.fields import Context, Level, Node, Nodes, cost_of, value_of
from graph.columns import written


class Run(NamedTuple):
    """One execution of a plan. Resolvers get a Run in place of strawberry's Info, and read `context` from it."""

    context: Context
    variables: VariableValues


_TEXTS = ("String", "ID")


class Things(NamedTuple):
    """One or more objects of one GraphQL type.

    `level` is the Level (api/fields/context.py) that all objects belong to; None if they have no common Level. `places`
    are the positions of the objects in `level`.
    """

    every: Values
    level: Level | None
    places: Sequence[int]

    def column(self, every: Values) -> Values:
        """Returns the values of these objects. `every` has the values of all objects of their Level."""
        return self.every.column(every) if type(self.every) is Nodes else [every[place] for place in self.places]


Resolve = Callable[[Run, Things], Values]
"""A function that returns the values of a field for several objects."""
Field = Callable[[Run, Things], Json]
"""A function that returns the values of a field for several objects as JSON."""
Write = Callable[[Run, Values], Json]
"""A function that returns several values of one type as JSON. If a resolver raises an error, the function raises it
too.
"""


class Plan(NamedTuple):
    given: Variables
    query: Write

    def answer(self, context: Context, variables: Mapping[str, Any]) -> bytes:
        """Returns the data of the response as JSON. If a resolver raises an error, this function raises it too."""
        given = self.given.of(variables)
        if given is None:
            raise Unplanned("variables")
        return self.query(Run(context, given), [None])[0]


def plan(made: Schema, document: DocumentNode, operation: str | None) -> Plan:
    """Returns the plan of one operation of a validated document. Raises Unplanned if graphql-core must answer it."""
    schema, chosen = core_schema(made), get_operation_ast(document, operation)
    if chosen is None or schema.query_type is None:
        raise Unplanned("operation")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    planner = _Planner(made, fragments)
    return Plan(Variables(schema, chosen), planner.things(schema.query_type, [chosen.selection_set]))


class _Planner:
    def __init__(self, schema: Schema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._core, self._fragments = schema, core_schema(schema), fragments

    def things(self, kind: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> Write:
        """Returns a function that writes the selected fields of objects of the type `kind`. None of these objects may
        be None.
        """
        collected = self._collected(kind, selections)
        fields = [self._field(kind, nodes) for nodes in collected.values()]
        cost = sum(cost_of(nodes[0].name.value) for nodes in collected.values())
        names = [f'{"," if place else "{"}"{key}":'.encode() for place, key in enumerate(collected)]

        def write(run: Run, things: Values) -> Json:
            if not things or not fields:
                return [b"{}"] * len(things)
            run.context.meter.spend(cost * len(things))
            beside = _beside(things)
            columns = [field(run, beside) for field in fields]
            if any(len(column) != len(things) for column in columns):
                raise Unplanned("columns")
            pieces = chain.from_iterable(zip(map(repeat, names), columns, strict=True))
            return [*map(b"".join, zip(*pieces, repeat(b"}")))]

        return write

    def _collected(self, kind: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Returns the selected fields by the names that they have in the answer
        (https://spec.graphql.org/October2021/#CollectFields()).
        """
        found: dict[str, list[FieldNode]] = {}
        for selection in (one for some in selections for one in some.selections):
            if selection.directives:
                raise Unplanned("directive")
            if isinstance(selection, FieldNode):
                found.setdefault((selection.alias or selection.name).value, []).append(selection)
                continue
            spread = isinstance(selection, FragmentSpreadNode)
            fragment: Any = self._fragments[selection.name.value] if spread else selection  # type: ignore[attr-defined]
            if fragment.directives:
                raise Unplanned("directive")
            if fragment.type_condition is None or self._applies(fragment.type_condition.name.value, kind):
                for key, nodes in self._collected(kind, [fragment.selection_set]).items():
                    found.setdefault(key, []).extend(nodes)
        return found

    def _applies(self, name: str, kind: GraphQLObjectType) -> bool:
        condition = self._core.type_map[name]
        return condition is kind or (isinstance(condition, GraphQLUnionType) and kind in condition.types)

    def _field(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Field:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _run, things: written([kind.name]) * len(things.every)
        if name.startswith("__"):
            raise Unplanned("introspection")
        field = kind.fields[name]
        own = resolver(field)
        write = self._write(field.type, [node.selection_set for node in nodes if node.selection_set])
        if own is not None:
            resolve = self._resolve(field, own, nodes[0])
            return lambda run, things: write(run, resolve(run, things))
        name = python_name(field)
        plain = _plain(name, write)
        text = getattr(get_nullable_type(field.type), "name", "") in _TEXTS
        return _text(name, field.type, plain) if text else plain

    def _resolve(self, field: GraphQLField, own: Resolver, node: FieldNode) -> Resolve:
        function, parent, info = own
        given = Arguments(self._schema, field, node)

        def resolve(run: Run, things: Things) -> Values:
            arguments = given.of(run.variables)
            if info:
                arguments[info] = run
            if not parent:
                return [function(**arguments) for _ in things.every]
            if things.level is None:
                return [function(**{parent: thing}, **arguments) for thing in things.every]
            return things.column(function(**{parent: things.level}, **arguments))

        return resolve

    def _write(self, kind: Any, selections: list[SelectionSetNode], null: bool = True) -> Write:
        """Returns a function that writes values of the type `kind` as JSON. If `null` is True, values can be None."""
        if isinstance(kind, GraphQLNonNull):
            return self._write(kind.of_type, selections, False)
        if isinstance(kind, GraphQLList):
            return _where_any(_listed(self._write(kind.of_type, selections)), null)
        if isinstance(kind, GraphQLObjectType):
            return _where_any(self.things(kind, selections), null)
        if isinstance(kind, GraphQLUnionType):
            return _where_any(_of_kinds([(one, self.things(one, selections)) for one in kind.types]), null)
        return leaves(kind, null)


def _beside(things: Values) -> Things:
    if type(things) is Nodes:
        return Things(things, things.level, things.places)
    level = things[0].level if type(things[0]) is Node else None
    if level is None or any(thing.level is not level for thing in things):
        return Things(things, None, ())
    return Things(things, level, [thing.place for thing in things])


def _plain(name: str, write: Write) -> Field:
    """Returns a function that writes the field `name`, which has no resolver."""

    def field(run: Run, things: Things) -> Json:
        if things.level is None:
            return write(run, [value_of(thing, name) for thing in things.every])
        return write(run, things.column(things.level.field(name)))

    return field


def _text(name: str, kind: Any, otherwise: Field) -> Field:
    """Returns a function that writes the field `name`, whose values are texts. Texts that are stored as JSON are
    copied, and other texts are written by `otherwise`.
    """

    def field(run: Run, things: Things) -> Json:
        found = None if things.level is None else things.level.texts(name)
        if found is None:
            return otherwise(run, things)
        if isinstance(kind, GraphQLNonNull) and NULL in found:
            raise Unplanned("null")
        return things.column(found)

    return field


def _where_any(inner: Write, null: bool) -> Write:
    """Returns a function that writes values other than None with `inner`, and None as null. If `null` is False, the
    function raises Unplanned for None.
    """

    def write(run: Run, values: Values) -> Json:
        if type(values) is Nodes or None not in values:
            return inner(run, values)
        if not null:
            raise Unplanned("null")
        done = iter(inner(run, [value for value in values if value is not None]))
        return [NULL if value is None else next(done) for value in values]

    return write


def _listed(inner: Write) -> Write:
    """Returns a function that writes lists. It writes the entries of all lists in one call of `inner`, and then splits
    the result.
    """

    def write(run: Run, lists: Values) -> Json:
        done = inner(run, _joined(lists))
        ends = accumulate(map(len, lists), initial=0)
        return [b"[%b]" % b",".join(done[start:end]) for start, end in pairwise(ends)]

    return write


def _joined(lists: Values) -> Values:
    """Returns the entries of all lists. If all entries are consecutive objects of one Level, they are returned as one
    Nodes object.
    """
    every = [one for one in lists if len(one)]
    if every and all(type(one) is Nodes and one.level is every[0].level for one in every):
        whole = range(every[0].places.start, every[-1].places.stop)
        if len(whole) == sum(map(len, every)) and all(b.places.start == a.places.stop for a, b in pairwise(every)):
            return Nodes(every[0].level, whole)
    return [*chain.from_iterable(every)]


def _of_kinds(kinds: Sequence[tuple[GraphQLObjectType, Write]]) -> Write:
    def write(run: Run, values: Values) -> Json:
        done: list[Any] = [None] * len(values)
        for kind, inner in kinds:
            is_one: Any = kind.is_type_of
            places = [place for place, value in enumerate(values) if is_one(value, None)]
            for place, answer in zip(places, inner(run, [values[place] for place in places]), strict=True):
                done[place] = answer
        if None in done:
            raise Unplanned("type")
        return done

    return write
