"""End-to-end tests: generates queries for every field of the schema."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type, is_required_argument

from api.execution import SCHEMA


def questions(given: dict[str, str], deep: int) -> Iterator[str]:
    """Yields queries that together ask for all fields. `given` has a value for each required argument of Query."""
    assert SCHEMA.query_type
    for name, field in SCHEMA.query_type.fields.items():
        needed = [argument for argument, part in field.args.items() if is_required_argument(part)]
        result = ", ".join(f"{argument}: {given[argument]}" for argument in needed)
        for part in _parts(field.type, deep):
            yield f"{{ {name}{f'({result})' if result else ''}{part} }}"


def _parts(type_: GraphQLOutputType, deep: int) -> Iterator[str]:
    """Yields selections of a type: one with all its scalar fields, and others for each field that has fields."""
    named = get_named_type(type_)
    if not isinstance(named, GraphQLObjectType):
        members = getattr(named, "types", None)
        for member in members or ():
            for part in _parts(member, deep):
                yield f" {{ ... on {member.name}{part} }}"
        if not members:
            yield ""
        return
    plain = [name for name, field in named.fields.items() if not _has_fields(field.type)]
    yield f" {{ {' '.join(plain) or '__typename'} }}"
    for name, field in named.fields.items():
        if deep and _has_fields(field.type):
            for part in _parts(field.type, deep - 1):
                yield f" {{ {name}{part} }}"


def _has_fields(type_: GraphQLOutputType) -> bool:
    named = get_named_type(type_)
    return isinstance(named, GraphQLObjectType) or hasattr(named, "types")
