"""api: how many different cohorts a caller may ask for in a day (UTC); those that were answered may be asked again.

What is added to numbers of patients averages out over enough questions about the same patients, however it is drawn
(I. Dinur, K. Nissim: Revealing information while preserving privacy, 2003), so there must be an end to them.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.disclosure import Caller, Role
from api.errors import Spent, Unavailable

_TABLE = "CREATE TABLE IF NOT EXISTS asked (day, caller, question, PRIMARY KEY (day, caller, question))"
_OF_CALLER = "FROM asked WHERE day = ? AND caller = ?"
_BUSY = 2.0
"""Seconds to wait for other processes."""
UNCOUNTED = (Role.NONE, Role.EXACT)
"""Roles that learn nothing, and everything."""


class Budget:
    """Kept in a file, for all processes of a server and across its restarts; of callers and questions keyed hashes."""

    def __init__(self, path: Path, most: int, key: bytes) -> None:
        self._path, self._most, self._key = path, most, key
        self._alone = threading.Lock()
        self._open: tuple[int, sqlite3.Connection] | None = None
        self._answered: tuple[int, set[bytes]] = 0, set()

    def check(self) -> None:
        """Raises OSError where the file cannot be written."""
        try:
            self._connected().close()
        except sqlite3.Error as wrong:
            raise OSError(f"{self._path} cannot be written ({wrong}): delete it, or let this user write it") from wrong

    def spend(self, caller: Caller, question: str) -> None:
        """Counts a question that was not asked today. Raises Spent where it is one too many.

        Raises Unavailable where that cannot be written down: then nothing may be answered.
        """
        if caller.role in UNCOUNTED:
            return
        now = datetime.now(UTC)
        day, who = now.toordinal(), self._hash(caller.name)
        asked = self._hash(f"{caller.name}\0{question}")
        with self._alone:
            if self._answered[0] != day:
                self._answered = day, set()
            if asked in self._answered[1]:
                return
            try:
                counted = self._counted(day, who, asked)
            except (sqlite3.Error, OSError) as wrong:
                self._open = None
                cause = f"{self._path}: {wrong}"
                raise Unavailable("the question is not answered, since it cannot be counted", cause) from None
            if not counted:
                begins = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(1)
                raise Spent(self._most, begins.isoformat(timespec="minutes"))
            self._answered[1].add(asked)

    def _counted(self, day: int, who: bytes, asked: bytes) -> bool:
        """Whether the question may be answered."""
        file = self._connection()
        with file:
            file.execute("BEGIN IMMEDIATE")
            if file.execute(f"SELECT 1 {_OF_CALLER} AND question = ?", (day, who, asked)).fetchone():
                return True
            (many,) = file.execute(f"SELECT count(*) {_OF_CALLER}", (day, who)).fetchone()
            if many >= self._most:
                return False
            file.execute("DELETE FROM asked WHERE day < ?", (day,))
            file.execute("INSERT INTO asked VALUES (?, ?, ?)", (day, who, asked))
        return True

    def _connection(self) -> sqlite3.Connection:
        """Of this process: one that was opened before a fork must not be used after it."""
        if self._open is None or self._open[0] != os.getpid():
            self._open = os.getpid(), self._connected()
        return self._open[1]

    def _connected(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        file = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute(_TABLE)
        return file

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._key, f"budget\0{text}".encode(), "sha256")[:16]
