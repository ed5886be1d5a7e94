"""Snapshots of the small example with what an encoder makes of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from graph.meaning.encoder import open_encoder
from graph.meaning.likest import Concepts, Near, concept_vectors, likest
from graph.meaning.meaning import Meaning
from graph.meaning.neighbours import SEEN
from graph.meaning.spelling import Spelling
from graph.meaning.vectors import VectorCache
from graph.open import open_store
from graph.snapshot import Snapshot
from graph.snapshot_build import fresh_snapshot
from graph.store import Batch
from tests.example import write_example


def picture(folder: Path, *more: Batch) -> Snapshot:
    """The example, and what is written after it."""
    with closing(open_store(str(folder))) as store:
        write_example(store)
        for batch in more:
            store.write(batch)
        return fresh_snapshot(store, folder)


def understood(snapshot: Snapshot, folder: Path) -> tuple[Meaning, Concepts, tuple[Near, Near], Spelling]:
    meaning = Meaning(snapshot, VectorCache(folder / "vectors", open_encoder()))
    concepts = concept_vectors(meaning)
    return meaning, concepts, likest(concepts, SEEN), Spelling(concepts.labels)
