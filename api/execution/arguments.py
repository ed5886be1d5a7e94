"""api: computes the arguments of the fields of a query plan.

Arguments that do not depend on variables are computed once and then reused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLScalarType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    VariableNode,
    VariableValues,
    get_argument_values,
    get_nullable_type,
    get_variable_values,
    print_ast,
)
from strawberry import Schema

from api.execution.internals import argument_names, converted

_SIMPLE: dict[str, Callable[[Any], bool]] = {
    "ID": lambda value: type(value) is str,
    "String": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and abs(value) < 1 << 31,
}
"""For each scalar that needs no conversion, a function that returns True if a value is valid."""


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema, self._defined = schema, operation.variable_definitions or ()
        kinds = {one.variable.name.value: print_ast(one.type).rstrip("!") for one in self._defined}
        self._simple = {name: _SIMPLE[kind] for name, kind in kinds.items() if kind in _SIMPLE}

    def of(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Returns the coerced values of the variables in `given`; None if any value is not valid."""
        if len(self._simple) == len(self._defined):
            values = {name: given.get(name) for name in self._simple}
            if all(fits(values[name]) for name, fits in self._simple.items()):
                return VariableValues({}, values)
        found = get_variable_values(self._schema, self._defined, dict(given))
        return None if isinstance(found, list) else found


class Arguments:
    """The arguments of one field of a query, by the names of the resolver's parameters."""

    def __init__(self, schema: Schema, field: GraphQLField, node: FieldNode) -> None:
        self._schema, self._field, self._node = schema, field, node
        names = argument_names(schema, field)
        varying = [one for one in node.arguments or () if any(_variables(one.value))]
        # A scalar variable is already coerced and is passed unchanged.
        self._scalar = {names[one.name.value]: one.value.name.value for one in varying if _is_plain(field, one)}  # type: ignore[attr-defined]
        self._stays = len(self._scalar) == len(varying)
        self._known: dict[str, Any] | None = None

    def of(self, variables: Any) -> dict[str, Any]:
        """Returns the arguments for these variables. Raises GraphQLError for an invalid value."""
        if self._known is not None:
            scalars = {name: variables.coerced.get(variable) for name, variable in self._scalar.items()}
            if None not in scalars.values():
                return self._known | scalars
        given = get_argument_values(self._field, self._node, variables)
        found = converted(self._schema, self._field, given)
        if self._stays:
            self._known = found
        return dict(found)


def _variables(value: Any) -> Iterator[VariableNode]:
    if isinstance(value, VariableNode):
        yield value
    elif isinstance(value, ListValueNode):
        for one in value.values:
            yield from _variables(one)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _variables(field.value)


def _is_plain(field: GraphQLField, given: ArgumentNode) -> bool:
    kind = get_nullable_type(field.args[given.name.value].type)
    return isinstance(given.value, VariableNode) and isinstance(kind, GraphQLScalarType)
