"""api: what is used of strawberry beside its public interface; only this file names it.

pyproject.toml bounds the versions of strawberry, and tests/api/test_internals.py says what a newer one broke.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLSchema
from strawberry import Schema
from strawberry.types.arguments import convert_arguments


class Resolver(NamedTuple):
    """A function of ours, and the names of its parameters for the thing and for strawberry's Info."""

    function: Callable[..., Any]
    parent: str | None
    info: str | None


def core_schema(schema: Schema) -> GraphQLSchema:
    """The schema as graphql-core has it."""
    return schema._schema


def python_name(field: GraphQLField) -> str:
    return str(_own(field).python_name)


def resolver(field: GraphQLField) -> Resolver | None:
    """None for a field that is read from the thing as it is."""
    base = _own(field).base_resolver
    if base is None:
        return None
    parent, info = base.parent_parameter, base.info_parameter
    return Resolver(base.wrapped_func, parent and parent.name, info and info.name)


def argument_names(schema: Schema, field: GraphQLField) -> dict[str, str]:
    """The names of the parameters of a resolver by those in GraphQL."""
    named = schema.config.name_converter.from_argument
    return {named(one): one.python_name for one in _own(field).arguments}


def converted(schema: Schema, field: GraphQLField, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as the resolver takes them."""
    return convert_arguments(given, _own(field).arguments, schema.schema_converter.scalar_registry, schema.config)


def _own(field: GraphQLField) -> Any:
    return field.extensions["strawberry-definition"]
