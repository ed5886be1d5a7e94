"""api: makes GraphQL types whose fields come from declarations."""

from __future__ import annotations

from typing import Any


def empty(name: str, module: str) -> Any:
    """Returns a class without fields. After `add` has added fields, strawberry makes a GraphQL type from the class."""
    return type(name, (), {"__annotations__": {}, "__module__": module})


def add(own: type, name: str, annotation: Any, field: Any) -> None:
    """Adds a field to a class."""
    own.__annotations__[name] = annotation
    setattr(own, name, field)
