"""api: the values of a plan's answer that are no objects, as JSON, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from types import NoneType
from typing import Any

from graphql import GraphQLEnumType

from graph.columns import written

Values = Sequence[Any]
Json = Sequence[bytes]
NULL = b"null"
_OWN = {name: frozenset((kind,)) for name, kind in (("String", str), ("ID", str), ("Boolean", bool), ("Float", float))}


class Unplanned(Exception):
    """A query that graphql-core answers: it asks about the schema, has directives, or something in it is wrong."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def leaves(kind: Any, null: bool) -> Callable[[Any, Values], Json]:
    """What is as JSON has it already is left so: most columns hold nothing else. Of numbers it must be finite."""
    if isinstance(kind, GraphQLEnumType):
        return _names(kind, null)
    coerce, own = kind.coerce_output_value, _OWN.get(kind.name, frozenset()) | ({NoneType} if null else set())
    floats = kind.name == "Float"

    def write(_run: Any, values: Values) -> Json:
        if not own.issuperset(map(type, values)) or (floats and not isfinite(sum(filter(None, values)))):
            if None in values and not null:
                raise Unplanned("null")
            values = [None if value is None else coerce(value) for value in values]
        return written([*values])

    return write


def _names(kind: GraphQLEnumType, null: bool) -> Callable[[Any, Values], Json]:
    """The names of the values of an enum, which are few and made once; of what is stored for them or is one itself."""
    names: dict[Any, bytes] = {value.value: f'"{name}"'.encode() for name, value in kind.values.items()}

    def name_of(value: Any) -> bytes:
        if value is None and not null:
            raise Unplanned("null")
        return NULL if value is None else f'"{kind.coerce_output_value(value)}"'.encode()

    def write(_run: Any, values: Values) -> Json:
        try:
            return [*map(names.__getitem__, values)]
        except KeyError:
            names.update((value, name_of(value)) for value in {*values} - names.keys())
            return [*map(names.__getitem__, values)]

    return write
