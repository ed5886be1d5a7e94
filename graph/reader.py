"""graph: who reads asks here; gives the snapshot of the present epoch, and a newer one once there is one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from graph.open import is_server, open_store, state_folder
from graph.snapshot import Snapshot, newest, snapshot_name
from graph.snapshot_build import fresh_snapshot
from graph.store import Store


class Reader:
    """Holds the current snapshot. `refresh` makes it follow the store; readers of the older one are not disturbed."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._building = threading.Lock()
        self._snapshot = fresh_snapshot(store, folder)

    def current(self) -> Snapshot:
        return self._snapshot

    def refresh(self) -> bool:
        """True where a newer snapshot was put in place; False where none was due or another thread is at it."""
        if not self._building.acquire(blocking=False):
            return False
        try:
            if self._store.epoch() == self._snapshot.epoch:
                return False
            self._snapshot = fresh_snapshot(self._store, self._folder)
            return True
        finally:
            self._building.release()

    def follow(self, every: float, stop: threading.Event) -> None:
        """Refreshes at most every so many seconds, and no more than a third of the time, until told to stop."""
        pause = every
        while not stop.wait(pause):
            began = time.monotonic()
            self.refresh()
            pause = max(every, 2 * (time.monotonic() - began))


def read_snapshot(address: str) -> Snapshot:
    """The snapshot of a store's present epoch, for one question.

    An embedded store whose last write was followed by a snapshot is not even opened, so that a question is answered
    while another process holds it, from what that process last made known.
    """
    folder = state_folder(address)
    if not is_server(address):
        reported = folder / "epoch"
        there = newest(folder)
        if there and reported.exists() and there.name == snapshot_name(int(reported.read_text())):
            return Snapshot(there)
    store = open_store(address)
    try:
        return fresh_snapshot(store, folder)
    finally:
        store.close()
