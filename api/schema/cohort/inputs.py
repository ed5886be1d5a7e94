"""api: makes the GraphQL input types of cohort definitions from the model (cohorts/model.py).

Every struct becomes an input type with the same fields. If a field of the model accepts one of several structs, such as
a member of a group, the field gets an input type with one field for each of these structs (`@oneOf`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import strawberry

from api.errors import BadInput
from api.schema.cohort.words import ENUMS
from cohorts.encoding import not_too_deep
from cohorts.model import Definition, Events

T = TypeVar("T")
_MADE: dict[str, Any] = {}
_CHOICES = {"number": "Condition", "occurs": "Member", "after": "Exit"}
"""The input type for each set of alternative structs, without the ending `Input`. The key is the tag of the first
struct.
"""


def _name(struct: type[msgspec.Struct]) -> str:
    return "CohortDefinition" if struct is Definition else f"{struct.__name__}Input"


def _input(struct: type[msgspec.Struct]) -> str:
    """Returns the name of the input type of a struct. The first call makes the type."""
    name = _name(struct)
    if name not in _MADE:
        made = _MADE[name] = type(name, (), {"__module__": __name__, "__annotations__": {}})
        hints = get_type_hints(struct, include_extras=True)
        for field in msgspec.structs.fields(struct):
            hint, meta = get_args(hints[field.name])
            needed = field.default is msgspec.NODEFAULT
            made.__annotations__[field.name] = _graphql(hint) + ("" if needed else " | None")
            setattr(made, field.name, _field(meta.description, needed))
        strawberry.input(made, description=_described(struct))
    return name


def _field(description: str, needed: bool) -> Any:
    return (
        strawberry.field(description=description) if needed else strawberry.field(default=None, description=description)
    )


def _described(struct: type[msgspec.Struct]) -> str:
    first = " ".join((struct.__doc__ or "").partition("\n\n")[0].split())
    return re.sub(r"_([a-z])(?=[a-z_]*`)", lambda found: found[1].upper(), first)


def _graphql(hint: Any) -> str:
    """Returns the type annotation of a field of an input type, without `None`."""
    some = [one for one in get_args(hint) if one is not NoneType] if NoneType in get_args(hint) else [hint]
    hint = some[0]
    if get_origin(hint) is Literal:
        return _enum(hint)
    if get_origin(hint) is tuple:
        return f"list[{_graphql(get_args(hint)[0])}]"
    structs = some if len(some) > 1 else get_args(hint)
    if structs and all(isinstance(one, type) and issubclass(one, msgspec.Struct) for one in structs):
        return _choice(structs)
    return _input(hint) if issubclass(hint, msgspec.Struct) else str(hint.__name__)


def _choice(structs: Any) -> str:
    """Returns the name of the input type with one field for each of these structs."""
    tags = {str(one.__struct_config__.tag): one for one in structs}
    name = f"{_CHOICES[next(iter(tags))]}Input"
    if name not in _MADE:
        made = _MADE[name] = type(name, (), {"__module__": __name__, "__annotations__": {}})
        for tag, struct in tags.items():
            made.__annotations__[tag] = f"{_input(struct)} | None"
            setattr(made, tag, strawberry.field(default=strawberry.UNSET, description=_described(struct)))
        strawberry.input(made, one_of=True, description="Give exactly one of these fields.")
    return name


def _enum(hint: Any) -> str:
    words = [word for word in get_args(hint) if word]
    name, description, meanings = next(enum for enum in ENUMS if set(enum[2]) == set(words))
    if name not in _MADE:
        values = {_value(word): strawberry.enum_value(word, description=meanings[word]) for word in words}
        make: Any = Enum
        _MADE[name] = strawberry.enum(make(name, values, module=__name__), description=description)
    return name


def _value(word: str) -> str:
    return word.replace("/", "_PER_").replace("-", "_MINUS_").upper()


CohortDefinition: Any = _MADE[_input(Definition)]
EventsInput: Any = _MADE["EventsInput"]
globals().update(_MADE)


def definition_of(given: Any) -> Definition:
    """Returns the definition that an input describes. Raises BadInput with the path of the wrong value."""
    return _converted(given, Definition, "definition", not_too_deep)


def events_of(given: Any) -> Events:
    """Returns the events that an input describes. Raises BadInput with the path of the wrong value."""
    return _converted(given, Events, "events", lambda events: not_too_deep(Definition(entry=(events,))).entry[0])


def _converted(given: Any, kind: type[T], name: str, check: Callable[[T], T]) -> T:
    try:
        return check(msgspec.convert(_plain(given), kind))
    except msgspec.ValidationError as wrong:
        raise BadInput(f"{name}: {wrong}") from None
    except RecursionError:
        raise BadInput(f"{name}: it is nested too deeply") from None


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(one) for one in value)
    if isinstance(value, Enum):
        return value.value
    if not hasattr(value, "__strawberry_definition__"):
        return value
    given = {name: _plain(one) for name, one in vars(value).items() if one is not None and one is not strawberry.UNSET}
    if value.__strawberry_definition__.is_one_of:
        ((tag, inner),) = given.items()
        return {"is": tag, **inner}
    return given
