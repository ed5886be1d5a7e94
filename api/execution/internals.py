"""api: all uses of non-public parts of strawberry.

pyproject.toml limits the version of strawberry. tests/api/test_internals.py shows what a newer version breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLSchema
from strawberry import Schema
from strawberry.types.arguments import convert_arguments


class Resolver(NamedTuple):
    """A resolver function, with the names of its parameters for the parent object and for strawberry's Info."""

    function: Callable[..., Any]
    parent: str | None
    info: str | None


def core_schema(schema: Schema) -> GraphQLSchema:
    """Returns the graphql-core schema that a strawberry schema is made of."""
    return schema._schema


def python_name(field: GraphQLField) -> str:
    return str(_own(field).python_name)


def resolver(field: GraphQLField) -> Resolver | None:
    """Returns the resolver of a field; None if the field has no resolver and is read as an attribute of the object."""
    base = _own(field).base_resolver
    if base is None:
        return None
    parent, info = base.parent_parameter, base.info_parameter
    return Resolver(base.wrapped_func, parent and parent.name, info and info.name)


def argument_names(schema: Schema, field: GraphQLField) -> dict[str, str]:
    """Returns the names of a resolver's parameters by their names in GraphQL."""
    named = schema.config.name_converter.from_argument
    return {named(one): one.python_name for one in _own(field).arguments}


def converted(schema: Schema, field: GraphQLField, given: dict[str, Any]) -> dict[str, Any]:
    """Returns the argument values `given`, converted to the Python types that the resolver of `field` expects."""
    return convert_arguments(given, _own(field).arguments, schema.schema_converter.scalar_registry, schema.config)


def _own(field: GraphQLField) -> Any:
    return field.extensions["strawberry-definition"]
