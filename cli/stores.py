"""cli: how a command comes to a store: to ask it, or to write to it after whoever does so already."""

from __future__ import annotations

import logging

from graph.errors import NothingLoaded
from graph.snapshot import Snapshot, read_snapshot
from graph.store import Address

logger = logging.getLogger("tricuspid")


def snapshot_of(address: str) -> Snapshot:
    """Raises NothingLoaded where nothing was written yet; asking makes no store where there was no folder."""
    if Address(address).is_absent:
        raise NothingLoaded(address)
    snapshot = read_snapshot(address)
    if not snapshot.epoch:
        raise NothingLoaded(address)
    return snapshot


def waits(holder: str) -> None:
    """Tells whom a writer waits for."""
    logger.warning("waiting, the store is held by %s", holder)
