"""A writer that tests kill. It runs in a process that is forked after the imports."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

from graph.store import Batch, open_store
from tests.graph.rows import concepts, edges, nodes


def write_on(address: str, rows: int, closes: bool, result: Connection) -> None:
    """Writes batches, and sends each epoch as soon as the epoch is written."""
    store = open_store(address)
    result.send(store.epoch())
    for _ in range(200):
        result.send(store.write(batch(store.epoch() + 1, rows)))
        if closes:
            store.close()
            store = open_store(address)


def batch(number: int, rows: int) -> Batch:
    """New concepts below a concept of the last batch, and the same job and mapping in every batch."""
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
