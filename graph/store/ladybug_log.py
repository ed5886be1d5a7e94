"""graph: repairs the write-ahead log of an embedded database after its writer was killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from graph.errors import StoreFull, raising_store_full

_OPENS = "import ladybug, sys; ladybug.Database(sys.argv[1], buffer_pool_size=1 << 30, read_only=True)"


def trimmed(database: Path) -> Path | None:
    """Cuts off the end of a database's log if reading it crashes (SIGSEGV). Returns a copy of the log; None if the log
    is intact.

    A separate process tries to read the log. All of the log that can be read is kept.
    """
    log = log_of(database)
    if not log.exists() or not log.stat().st_size or not ends_its_reader(database):
        return None
    kept = copied(log)
    os.truncate(log, _readable(database, log.read_bytes()))
    return kept


def _readable(database: Path, log: bytes) -> int:
    """The number of readable bytes of the log, found by an exponential search downwards and then a binary search."""
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        tried = Path(folder) / database.name
        os.link(database, tried)

        def ends(size: int) -> bool:
            log_of(tried).write_bytes(log[:size])
            return ends_its_reader(tried)

        fine, bad, step = len(log) - 1, len(log), 1
        while fine and ends(fine):
            step *= 2
            fine, bad = max(fine - step, 0), fine
        while fine + 1 < bad:
            middle = (fine + bad) // 2
            fine, bad = (fine, middle) if ends(middle) else (middle, bad)
        return fine


def log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def ends_its_reader(database: Path) -> bool:
    """True if a process that opens the database is killed by a signal."""
    command = [sys.executable, "-c", _OPENS, str(database)]
    return subprocess.run(command, capture_output=True, check=False).returncode < 0


def copied(log: Path) -> Path:
    """Copies the log to a new file beside it and returns its path."""
    kept = log.with_name(f"{log.name}.torn-{len(list(log.parent.glob(f'{log.name}.torn-*')))}")
    try:
        with raising_store_full(kept):
            shutil.copyfile(log, kept)
    except StoreFull:
        kept.unlink(missing_ok=True)
        raise
    return kept
