"""cohorts: the error classes.

CohortError
├── NotUnderstood     a text is not a cohort definition in the controlled language
├── NotAnswered       a part of a definition cannot be answered
└── NotSaved          a definition cannot be saved under this name or with these tags
"""

from __future__ import annotations

from collections.abc import Sequence


class CohortError(Exception):
    """Base class of the errors of cohorts. The message says what is wrong and what to do."""


class NotUnderstood(CohortError):
    """A text that `cohorts.language` cannot read. `line` and `column` begin at 1.

    `found` is the word at this position, or empty at the end of the text. `expected` lists the words that are possible
    at this position.
    """

    def __init__(self, words: str, line: int, column: int, found: str = "", expected: Sequence[str] = ()) -> None:
        self.line, self.column, self.found, self.expected = line, column, found, tuple(expected)
        super().__init__(words)


class NotAnswered(CohortError):
    """A part of a definition cannot be answered from this store."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} cannot be answered: {remedy}")


class NotSaved(CohortError):
    """A definition cannot be saved under the given name or with the given tags."""
