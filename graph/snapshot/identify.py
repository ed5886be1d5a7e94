"""graph: looks up an identifier in all forms in which people write it.

All fields and commands with an id use this function, so they accept the same forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ontologies.pasted import spellings

T = TypeVar("T")


def identified(text: str, find: Callable[[str], T | None], prefixes: Mapping[str, str]) -> T | None:
    """Calls `find` with each spelling of `text`, and returns the first result that is not None.

    A spelling that matches exactly has priority. `ontologies.pasted.spellings` describes `prefixes`.
    """
    for spelling in spellings(text, prefixes):
        found = find(spelling)
        if found is not None:
            return found
    return None
