"""ingest: names of codes that no terminology defines, from what patients' records call them.

What a record calls a code is text of a patient. It is kept only where at least FEWEST_PATIENTS patients of one source
carry the same text with the same code in one job, and nothing in it points at a person. A job counts them in bounded
memory and writes the names with its last batch; one that is resumed reads all again, so the count is complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import NamedTuple

from graph.groups import FEWEST_PATIENTS
from ingest.personal import points_at_somebody

MOST = 1 << 17
"""Names that are counted at a time."""
_HASH = 8
ENOUGH = b""
"""In place of the patients of a name that enough carry."""

OVER = "name of a code: not counted, there are too many"
PERSONAL = "name of a code: it may point at a person"


class Said(NamedTuple):
    source: str
    concept: str
    name: str


class Labels:
    """Counts names of codes by the hashes of the patients, at most FEWEST_PATIENTS of each."""

    def __init__(self) -> None:
        self._batch: dict[Said, set[bytes]] = {}
        self._patients: dict[Said, bytes] = {}
        self._over = 0

    def say(self, source: str, concept: str, name: str, patient: str) -> None:
        """A patient has the code under this name; `patient` is a pseudonym."""
        self._batch.setdefault(Said(source, concept, name), set()).add(bytes.fromhex(patient[-2 * _HASH :]))

    def count(self, defined: Container[str]) -> None:
        """Adds up what was said since the last time, but of concepts that a terminology defines."""
        for said, patients in self._batch.items():
            if said.concept not in defined:
                self._add(said, patients)
        self._batch.clear()

    def _add(self, said: Said, patients: set[bytes]) -> None:
        if said not in self._patients and len(self._patients) >= MOST:
            self._over += 1
            return
        known = self._patients.get(said)
        if known == ENOUGH:
            return
        every = patients.union(known[at : at + _HASH] for at in range(0, len(known or b""), _HASH) if known)
        self._patients[said] = b"".join(sorted(every)) if len(every) < FEWEST_PATIENTS else ENOUGH

    def found(self, lost: Counter[str]) -> dict[str, str]:
        """The name of each concept that has one, the lowest of several.

        `lost` gets why others have none, but not those of few patients, which would tell how many codes these have.
        """
        names: dict[str, str] = {}
        for (_, concept, name), patients in self._patients.items():
            if patients != ENOUGH:
                continue
            if points_at_somebody(name):
                lost[PERSONAL] += 1
            else:
                names[concept] = min(name, names.get(concept, name))
        if self._over:
            lost[OVER] += self._over
        return names
