"""graph: ranks people by the number of their links to given records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.columns import Ints
from graph.kinds import RECORDS
from graph.snapshot import LINKS, Snapshot

_PERSON = "Person"
_TABLES = {kind: [table for table, ends in LINKS.items() if ends == (kind, _PERSON)] for kind in RECORDS}
"""The edge tables between the records of each kind and people."""
NAMED = tuple(kind for kind in RECORDS if _TABLES[kind])
"""The kinds of records that are linked to people."""

Found = Mapping[str, BitMap]
"""Record numbers, grouped by kind."""


def experts(snapshot: Snapshot, records: Found) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Returns the people with a link to one of `records`, and the number of these records for each person.

    People are sorted by the number of records, then by id.
    """
    named = [snapshot.links[table].gather(records[kind]) for kind in NAMED for table in _TABLES[kind]]
    people, counts = np.unique(np.concatenate(named), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return people[order], counts[order]


def records_of(snapshot: Snapshot, person: int, records: Found) -> list[tuple[str, int]]:
    """Returns the kinds and numbers of those `records` that have a link to a person, sorted by kind and id."""
    return [
        (kind, number)
        for kind in NAMED
        for table in _TABLES[kind]
        for number in snapshot.links[f"^{table}"][person].tolist()
        if number in records[kind]
    ]
