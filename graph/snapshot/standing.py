"""graph: decides which events count for their concept, by the first word of the event's status.

- `unconfirmed`, `provisional`, `differential`: the event is uncertain. It is stored, and counted only on request
- `absent`: the concept was looked for and not found (a false or negative value). A test or procedure counts, because it
  was done. A finding, an organism or a concept of unknown kind does not count.

Events of the family history are not counted either.
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
    """Returns the status of an event, with a qualifier before the status: `provisional active`."""
    return f"{word} {status}" if word and status else word or status


def own(rows: pa.Table) -> tuple[Flags, Flags, Flags]:
    """Masks of events: certain events of the patient, uncertain events of the patient, and events with `absent`."""
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
    """True for concepts that are tests or procedures. An observation with a concept as its code is no evidence.

    `used` has rows of a concept number and a kind of event.
    """
    others = used.filter(pc.not_equal(used["kind"], "observation"))
    return np.isin(kinds(concepts, others, *tree.pairs()), _DONE)
