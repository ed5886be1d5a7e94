"""graph.store: declares the interface and the schema of a store, and implements a store for each engine."""

from graph.store.address import Address
from graph.store.backups import Progress, backup, restore
from graph.store.batch import STUB, Batch
from graph.store.open import open_store
from graph.store.port import Store
from graph.store.rehearsal import Rehearsal
from graph.store.schema import EDGES, NODES, RELEASED
from graph.store.stored import CountedStore, Scanned, ends, places, rows_of, sorted_rows
from graph.store.writing import reading, writing

__all__ = [
    "EDGES",
    "NODES",
    "RELEASED",
    "STUB",
    "Address",
    "Batch",
    "CountedStore",
    "Progress",
    "Rehearsal",
    "Scanned",
    "Store",
    "backup",
    "ends",
    "open_store",
    "places",
    "reading",
    "restore",
    "rows_of",
    "sorted_rows",
    "writing",
]
