"""graph: one writer at a time; who writes says so in the state folder, and who comes next waits for its end.

`serve` writes nothing and holds nothing: a job runs in its own process beside it, and its answers follow.
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
    """The store, for the only process of this machine that writes to it; `waits` is told who does so at present.

    Raises GraphError for a store that is half restored, unless whoever asks `restores` it.
    The system lets go of what a killed process held. A server that several machines write to has a lock of its own.
    """
    folder = Address(address).state
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        # Opening says what is wrong with it.
        with closing(open_store(address)) as store:
            yield store
        return
    with _held(folder, waits):
        if (folder / UNFINISHED).exists() and not restores:
            raise GraphError(f"{address} is half restored: run tricuspid restore with the same file again")
        with closing(open_store(address)) as store:
            yield store


@contextmanager
def looking(address: str) -> Iterator[Store]:
    """The embedded store, for a reader that must open it: who comes to write waits until the reader is done.

    Raises StoreBusy, at once, while another process writes.
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
    # Not what it reads: people name files after patients, and this goes into the log of who waits.
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    print(f"process {os.getpid()} since {since}: {command}"[:_LONGEST], file=held, flush=True)
