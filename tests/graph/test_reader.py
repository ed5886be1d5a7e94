"""graph: a reader follows the store, and keeps working while another process writes to it."""

from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from graph.errors import StoreBusy, StoreUnreachable
from graph.faults import Faults
from graph.snapshot import Reader, Snapshot, fresh_snapshot, read_snapshot
from graph.store import Address, Batch, Store, open_store, writing
from linking.search import find_concepts
from tests.graph.rows import concepts

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from graph.store.open import open_store
from graph.snapshot.build import fresh_snapshot
from graph.store.batch import Batch
from pathlib import Path
from tests.graph.rows import concepts
store = open_store(sys.argv[1])
print("held", flush=True)
for line in sys.stdin:
    if line == "write\\n":
        print(store.write(Batch(nodes={"Concept": concepts(f"B:{store.epoch()}")})), flush=True)
    else:
        print(fresh_snapshot(store, Path(sys.argv[1])).epoch, flush=True)
store.close()
"""


class Holder:
    """Another process that has an embedded store open."""

    def __init__(self, said: IO[str], told: IO[str]) -> None:
        self._said, self._told = said, told

    def __call__(self, line: str) -> str:
        self._told.write(f"{line}\n")
        self._told.flush()
        return self._said.readline().strip()


@contextmanager
def holder(address: str) -> Iterator[Holder]:
    command = [sys.executable, "-c", HOLD, address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "held\n"
        yield Holder(process.stdout, process.stdin)
        process.stdin.close()
        assert process.wait() == 0


def write(address: str, *ids: str) -> None:
    with closing(open_store(address)) as store:
        store.write(Batch(nodes={"Concept": concepts(*ids)}))


def test_a_reader_follows_the_store(address: str) -> None:
    write(address, "A:1")
    with closing(Reader(address)) as reader:
        before = reader.current()
        assert (before.epoch, reader.refresh()) == (1, False)
        with closing(open_store(address)) as store:
            store.write(Batch(nodes={"Concept": concepts("A:2")}))
            fresh_snapshot(store, Address(address).state)
        assert (reader.refresh(), reader.refresh()) == (True, False)
        assert (reader.current().epoch, reader.current().concept("A:2")) == (2, 1)
        assert (before.concept("A:2"), find_concepts(before, "A:1")[1]) == (None, 1)


@contextmanager
def following(reader: Reader, every: float) -> Iterator[threading.Thread]:
    """A thread that runs `follow`. It is always stopped at the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=reader.follow, args=(every, stop), daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join()


def test_a_reader_follows_by_itself_until_told_to_stop(address: str) -> None:
    write(address, "A:1")
    with closing(Reader(address)) as reader, following(reader, 0.01) as thread:
        with closing(open_store(address)) as store:
            store.write(Batch(nodes={"Concept": concepts("A:2")}))
            fresh_snapshot(store, Address(address).state)
        while thread.is_alive() and reader.current().epoch != 2:
            time.sleep(0.01)
        assert reader.current().concept("A:2") == 1


class Flaky(Reader):
    """Raises `wrong` as long as it is set."""

    wrong: Exception | None = None
    asked = 0

    def refresh(self) -> bool:
        self.asked += 1
        if self.wrong is not None:
            raise self.wrong
        return super().refresh()


@pytest.mark.parametrize(
    "wrong", [StoreUnreachable("bolt://here", "gone"), OSError(errno.EMFILE, "Too many open files"), MemoryError()]
)
def test_a_reader_goes_on_after_any_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong: Exception) -> None:
    address = str(tmp_path / "store")
    write(address, "A:1")
    with closing(Flaky(address)) as reader, following(reader, 0.001) as thread:

        def goes_on() -> bool:
            asked = reader.asked
            while thread.is_alive() and reader.asked < asked + 5:
                time.sleep(0.001)
            return thread.is_alive()

        assert goes_on() and reader.trouble == ""
        reader.wrong = wrong
        assert goes_on()
        assert re.fullmatch(rf"the store has not been readable since \S+: {type(wrong).__name__}", reader.trouble)
        told = [record for record in caplog.records if record.name == "tricuspid.reader"]
        assert [str(wrong) in record.getMessage() for record in told] == [True]
        reader.wrong = None
        assert goes_on() and reader.trouble == ""


def test_a_fault_is_told_once_an_hour_for_each_kind(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(logging.getLogger("test"), "nothing goes")
    for _ in range(3):
        for wrong in (OSError(errno.EMFILE, "files"), OSError(errno.ENOSPC, "space"), StoreBusy("a")):
            faults.log(wrong)
    assert [bool(record.exc_info) for record in caplog.records] == [True, True, False]
    monkeypatch.setattr("graph.faults.INTERVAL", 0.0)
    faults.log(StoreBusy("a"))
    assert len(caplog.records) == 4


def test_a_snapshot_is_made_where_there_is_none(address: str) -> None:
    write(address, "A:1")
    assert read_snapshot(address).epoch == 1
    write(address, "A:2")
    assert read_snapshot(address).epoch == 2


def test_questions_go_on_while_another_process_writes(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    write(address, "A:1")
    assert read_snapshot(address).epoch == 1
    with holder(address) as hold, closing(Reader(address)) as reader:
        assert hold("write") == "2"
        assert read_snapshot(address).epoch == 1
        assert reader.refresh() is False
        assert hold("snapshot") == "2"
        assert read_snapshot(address).concept("B:1") == 1
        assert reader.refresh() is True
        assert reader.current().epoch == 2


def test_who_comes_to_write_waits_for_a_reader_that_makes_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a job was killed before it built a snapshot, the reader opens the store itself."""
    address, told = str(tmp_path / "store"), list[str]()
    write(address, "A:1")
    opened, done, waits = threading.Event(), threading.Event(), threading.Event()

    def slowly(store: Store, folder: Path) -> Snapshot:
        opened.set()
        assert done.wait(60)
        return fresh_snapshot(store, folder)

    def waiting(holder: str) -> None:
        told.append(holder)
        waits.set()

    def job() -> None:
        with writing(address, waiting) as store:
            told.append(f"epoch {store.write(Batch(nodes={'Concept': concepts('A:2')}))}")

    monkeypatch.setattr("graph.snapshot.reader.fresh_snapshot", slowly)
    reads, writes = threading.Thread(target=read_snapshot, args=(address,)), threading.Thread(target=job)
    reads.start()
    assert opened.wait(60)
    writes.start()
    try:
        assert waits.wait(5)
        assert told[0].startswith(f"process {os.getpid()} (since 2")
    finally:
        done.set()
        reads.join()
        writes.join()
    assert told[1:] == ["epoch 2"]


def test_a_reader_never_waits_for_who_writes(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    with writing(address, pytest.fail) as store:
        with pytest.raises(StoreBusy):
            read_snapshot(address)
        store.write(Batch(nodes={"Concept": concepts("A:1")}))
        fresh_snapshot(store, Path(address))
        store.write(Batch(nodes={"Concept": concepts("A:2")}))
        assert read_snapshot(address).epoch == 1
    assert read_snapshot(address).epoch == 2


def test_17_a_store_that_another_process_holds_is_busy(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    with holder(address):
        for ask in (open_store, read_snapshot):
            with pytest.raises(StoreBusy) as busy:
                ask(address)
            assert str(busy.value) == f"another process is writing to {address}: wait for it to finish, or stop it"
    with closing(open_store(address)) as store:
        assert store.recovery is None
