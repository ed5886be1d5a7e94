"""cohorts: converts definitions to and from JSON, and limits how deeply groups may be nested."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cohorts.model import Definition, Either, Group

MOST_LEVELS = 30
"""The maximum nesting depth of groups and alternatives (`Group`, `Either`)."""
_TOO_DEEP = f"more than {MOST_LEVELS} levels of nested groups: make the definition flatter"


def encode(definition: Definition) -> bytes:
    """The definition as JSON, without fields that have their default value."""
    return msgspec.json.encode(definition)


def decode(text: bytes | str) -> Definition:
    """The definition in this JSON. Raises msgspec.ValidationError with the path of the wrong value."""
    try:
        return not_too_deep(msgspec.json.decode(text, type=Definition))
    except RecursionError:
        raise msgspec.ValidationError(_TOO_DEEP) from None


def not_too_deep(definition: Definition) -> Definition:
    """Returns the definition unchanged. Raises msgspec.ValidationError if it has more than MOST_LEVELS levels."""
    some, levels = list(_groups(definition)), 0
    while some:
        some, levels = [inner for group in some for inner in _groups(group)], levels + 1
        if levels > MOST_LEVELS:
            raise msgspec.ValidationError(_TOO_DEEP)
    return definition


def _groups(part: msgspec.Struct) -> Iterator[msgspec.Struct]:
    """The outermost groups and alternatives within `part`, which is a definition or a part of a definition."""
    for value in msgspec.structs.astuple(part):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Group | Either):
                yield one
            elif isinstance(one, msgspec.Struct):
                yield from _groups(one)
