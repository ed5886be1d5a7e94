"""linking: holds the grounders and vectors of a running server.

Opening an encoder takes seconds, and encoding the names of a large store takes minutes. Requests to the server do not
wait for these steps. Until all vectors are ready, answers use words alone, or words and the vectors computed so far.
`state` returns how many vectors the answers use.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from graph.errors import NoEncoder
from graph.faults import Faults
from graph.snapshot import Snapshot
from linking.encoding import (
    KEPT,
    PART,
    KeptVectors,
    Meaning,
    VectorCache,
    count_kept,
    encoder_name,
    encoding,
    names_in_turn,
    open_encoder,
    wanted,
)
from linking.grounding import Grounder
from linking.search import RecordVectors, forget_rankings, linked_model

READY = "ready"
OFF = "off: set TRICUSPID_MEANING=on to use vectors"
_ABSENT, _WARMING = "absent: not requested", "warming up"
_NONE = "absent: no name has a vector yet; run `tricuspid link`"
_UNOPENED = "not opened: an exact match needs no encoder"
_UNLINKED = "absent: records have no vectors of this model yet; run `tricuspid link`"
_MOST_GROUNDERS = 16
_AGAIN = 60.0
"""Seconds before a failed warm-up is retried."""
_LONGEST = 60.0
"""Maximum time in seconds that a request waits while this or another process encodes names."""
_GROWN = 1.25
"""While names are encoded, searches start to use new vectors when the number of vectors has grown by this factor."""
logger = logging.getLogger("tricuspid.meaning")


class Encoded(NamedTuple):
    """The state of the vectors (see `Understanding.state`), how many names need a vector, and how many have one."""

    state: str
    names: int
    encoded: int


class _GivenUp(Exception):
    """Raised to stop the encoding. The existing vectors stay stored. The remaining names are encoded later."""


class Understanding:
    """Holds the grounders of the newest snapshot: one grounder for each set of ontologies. Thread-safe.

    `folder` holds the vectors. Without a folder, no encoder is used, and the state is the text in `lacking`. While a
    request for a grounder waits, at most `patience` names are encoded. If `patience` is None, requests never open the
    encoder; only `warm` opens the encoder.
    """

    def __init__(
        self, folder: Path | None = None, model: str = "", patience: int | None = None, lacking: str = _ABSENT
    ) -> None:
        self._folder, self._model, self._patience = folder, model, patience
        self._swapping, self._warming = threading.Lock(), threading.Lock()
        self._held: _Held | None = None
        self._faults = Faults(logger, "cannot compute vectors, so only words are used")
        self._tried: Snapshot | None = None
        self._state = lacking if folder is None else _WARMING if patience is None else _UNOPENED

    def state(self) -> dict[str, str]:
        """The state of the vectors: `ready`, `warming up` or `partial: 12,000 of 105,000 names`.

        If no vectors are used, the state is `not opened`, `absent` or `off`, followed by a colon and the reason.
        """
        return {"meaning": self._state}

    def encoded(self, snapshot: Snapshot) -> Encoded:
        """Counts the names of the snapshot that have a vector. If no encoder is open, counts the vectors on disk."""
        held = self._holding(snapshot)
        if self._folder is None or self._patience is None or held.meaning is not None:
            return Encoded(self._state, held.names, held.meaning.encoded if held.meaning else 0)
        try:
            folder = self._folder / encoder_name(self._model)
        except NoEncoder as absent:
            return Encoded(f"absent: {absent}", held.names, 0)
        done, other = count_kept(folder, names_in_turn(snapshot, wanted(snapshot))), encoding(folder)
        state = READY if done == held.names else _partial(done, held.names) if done else _NONE
        if other and done < held.names:
            state = f"{_partial(done, held.names)}; process {other} is encoding"
        return Encoded(state, held.names, done)

    def grounder(self, snapshot: Snapshot, ontologies: Collection[str] = ()) -> Grounder:
        """Returns the grounder of a snapshot. The grounder uses vectors if they are ready.

        The names in `ontologies` are not case-sensitive.
        """
        self._hurry(snapshot)
        return self._holding(snapshot).grounder(frozenset(name.lower() for name in ontologies))

    def sought(self, snapshot: Snapshot) -> Meaning | None:
        """Returns the vectors for a search that has no exact match. Opens the encoder only if vectors exist on disk."""
        if self._folder is not None and self._patience is not None and not any(self._folder.glob(f"*/{KEPT}")):
            self._state = _NONE
        else:
            self._hurry(snapshot)
        return self.meaning(snapshot)

    def meaning(self, snapshot: Snapshot) -> Meaning | None:
        """The vectors that are ready for this snapshot. Some names may still lack a vector. Never waits."""
        held = self._held
        return held.meaning if held and held.snapshot is snapshot else None

    def records(self, snapshot: Snapshot) -> tuple[RecordVectors | None, dict[str, str]]:
        """Returns the vectors of records, for a search without an exact match.

        If there are no vectors, returns None and the reason. The encoder is opened under the same conditions as in
        `sought`.
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
        """Returns the vectors of records that the last link job stored; None if there was no link job."""
        return self._holding(snapshot).kept(self._folder)

    def warm(self, snapshot: Snapshot, most: int | None = None, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Opens the encoder, encodes the names without a vector, and stores and uses the vectors.

        Encodes the names of concepts in use first. If more than `most` names lack a vector, encodes nothing. Calls
        `gives_up` after every few names, and stops encoding when `gives_up` returns true.
        """
        with self._warming:
            if self._folder is None or self._whole(snapshot):
                return
            try:
                self._encode(snapshot, VectorCache(self._folder, open_encoder(self._model)), most, gives_up)
            except _GivenUp:
                pass
            except Exception as broken:
                # Answers by words must work even if the model, its folder or the disk is broken.
                if not isinstance(broken, NoEncoder):
                    self._faults.log(broken)
                some = self.meaning(snapshot)
                self._state = f"{_partial(some.encoded, len(some.forms))}: {broken}" if some else f"absent: {broken}"

    def _hurry(self, snapshot: Snapshot) -> None:
        """If `patience` is set, opens the encoder, at most once for each snapshot."""
        if self._patience is not None and self._tried is not snapshot:
            self.warm(snapshot, self._patience)
            self._tried = snapshot

    def follow(self, current: Callable[[], Snapshot], every: float, stop: threading.Event) -> None:
        """Calls `warm` for each new snapshot, and again a minute after a failure, until `stop` is set."""
        warmed: Snapshot | None = None
        again = 0.0
        while not stop.is_set():
            snapshot = current()
            if snapshot is not warmed or (not self._whole(snapshot) and time.monotonic() >= again):
                self.warm(snapshot, None, lambda: stop.is_set() or current() is not snapshot)  # noqa: B023
                warmed, again = snapshot, time.monotonic() + _AGAIN
            stop.wait(every)

    def _encode(self, snapshot: Snapshot, cache: VectorCache, most: int | None, gives_up: Callable[[], bool]) -> None:
        known = self._learn(snapshot, cache)
        if known.whole:
            return
        lacking, ends, in_use = len(known.forms) - known.encoded, time.monotonic() + _LONGEST, len(cache.index)
        if most is not None and lacking > most:
            if known.encoded:
                return
            raise NoEncoder(f"{lacking:,} names have no vector yet; run `tricuspid serve` or `tricuspid ground`")

        def progress(_done: int, _names: int) -> None:
            if gives_up() or (most is not None and time.monotonic() > ends):
                raise _GivenUp

        def kept() -> None:
            nonlocal in_use
            if len(cache.index) >= _GROWN * in_use:
                in_use = len(cache.index)
                some = self._learn(snapshot, cache)
                if most is None and lacking > PART:
                    logger.info("%s", _partial(some.encoded, len(some.forms)))

        cache.fill(names_in_turn(snapshot, known.forms), progress, kept)
        self._learn(snapshot, cache)
        if most is None and lacking > PART:
            logger.info("all %s names have vectors", f"{len(known.forms):,}")

    def _learn(self, snapshot: Snapshot, cache: VectorCache) -> Meaning:
        """Starts to use the vectors that exist so far."""
        meaning = Meaning(snapshot, cache, encodes=False)
        if meaning.encoded or meaning.whole:
            self._holding(snapshot).learn(meaning)
            self._state = READY if meaning.whole else _partial(meaning.encoded, len(meaning.forms))
        return meaning

    def _whole(self, snapshot: Snapshot) -> bool:
        meaning = self.meaning(snapshot)
        return meaning is not None and meaning.whole

    def _holding(self, snapshot: Snapshot) -> _Held:
        """Returns the grounders of this snapshot. Drops the grounders of an older snapshot."""
        with self._swapping:
            held = self._held
            if held is not None and (held.snapshot is snapshot or held.snapshot.epoch > snapshot.epoch):
                return held if held.snapshot is snapshot else _Held(snapshot)
            if held is not None and held.meaning is not None:
                self._state = _WARMING
            self._held = _Held(snapshot)
            return self._held


def _partial(encoded: int, names: int) -> str:
    return f"partial: {encoded:,} of {names:,} names"


class _Held:
    """The grounders of one snapshot.

    All grounders share one dictionary, because the dictionary takes most of the memory.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.meaning: Meaning | None = None
        self._kept: KeptVectors | None = None
        self._records: RecordVectors | None = None
        self._making = threading.Lock()
        self._grounders: dict[frozenset[str], Grounder] = {}

    @cached_property
    def names(self) -> int:
        """The number of names that need a vector."""
        return len(wanted(self.snapshot))

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
        forget_rankings(self.snapshot)

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
