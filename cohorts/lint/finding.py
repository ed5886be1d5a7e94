"""cohorts: a finding: something that is wrong with a definition, or remarkable about it."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """Something that is wrong with a part of a definition, or remarkable about it, and what to do.

    `code` is the kind of finding: `unknown_concept`. `path` is empty for the definition as a whole.
    """

    code: str
    path: str
    message: str
    remedy: str
