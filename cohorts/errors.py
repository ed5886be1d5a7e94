"""cohorts: errors that a caller can correct."""

from __future__ import annotations


class CohortError(Exception):
    """The base of all errors of this package."""


class NotAnswered(CohortError):
    """A part of a definition cannot be answered."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} cannot be answered: {remedy}")
