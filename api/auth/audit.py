"""api: the log of what was told about patients, and to whom: JSON lines that are only ever added to.

A line holds concepts, criteria and the numbers as they were told, never what is known of a patient; nor the text of the
query, into which a caller may have put anything, but its SHA-256.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from api.disclosure import Caller
from api.errors import Unavailable
from api.fields import Read
from graph.locks import lock


class Audit:
    """The file is opened for each line, so that it may be moved away at any time."""

    def __init__(self, path: Path, durable: bool = True) -> None:
        """`durable` waits until the disk has each line. Raises OSError where the file cannot be written."""
        self._path, self._durable = path, durable
        os.close(self._open())

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def write(self, caller: Caller, query: str, operation: str | None, epoch: int, reads: Sequence[Read]) -> None:
        """Raises Unavailable where the line is not written: then nothing may be answered."""
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": caller.name,
            "role": caller.role,
            "operation": operation,
            "query": sha256(query.encode()).hexdigest(),
            "epoch": epoch,
            "reads": list(reads),
        }
        try:
            self._append(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as wrong:
            raise Unavailable("the question is not answered, since it cannot be written down", wrong) from None

    def _append(self, line: bytes) -> None:
        """The whole line or, where the disk is full, nothing of it; lines of other processes stay whole as well."""
        file = self._open()
        try:
            lock(file)
            size = os.fstat(file).st_size
            if os.write(file, line) != len(line):
                os.ftruncate(file, size)
                raise OSError(f"{self._path} took a part of the line only: is the disk full?")
            if self._durable:
                os.fsync(file)
        finally:
            os.close(file)
