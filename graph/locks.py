"""graph: provides file locks between processes. The operating system releases the locks of a killed process.

The library `filelock` is not used, because it has no shared locks and empties the locked file. Here, the locked file
contains the id of the process that holds the lock.
"""

from __future__ import annotations

import fcntl
from typing import Protocol


class Opened(Protocol):
    """An open file."""

    def fileno(self) -> int: ...


def lock(file: Opened | int) -> None:
    """Waits for the exclusive lock on an open file. Closing the file releases the lock."""
    fcntl.flock(file, fcntl.LOCK_EX)


def lock_now(file: Opened | int) -> bool:
    """Takes the exclusive lock on an open file without waiting. Returns False if another process holds the lock."""
    return _at_once(file, fcntl.LOCK_EX)


def is_locked(file: Opened | int) -> bool:
    """True if a process holds the exclusive lock on an open file."""
    return not _at_once(file, fcntl.LOCK_SH)


def _at_once(file: Opened | int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
