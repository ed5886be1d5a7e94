"""graph: allows one writer at a time. The writer locks a file in the state folder; the next writer waits for this lock.

`serve` writes nothing and takes no lock. Jobs run in other processes, and `serve` follows their changes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from graph.errors import GraphError, StoreBusy
from graph.locks import lock, lock_now
from graph.store.address import Address
from graph.store.backups import UNFINISHED
from graph.store.open import open_store
from graph.store.port import Store

_FILE = "writer"
_LONGEST = 300


@contextmanager
def writing(address: str, waits: Callable[[str], None], restores: bool = False) -> Iterator[Store]:
    """Opens the store for writing, for one process of this machine at a time.

    If another process is writing, calls `waits` with a description of that process and waits. The lock of a killed
    process is released. A Neo4j server has its own lock for writers on several machines. Raises GraphError if a restore
    of the store was interrupted, unless `restores` is true.
    """
    folder = Address(address).state
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        # Opening the store raises the error that says what is wrong.
        with closing(open_store(address)) as store:
            yield store
        return
    with _held(folder, waits):
        if (folder / UNFINISHED).exists() and not restores:
            raise GraphError(f"{address} was restored only in part: run tricuspid restore again with the same file")
        with closing(open_store(address)) as store:
            yield store


@contextmanager
def reading(address: str) -> Iterator[Store]:
    """Opens the embedded store for reading. Writers wait until the store is closed.

    Raises StoreBusy at once if another process is writing.
    """

    def busy(_: str) -> None:
        raise StoreBusy(address)

    folder = Address(address).state
    alone = _held(folder, busy) if folder.is_dir() and os.access(folder, os.W_OK) else nullcontext()
    with alone, closing(open_store(address)) as store:
        yield store


@contextmanager
def _held(folder: Path, waits: Callable[[str], None]) -> Iterator[None]:
    with (folder / _FILE).open("a+", encoding="utf-8") as held:
        _take(held, waits)
        try:
            yield
        finally:
            held.truncate(0)


def _take(held: TextIOWrapper, waits: Callable[[str], None]) -> None:
    if not lock_now(held):
        held.seek(0)
        waits(held.read(_LONGEST).strip() or "another process")
        lock(held)
    held.truncate(0)
    # The names of the files are left out: they may contain names of patients, and the waiting process logs this text.
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    print(f"process {os.getpid()} (since {since}), which runs {command}"[:_LONGEST], file=held, flush=True)
