"""ingest: after groups of equal concepts are written, the new snapshot reuses the one before."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from graph.snapshot import Snapshot, build_snapshot, forget_others
from graph.snapshot import build as snapshot_build
from graph.store import Batch, Store
from tests.graph.rows import concepts
from tests.ingest.graphs import load_into
from tests.ingest.terms import WORDS, pairs, picture, same, terms


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list of the epochs for which a snapshot was built from the store."""
    epochs: list[int] = []

    def noted(store: Store, folder: Path, epoch: int) -> Path:
        epochs.append(epoch)
        return build_snapshot(store, folder, epoch)

    monkeypatch.setattr(snapshot_build, "build_snapshot", noted)
    return epochs


def loaded(store: Store, folder: Path) -> Snapshot:
    load_into(store, terms(folder, "A", *WORDS), terms(folder, "B", *WORDS))
    assert same(store) == pairs(WORDS)
    return picture(store)


def between(store: Store, monkeypatch: pytest.MonkeyPatch, done: Batch | Path) -> None:
    """Before the first batch of groups, another process writes `done` or deletes the snapshots in that folder."""
    write, left = store.write, [done]

    def also(batch: Batch) -> int:
        if batch.nodes["Job"]["kind"][0].as_py() == "meaning" and left:
            last = left.pop()
            if isinstance(last, Batch):
                write(last)
            else:
                for snapshot in last.glob("snapshot-*"):
                    shutil.rmtree(snapshot)
        return write(batch)

    monkeypatch.setattr(store, "write", also)


def test_the_snapshot_is_built_only_once(store: Store, tmp_path: Path, built: list[int]) -> None:
    found = loaded(store, tmp_path)
    assert len(built) == 1 and built[0] < found.epoch == store.epoch()
    assert [row["kind"] for row in found.tables["Job"].to_pylist()] == ["load", "meaning"]


def test_a_file_system_without_hard_links(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[int]
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert loaded(store, tmp_path).epoch == store.epoch()
    assert len(built) == 1


def test_the_snapshot_has_data_that_another_process_wrote_meanwhile(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[int]
) -> None:
    """This can happen on Neo4j, where another writer may write between two batches of a job."""
    between(store, monkeypatch, Batch(nodes={"Concept": concepts("Z:1")}))
    assert loaded(store, tmp_path).ids.find("Z:1") is not None
    assert len(built) == 2


def test_the_snapshot_is_built_again_if_the_previous_one_was_deleted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[int]
) -> None:
    """A server on the same store deletes old snapshots after it has two newer ones."""
    between(store, monkeypatch, store.address.state / store.identity)
    assert loaded(store, tmp_path).epoch == store.epoch()
    assert len(built) == 2


def test_only_one_process_at_a_time_deletes_old_snapshots(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(folder: Path, kept: Path) -> None:
        lock = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(lock)
        forget_others(folder, kept)

    monkeypatch.setattr(snapshot_build, "forget_others", forgotten)
    loaded(store, tmp_path)
