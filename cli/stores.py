"""cli: opens the snapshot of a store for commands that read, and finds the inputs of commands that write."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from graph.errors import NothingLoaded
from graph.snapshot import Snapshot, read_snapshot
from graph.store import Address

logger = logging.getLogger("tricuspid")


def snapshot_of(address: str) -> Snapshot:
    """Returns the snapshot of a store. If nothing was written yet, raises NothingLoaded and creates no store."""
    if Address(address).is_absent:
        raise NothingLoaded(address)
    snapshot = read_snapshot(address)
    if not snapshot.epoch:
        raise NothingLoaded(address)
    return snapshot


def label_of(snapshot: Snapshot, private: bool = False) -> Callable[[str], str | None]:
    """Returns a function that returns the label of a concept by its CURIE.

    The label of a private concept is returned only if `private` is true.
    """

    def label(id_: str) -> str | None:
        number = snapshot.ids.find(id_)
        if number is None or (number in snapshot.private and not private):
            return None
        return snapshot.concepts["label"][number].as_py() or None

    return label


def waits(holder: str) -> None:
    """Logs which process the new writer is waiting for."""
    logger.warning("waiting: the store is in use by %s", holder)


def places(options: Namespace) -> list[Any]:
    """Returns the inputs from the command line.

    The address of a database may contain a password, so do not print it.
    """
    from ingest.inputs import place

    return [place(path) for path in options.paths]
