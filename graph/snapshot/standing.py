"""graph: decides which events count for their concept, by the first word of the event's status.

- `unconfirmed`, `provisional`, `differential`: the event is uncertain. An uncertain event is counted only on request
- `absent`: the patient was examined, and the concept was not found (the value is false or negative). If the concept is
  a test or procedure, the event counts, because the test or procedure was done. If the concept is a finding, an
  organism or a concept of unknown kind, the event does not count.

Events of the kinds family history, observation period, payer plan and location do not count either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.events import ABSENT as ABSENT_EVENT
from graph.events import COUNTS
from graph.events import UNSURE as UNSURE_EVENT
from graph.hierarchy import KINDS, Hierarchy, kinds
from graph.kinds import NOT_OWN

UNSURE = ("unconfirmed", "provisional", "differential")
ABSENT = "absent"
Flags = npt.NDArray[np.bool_]

_DONE = [KINDS.index(kind) for kind in ("test", "procedure")]


def qualified(word: str | None, status: str | None) -> str | None:
    """Returns the status of an event with a qualifier in front of it: `provisional active`."""
    return f"{word} {status}" if word and status else word or status


class Standing(NamedTuple):
    """Masks of events.

    `unsure` is true for uncertain events, and `certain` for all other events, including absent events. Both masks are
    false for events that do not state that the patient has the concept, such as family history. `absent` is true for
    events whose status begins with `absent`.
    """

    certain: Flags
    unsure: Flags
    absent: Flags


def own(rows: pa.Table) -> Standing:
    """Returns the masks of the events in `rows`, a table with the columns kind and status."""
    unsure, absent = _led(rows, UNSURE), _led(rows, (ABSENT,))
    others = _of(rows["kind"], list(NOT_OWN))
    return Standing(~unsure & ~others, unsure & ~others, absent)


def codes(rows: pa.Table) -> npt.NDArray[np.uint8]:
    """Returns the value of the column `standing` of graph.events for each event. The kind of the event is ignored."""
    unsure, absent = _led(rows, UNSURE), _led(rows, (ABSENT,))
    return np.where(absent, ABSENT_EVENT, np.where(unsure, UNSURE_EVENT, COUNTS)).astype(np.uint8)


def _led(rows: pa.Table, words: Sequence[str]) -> Flags:
    """True for events whose status begins with one of `words`."""
    statuses = pc.unique(rows["status"]).to_pylist()
    return _of(rows["status"], [status for status in statuses if (status or "").partition(" ")[0] in words])


def _of(column: pa.ChunkedArray, some: list[str | None]) -> Flags:
    return np.asarray(pc.is_in(column, value_set=pa.array(some, column.type)))


def done(concepts: pa.Table, used: pa.Table, tree: Hierarchy) -> Flags:
    """True for concepts that are tests or procedures. A concept does not become a test because an observation uses it.

    `used` has rows of a concept number and a kind of event.
    """
    others = used.filter(pc.not_equal(used["kind"], "observation"))
    return np.isin(kinds(concepts, others, *tree.pairs()), _DONE)
