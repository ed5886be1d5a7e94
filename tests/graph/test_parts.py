"""graph: which parts a snapshot reuses from the last snapshot, and which parts it builds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graph.columns import taken_over
from graph.snapshot import Snapshot, build_snapshot, fresh_snapshot
from graph.store import Batch, Store, open_store
from tests.graph.rows import concepts, edges, nodes

NAMES, NGRAMS, BELOW = "names.arrow", "ngrams.keys.npy", "descendants.rows.csr"
GROUPS = "same.arrow"
FIRST = Batch(
    nodes={
        "Concept": concepts("A:1", "A:2", "A:3"),
        "Label": nodes("Label", {"id": "l", "text": "x", "kind": "exact"}),
    },
    edges={"IS_A": edges("IS_A", ("A:2", "A:1")), "HAS_LABEL": edges("HAS_LABEL", ("A:1", "l"))},
)


def written(store: Store, folder: Path, batch: Batch) -> Snapshot:
    store.write(batch)
    return fresh_snapshot(store, folder)


def files(snapshot: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in snapshot.iterdir()}


@pytest.mark.parametrize(
    ("batch", "same"),
    [
        (Batch(nodes={"Patient": nodes("Patient", {"id": "p"})}), {NAMES, NGRAMS, BELOW, GROUPS}),
        (Batch(edges={"IS_A": edges("IS_A", ("A:3", "A:1"))}), {NAMES, NGRAMS}),
        (Batch(nodes={"Concept": concepts("A:2", label="A:1")}), {BELOW}),
        (
            Batch(nodes={"Concept": nodes("Concept", {"id": "A:2", "label": "A:2", "deprecated": True})}),
            {NGRAMS, BELOW},
        ),
        (Batch(nodes={"Concept": concepts("A:0", label="A:1")}), {NGRAMS}),
    ],
)
def test_parts_made_from_the_same_rows_are_reused(tmp_path: Path, batch: Batch, same: set[str]) -> None:
    store = open_store(str(tmp_path))
    before, after = written(store, tmp_path, FIRST).folder, written(store, tmp_path, batch).folder
    assert {name for name in (NAMES, NGRAMS, BELOW, GROUPS) if (before / name).samefile(after / name)} == same
    with store.read_transaction() as epoch:
        rebuilt = build_snapshot(store, tmp_path / "elsewhere", epoch)
    store.close()
    assert files(after) == files(rebuilt)
    shutil.rmtree(before)
    assert files(after) == files(rebuilt)


def test_a_part_that_cannot_be_linked_does_not_change_the_old_part(tmp_path: Path) -> None:
    before, folder = tmp_path / "before", tmp_path / "folder"
    for made in (before, folder):
        made.mkdir()
    for name in ("ngrams.a", "ngrams.b", "ngrams.made_of"):
        (before / name).write_text("h" if name == "ngrams.made_of" else "old")
    (folder / "ngrams.b").write_text("in the way")
    assert not taken_over("ngrams", "h", before, folder)
    (folder / "ngrams.a").write_text("new")
    assert (before / "ngrams.a").read_text() == "old"
