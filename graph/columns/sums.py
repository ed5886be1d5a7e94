"""graph: files that can be made again, each with a checksum: read whole, and never used where that is not right.

Nothing of them is mapped: a file that is cut off or written over under a running server changes no answer and ends no
process (docs/decisions/0013). Equal files are held once in a process, for as long as anything uses them.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from graph.errors import GraphError

MANIFEST = "manifest.json"
Bytes = npt.NDArray[np.uint8]
Sums = dict[str, tuple[int, int]]
"""By a file's name its size and CRC-32."""

_last: dict[Path, tuple[bytes, Sums]] = {}
"""The note that was read last."""
_held: WeakValueDictionary[tuple[int, ...], Bytes] = WeakValueDictionary()


class DamagedFile(GraphError):
    """A file that can be made again is absent or not as it was written."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} is damaged ({reason})")


def sum_of(data: bytes | Bytes) -> int:
    return zlib.crc32(data if isinstance(data, bytes) else data.data)


def write_sums(folder: Path) -> None:
    """Notes all files of the folder, which are whole; the note has a checksum of itself."""
    sums = {file.name: noted(file) for file in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps({"files": sums, "sum": _own(sums)}, indent=0))


def noted(file: Path) -> tuple[int, int]:
    """Size and checksum of a file that was just written."""
    data = _read(file)
    return len(data), sum_of(data)


def sums_of(folder: Path) -> Sums:
    """What was noted of the files of a folder. Raises DamagedFile where that cannot be told, or a size is another."""
    try:
        sums = _noted(folder)
        for name, (size, _) in sums.items():
            if (found := (folder / name).stat().st_size) != size:
                raise DamagedFile(folder / name, f"{found:,} bytes, not {size:,}")
    except FileNotFoundError as absent:
        raise DamagedFile(Path(absent.filename), "it is not there") from absent
    return sums


def damaged(folder: Path) -> list[str]:
    """The names of all files of a folder that are not as they were noted."""
    try:
        sums = _noted(folder)
    except (DamagedFile, OSError):
        return [MANIFEST]
    return [name for name, said in sums.items() if not _is(folder / name, said)]


def is_whole(file: Path) -> bool:
    """Whether a file is as it was noted in its folder."""
    try:
        said = _noted(file.parent).get(file.name)
    except (DamagedFile, OSError):
        return False
    return said is not None and _is(file, said)


def _is(file: Path, said: tuple[int, int]) -> bool:
    try:
        return noted(file) == said
    except (OSError, DamagedFile):
        return False


def contents(file: Path) -> Bytes:
    """All of a file, as it was noted in its folder; unchecked in a folder that is being made, which has no note."""
    try:
        said = _noted(file.parent).get(file.name)
    except FileNotFoundError:
        return _read(file)
    if said is None:
        raise DamagedFile(file, f"{MANIFEST} does not name it")
    return checked(file, *said)


def checked(file: Path, size: int, crc: int) -> Bytes:
    """All of a file that has this size and checksum. Raises DamagedFile for another."""
    try:
        with file.open("rb", buffering=0) as opened:
            there = os.fstat(opened.fileno())
            key = there.st_dev, there.st_ino, there.st_mtime_ns, there.st_size, size, crc
            data = _held.get(key)
            if data is None:
                data = _all(opened, file)
                if (len(data), sum_of(data)) != (size, crc):
                    raise DamagedFile(file, "its checksum is another")
                _held[key] = data
            return data
    except FileNotFoundError as absent:
        raise DamagedFile(file, "it is not there") from absent


def _read(file: Path) -> Bytes:
    with file.open("rb", buffering=0) as opened:
        return _all(opened, file)


def _all(opened: io.FileIO, file: Path) -> Bytes:
    """An array of its own memory: what is made of it refers to it, so that it is held as long as any of that."""
    data = np.empty(os.fstat(opened.fileno()).st_size, np.uint8)
    done = 0
    while done < len(data) and (more := opened.readinto(data.data[done:])):
        done += more
    if done < len(data):
        raise DamagedFile(file, "it was cut off while it was read")
    data.flags.writeable = False
    return data


def _noted(folder: Path) -> Sums:
    path = folder / MANIFEST
    with path.open("rb", buffering=0) as opened:
        note = opened.readall()
    # Compared, and not hashed: it is read again for each file of its folder.
    known = _last.get(path)
    if known is None or known[0] != note:
        known = note, _parsed(path, note)
        _last.clear()
        _last[path] = known
    return known[1]


def _parsed(path: Path, note: bytes) -> Sums:
    """Raises DamagedFile for a note that is not as it was written."""
    try:
        said = json.loads(note)
        sums: Sums = {Path(name).name: (int(size), int(crc)) for name, (size, crc) in said["files"].items()}
        right = said["sum"] == _own(sums)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise DamagedFile(path, f"it cannot be read: {type(wrong).__name__}") from wrong
    if not right:
        raise DamagedFile(path, "its checksum is another")
    return sums


def _own(sums: Sums) -> int:
    return sum_of(json.dumps(sorted((name, *said) for name, said in sums.items())).encode())
