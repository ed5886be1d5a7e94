"""api: what an answer costs, counted while it is made; one that would cost too much is refused as a whole.

Each field of each object costs 1, and a field that takes long costs more. What costs nothing itself, the entries of
lists that are read to find those shown, is bounded too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from api.errors import TooLarge

COST = 50_000
READ = 4 * COST
"""Entries of lists that may be read for one answer."""
DEAR = {
    **{"search": 500, "searchRecords": 500, "cohort": 1_000, "path": 5_000, "related": 500},
    **{"experts": 500, "meaning": 50, "via": 20},
}
"""What a field costs that takes as long as so many values do."""
_TEXT, _LETTER = 100, 2
"""What grounding a text costs, and each of its characters. Misspelt names one after another take longest: six seconds
of one core for all that is allowed, where the store is small."""


def cost_of(field: str) -> int:
    """What a field costs for one object."""
    return DEAR.get(field, 1)


class Meter:
    """What one answer has cost so far."""

    __slots__ = ("_most", "_read", "_refused", "spent")

    def __init__(self) -> None:
        self.spent = self._read = 0
        self._most = COST
        self._refused: TooLarge | None = None

    def spend(self, cost: int) -> None:
        """Called before the work is done. Raises TooLarge where the answer costs too much."""
        self.spent += cost
        if self.spent > self._most:
            self._refuse("values in the answer", COST)

    def spend_on_texts(self, lengths: Iterable[int]) -> None:
        """For texts of so many characters, which are to be grounded."""
        self.spend(sum(_TEXT + length * _LETTER for length in lengths))

    def read(self, entries: int) -> None:
        """Called before entries of lists are read. Raises TooLarge where they are too many."""
        self._read += entries
        if self._read > READ:
            self._refuse("entries of lists to read", READ)

    def check(self) -> None:
        """Raises TooLarge where anything of the answer was refused."""
        if self._refused is not None:
            raise self._refused

    def _refuse(self, what: str, limit: int) -> NoReturn:
        self._most, self._refused = 0, self._refused or TooLarge(what, None, limit)
        raise self._refused
