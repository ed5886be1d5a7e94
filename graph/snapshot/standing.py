"""graph: which events of patients count as having a concept, by the first word of their status.

- `unconfirmed`, `provisional`, `differential`: it is not certain; kept, and counted only where this is asked for
- `absent`: it was looked for and is not there (a value that is false or negative). What was done counts, a test or a
  procedure; what was looked for, as a finding or an organism, does not, nor does a concept of unknown kind.

What is said of the family of a patient is not counted either.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.hierarchy import KINDS, Hierarchy, kinds

UNSURE = ("unconfirmed", "provisional", "differential")
ABSENT = "absent"
Flags = npt.NDArray[np.bool_]

_DONE = [KINDS.index(kind) for kind in ("test", "procedure")]


def qualified(word: str | None, status: str | None) -> str | None:
    """The status of an event, led by the word that says how it stands: `provisional active`."""
    return f"{word} {status}" if word and status else word or status


def own(rows: pa.Table) -> tuple[Flags, Flags, Flags]:
    """Of events the patient's own that are certain, those that are not, and those of what is absent."""
    led = {status: (status or "").partition(" ")[0] for status in pc.unique(rows["status"]).to_pylist()}
    certain = ~_of(rows["status"], [status for status, word in led.items() if word in UNSURE])
    family = np.asarray(pc.equal(rows["kind"], "family_history").fill_null(False))
    return (
        certain & ~family,
        ~certain & ~family,
        _of(rows["status"], [status for status, word in led.items() if word == ABSENT]),
    )


def _of(column: pa.ChunkedArray, some: list[str | None]) -> Flags:
    return np.asarray(pc.is_in(column, value_set=pa.array(some, column.type)))


def done(concepts: pa.Table, used: pa.Table, tree: Hierarchy) -> Flags:
    """The concepts that are tests or procedures, whatever observations are coded with.

    `used` are rows of a concept's number and a kind of event.
    """
    others = used.filter(pc.not_equal(used["kind"], "observation"))
    return np.isin(kinds(concepts, others, *tree.pairs()), _DONE)
