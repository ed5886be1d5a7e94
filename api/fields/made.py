"""api: GraphQL types whose fields are known only when they are made."""

from __future__ import annotations

from typing import Any


def empty(name: str, module: str) -> Any:
    """A class without fields, which strawberry makes a type of once it has them."""
    return type(name, (), {"__annotations__": {}, "__module__": module})


def add(own: type, name: str, annotation: Any, field: Any) -> None:
    """Gives a class a field."""
    own.__annotations__[name] = annotation
    setattr(own, name, field)
