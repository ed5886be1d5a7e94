"""ingest: stores a free text of an event only if ten patients of the source have the same text (docs/decisions/0022).

Events are written before all patients are counted. So an event is written without a text until enough patients have the
text, and the last batch of a job adds the text to the events that were written before. A resumed job reads all files
again, so its counts are complete.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import Event
from graph.store import EDGES, Batch, Store
from ingest.enough import Enough, hashed
from ingest.words import RARE, SAID, is_said

MOST = 1 << 17
"""The maximum number of records whose events wait until enough patients have one of their texts."""
_AT_ONCE = 1_000
_EVENT = EDGES["EVENT"].arrow


class Said(NamedTuple):
    """A free text of an event. `source`, `patient` and `concept` are those of the event. `column` is the event's column
    for the text.
    """

    source: str
    patient: str
    concept: str
    column: str
    text: str


Late = Mapping[str, list[Said]]
"""By the pseudonym of a record, the texts to add to its events, which were written without these texts."""


class Sayings:
    """Decides which free texts of events are written: those that enough patients of the same source have."""

    def __init__(self) -> None:
        self._enough: Enough[tuple[str, str]] = Enough()
        self._waiting: dict[str, list[Said]] = {}
        self._lost: Counter[str] = Counter()

    def kept(self, source: str, event: Event) -> Event:
        """Returns the event with only those texts that enough patients of the source have had so far."""
        given = {column: text for column in SAID if (text := getattr(event, column))}
        if not given:
            return event
        own = source, event.patient, event.concept
        kept: Any = {column: self._kept(event.record, Said(*own, column, text)) for column, text in given.items()}
        return event._replace(**kept)

    def _kept(self, record: str, said: Said) -> str | None:
        if not is_said(said.text):
            self._lost[f"{said.column}: {RARE}"] += 1
            return None
        key = said.source, said.text
        self._enough.add(key, {hashed(said.patient)})
        if key in self._enough:
            return said.text
        if record not in self._waiting and len(self._waiting) >= MOST:
            self._lost[f"{said.column}: not counted, too many texts"] += 1
        else:
            self._waiting.setdefault(record, []).append(said)
        return None

    def again(self, record: str) -> None:
        """Must be called when a record is read again. The texts of its earlier version are then no longer added."""
        self._waiting.pop(record, None)

    def late(self, skipped: Container[str], lost: Counter[str]) -> Late:
        """Returns the texts to add to events that were written without these texts, except those of the records in
        `skipped`.

        The reasons for texts that are left out are added to `lost`.
        """
        lost.update(self._lost)
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for record, texts in self._waiting.items():
            for said in texts:
                if (said.source, said.text) not in self._enough:
                    lost[f"{said.column}: {RARE}"] += 1
                elif record not in skipped:
                    found[record].append(said)
        return found


def add_late(store: Store, batch: Batch, late: Late) -> None:
    """Adds the texts in `late` to events, both of the batch and of the store. Changed events of the store become part
    of the batch.
    """
    if not late:
        return
    texts: dict[str, dict[tuple[str, str, str], str]] = {column: {} for column in SAID}
    for record, some in late.items():
        for said in some:
            texts[said.column][record, said.patient, said.concept] = said.text
    own = batch.edges.get("EVENT", _EVENT.empty_table())
    retracted = batch.retracted["EVENT"]["record"].to_pylist() if "EVENT" in batch.retracted else []
    restated = pa.array({*own["record"].to_pylist(), *retracted}, pa.string())
    its = pc.is_in(own["record"], value_set=pa.array(late, pa.string()))
    frames = [own.filter(its), *_stored(store, late, restated)]
    batch.edges["EVENT"] = pa.concat_tables([own.filter(pc.invert(its)), *(_with(frame, texts) for frame in frames)])


def _stored(store: Store, late: Late, restated: pa.Array) -> Iterator[pa.Table]:
    """Yields the stored events of the records in `late`, without the records in `restated`, whose stored events the
    batch replaces or retracts.
    """
    records = pa.array(late, pa.string())
    patients = [*dict.fromkeys(said.patient for some in late.values() for said in some)]
    for at in range(0, len(patients), _AT_ONCE):
        rows = store.edges("EVENT", pa.array(patients[at : at + _AT_ONCE], pa.string()), _EVENT.names)
        known = pc.is_in(rows["record"], value_set=records)
        yield rows.filter(pc.and_not(known, pc.is_in(rows["record"], value_set=restated))).select(_EVENT.names)


def _with(rows: pa.Table, texts: Mapping[str, Mapping[tuple[str, str, str], str]]) -> pa.Table:
    """Returns the events `rows` with texts added.

    `texts` has, for each column, the text of each event, identified by its record, patient and concept.
    """
    keys = [*zip(*(rows[name].to_pylist() for name in ("record", "source", "target")), strict=True)]
    for column, found in texts.items():
        made = [found.get(key, before) for key, before in zip(keys, rows[column].to_pylist(), strict=True)]
        rows = rows.set_column(_EVENT.get_field_index(column), _EVENT.field(column), pa.array(made, pa.string()))
    return rows.cast(_EVENT)
