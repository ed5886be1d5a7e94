"""cohorts: finds all parts within a definition.

Each part is returned with its path: `rules[0].group.of[1].events.where[0]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from cohorts.model import Definition, Events

T = TypeVar("T")


class Place(NamedTuple):
    """A part of a definition. `above` are the parts that contain this part; the nearest comes last."""

    path: str
    part: Any
    above: tuple[Any, ...] = ()

    @property
    def events(self) -> Events | None:
        """The innermost `Events` that contains this part or is this part. None if there is no such `Events`."""
        return next((one for one in reversed((*self.above, self.part)) if isinstance(one, Events)), None)

    @property
    def definition(self) -> Definition | None:
        top = self.above[0] if self.above else self.part
        return top if isinstance(top, Definition) else None


def places(part: msgspec.Struct) -> Iterator[Place]:
    """Yields `part` itself and all parts within it."""
    waiting = [Place("", part)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += reversed(list(_within(place)))


def parts_of(part: msgspec.Struct, kind: type[T]) -> Iterator[T]:
    """Yields `part` itself and the parts within it, but only those of the type `kind`."""
    return (place.part for place in places(part) if isinstance(place.part, kind))


def _within(place: Place) -> Iterator[Place]:
    above = (*place.above, place.part)
    for name in place.part.__struct_fields__:
        value = getattr(place.part, name)
        path = f"{place.path}.{name}".removeprefix(".")
        if isinstance(value, msgspec.Struct):
            yield Place(path, value, above)
        elif isinstance(value, tuple):
            some = [(f"{path}[{n}]", one) for n, one in enumerate(value) if isinstance(one, msgspec.Struct)]
            yield from (Place(own, one, above) for own, one in some)
