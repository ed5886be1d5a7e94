"""graph: who reads asks here; gives the snapshot of the present epoch, and a newer one once there is one.

An embedded store is not opened for reading where its last writer left a snapshot: so a server and questions go on while
another process holds it and writes, each answer from the last state that this process made known.
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
from graph.store import Address, looking, open_store

logger = logging.getLogger("tricuspid.reader")


def read_snapshot(address: str) -> Snapshot:
    """The snapshot of a store's present epoch, made now where there is none yet."""
    folder = Address(address).state
    there = None if Address(address).is_server else newest(folder)
    if there and there.name == _reported(folder):
        with suppress(DamagedFile):
            return Snapshot(there)
    try:
        with closing(open_store(address)) if Address(address).is_server else looking(address) as store:
            return fresh_snapshot(store, folder)
    except StoreBusy:
        # One that is damaged cannot be made anew before the other process is done.
        with suppress(DamagedFile):
            if there:
                return Snapshot(there)
        raise


def _followed(address: str, there: Path) -> Snapshot:
    """A newer snapshot that another process has made; it is made anew where it is damaged."""
    try:
        return Snapshot(there)
    except DamagedFile:
        return read_snapshot(address)


def _reported(folder: Path) -> str | None:
    """The name that a snapshot of the epoch last written would have."""
    noted = folder / "epoch"
    epoch = noted.read_text(errors="replace") if noted.exists() else ""
    return snapshot_name(int(epoch)) if epoch.isdecimal() else None


class Reader:
    """Holds the current snapshot. `refresh` makes it follow the store; readers of the older one are not disturbed."""

    def __init__(self, address: str) -> None:
        self._address, self._folder = address, Address(address).state
        self._snapshot = read_snapshot(address)
        self._store = open_store(address) if Address(address).is_server else None
        self._refreshing = threading.Lock()
        self._faults = Faults(logger, "the store cannot be followed")
        self.trouble = ""
        """Since when and why the store cannot be followed; empty while it is."""

    def current(self) -> Snapshot:
        return self._snapshot

    def refresh(self) -> bool:
        """True where a newer snapshot was put in place; False where none was due or another thread is at it."""
        if not self._refreshing.acquire(blocking=False):
            return False
        try:
            before = self._snapshot.epoch
            if self._store is not None:
                if self._store.epoch() != before:
                    self._snapshot = fresh_snapshot(self._store, self._folder)
            elif (there := newest(self._folder)) and there != self._snapshot.folder:
                self._snapshot = _followed(self._address, there)
            return self._snapshot.epoch != before
        finally:
            self._refreshing.release()

    def follow(self, every: float, stop: threading.Event) -> None:
        """Refreshes at most every so many seconds, and no more than a third of the time, until told to stop.

        Whatever goes wrong, it tries again: what was last read is good until then, and `trouble` says so meanwhile.
        """
        pause = every
        while not stop.wait(pause):
            began = time.monotonic()
            try:
                if self.refresh():
                    gc.collect()  # an older snapshot is part of a cycle, and may hold hundreds of megabytes
                self.trouble = ""
            except Exception as wrong:
                self._note(wrong)
            pause = max(every, 2 * (time.monotonic() - began))

    def _note(self, wrong: Exception) -> None:
        """The kind of fault alone is told to whoever asks over HTTP; its words stand in the log."""
        if not self.trouble:
            since = datetime.now(UTC).isoformat(timespec="seconds")
            self.trouble = f"the store cannot be followed since {since}: {type(wrong).__name__}"
        self._faults.tell(wrong)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
