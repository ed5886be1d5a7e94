"""ingest: finds names for codes that no terminology defines, in the displays of patients' records.

A display is text about a patient. A display is stored only if at least FEWEST_PATIENTS patients of one source have the
same text with the same code in one job, and if no part of the text may name a person. A job counts displays in limited
memory, and writes the names with its last batch. A resumed job reads all files again, so its counts are complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.groups import FEWEST_PATIENTS
from ingest.enough import Enough, hashed
from ingest.personal import may_name_person

OVER = "name of a code: not counted, too many names"
PERSONAL = "name of a code: the name may identify a person"


class Display(NamedTuple):
    source: str
    concept: str
    name: str


class Labels:
    """Counts, for each code and each name that records give to the code, how many patients have the name."""

    def __init__(self) -> None:
        self._batch: dict[Display, set[bytes]] = {}
        self._enough: Enough[Display] = Enough()

    def say(self, source: str, concept: str, name: str, patient: str) -> None:
        """Records that a record of `patient`, a pseudonym, has `name` as the name of the code `concept`."""
        self._batch.setdefault(Display(source, concept, name), set()).add(hashed(patient))

    def say_all(self, source: str, said: pa.Table) -> None:
        """Records many names, as `say` does. `said` has the columns concept, name and patient."""
        grouped = said.group_by(["concept", "name"]).aggregate([("patient", "distinct")])
        # A name needs only this many patients, so further patients are not counted.
        some = pc.list_slice(grouped["patient_distinct"], 0, FEWEST_PATIENTS).to_pylist()
        for concept, name, patients in zip(
            grouped["concept"].to_pylist(), grouped["name"].to_pylist(), some, strict=True
        ):
            for patient in patients:
                self.say(source, concept, name, patient)

    def count(self, defined: Container[str]) -> None:
        """Counts the patients that `say` and `say_all` recorded since the last call.

        Names of the concepts in `defined` are left out.
        """
        for display, patients in self._batch.items():
            if display.concept not in defined:
                self._enough.add(display, patients)
        self._batch.clear()

    def found(self, lost: Counter[str]) -> dict[str, str]:
        """Returns a name for each concept. If a concept has several names, the first in alphabetical order is used.

        The reasons for names that are left out are added to `lost`. For a name that too few patients have, no reason is
        added, because the count of a reason would reveal how many such names there are.
        """
        names: dict[str, str] = {}
        for _, concept, name in self._enough:
            if may_name_person(name):
                lost[PERSONAL] += 1
            else:
                names[concept] = min(name, names.get(concept, name))
        if self._enough.over:
            lost[OVER] += self._enough.over
        return names
