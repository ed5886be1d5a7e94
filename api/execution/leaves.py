"""api: writes the scalars and enums in the answer of a query plan (api/execution/plan.py) as JSON, many values at a
time.
"""

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
    """Raised if graphql-core must answer a query, because the query has introspection, directives or an error."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def leaves(kind: Any, null: bool) -> Callable[[Any, Values], Json]:
    """Returns a function that writes values of the scalar or enum type `kind` as JSON. If `null` is True, values can be
    None.

    Values are written without conversion if all of them already have the Python type of the scalar and, for floats, all
    are finite.
    """
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
    """Returns a function that writes values of an enum type as JSON.

    A value is a member of the enum, or the stored value of a member. The name of each value is computed once.
    """
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
