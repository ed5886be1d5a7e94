"""graph: a new graph at an old address gets its own snapshot, and errors contain no password."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from graph.errors import StoreUnreachable, UnknownAddress
from graph.snapshot import fresh_snapshot
from graph.store import Address, Batch, open_store
from tests.conftest import empty_neo4j
from tests.graph.rows import concepts


def labels(address: str, label: str) -> list[str]:
    with closing(open_store(address)) as store:
        store.write(Batch(nodes={"Concept": concepts("A:1", label=label)}))
        snapshot = fresh_snapshot(store, Address(address).state)
    return snapshot.column(snapshot.concepts, "label", [0])


def test_a_new_graph_at_an_old_address_gets_a_new_snapshot(address: str) -> None:
    assert labels(address, "old") == ["old"]
    if Address(address).is_server:
        empty_neo4j()
    else:
        shutil.rmtree(address)
    assert labels(address, "new") == ["new"]


@pytest.mark.parametrize(
    "wrong", [UnknownAddress("x://me:pass-word@h:1"), StoreUnreachable("bolt://me:pass-word@h:1", "no")]
)
def test_errors_contain_no_password(wrong: Exception) -> None:
    assert "pass-word" not in str(wrong)
    assert "h:1" in str(wrong)


def test_old_folders_of_killed_builds_are_deleted(tmp_path: Path) -> None:
    old, young = tmp_path / "building-old", tmp_path / "building-young"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    labels(str(tmp_path), "any")
    assert not old.exists()
    assert young.exists()
