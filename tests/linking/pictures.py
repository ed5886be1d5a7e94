"""Snapshots of the small example, with the vectors of an encoder."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, open_store
from linking.encoding import Meaning, VectorCache, open_encoder
from linking.neighbours import SEEN, Concepts, Spelling, concept_vectors, nearest
from linking.neighbours.concepts import Near
from tests.example import write_example


def picture(folder: Path, *more: Batch) -> Snapshot:
    """A snapshot of the example and of further batches."""
    with closing(open_store(str(folder))) as store:
        write_example(store)
        for batch in more:
            store.write(batch)
        return fresh_snapshot(store, folder)


def understood(snapshot: Snapshot, folder: Path) -> tuple[Meaning, Concepts, tuple[Near, Near], Spelling]:
    meaning = Meaning(snapshot, VectorCache(folder / "vectors", open_encoder()))
    concepts = concept_vectors(meaning)
    return meaning, concepts, nearest(concepts, SEEN), Spelling(concepts.labels)
