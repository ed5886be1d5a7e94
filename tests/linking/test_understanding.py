"""linking: what a server finds while search by meaning is loading, when it is ready, and when it cannot be loaded."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from linking.encoding import Meaning
from linking.understanding import Understanding, _Held
from tests.example import write_example


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("example")
    with closing(open_store(str(folder))) as store:
        write_example(store)
        return fresh_snapshot(store, folder)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors")


def _found(understanding: Understanding, snapshot: Snapshot) -> list[str]:
    return [match.concept for match in understanding.grounder(snapshot).mentions(["suikerziekte"], 1)[0]]


def test_grounding_uses_words_only_until_vectors_are_loaded(example: Snapshot, vectors: Path) -> None:
    here = Understanding(vectors)
    assert here.state() == {"meaning": "warming up"}
    cold = here.grounder(example)
    assert cold.meaning is None is here.meaning(example)
    assert _found(here, example) == ["MONDO:0005015"]
    here.warm(example)
    assert here.state() == {"meaning": "ready"}
    warm = here.grounder(example)
    assert warm.meaning is not None
    assert warm.meaning is here.meaning(example)
    assert warm.dictionary is cold.dictionary
    assert _found(here, example) == ["MONDO:0005015"]
    assert here.grounder(example) is warm
    assert here.grounder(example, ["MONDO"]) is here.grounder(example, {"mondo"}) is not warm


def test_a_newer_snapshot_uses_words_only_until_its_vectors_are_loaded(example: Snapshot, vectors: Path) -> None:
    here, newer = Understanding(vectors), Snapshot(example.folder)
    here.warm(example)
    assert here.grounder(newer).meaning is None
    assert here.meaning(example) is None
    here.warm(newer)
    assert here.grounder(newer).meaning is here.meaning(newer) is not None


def test_answers_use_words_only_if_there_is_no_model(example: Snapshot, vectors: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no-model")
    for folder, model in ((vectors, nowhere), (vectors, str(tmp_path)), (None, "")):
        here = Understanding(folder, model)
        here.warm(example)
        assert here.state()["meaning"].startswith("absent: ")
        assert "\n" not in here.state()["meaning"]
        assert _found(here, example) == ["MONDO:0005015"]
    assert nowhere in _state_of(vectors, nowhere, example)


def _state_of(folder: Path, model: str, snapshot: Snapshot) -> str:
    here = Understanding(folder, model)
    here.warm(snapshot)
    return here.state()["meaning"]


def test_answers_use_words_only_if_the_folder_cannot_be_written(example: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "vectors").write_text("in the way")
    assert _state_of(tmp_path / "vectors", "", example).startswith("absent: ")


def test_missing_vectors_are_encoded_if_there_are_few(example: Snapshot, vectors: Path, tmp_path: Path) -> None:
    """For a command, search by meaning is used if the vectors are there, or if few are missing."""
    hurried = Understanding(tmp_path / "new", patience=3)
    assert hurried.grounder(example).meaning is None
    assert "names have no vector yet" in hurried.state()["meaning"]
    Understanding(vectors).warm(example)
    assert Understanding(vectors, patience=0).grounder(example).meaning is not None
    assert Understanding(tmp_path / "new", patience=5000).grounder(example).meaning is not None


def test_a_search_loads_the_encoder_only_if_there_are_vectors(example: Snapshot, vectors: Path, tmp_path: Path) -> None:
    Understanding(vectors).warm(example)
    asked = Understanding(vectors, patience=0)
    assert asked.state() == {"meaning": "not opened: an exact match needs no encoder"}
    assert asked.sought(example) is asked.meaning(example) is not None
    assert asked.state() == {"meaning": "ready"}
    for folder in (tmp_path / "none", tmp_path):
        assert Understanding(folder, patience=5000).sought(example) is None
        assert not any(folder.glob("*"))
    new = Understanding(tmp_path, patience=5000)
    assert new.sought(example) is None
    assert new.state() == {"meaning": "absent: no name has a vector yet; run `tricuspid link`"}
    assert Understanding(vectors).sought(example) is None


def test_a_failure_is_not_retried_for_the_same_snapshot(
    example: Snapshot, vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Understanding(vectors).warm(example)
    opened: list[str] = []

    def broken(model: str) -> NoReturn:
        opened.append(model)
        raise OSError("the disk is broken")

    monkeypatch.setattr("linking.understanding.open_encoder", broken)
    asked = Understanding(vectors, patience=5000)
    for _ in range(3):
        assert asked.sought(example) is None is asked.grounder(example).meaning
    assert len(opened) == 1


def test_a_thread_follows_new_snapshots(example: Snapshot, vectors: Path) -> None:
    here, newer, stop = Understanding(vectors), Snapshot(example.folder), threading.Event()
    served: Iterator[Snapshot] = iter([example, example, newer])

    def current() -> Snapshot:
        found = next(served, None)
        if found is None:
            stop.set()
        return found or newer

    here.follow(current, 0.001, stop)
    assert here.meaning(newer) is not None


def test_a_lack_of_resources_is_retried(
    example: Snapshot, vectors: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here, stop = Understanding(vectors), threading.Event()
    faults: list[Exception] = [OSError(errno.EMFILE, "Too many open files"), MemoryError()] * 2
    opened = _Held.learn

    def learn(held: _Held, meaning: Meaning) -> None:
        if faults:
            raise faults.pop()
        stop.set()
        opened(held, meaning)

    monkeypatch.setattr(_Held, "learn", learn)
    monkeypatch.setattr("linking.understanding._AGAIN", 0.0)
    here.follow(lambda: example, 0.001, stop)
    assert here.state() == {"meaning": "ready"}
    assert len([record for record in caplog.records if record.name == "tricuspid.meaning"]) == 2


def test_many_threads_share_one_grounder(example: Snapshot, vectors: Path) -> None:
    here, got = Understanding(vectors), []
    threads = [threading.Thread(target=lambda: got.append(here.grounder(example))) for _ in range(8)]
    threads.append(threading.Thread(target=here.warm, args=(example,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in got if one.meaning is None}) <= 1
    assert here.grounder(example).meaning is not None
