"""graph.store: the port to the stored graph, its schema, and one file for each engine."""

from graph.store.backup import Progress, backup, restore
from graph.store.open import is_server, open_store, state_folder
from graph.store.port import STUB, Batch, Store
from graph.store.rehearsal import Rehearsal
from graph.store.schema import EDGES, NODES, RELEASED
from graph.store.stored import Scanned, Still, ends, places, rows_of, sorted_rows
from graph.store.writing import looking, writing

__all__ = [
    "EDGES",
    "NODES",
    "RELEASED",
    "STUB",
    "Batch",
    "Progress",
    "Rehearsal",
    "Scanned",
    "Still",
    "Store",
    "backup",
    "ends",
    "is_server",
    "looking",
    "open_store",
    "places",
    "restore",
    "rows_of",
    "sorted_rows",
    "state_folder",
    "writing",
]
