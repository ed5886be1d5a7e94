"""A writer for tests to kill, in a process that is forked from one that has imported what it needs."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

from graph.store import Batch, open_store
from tests.graph.rows import concepts, edges, nodes


def write_on(address: str, rows: int, closes: bool, told: Connection) -> None:
    """Writes batch after batch, and tells each epoch as soon as it is written."""
    store = open_store(address)
    told.send(store.epoch())
    for _ in range(200):
        told.send(store.write(batch(store.epoch() + 1, rows)))
        if closes:
            store.close()
            store = open_store(address)


def batch(number: int, rows: int) -> Batch:
    """New concepts below the batch before, and one job and one mapping that every batch says anew."""
    ids = [f"K:{number}-{row}" for row in range(rows)]
    above = f"K:{max(number - 1, 1)}-0"
    said: dict[str, Any] = {"predicate": "skos:exactMatch", "confidence": float(number)}
    return Batch(
        nodes={
            "Concept": concepts(*ids, label="of many letters " * 20),
            "Job": nodes("Job", {"id": "job", "checkpoint": number}),
        },
        edges={
            "IS_A": edges("IS_A", *((id_, above) for id_ in ids)),
            "MAPS_TO": edges("MAPS_TO", ("K:1-0", "K:1-0"), **said),
        },
    )
