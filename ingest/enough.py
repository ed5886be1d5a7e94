"""ingest: finds the texts that at least FEWEST_PATIENTS patients have, in limited memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from graph.groups import FEWEST_PATIENTS

MOST = 1 << 17
"""The maximum number of keys of an Enough. Further keys are not counted."""
_HASH = 8
_ENOUGH = b""
"""Stored for a key that at least FEWEST_PATIENTS patients have, instead of the hashes of these patients."""
Key = TypeVar("Key", bound=Hashable)


def hashed(patient: str) -> bytes:
    """Returns the last bytes of the pseudonym `patient`, which an Enough stores to count each patient only once."""
    return bytes.fromhex(patient[-2 * _HASH :])


class Enough(Generic[Key]):
    """Counts how many different patients have each key, such as a text. Contains the keys that at least FEWEST_PATIENTS
    patients have.

    `over` counts the calls of `add` that were ignored because there were too many keys.
    """

    def __init__(self) -> None:
        self._patients: dict[Key, bytes] = {}
        self.over = 0

    def __contains__(self, key: Key) -> bool:
        return self._patients.get(key) == _ENOUGH

    def __iter__(self) -> Iterator[Key]:
        return (key for key, patients in self._patients.items() if patients == _ENOUGH)

    def add(self, key: Key, patients: set[bytes]) -> None:
        """Adds to the patients who have the key. `patients` has the results of `hashed`."""
        known = self._patients.get(key)
        if known == _ENOUGH:
            return
        if known is None and len(self._patients) >= MOST:
            self.over += 1
            return
        every = patients.union(known[at : at + _HASH] for at in range(0, len(known), _HASH)) if known else patients
        self._patients[key] = b"".join(sorted(every)) if len(every) < FEWEST_PATIENTS else _ENOUGH
