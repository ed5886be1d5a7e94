"""ontologies: remembers what a function of texts gave, but for long ones: a hostile file must not fill the memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

T = TypeVar("T")
LONGEST = 300
"""Letters of what is remembered; names, codes and dates are shorter."""


def remembered(size: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """As functools.lru_cache, of positional arguments that are texts or None."""

    def made(function: Callable[..., T]) -> Callable[..., T]:
        known = lru_cache(size)(function)

        @wraps(function)
        def asked(*texts: Any) -> T:
            for text in texts:
                if text is not None and len(text) > LONGEST:
                    return function(*texts)
            return known(*texts)

        return asked

    return made
