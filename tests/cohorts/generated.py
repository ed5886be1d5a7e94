"""tests: any definition of a cohort, made from the types of the model, so that a new field is covered at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from cohorts import model
from graph.value_sets import Item

T = TypeVar("T")
Strategy = st.SearchStrategy[Any]
_CURIES = ("MONDO:0005148", "snomedct:44054006", "loinc:4548-4", "icd10:E11", "not:5", "certain:x")
_WORDS = ("", "female", "male", "unknown", 'a "quoted" \\ text', "l\nine", "[x]; y", "mg/dL", "%", "[IU]/L", "na", "1")
_TEXT = st.sampled_from(_WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_DATE = st.dates().map(lambda day: day.isoformat())
_DATES = st.none() | st.integers(1900, 2100).map(str) | _DATE.map(lambda day: day[:7]) | _DATE
_ANY: dict[Any, Strategy] = {
    bool: st.booleans(),
    int: st.integers(-3, 400) | st.integers(-(1 << 63), (1 << 63) - 1),
    float: st.integers(-3, 40).map(float) | st.floats(allow_nan=False, allow_infinity=False),
    str: _TEXT,
    NoneType: st.none(),
    (Item, "id"): st.sampled_from(_CURIES) | _TEXT,
    (model.Dates, "since"): _DATES,
    (model.Dates, "until"): _DATES,
    (model.Fixed, "start"): _DATES,
    (model.Fixed, "end"): _DATES,
}
_NESTED = (model.Group, model.Either)


class Parts:
    """Makes any value of a type of the model, with at most `depth` groups within each other.

    `chosen` are strategies for types, and for fields by (type, name), instead of those for any value.
    """

    def __init__(self, chosen: Mapping[Any, Strategy] = {}, depth: int = 3) -> None:
        self._chosen, self._depth = _ANY | dict(chosen), depth
        self._made: dict[Any, Strategy] = {}

    def of(self, type_: type[T]) -> st.SearchStrategy[T]:
        return self._of(type_, self._depth)

    def _of(self, type_: Any, depth: int) -> Strategy:
        if type_ in self._chosen:
            return self._chosen[type_]
        if (type_, depth) not in self._made:
            self._made[type_, depth] = self._make(type_, depth)
        return self._made[type_, depth]

    def _make(self, type_: Any, depth: int) -> Strategy:
        if get_origin(type_) is Literal:
            return st.sampled_from(get_args(type_))
        if get_origin(type_) is tuple:
            return st.lists(self._of(get_args(type_)[0], depth), max_size=3 if depth else 1).map(tuple)
        if get_origin(type_) in (Union, UnionType):
            return st.one_of([self._of(one, depth) for one in get_args(type_) if depth > 0 or one not in _NESTED])
        return self._struct(type_, depth - (type_ in _NESTED))

    def _struct(self, struct: Any, depth: int) -> Strategy:
        hints, fields = get_type_hints(struct), msgspec.structs.fields(struct)
        chosen = {one.name: (struct, one.name) for one in fields}
        made = {
            name: self._chosen[at] if at in self._chosen else self._of(hints[name], depth)
            for name, at in chosen.items()
        }
        needed = {one.name: made.pop(one.name) for one in fields if one.required}
        return st.fixed_dictionaries(needed, optional=made).map(lambda some: struct(**some))


DEFINITIONS = Parts().of(model.Definition)
"""Any definition."""
