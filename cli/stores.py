"""cli: opens the snapshot of a store for commands that read, and logs when a command waits for another writer."""

from __future__ import annotations

import logging

from graph.errors import NothingLoaded
from graph.snapshot import Snapshot, read_snapshot
from graph.store import Address

logger = logging.getLogger("tricuspid")


def snapshot_of(address: str) -> Snapshot:
    """Raises NothingLoaded if nothing was written yet. Reading does not create a store."""
    if Address(address).is_absent:
        raise NothingLoaded(address)
    snapshot = read_snapshot(address)
    if not snapshot.epoch:
        raise NothingLoaded(address)
    return snapshot


def waits(holder: str) -> None:
    """Logs which process this writer waits for."""
    logger.warning("waiting: the store is in use by %s", holder)
