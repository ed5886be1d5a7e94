"""cohorts: what is wrong with, or remarkable about, a definition."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """What is wrong with, or remarkable about, a part of a definition, and what to do.

    `code` is the kind of finding: `unknown_concept`. `path` is empty for the definition as a whole.
    """

    code: str
    path: str
    message: str
    remedy: str
