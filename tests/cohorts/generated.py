"""tests: any definition of a cohort, made from the types of the model, so that a new field is covered at once."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from cohorts import model
from cohorts.model import Definition
from graph.value_sets import Item

_DEPTH = 3
_CURIES = ("MONDO:0005148", "snomedct:44054006", "loinc:4548-4", "icd10:E11", "not:5", "certain:x")
_WORDS = ("", "female", "male", "unknown", 'a "quoted" \\ text', "l\nine", "[x]; y", "mg/dL", "%", "[IU]/L", "na", "1")
_TEXT = st.sampled_from(_WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_NUMBERS = st.integers(-3, 40).map(float) | st.floats(allow_nan=False, allow_infinity=False)
_WHOLE = st.integers(-3, 400) | st.integers(-(1 << 63), (1 << 63) - 1)
_YEARS = st.integers(1900, 2100).map(str)
_MONTHS = st.dates().map(lambda day: day.isoformat()[:7])
_DATES = _YEARS | _MONTHS | st.dates().map(lambda day: day.isoformat())
T = TypeVar("T")


@cache
def definitions() -> st.SearchStrategy[Definition]:
    """Any definition."""
    return parts(Definition)


def parts(part: type[T], depth: int = _DEPTH) -> st.SearchStrategy[T]:
    """Any value of a type of the model. `depth` is the most groups within each other."""
    found: st.SearchStrategy[T] = _of_type(part, depth)
    return found


@cache
def _of_type(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    simple = {bool: st.booleans(), int: _WHOLE, float: _NUMBERS, str: _TEXT, NoneType: st.none()}
    if type_ in simple:
        return simple[type_]
    if get_origin(type_) is Literal:
        return st.sampled_from(get_args(type_))
    if get_origin(type_) is tuple:
        return st.lists(_of_type(get_args(type_)[0], depth), max_size=3 if depth else 1).map(tuple)
    if get_origin(type_) in (Union, UnionType):
        leaves = [one for one in get_args(type_) if depth > 0 or one not in (model.Group, model.Either)]
        return st.one_of([_of_type(one, depth) for one in leaves])
    return _struct(type_, depth - (type_ in (model.Group, model.Either)))


def _struct(struct: Any, depth: int) -> st.SearchStrategy[Any]:
    hints = get_type_hints(struct)
    fields = {field.name: _field(struct, field.name, hints[field.name], depth) for field in msgspec.structs.fields(struct)}
    required = {field.name for field in msgspec.structs.fields(struct) if field.required}
    needed = {name: strategy for name, strategy in fields.items() if name in required}
    other = {name: strategy for name, strategy in fields.items() if name not in required}
    return st.fixed_dictionaries(needed, optional=other).map(lambda some: struct(**some))


def _field(struct: Any, name: str, type_: Any, depth: int) -> st.SearchStrategy[Any]:
    if struct is Item and name == "id":
        return st.sampled_from(_CURIES) | _TEXT
    if struct in (model.Dates, model.Fixed) and name != "outside":
        return st.none() | _DATES
    return st.booleans() if (struct, name) == (Item, "exact") else _of_type(type_, depth)
