"""graph: rewrites an embedded database, because the engine leaves deleted rows in its files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from graph.errors import GraphError, raising_store_full
from graph.store.batch import Batch
from graph.store.ladybug_log import log_of
from graph.store.port import Store
from graph.store.schema import EDGES, NODES


class Rewritable(Protocol):
    """A store that can take over the epoch of another store."""

    def write(self, batch: Batch) -> int: ...
    def become(self, other: Store) -> None: ...
    def close(self) -> None: ...


_ROWS = 40_000
_FOLDER = "compacting"


def rewritten(store: Store, database: Path, opened: Callable[[Path], Rewritable]) -> Path:
    """Copies all rows to a new database in a folder beside the store. Returns the file of the new database, closed and
    complete.

    `opened` is a function that opens a store in a folder. If the process is killed, the folder stays, and the next call
    replaces it.
    """
    folder = database.with_name(_FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    with raising_store_full(folder), closing(opened(folder)) as other:
        for table in (*NODES, *EDGES):
            _copy(store, other, table)
        other.become(store)
    made = folder / database.name
    if log_of(made).exists():
        raise GraphError(f"{made} was not closed cleanly: run the command again")
    return made


def _copy(store: Store, other: Rewritable, table: str) -> None:
    schema = (EDGES[table] if table in EDGES else NODES[table]).arrow
    for piece in store.scan(table, schema.names):
        for start in range(0, piece.num_rows, _ROWS):
            rows = {table: piece.slice(start, _ROWS)}
            other.write(Batch(edges=rows, fresh=True) if table in EDGES else Batch(nodes=rows))


def replace(database: Path, made: Path) -> None:
    """Replaces a closed database with a rewritten database. Deletes the remaining logs of the old database."""
    if log_of(database).exists():
        raise GraphError(f"{database} was not closed cleanly: run the command again")
    made.replace(database)
    for torn in database.parent.glob(f"{log_of(database).name}.torn-*"):
        torn.unlink()
    shutil.rmtree(made.parent)
