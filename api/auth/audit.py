"""api: writes the audit log: one JSON line for every answer that discloses something about patients.

A line contains the caller, concepts, criteria and disclosed numbers, but no data of single patients. A line contains
the SHA-256 of the query instead of its text, because callers can write anything into a query.
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
    """Appends lines to the audit log. The file is opened for each line, so it can be moved at any time."""

    def __init__(self, path: Path, durable: bool = True) -> None:
        """If `durable`, each line is synced to the disk. Raises OSError if the file cannot be written."""
        self._path, self._durable = path, durable
        os.close(self._open())

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def write(self, caller: Caller, query: str, operation: str | None, epoch: int, reads: Sequence[Read]) -> None:
        """Appends a line about the answer to `query`. `reads` are the entries about disclosed numbers in this answer.

        Raises Unavailable if the line cannot be written; then the answer must not be sent.
        """
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
            raise Unavailable("the audit log cannot be written, so the query is not answered", wrong) from None

    def _append(self, line: bytes) -> None:
        """Appends `line` as a whole, or nothing if the disk is full. Lines that other processes write stay intact."""
        file = self._open()
        try:
            lock(file)
            size = os.fstat(file).st_size
            if os.write(file, line) != len(line):
                os.ftruncate(file, size)
                raise OSError(f"only a part of the line was written to {self._path}: the disk is full")
            if self._durable:
                os.fsync(file)
        finally:
            os.close(file)
