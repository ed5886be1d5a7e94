"""graph: stores after a kill or damage, and addresses without a store (docs/store-contract.md, clauses 16, 17)."""

from __future__ import annotations

import os
import random
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pytest

from bench.kills import FORKED
from graph.errors import GraphError, StoreDamaged, StoreUnreachable, UnknownAddress
from graph.store import Batch, Store, ladybug_log, open_store
from graph.store import neo4j as neo4j_store
from tests.graph.rows import concepts, table
from tests.graph.writer import batch, write_on

KILLS = int(os.environ.get("TRICUSPID_KILLS", "8"))


def assert_whole(store: Store, rows: int) -> int:
    """Checks that the tables contain complete batches only. Returns the number of batches."""
    epoch = store.epoch()
    assert tuple(store.counts()[table] for table in ("Concept", "IS_A")) == (epoch * rows, epoch * rows)
    last = [(float(epoch),)] if epoch else []
    assert table(store, "MAPS_TO", "confidence") == last
    assert table(store, "Job", "checkpoint") == [(int(n),) for (n,) in last]
    return epoch


def written_until_killed(folder: Path, rows: int, moment: random.Random) -> int:
    """Starts a writer and kills it after a batch or while its log grows. Returns the last epoch it reported."""
    closes = moment.choice(["closes", "stays"])
    log, (ours, theirs) = folder / "graph.wal", FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=write_on, args=(str(folder), rows, closes == "closes", theirs))
    process.start()
    theirs.close()
    told = [ours.recv() for _ in range(moment.randint(1, 5))]
    if moment.random() < 0.5:
        time.sleep(moment.random() * 0.1)
    else:
        size = _size(log)
        while process.is_alive() and _size(log) == size:
            time.sleep(0.0002)
    process.kill()
    process.join()
    with suppress(EOFError):
        while True:
            told.append(ours.recv())
    return int(told[-1])


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def test_16_a_killed_writer_loses_nothing_that_it_told(tmp_path: Path) -> None:
    """The store grows from kill to kill, so a recovered store is written and killed again."""
    moment = random.Random(16)
    for kill in range(KILLS):
        rows = (30, 1500)[kill // 4 % 2]
        folder = tmp_path / str(kill // 4)
        told = written_until_killed(folder, rows, moment)
        kept = len(list(folder.glob("graph.wal.torn-*")))
        with closing(open_store(str(folder))) as store:
            assert assert_whole(store, rows) >= told
            assert (store.recovery is not None) == (len(list(folder.glob("graph.wal.torn-*"))) > kept)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with four batches of thirty rows, as a killed writer leaves it. All data is in the log."""
    folder = tmp_path_factory.mktemp("killed")
    with closing(open_store(str(folder / "open"))) as store:
        for number in range(1, 5):
            store.write(batch(number, 30))
        shutil.copytree(folder / "open", folder / "left")
    return folder / "left"


@pytest.fixture
def left(killed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(killed, tmp_path / "left"))


@pytest.mark.parametrize("tail", [b"", bytes(300), b"\1" * 300, b"\xff" * 300], ids=["begun", "0", "1", "255"])
def test_16_a_torn_tail_is_dropped_and_kept_aside(left: Path, tail: bytes) -> None:
    """Data that is written afterwards is not lost after a second kill."""
    log = left / "graph.wal"
    torn = log.read_bytes() + (tail or log.read_bytes()[-2000:-500])
    log.write_bytes(torn)
    with closing(open_store(str(left))) as store:
        assert assert_whole(store, 30) == 4
        assert store.recovery == (
            "the last writer was killed: its unfinished batch was dropped, and a copy of the log is in graph.wal.torn-0"
        )
        assert (left / "graph.wal.torn-0").read_bytes() == torn
        assert store.write(batch(5, 30)) == 5
        again = shutil.copytree(left, left.with_name("again"))
    with closing(open_store(str(again))) as store:
        assert assert_whole(store, 30) == 5


def spoiled(log: bytes, moment: random.Random) -> bytes:
    """The log with random damage: a lost end, changed bytes, a hole, or further bytes at the end."""
    at = moment.randrange(len(log))
    ways = [
        log[:at],
        log[:at] + bytes([log[at] ^ 1 << moment.randrange(8)]) + log[at + 1 :],
        log[:-9] + bytes(byte ^ 255 for byte in log[-9:]),
        log[:at] + bytes(100) + log[at + 100 :],
        log + moment.randbytes(moment.randrange(1, 500)),
        moment.randbytes(20) + log[20:],
        b"",
    ]
    return moment.choice(ways)


@pytest.mark.parametrize("seed", range(16))
def test_16_a_spoiled_log_is_told_and_gives_whole_batches(left: Path, seed: int) -> None:
    """If batches are missing, opening raises StoreDamaged. A user who accepts the loss gets complete batches."""
    log = left / "graph.wal"
    log.write_bytes(spoiled(log.read_bytes(), random.Random(seed)))
    try:
        store = open_store(str(left))
    except StoreDamaged as damaged:
        assert "epoch 4 was written but" in str(damaged)
        with pytest.raises(StoreDamaged):
            open_store(str(left))
        (left / "epoch").unlink()
        store = open_store(str(left))
        assert assert_whole(store, 30) < 4
    else:
        assert assert_whole(store, 30) == 4
        assert store.recovery
    store.close()


@pytest.mark.parametrize("cut", [1, 4000, 40_000])
def test_16_a_log_that_ends_its_reader_is_cut_until_it_is_read(
    left: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """All of the log that can be read is kept. No log always crashes the engine, so the reader is made to."""
    log = left / "graph.wal"
    torn, most = log.read_bytes(), log.stat().st_size - cut
    ends = f"import os, sys; os.path.getsize(sys.argv[1] + '.wal') > {most} and os.abort()"
    monkeypatch.setattr("graph.store.ladybug_log._OPENS", f"{ends}; {ladybug_log._OPENS}")
    (left / "epoch").write_text("1")
    with closing(open_store(str(left))) as store:
        assert 0 < assert_whole(store, 30) < 4 + (cut < 9)
        assert store.recovery and (left / "graph.wal.torn-0").read_bytes() == torn
        if (left / "graph.wal.torn-1").exists():
            assert torn[:most].startswith((left / "graph.wal.torn-1").read_bytes())


@pytest.mark.parametrize("noted", ["", "many", "5", "9" * 5000, "-1", "\0"])
def test_16_an_epoch_that_was_not_reached_is_damage(left: Path, noted: str) -> None:
    (left / "epoch").write_text(noted)
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"run the jobs again in a new directory, or delete .*epoch to use"):
            open_store(str(left))
    (left / "epoch").write_text("4")
    with closing(open_store(str(left))) as store:
        assert assert_whole(store, 30) == 4


def test_16_a_store_without_its_log_is_damaged(left: Path) -> None:
    (left / "graph.wal").unlink()
    with pytest.raises(StoreDamaged, match="epoch 4 was written but the store is at 0"):
        open_store(str(left))


@pytest.mark.parametrize("content", [b"hello" * 1000, bytes(100_000), b"\xff"], ids=["text", "zeros", "byte"])
def test_a_file_that_is_no_database_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "graph").write_bytes(content)
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            open_store(str(tmp_path))
    assert (tmp_path / "graph").read_bytes() == content


def test_a_folder_in_the_place_of_the_database_is_damage(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    with pytest.raises(StoreDamaged, match="cannot be a directory"):
        open_store(str(tmp_path))


@pytest.mark.parametrize("below", ["", "/store", "\0"], ids=["file", "below a file", "no name"])
def test_a_place_that_cannot_hold_a_store(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(GraphError, match=r"cannot hold a store .* give a writable directory"):
        open_store(f"{tmp_path}/file{below}")
    assert (tmp_path / "file").read_text() == "mine"


def test_closing_twice_and_asking_after_it(store: Store) -> None:
    store.write(Batch(nodes={"Concept": concepts("A:1")}))
    store.close()
    store.close()
    with pytest.raises(GraphError):
        store.nodes("Concept", pa.array(["A:1"]), ["label"])


@contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """A port that accepts connections and answers something that is not Bolt, or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            calls = []
            while True:
                try:
                    calls.append(server.accept()[0])
                except OSError:
                    break
                if answer is not None:
                    calls[-1].sendall(answer)
            for call in calls:
                call.close()

        talker = threading.Thread(target=talk)
        talker.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        talker.join()


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_17_a_server_that_is_not_there_is_unreachable(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(StoreUnreachable, match=f"{scheme}://127.0.0.1:{port} does not answer"):
        open_store(f"{scheme}://127.0.0.1:{port}")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\0", None])
def test_17_what_does_not_speak_bolt_is_unreachable(answer: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(neo4j_store._SETTINGS, "connection_acquisition_timeout", 1)
    with listening(answer) as port, pytest.raises(StoreUnreachable):
        open_store(f"bolt://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "address", ["http://here", "neo4j+x://here", "://", "bolt://127.0.0.1:port", "neo4j://user:word@127.0.0.1:1"]
)
def test_an_address_of_no_engine_is_unknown(address: str) -> None:
    with pytest.raises(UnknownAddress, match=r"give a directory, neo4j://HOST:PORT or bolt://HOST:PORT"):
        open_store(address)
