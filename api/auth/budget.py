"""api: the budget: how many different cohorts a caller may ask for per day (UTC). Repeated cohorts are not counted.

With enough queries about the same patients, a caller can average out any noise (I. Dinur, K. Nissim: Revealing
information while preserving privacy, 2003), so the number of queries must be limited.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.disclosure import UNCHANGED, Caller, Role
from api.errors import Spent, Unavailable

_TABLE = "CREATE TABLE IF NOT EXISTS asked (day, caller, question, PRIMARY KEY (day, caller, question))"
_OF_CALLER = "FROM asked WHERE day = ? AND caller = ?"
_BUSY = 2.0
"""Seconds to wait while another process has locked the budget file."""
UNCOUNTED = (Role.NONE, *UNCHANGED)
"""Roles without a budget: NONE gets no numbers, and the other roles in this list get exact numbers."""


class Budget:
    """The budget of all callers, in the SQLite file `path`. All processes of a server share it, and restarts do not
    change it.

    A caller may ask for `most` different cohorts per day. Callers and cohorts are stored as hashes with `key`.
    """

    def __init__(self, path: Path, most: int, key: bytes) -> None:
        self._path, self._most, self._key = path, most, key
        self._alone = threading.Lock()
        self._open: tuple[int, sqlite3.Connection] | None = None
        self._answered: tuple[int, set[bytes]] = 0, set()

    def check(self) -> None:
        """Raises OSError if the budget file cannot be written."""
        try:
            self._connected().close()
        except sqlite3.Error as wrong:
            raise OSError(
                f"{self._path} cannot be written ({wrong}): delete the file, or give this user write permission"
            ) from wrong

    def spend(self, caller: Caller, question: str) -> None:
        """Counts a cohort, unless the caller has already asked for this cohort today (UTC).

        `question` is the standard spelling of the criteria of the cohort. Raises Spent if the budget is used up. Raises
        Unavailable if the cohort cannot be counted; then the query must not be answered.
        """
        if caller.role in UNCOUNTED:
            return
        now = datetime.now(UTC)
        day, who = now.toordinal(), self._hash(caller.name)
        cohort = self._hash(f"{caller.name}\0{question}")
        with self._alone:
            if self._answered[0] != day:
                self._answered = day, set()
            if cohort in self._answered[1]:
                return
            try:
                counted = self._counted(day, who, cohort)
            except (sqlite3.Error, OSError) as wrong:
                self._open = None
                cause = f"{self._path}: {wrong}"
                raise Unavailable("the cohort cannot be counted, so the query is not answered", cause) from None
            if not counted:
                begins = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(1)
                raise Spent(self._most, begins.isoformat(timespec="minutes"))
            self._answered[1].add(cohort)

    def _counted(self, day: int, who: bytes, cohort: bytes) -> bool:
        """Counts the cohort unless it is already counted for this day and caller. Returns False if the budget is used
        up.
        """
        file = self._connection()
        with file:
            file.execute("BEGIN IMMEDIATE")
            if file.execute(f"SELECT 1 {_OF_CALLER} AND question = ?", (day, who, cohort)).fetchone():
                return True
            (many,) = file.execute(f"SELECT count(*) {_OF_CALLER}", (day, who)).fetchone()
            if many >= self._most:
                return False
            file.execute("DELETE FROM asked WHERE day < ?", (day,))
            file.execute("INSERT INTO asked VALUES (?, ?, ?)", (day, who, cohort))
        return True

    def _connection(self) -> sqlite3.Connection:
        """Returns the connection of this process: SQLite connections must not be used after a fork."""
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
