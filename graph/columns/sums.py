"""graph: reads and writes files with checksums. The files hold data that is derived from the store.

Each file is read as a whole, and is used only if its checksum is correct. Files are not memory-mapped. So if a file is
truncated or overwritten while a server runs, answers do not change and the process does not crash
(docs/decisions/0013). A process holds at most one copy of each file in memory, and frees the copy when the file is no
longer used.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from graph.errors import GraphError

MANIFEST = "manifest.json"
Bytes = npt.NDArray[np.uint8]
Sums = dict[str, tuple[int, int]]
"""The size and CRC-32 of each file, by file name."""

_last: dict[Path, tuple[bytes, Sums]] = {}
"""For each path, the manifest that was read last."""
_held: WeakValueDictionary[tuple[int, ...], Bytes] = WeakValueDictionary()


class DamagedFile(GraphError):
    """A derived file is missing or damaged. The file can be rebuilt."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} is damaged ({reason})")


def sum_of(data: bytes | Bytes) -> int:
    return zlib.crc32(data if isinstance(data, bytes) else data.data)


def write_sums(folder: Path, before: Path | None = None) -> None:
    """Writes the manifest: the size and checksum of each file in the folder, and a checksum of the manifest.

    A file that is a link to a file in the folder `before` is not read, because it was checked when it was linked.
    """
    known = {}
    if before is not None:
        with suppress(DamagedFile, OSError):
            known = {(before / name).stat().st_ino: entry for name, entry in _noted(before).items()}
    sums = {file.name: known.get(file.stat().st_ino) or noted(file) for file in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps({"files": sums, "sum": _own(sums)}, indent=0))


def noted(file: Path) -> tuple[int, int]:
    """The size and checksum of a file."""
    data = _read(file)
    return len(data), sum_of(data)


def sums_of(folder: Path) -> Sums:
    """The manifest of a folder. Raises DamagedFile if it cannot be read, or if a file has another size than stated."""
    try:
        sums = _noted(folder)
        for name, (size, _) in sums.items():
            if (found := os.stat(f"{folder}/{name}").st_size) != size:  # noqa: PTH116 - a Path takes twice as long
                raise DamagedFile(folder / name, f"{found:,} bytes instead of {size:,}")
    except FileNotFoundError as absent:
        raise DamagedFile(Path(absent.filename), "missing") from absent
    return sums


def damaged(folder: Path) -> list[str]:
    """Returns the names of the files in a folder whose content differs from the manifest."""
    try:
        sums = _noted(folder)
    except (DamagedFile, OSError):
        return [MANIFEST]
    return [name for name, entry in sums.items() if not _is(folder / name, entry)]


def is_whole(file: Path) -> bool:
    """True if a file has the size and checksum that the manifest of its folder states."""
    try:
        entry = _noted(file.parent).get(file.name)
    except (DamagedFile, OSError):
        return False
    return entry is not None and _is(file, entry)


def _is(file: Path, entry: tuple[int, int]) -> bool:
    try:
        return noted(file) == entry
    except (OSError, DamagedFile):
        return False


def contents(file: Path) -> Bytes:
    """The bytes of a file. If the folder has a manifest, the bytes are checked against the manifest."""
    try:
        entry = _noted(file.parent).get(file.name)
    except FileNotFoundError:
        return _read(file)
    if entry is None:
        raise DamagedFile(file, f"not listed in {MANIFEST}")
    return checked(file, *entry)


def checked(file: Path, size: int, crc: int) -> Bytes:
    """The bytes of a file. Raises DamagedFile if its size is not `size` or its CRC-32 is not `crc`."""
    try:
        with file.open("rb", buffering=0) as opened:
            there = os.fstat(opened.fileno())
            key = there.st_dev, there.st_ino, there.st_mtime_ns, there.st_size, size, crc
            data = _held.get(key)
            if data is None:
                data = _all(opened, file)
                if (len(data), sum_of(data)) != (size, crc):
                    raise DamagedFile(file, "wrong checksum")
                _held[key] = data
            return data
    except FileNotFoundError as absent:
        raise DamagedFile(file, "missing") from absent


def _read(file: Path) -> Bytes:
    with file.open("rb", buffering=0) as opened:
        return _all(opened, file)


def _all(opened: io.FileIO, file: Path) -> Bytes:
    """Reads a file into new memory. The memory is freed when no view of the bytes is left."""
    data = np.empty(os.fstat(opened.fileno()).st_size, np.uint8)
    done = 0
    while done < len(data) and (more := opened.readinto(data.data[done:])):
        done += more
    if done < len(data):
        raise DamagedFile(file, "truncated while it was read")
    data.flags.writeable = False
    return data


def _noted(folder: Path) -> Sums:
    path = folder / MANIFEST
    with path.open("rb", buffering=0) as opened:
        note = opened.readall()
    # The bytes are compared and not hashed, because the manifest is read again for each file of its folder.
    known = _last.get(path)
    if known is None or known[0] != note:
        known = note, _parsed(path, note)
        _last.clear()
        _last[path] = known
    return known[1]


def _parsed(path: Path, note: bytes) -> Sums:
    """The content of a manifest. Raises DamagedFile if the manifest is damaged."""
    try:
        content = json.loads(note)
        sums: Sums = {Path(name).name: (int(size), int(crc)) for name, (size, crc) in content["files"].items()}
        right = content["sum"] == _own(sums)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise DamagedFile(path, f"not readable: {type(wrong).__name__}") from wrong
    if not right:
        raise DamagedFile(path, "wrong checksum")
    return sums


def _own(sums: Sums) -> int:
    return sum_of(json.dumps(sorted((name, *entry) for name, entry in sums.items())).encode())
