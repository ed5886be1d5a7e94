"""graph: gives readers the snapshot of the current epoch, and replaces the snapshot when there is a newer one.

If the last writer of an embedded store left a snapshot, the store itself is not opened for reading. So a server and
queries keep working while another process writes. Answers come from the last snapshot that the writer published.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from graph.columns import DamagedFile
from graph.errors import StoreBusy
from graph.faults import Faults
from graph.snapshot.build import fresh_snapshot
from graph.snapshot.files import newest, snapshot_name
from graph.snapshot.snapshot import Snapshot
from graph.store import Address, open_store, reading

logger = logging.getLogger("tricuspid.reader")


def read_snapshot(address: str) -> Snapshot:
    """Returns the snapshot of the current epoch of a store. Builds the snapshot if there is none."""
    folder = Address(address).state
    there = None if Address(address).is_server else newest(folder)
    if there and there.name == _reported(folder):
        with suppress(DamagedFile):
            return Snapshot(there)
    try:
        with closing(open_store(address)) if Address(address).is_server else reading(address) as store:
            return fresh_snapshot(store, folder)
    except StoreBusy:
        # A damaged snapshot cannot be rebuilt before the other process has finished.
        with suppress(DamagedFile):
            if there:
                return Snapshot(there)
        raise


def _followed(address: str, there: Path) -> Snapshot:
    """Returns a newer snapshot that another process has built. If the snapshot is damaged, builds it again."""
    try:
        return Snapshot(there)
    except DamagedFile:
        return read_snapshot(address)


def _reported(folder: Path) -> str | None:
    """Returns the name of the snapshot for the last epoch that was written."""
    noted = folder / "epoch"
    epoch = noted.read_text(errors="replace") if noted.exists() else ""
    return snapshot_name(int(epoch)) if epoch.isdecimal() else None


class Reader:
    """Holds the current snapshot. `refresh` replaces the snapshot. Users of the older snapshot are not affected."""

    def __init__(self, address: str) -> None:
        self.address, self._folder = address, Address(address).state
        self._snapshot = read_snapshot(address)
        self._store = open_store(address) if Address(address).is_server else None
        self._refreshing = threading.Lock()
        self._faults = Faults(logger, "cannot read the store")
        self.trouble = ""
        """States since when the store cannot be read, and why. Empty if the store can be read."""

    def current(self) -> Snapshot:
        return self._snapshot

    def refresh(self) -> bool:
        """Loads a newer snapshot if there is one. Returns True if a snapshot was loaded.

        If another thread is refreshing, returns False.
        """
        if not self._refreshing.acquire(blocking=False):
            return False
        try:
            before = self._snapshot.epoch
            if self._store is not None:
                if self._store.epoch() != before:
                    self._snapshot = fresh_snapshot(self._store, self._folder)
            elif (there := newest(self._folder)) and there != self._snapshot.folder:
                self._snapshot = _followed(self.address, there)
            return self._snapshot.epoch != before
        finally:
            self._refreshing.release()

    def follow(self, every: float, stop: threading.Event) -> None:
        """Refreshes until `stop` is set: at most once in `every` seconds, and during at most a third of the time.

        After an error, the reader tries again. Until then the last snapshot stays in use and `trouble` is set.
        """
        pause = every
        while not stop.wait(pause):
            began = time.monotonic()
            try:
                if self.refresh():
                    gc.collect()  # an older snapshot is in a reference cycle and may hold hundreds of megabytes
                self.trouble = ""
            except Exception as wrong:
                self._note(wrong)
            pause = max(every, 2 * (time.monotonic() - began))

    def _note(self, wrong: Exception) -> None:
        """Logs the error. `trouble` has only the type of the error, because HTTP callers see `trouble`."""
        if not self.trouble:
            since = datetime.now(UTC).isoformat(timespec="seconds")
            self.trouble = f"the store has not been readable since {since}: {type(wrong).__name__}"
        self._faults.log(wrong)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
