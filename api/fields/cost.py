"""api: counts the cost of an answer during execution, and refuses the whole answer above a limit.

Each field of each object costs 1; slow fields cost more. Entries of a list that are read but not in the answer cost
nothing. Their number has a separate limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from api.errors import TooLarge

COST = 50_000
READ = 4 * COST
"""The maximum number of list entries to read for one answer."""
DEAR = {
    **{"search": 500, "searchRecords": 500, "cohort": 1_000, "definedCohort": 1_000, "path": 5_000, "related": 500},
    **{"experts": 500, "meaning": 50, "via": 20, "valueSets": 1_000, "valueSet": 50},
}
"""The cost of slow fields: the number of ordinary fields that take the same time."""
_TEXT, _LETTER = 100, 2
"""The cost of grounding a text, and the cost of each character. Texts with misspelt names take the longest. For such
texts, the largest request within the limit takes six seconds of one core on a small store.
"""


def cost_of(field: str) -> int:
    """Returns the cost of a field of one object."""
    return DEAR.get(field, 1)


class Meter:
    """The cost of one answer so far."""

    __slots__ = ("_most", "_read", "_refused", "spent")

    def __init__(self) -> None:
        self.spent = self._read = 0
        self._most = COST
        self._refused: TooLarge | None = None

    def spend(self, cost: int) -> None:
        """Adds a cost before the work is done. Raises TooLarge if the answer costs too much."""
        self.spent += cost
        if self.spent > self._most:
            self._refuse("values in the answer", COST)

    def spend_on_texts(self, lengths: Iterable[int]) -> None:
        """Adds the cost of grounding texts of these lengths."""
        self.spend(sum(_TEXT + length * _LETTER for length in lengths))

    def read(self, entries: int) -> None:
        """Counts entries of lists before they are read. Raises TooLarge if there are too many."""
        self._read += entries
        if self._read > READ:
            self._refuse("entries of lists to read", READ)

    def check(self) -> None:
        """Raises TooLarge if `spend` or `read` has refused a part of the answer."""
        if self._refused is not None:
            raise self._refused

    def _refuse(self, what: str, limit: int) -> NoReturn:
        self._most, self._refused = 0, self._refused or TooLarge(what, None, limit)
        raise self._refused
