"""graph: locks on files between processes. The system releases the locks of a killed process.

`filelock` does not serve: it empties a locked file, in which the holder's name stands here, and has no shared locks.
"""

from __future__ import annotations

import fcntl
from typing import Protocol


class Opened(Protocol):
    """An open file."""

    def fileno(self) -> int: ...


def lock(file: Opened | int) -> None:
    """Waits until this process alone holds the lock of an open file. Closing the file releases it."""
    fcntl.flock(file, fcntl.LOCK_EX)


def lock_now(file: Opened | int) -> bool:
    """False if another process holds the lock."""
    return _at_once(file, fcntl.LOCK_EX)


def is_locked(file: Opened | int) -> bool:
    """True if a process holds the lock of an open file."""
    return not _at_once(file, fcntl.LOCK_SH)


def _at_once(file: Opened | int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
