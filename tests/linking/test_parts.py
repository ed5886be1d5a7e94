"""linking: names are encoded in parts: their order, two processes at once, and results before all parts are encoded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from api.execution import execute
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from linking import understanding
from linking.encoding import VectorCache, encoding, names_in_turn, vectors, wanted
from linking.understanding import Understanding
from tests.example import write_example

USED = 13
"""The number of names of concepts that the records of the example are about, or that mean the same as these."""


class Killed(BaseException):
    """Stops the process as a signal does: no code catches it."""


class Letters:
    """An encoder that counts letters. It calls `before` before each part."""

    name, width = "letters", 26

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.asked: list[str] = []
        self._before = before

    def encode(self, texts: list[str], progress: Callable[[int, int], None] | None = None) -> np.ndarray:
        self._before()
        self.asked += texts
        if progress:
            progress(len(texts), len(texts))
        counts = [[1 + text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        found = np.array(counts, np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("example")
    with closing(open_store(str(folder))) as store:
        write_example(store)
        return fresh_snapshot(store, folder)


@pytest.fixture
def names(example: Snapshot, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(vectors, "PART", 5)
    monkeypatch.setattr(vectors, "_PAUSE", 0.005)
    return names_in_turn(example, wanted(example))


def test_names_in_use_come_first(example: Snapshot, names: list[str]) -> None:
    assert sorted(names) == sorted(example.names.forms.texts.take(wanted(example)).to_pylist())
    assert {"kidney", "suikerziekte", "t2dm", "diabetes mellitus type 1 disorder"} < set(names[:USED])
    assert names.index("type 2 diabetes mellitus") < names.index("diabetes mellitus type ii")
    assert set(names[USED:-1]) == {"disease", "kidney disorder", "neonatal diabetes mellitus"}
    assert names[-1] == "renal system"


def test_parts_encoded_before_a_kill_are_not_encoded_again(names: list[str], tmp_path: Path) -> None:
    def dies() -> None:
        if len(killed.asked) == 10:
            raise Killed

    killed, kept = Letters(dies), list[int]()
    cache = VectorCache(tmp_path, killed)  # type: ignore[arg-type]
    before = cache.index
    with pytest.raises(Killed):
        cache.fill(names, None, lambda: kept.append(len(cache.index)))
    assert (kept, killed.asked, len(before)) == ([5, 10], names[:10], 0)
    again = VectorCache(tmp_path, Letters())  # type: ignore[arg-type]
    assert np.allclose(again.of(names), Letters().encode(names))
    assert again.encoder.asked == names[10:]  # type: ignore[attr-defined]


@pytest.mark.parametrize("dies", [False, True])
def test_only_one_of_two_processes_encodes_until_it_ends(
    names: list[str], tmp_path: Path, dies: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seen, goes_on = threading.Event(), threading.Event()

    def before() -> None:
        if len(first.asked) == 5:
            seen.set()
            goes_on.wait(10)
            if dies:
                raise Killed

    first, result = Letters(before), list[int]()
    one, other = (VectorCache(tmp_path, encoder) for encoder in (first, Letters()))  # type: ignore[arg-type]

    def encodes() -> None:
        with suppress(Killed):
            one.fill(names)

    thread = threading.Thread(target=encodes)
    thread.start()
    assert seen.wait(10) and encoding(tmp_path / "letters")

    def progress(done: int, every: int) -> None:
        result.append(done)
        if done == 5:
            goes_on.set()

    other.fill(names, progress)
    thread.join()
    assert result[0] == 0 and 5 in result
    assert other.encoder.asked == (names[5:] if dies else [])  # type: ignore[attr-defined]
    assert first.asked == (names[:5] if dies else names)
    assert not encoding(tmp_path / "letters") and "is encoding" in caplog.text


def test_answers_use_the_encoded_part_and_say_so(
    example: Snapshot, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Letters()
    monkeypatch.setattr(understanding, "open_encoder", lambda model: encoder)
    monkeypatch.setattr(understanding, "encoder_name", lambda model: encoder.name)
    asked = """{ encoder { state detail names encoded } search(text: "kidneys") { totalCount }
      ground(texts: ["x"]) { text } }"""

    def answer(known: Understanding) -> tuple[dict[str, object], str | None]:
        given = execute(example, asked, understanding=known)
        return given["data"]["encoder"], given["extensions"].get("meaning")

    here, patient = Understanding(tmp_path), Understanding(tmp_path, patience=3)
    here.warm(example, None, lambda: len(encoder.asked) > 5)
    partial = "partial: 5 of 17 names"
    assert patient.encoded(example) == (partial, 17, 5)
    meaning = here.meaning(example)
    assert meaning is not None and (meaning.encoded, meaning.whole) == (5, False)
    for known in (here, patient):
        assert answer(known) == ({"state": "PARTIAL", "detail": partial, "names": 17, "encoded": 5}, partial)
    assert meaning.cosines(meaning.encode(["x"])[0], meaning.forms, 0.25).tolist().count(0.25) == 12
    first, encoder.asked = encoder.asked, []
    here.warm(example)
    assert answer(here) == ({"state": "READY", "detail": "ready", "names": 17, "encoded": 17}, None)
    assert not set(encoder.asked) & set(names[:5]) and set(first) > set(names[:5])
    assert Understanding(tmp_path, patience=0).encoded(example).state == "ready"


def test_encoding_for_an_older_snapshot_ends_if_there_is_a_newer_one(
    example: Snapshot, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, stop = Snapshot(example.folder), threading.Event()

    def before() -> None:
        if len(encoder.asked) == 10:
            now.append(newer)
        if len(encoder.asked) == 15:
            stop.set()

    encoder, now = Letters(before), [example]
    monkeypatch.setattr(understanding, "open_encoder", lambda model: encoder)
    here = Understanding(tmp_path)
    here.follow(lambda: now[-1], 0.001, stop)
    assert here.meaning(newer) is not None and here.meaning(example) is None
