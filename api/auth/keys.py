"""api: the keys of callers, in a file with a JSON line per key. A line contains the digest of a key, not the key.

A key has 256 random bits, so nobody can find a key from its plain SHA-256 by trying possible keys. Deleting a line
revokes its key at once.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from api.disclosure import SERVED, Role
from api.errors import BadSetup, Unauthenticated, Unavailable, UnknownRole

PREFIX = "tricuspid_"
"""Prefix of every key. Scanners can find a leaked key in a file or log by this prefix."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_LARGEST = 1 << 20


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    role: Role
    expires: Annotated[datetime, msgspec.Meta(tz=True)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def add_key(path: Path, name: str, role: Role, days: int) -> str:
    """Makes a key, adds its line to the file and returns the key.

    The key itself is stored nowhere. Raises BadSetup for an invalid name, and for a name that the file already has.
    """
    if not _NAME.fullmatch(name):
        raise BadSetup(f"{name[:80]!r} is not a valid name of a key: use 1 to 64 letters, digits and . _ @ -")
    if any(key.name == name for key in (read_keys(path) if path.exists() else ())):
        raise BadSetup(f"{path} already has a key named {name}: delete its line first, or choose another name")
    made = PREFIX + secrets.token_urlsafe(32)
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    line = msgspec.json.encode(Key(name, role, expires, _digest(made))) + b"\n"
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        ended = not (size := os.fstat(file).st_size) or os.pread(file, 1, size - 1) == b"\n"
        os.write(file, line if ended else b"\n" + line)
        os.fsync(file)
    finally:
        os.close(file)
    return made


def read_keys(path: Path) -> list[Key]:
    """Returns the keys of a file. Raises BadSetup for an invalid line, and for a file that other users may write."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise BadSetup(f"{path} is writable by other users than its owner: run chmod go-w {path}")
        lines = file.read(_LARGEST + 1)
    if len(lines) > _LARGEST:
        raise BadSetup(f"{path} is larger than {_LARGEST:,} bytes: use a file written by the command tricuspid key")
    return [_key(path, number, line) for number, line in enumerate(lines.splitlines(), 1) if line.strip()]


def _key(path: Path, number: int, line: bytes) -> Key:
    try:
        key = msgspec.json.decode(line, type=Key)
        if key.role not in SERVED:
            raise UnknownRole(key.role, SERVED)
    except (msgspec.MsgspecError, UnicodeDecodeError, UnknownRole) as wrong:
        raise BadSetup(
            f"{path}, line {number}, is not a valid key: {wrong}; make a new key with tricuspid key"
        ) from None
    return key


class Keys:
    """The keys of a file. The file is read again when it changes. Raises OSError or BadSetup for an invalid file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._state(), read_keys(path)

    def _state(self) -> tuple[int, ...]:
        now = self._path.stat()
        return now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino

    def _current(self) -> list[Key]:
        try:
            state = self._state()
            if state != self._read[0]:
                self._read = state, read_keys(self._path)
        except (OSError, BadSetup) as wrong:
            raise Unavailable("keys cannot be checked at the moment", wrong) from None
        return self._read[1]

    def find(self, given: str) -> Key:
        """Returns the entry of the key `given` in the file. Raises Unauthenticated for an unknown or expired key.

        The search takes the same time for every key, so that the time reveals nothing about valid keys.
        """
        digest, found = _digest(given), None
        for key in self._current():
            if hmac.compare_digest(key.sha256, digest):
                found = key
        if found is None:
            raise Unauthenticated("this key is unknown: ask the operator of the server for a new one")
        if found.expires <= datetime.now(UTC):
            raise Unauthenticated("this key has expired: ask the operator of the server for a new one")
        return found
