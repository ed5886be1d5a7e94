"""ingest: reads files in worker processes, while the main process writes. Items arrive in the order of the files.

The first of three workers reads files 1, 4, 7 …, the second reads 2, 5, 8 …. A worker is never more than a limited
number of items ahead of the writer. The rows and the batches do not depend on the number of workers.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from graph.errors import AGAIN, GraphError
from ingest.coding import Coder
from ingest.fault import wordless
from ingest.inputs import Input
from ingest.pseudonym import UNNAMED, Identity
from ingest.records import size
from ingest.source import Source
from ingest.sources import SOURCES

WORTH = 16 << 20
"""Minimum total size in bytes of the files of a job that workers read.

For smaller files, starting the workers takes longer than the time that they save.
"""
_PIECE = 1_000
"""The number of items that a worker sends at a time. An item that holds rows in columns counts as several items."""
_AHEAD = 100
"""The number of pieces (groups of `_PIECE` items) of each worker that may wait for the main process."""

Read = Callable[[Input[Source]], Iterator[Any]]


class WorkerDied(GraphError):
    """A worker ended before it had read all of its files."""

    def __init__(self, path: Path, code: int | None) -> None:
        self.path = path
        how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        super().__init__(
            f"{path}: the worker that was reading this file ended {how}, possibly because memory ran out: {AGAIN}; "
            "use fewer --workers if memory is short"
        )


def default_workers(files: Sequence[Input[Source]]) -> int:
    """Returns the number of workers for `files`: 0 for small files, else one per file, but at most one per core."""
    return min(os.cpu_count() or 1, len(files)) if sum(file.bytes for file in files) >= WORTH else 0


@contextmanager
def reading(
    files: Sequence[Input[Source]], secret: bytes, snapshot: Path, workers: int, identity: Identity = UNNAMED
) -> Iterator[Read]:
    """Starts `workers` processes that read `files`. Yields a function that returns the items of a file.

    It must be called with the files in the given order. With 0 workers, the current process reads the files.
    """
    words = any(file.format.public for file in files)
    if not workers:
        coder = Coder(secret, snapshot, words, identity)
        yield lambda file: coder.read(*_what(file))
        return
    shares = [files[first::workers] for first in range(min(workers, len(files)))]
    started = [_Worker(share, (secret, snapshot, words, identity)) for share in shares]
    turns = {file.path: started[turn % len(started)] for turn, file in enumerate(files)}
    try:
        for worker, share in zip(started, shares, strict=True):
            # Waits until the worker has opened the snapshot, because the first batch may replace the snapshot.
            worker.piece(share[0].path)
        yield lambda file: turns[file.path].items(file.path)
    finally:
        for worker in started:
            worker.end()


def _what(file: Input[Source]) -> tuple[Source, Path, str]:
    """Returns the format and path of `file`, and its address if it is a database, otherwise an empty text."""
    return file.format, file.path, file.database.address if file.database else ""


class _Worker:
    """A worker process that reads the files `share`, and a thread that receives up to `_AHEAD` pieces from it."""

    def __init__(self, share: Sequence[Input[Source]], coder: tuple[bytes, Path, bool, Identity]) -> None:
        spawning = get_context("spawn")  # a fork would copy locks that threads of the engine may hold
        ours, theirs = spawning.Pipe(duplex=False)
        named = [(file.format.name, *_what(file)[1:]) for file in share]
        self._process = spawning.Process(target=_work, args=(theirs, named, coder), daemon=True)
        self._process.start()
        theirs.close()
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._taking = Thread(target=self._take, args=(ours,), daemon=True)
        self._taking.start()

    def _take(self, ours: Connection) -> None:
        with ours, suppress(EOFError, OSError):
            while True:
                self._pieces.put(ours.recv_bytes())
        self._pieces.put(None)

    def piece(self, path: Path) -> tuple[list[Any], bool | Exception]:
        """Returns the next items of the file `path` from the worker, and how the file continues.

        The second value is False if more items follow, True if the file ends here, or the error that ended the file.
        """
        sent = self._pieces.get()
        if sent is None:
            self._process.join()
            raise WorkerDied(path, self._process.exitcode)
        found: tuple[list[Any], bool | Exception] = pickle.loads(sent)
        return found

    def items(self, path: Path) -> Iterator[Any]:
        over: bool | Exception = False
        while not over:
            found, over = self.piece(path)
            yield from found
        if isinstance(over, Exception):
            raise over

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        while self._taking.is_alive():
            with suppress(queue.Empty):
                self._pieces.get(timeout=0.01)


def _work(out: Connection, share: Sequence[tuple[str, Path, str]], coder: tuple[bytes, Path, bool, Identity]) -> None:
    """Runs in a worker process: reads the files `share`, and sends their items to `out`.

    If the main process has closed the connection, because the job has ended, returns without an error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the job decides when to end
    gc.disable()
    sources = {source.name: source for source in SOURCES}
    with suppress(BrokenPipeError):
        read = Coder(*coder).read
        _send(out, [], False)
        for name, path, address in share:
            _send_items(out, read(sources[name], path, address))


def _send_items(out: Connection, items: Iterator[Any]) -> None:
    piece: list[Any] = []
    over: bool | Exception = True
    rows = 0
    try:
        with wordless():
            for item in items:
                piece.append(item)
                rows += size(item)
                if rows >= _PIECE:
                    _send(out, piece, False)
                    piece, rows = [], 0
    except BrokenPipeError:
        raise
    except Exception as broken:
        over = broken
    _send(out, piece, over)


def _send(out: Connection, piece: list[Any], over: bool | Exception) -> None:
    out.send_bytes(pickle.dumps((piece, over), pickle.HIGHEST_PROTOCOL))
