"""tests: spoilt files through every reader, a hundred each of a fixed seed; `bench.rubbish` runs a million."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rubbish import Reader, TooSlow, bounded, ending, readers, run


@pytest.fixture
def in_time() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    bounded()
    yield
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_a_spoilt_file_is_read_or_refused(reader: Reader, tmp_path: Path, in_time: None) -> None:
    ends = run(reader, 100, 20261124, tmp_path)
    assert ends.total() == 100
    assert set(ends) <= {"read", "refused in part", "refused whole"}
    assert ends["refused in part"] + ends["refused whole"] > 0


def test_what_a_reader_must_not_do_is_noticed(tmp_path: Path, in_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> Iterator[object]:
        raise KeyError(path)

    def hangs(path: Path) -> Iterator[object]:
        while True:
            yield from ()

    monkeypatch.setattr("bench.rubbish.SECONDS", 0.2)
    with pytest.raises(AssertionError, match="KeyError"):
        run(Reader("fails", fails, [("a", b"a")]), 1, 1, tmp_path)
    with pytest.raises(TooSlow):
        ending(Reader("hangs", hangs, []), tmp_path)
