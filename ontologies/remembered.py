"""ontologies: a cache for functions of texts.

Long texts are not cached, so that a hostile file cannot fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

T = TypeVar("T")
LONGEST = 300
"""Maximum length of a cached text in characters; names, codes and dates are shorter."""


def remembered(size: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Like functools.lru_cache, for positional arguments that are texts or None."""

    def made(function: Callable[..., T]) -> Callable[..., T]:
        cached = lru_cache(size)(function)

        @wraps(function)
        def called(*texts: Any) -> T:
            for text in texts:
                if text is not None and len(text) > LONGEST:
                    return function(*texts)
            return cached(*texts)

        return called

    return made
