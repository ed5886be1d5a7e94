"""tests: every reader reads a hundred damaged files, made from a fixed seed. `bench.rubbish` runs a million."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rubbish import Reader, Sample, TooSlow, bounded, ending, file_readers, readers, run, write
from ingest.sources import SOURCES


@pytest.fixture
def in_time() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    bounded()
    yield
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_a_damaged_file_is_read_or_refused(reader: Reader, tmp_path: Path, in_time: None) -> None:
    ends = run(reader, 100, 20261124, tmp_path)
    assert ends.total() == 100
    assert set(ends) <= {"read", "refused in part", "refused whole"}
    assert ends["refused in part"] + ends["refused whole"] > 0


def test_a_format_without_a_sample_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    unread = SOURCES[0]._replace(name="unread")
    monkeypatch.setattr("bench.rubbish.SOURCES", (*SOURCES, unread))
    with pytest.raises(ValueError, match="no sample of unread"):
        file_readers()


def test_files_read_together_are_damaged_or_left_out_and_some_are_compressed(tmp_path: Path) -> None:
    (omop,) = (reader for reader in file_readers() if reader.name == "OMOP vocabulary tables")
    (sample,) = omop.samples
    assert set(sample.beside) == {"CONCEPT_RELATIONSHIP.csv", "CONCEPT_SYNONYM.csv", "VOCABULARY.csv"}
    seen, rng = Counter[str](), random.Random(1)
    for _ in range(200):
        write(tmp_path / sample.name, sample, b"", rng, 0.2)
        for name, data in ((sample.name, sample.data), *sample.beside.items()):
            path = tmp_path / name
            read = path.read_bytes() if path.exists() else None
            packed = read is not None and read[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7", b"\x28\xb5")
            seen["absent" if read is None else "packed" if packed else "as it is" if read == data else "damaged"] += 1
    assert seen["absent"] > 30 and seen["packed"] > 30 and seen["as it is"] > 300 and seen["damaged"] > 150


def test_a_reader_that_fails_or_hangs_is_noticed(
    tmp_path: Path, in_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path) -> Iterator[object]:
        raise KeyError(path)

    def hangs(path: Path) -> Iterator[object]:
        while True:
            yield from ()

    monkeypatch.setattr("bench.rubbish.SECONDS", 0.2)
    with pytest.raises(AssertionError, match="KeyError"):
        run(Reader("fails", fails, [Sample("a", b"a")]), 1, 1, tmp_path)
    with pytest.raises(TooSlow):
        ending(Reader("hangs", hangs, []), tmp_path)
