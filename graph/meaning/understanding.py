"""graph: what a running server understands; the grounder of the present snapshot, by words until its vectors are there.

To open an encoder takes seconds, and to encode the names of a large store minutes: so nobody waits for either, and an
answer is by words alone until then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from graph.errors import NoEncoder
from graph.faults import Faults
from graph.meaning.encoder import open_encoder
from graph.meaning.grounder import Grounder
from graph.meaning.meaning import Meaning
from graph.meaning.record_vectors import RecordVectors
from graph.meaning.related import linked_model
from graph.meaning.vectors import KEPT, KeptVectors, VectorCache
from graph.snapshot import Snapshot

READY = "ready"
_UNOPENED = "not opened: an exact name needs none"
_UNLINKED = "absent: records have no vectors of this model yet: `tricuspid link` makes them"
_MOST_GROUNDERS = 16
_AGAIN = 60.0
"""Seconds after which what could not be made is tried again."""
logger = logging.getLogger("tricuspid.meaning")


class Understanding:
    """Grounders of the newest snapshot that was asked about, one for each choice of ontologies; for many threads.

    `folder` holds the vectors; without one there is no meaning. `patience` is how many names may still be encoded
    while somebody waits for a grounder; with None, only `warm` opens the encoder.
    """

    def __init__(self, folder: Path | None = None, model: str = "", patience: int | None = None) -> None:
        self._folder, self._model, self._patience = folder, model, patience
        self._swapping, self._warming = threading.Lock(), threading.Lock()
        self._held: _Held | None = None
        self._faults = Faults(logger, "the vectors could not be made, so there is no meaning")
        self._tried: Snapshot | None = None
        self._state = "absent: not asked for" if folder is None else "warming up" if patience is None else _UNOPENED

    def state(self) -> dict[str, str]:
        """`ready`, `warming up: 12,000 of 105,000 names`, `not opened: ` or `absent: `, and why or what to do."""
        return {"meaning": self._state}

    def grounder(self, snapshot: Snapshot, ontologies: Collection[str] = ()) -> Grounder:
        """With meaning where that is warm for this snapshot. `ontologies` are prefixes, in any case."""
        self._hurry(snapshot)
        return self._holding(snapshot).grounder(frozenset(name.lower() for name in ontologies))

    def sought(self, snapshot: Snapshot) -> Meaning | None:
        """For a search that no exact name answers: as for a grounder, but only where some names have vectors."""
        if self._folder is not None and self._patience is not None and not any(self._folder.glob(f"*/{KEPT}")):
            self._state = "absent: no name has a vector yet: `tricuspid link` makes them"
        else:
            self._hurry(snapshot)
        return self.meaning(snapshot)

    def meaning(self, snapshot: Snapshot) -> Meaning | None:
        """What is warm for this snapshot; never waits."""
        held = self._held
        return held.meaning if held and held.snapshot is snapshot else None

    def records(self, snapshot: Snapshot) -> tuple[RecordVectors | None, dict[str, str]]:
        """The vectors of records' texts, for a search that no identifier or title answers, and else why not.

        As for `sought`, nobody waits for an encoder that is not open yet, unless there is patience for it.
        """
        kept = self.kept(snapshot)
        if kept is None:
            return None, self.state() if self._folder is None else {"meaning": _UNLINKED}
        meaning = self.meaning(snapshot) or self.sought(snapshot)
        if meaning is None:
            return None, self.state()
        if linked_model(snapshot) != meaning.model:
            return None, {"meaning": _UNLINKED}
        return self._holding(snapshot).records(kept, meaning), {}

    def kept(self, snapshot: Snapshot) -> KeptVectors | None:
        """The vectors of the texts of records, as the last link job left them; None where there was none."""
        return self._holding(snapshot).kept(self._folder)

    def warm(self, snapshot: Snapshot, most: int | None = None) -> None:
        """Opens the encoder and encodes what lacks a vector, no more than `most` names; what is encoded is kept."""
        with self._warming:
            if self._folder is None or self.meaning(snapshot) is not None:
                return
            try:
                meaning = self._read(snapshot, self._folder, most)
                self._holding(snapshot).learn(meaning)
                self._state = READY
            except Exception as broken:
                # Answers by words go on, whatever is wrong with the model, its folder or the disk.
                if not isinstance(broken, NoEncoder):
                    self._faults.tell(broken)
                self._state = f"absent: {broken}"

    def _hurry(self, snapshot: Snapshot) -> None:
        """Opens the encoder, once for a snapshot, where there is patience for it."""
        if self._patience is not None and self._tried is not snapshot:
            self.warm(snapshot, self._patience)
            self._tried = snapshot

    def follow(self, current: Callable[[], Snapshot], every: float, stop: threading.Event) -> None:
        """Warms for the current snapshot, whenever there is a newer one, and a minute after it could not."""
        warmed: Snapshot | None = None
        again = 0.0
        while not stop.is_set():
            snapshot = current()
            if snapshot is not warmed or (self.meaning(snapshot) is None and time.monotonic() >= again):
                self.warm(snapshot)
                warmed, again = snapshot, time.monotonic() + _AGAIN
            stop.wait(every)

    def _read(self, snapshot: Snapshot, folder: Path, most: int | None) -> Meaning:
        def told(done: int, names: int) -> None:
            if most is not None and names > most:
                raise NoEncoder(
                    f"{names:,} names have no vector yet: `tricuspid serve` or `tricuspid ground` makes them"
                )
            self._state = f"warming up: {done:,} of {names:,} names"

        return Meaning(snapshot, VectorCache(folder, open_encoder(self._model)), told)

    def _holding(self, snapshot: Snapshot) -> _Held:
        """What is held for this snapshot, which takes the place of an older one's."""
        with self._swapping:
            held = self._held
            if held is not None and (held.snapshot is snapshot or held.snapshot.epoch > snapshot.epoch):
                return held if held.snapshot is snapshot else _Held(snapshot)
            self._held = _Held(snapshot)
            return self._held


class _Held:
    """The grounders of one snapshot; they share the dictionary, which is most of their size."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.meaning: Meaning | None = None
        self._kept: KeptVectors | None = None
        self._records: RecordVectors | None = None
        self._making = threading.Lock()
        self._grounders: dict[frozenset[str], Grounder] = {}

    def kept(self, folder: Path | None) -> KeptVectors | None:
        with self._making:
            if folder is not None and self._kept is None:
                self._kept = KeptVectors.open(folder, linked_model(self.snapshot))
            return self._kept

    def records(self, kept: KeptVectors, meaning: Meaning) -> RecordVectors:
        with self._making:
            if self._records is None:
                self._records = RecordVectors(self.snapshot, kept, meaning.encode)
            return self._records

    def learn(self, meaning: Meaning) -> None:
        every = self.grounder(frozenset())
        with self._making:
            self._grounders = {frozenset(): Grounder(self.snapshot, meaning, dictionary=every.dictionary)}
            self.meaning = meaning

    def grounder(self, ontologies: frozenset[str]) -> Grounder:
        with self._making:
            found = self._grounders.get(ontologies)
            if found is None:
                every = self._grounders.get(frozenset()) or Grounder(self.snapshot)
                self._grounders[frozenset()] = every
                found = every
                if ontologies:
                    found = Grounder(self.snapshot, self.meaning, ontologies, dictionary=every.dictionary)
                if len(self._grounders) < _MOST_GROUNDERS:
                    self._grounders[ontologies] = found
            return found
