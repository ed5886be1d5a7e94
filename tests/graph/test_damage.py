"""graph: a damaged derived file is never used for answers. It is rebuilt, and the log says so."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from graph.columns import DamagedFile, damaged, sums
from graph.columns.sums import MANIFEST
from graph.snapshot import Reader, Snapshot, carried_snapshot, fresh_snapshot, newest, read_snapshot
from graph.store import Address, Batch, open_store
from linking.encoding import KEPT, KeptVectors, VectorCache, VectorIndex
from linking.encoding.index import BadIndex
from linking.search import find_concepts
from tests.example import write_example
from tests.graph.rows import nodes


def flipped(file: Path) -> None:
    """Flips one bit. The size and the time stay the same, as on a failing disk."""
    there, data = file.stat(), bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    with file.open("r+b") as opened:
        opened.write(data)
    os.utime(file, ns=(there.st_atime_ns, there.st_mtime_ns))
    sums._held.clear()  # files that are in memory are not read again


def halved(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


UNREAD = {
    *("used.arrow", "doubtful.arrow", "absent.npy", "lineage", "unmapped_person.arrow"),
    *("patient.member.npy", "patient.member_key.npy"),
    *(f"medicine.{name}.npy" for name in ("codes", "key", "patient", "used")),
}
"""Files that are used to build the next snapshot, but not for answers."""
HARM: list[Callable[[Path], None]] = [flipped, halved, emptied, Path.unlink]


PATIENT = Batch(nodes={"Patient": nodes("Patient", {"id": "patient:new"})})
JOB = Batch(nodes={"Job": nodes("Job", {"id": "j3", "kind": "meaning"})})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "store"
    with closing(open_store(str(folder))) as store:
        write_example(store)
        fresh_snapshot(store, folder)
    return folder


@pytest.fixture
def address(made: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(made, tmp_path / "store"))


@pytest.fixture(scope="module")
def rebuilt(made: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """The files of snapshots that reuse no files, after PATIENT and after JOB."""
    found = []
    for batch in (PATIENT, JOB):
        folder = tmp_path_factory.mktemp("rebuilt")
        with closing(open_store(str(shutil.copytree(made, folder / "store")))) as store:
            epoch = store.write(batch)
            snapshot = fresh_snapshot(store, folder / "elsewhere")
        assert snapshot.epoch == epoch
        found.append(files(snapshot.folder))
    return found


def at(address: str) -> Path:
    there = newest(Address(address).state)
    assert there
    return there


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("harm", HARM)
def test_no_file_is_read_that_is_not_as_it_was_written(address: str, harm: Callable[[Path], None]) -> None:
    there, right = at(address), files(at(address))
    assert len(right) > 100 and not damaged(there)
    # Each kind of damage is applied to other files, because opening a snapshot is slow.
    for name, data in [*right.items()][HARM.index(harm) :: len(HARM)]:
        harm(there / name)
        if harm is flipped and (name.endswith(".made_of") or name in UNREAD):
            assert len(Snapshot(there).ids)
        else:
            with pytest.raises(DamagedFile, match=re.escape(name)):
                Snapshot(there)
        assert damaged(there) == [name]
        (there / name).unlink(missing_ok=True)
        (there / name).write_bytes(data)
    assert len(Snapshot(there).patients.born) == 18


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", ["patient_by_concept.csr", "names.arrow", MANIFEST])
def test_it_is_made_again_from_the_store(
    address: str, name: str, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    right = files(at(address))
    harm(at(address) / name)
    assert len(read_snapshot(address).patients.born) == 18
    assert files(at(address)) == right
    (said,) = caplog.messages
    assert name in said and said.endswith("rebuilding the snapshot from the store")


def test_a_server_that_follows_makes_it_again(address: str, caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(address)
    with closing(open_store(address)) as store:
        store.write(PATIENT)
        fresh_snapshot(store, Address(address).state)
    flipped(at(address) / "patient.born.npy")
    assert reader.refresh() and len(reader.current().patients.born) == 19
    assert "rebuilding" in caplog.text and not damaged(at(address))
    reader.close()


@pytest.mark.parametrize("harm", HARM)
def test_what_is_damaged_is_not_taken_over(
    address: str, rebuilt: list[dict[str, bytes]], harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(open_store(address)) as store:
        before = at(address)
        for name in ("names.arrow", "reach.likely.rows.csr", "event_0.kind.npy"):
            harm(before / name)
        store.write(PATIENT)
        assert files(fresh_snapshot(store, Address(address).state).folder) == rebuilt[0]
    assert "rebuilding this part of the snapshot" in caplog.text
    assert "reading all events from the store" in caplog.text


@pytest.mark.parametrize("harm", HARM)
def test_what_is_damaged_is_not_carried_on(
    address: str, rebuilt: list[dict[str, bytes]], harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(open_store(address)) as store:
        before = Snapshot(at(address))
        harm(before.folder / "patient.born.npy")
        store.write(JOB)
        assert files(carried_snapshot(store, Address(address).state, before, 1).folder) == rebuilt[1]
    assert "patient.born.npy is damaged" in caplog.text


def test_what_is_open_is_held_whole(address: str) -> None:
    """If a server mapped files into memory, truncating them would kill it by a signal."""
    held = Snapshot(at(address))
    before = [
        len(held.patients.born),
        find_concepts(held, "diabetes"),
        held.ids[3],
        held.column(held.concepts, "label", [0, 5]),
    ]
    for file in at(address).iterdir():
        emptied(file)
    assert [
        len(held.patients.born),
        find_concepts(held, "diabetes"),
        held.ids[3],
        held.column(held.concepts, "label", [0, 5]),
    ] == before


def test_equal_files_are_held_once(address: str) -> None:
    one, other = Snapshot(at(address)), Snapshot(at(address))
    assert np.shares_memory(one.patients.born, other.patients.born)


class Encoder:
    """Encodes texts by their length."""

    name, width = "letters", 4

    def encode(self, texts: list[str], progress: object = None) -> np.ndarray:
        vectors = np.array([[len(text), 1, 2, 3] for text in texts], np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.mark.parametrize("harm", HARM)
def test_vectors_that_are_damaged_are_made_again(
    tmp_path: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    texts = ["a", "bbb", "cc"]
    right = VectorCache(tmp_path, Encoder()).of(texts)  # type: ignore[arg-type]
    folder = tmp_path / Encoder.name
    names = sorted(file.name for file in folder.iterdir() if file.stat().st_size)
    assert len(names) == 6 and KEPT in names
    for number in range(len(names)):
        name = sorted(file.name for file in folder.iterdir() if file.stat().st_size)[number]
        opened = KeptVectors.open(tmp_path, Encoder.name)
        assert opened is not None
        caplog.clear()
        harm(folder / name)
        assert opened.of(texts)[0].tolist() == right.tolist()
        del opened
        if name != KEPT:
            with pytest.raises(BadIndex):
                VectorIndex.load(folder, "vectors")
        assert KeptVectors.open(tmp_path, Encoder.name) is None
        if (folder / KEPT).exists():
            assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert VectorCache(tmp_path, Encoder()).of(texts).tolist() == right.tolist()  # type: ignore[arg-type]
