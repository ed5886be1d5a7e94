"""ingest: finds the texts that at least FEWEST_PATIENTS patients have, in limited memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from graph.groups import FEWEST_PATIENTS

MOST = 1 << 17
"""Maximum number of keys that are counted."""
_HASH = 8
_ENOUGH = b""
"""This value is stored instead of the hashes of patients if enough patients have the key."""
Key = TypeVar("Key", bound=Hashable)


def hashed(patient: str) -> bytes:
    """Returns the part of a pseudonym that is stored: its last bytes."""
    return bytes.fromhex(patient[-2 * _HASH :])


class Enough(Generic[Key]):
    """The keys that at least FEWEST_PATIENTS patients have. `over` counts the calls of `add` that were ignored because
    there were too many keys.
    """

    def __init__(self) -> None:
        self._patients: dict[Key, bytes] = {}
        self.over = 0

    def __contains__(self, key: Key) -> bool:
        return self._patients.get(key) == _ENOUGH

    def __iter__(self) -> Iterator[Key]:
        return (key for key, patients in self._patients.items() if patients == _ENOUGH)

    def add(self, key: Key, patients: set[bytes]) -> None:
        """Adds the patients with these hashes to the patients that have the key."""
        known = self._patients.get(key)
        if known == _ENOUGH:
            return
        if known is None and len(self._patients) >= MOST:
            self.over += 1
            return
        every = patients.union(known[at : at + _HASH] for at in range(0, len(known), _HASH)) if known else patients
        self._patients[key] = b"".join(sorted(every)) if len(every) < FEWEST_PATIENTS else _ENOUGH
