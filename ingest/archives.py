"""ingest: reads the files in a ZIP or tar archive, one at a time, without unpacking them to disk.

ZIP: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT; tar:
https://www.gnu.org/software/tar/manual/html_node/Standard.html. An archive may be hostile. So nothing is written to
disk, links are not followed, and memory and total size are limited.
"""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, NamedTuple

from ontologies.errors import UnreadableFile
from ontologies.files import MAX_RATIO, head, open_binary

LARGEST_MEMBER = 64 << 20
"""The maximum size of an unpacked file of an archive, in bytes."""
MOST_LISTED = 64 << 20
"""The maximum size of the list of files in a ZIP archive, in bytes. It is enough for about half a million files."""
_UNSUSPECTED = 64 << 20
_LARGEST_HEADER = 1 << 20
_TAIL = 1 << 16
_PIECE = 1 << 20
_BLOCK = 512
_LOCAL = b"PK\x03\x04"
_ZIP, _ZIP_FILE = b"PK", struct.Struct("<4s4xH8xI4xHH")
_TOO_LARGE = f"larger than {LARGEST_MEMBER >> 20} MiB; give it as a file of its own"
_LEAVES = "its path points outside the archive"
_BROKEN_ZIP = (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, OSError, ValueError)


class Member(NamedTuple):
    """A file in an archive.

    `place` is the position of the file in the archive. Messages use the position, because the name of the file may
    contain the name of a patient. If the file was not read, `data` is None and `reason` has the reason.
    """

    place: str
    data: bytes | None
    reason: str = ""


def ends(path: Path) -> bytes:
    """The first 64 KiB of the decompressed file.

    Of a large zip also the last 64 KiB, which contain the names of its files.
    """
    start = head(path)
    if start.startswith(_LOCAL) and path.stat().st_size > len(start):
        with path.open("rb") as file:
            file.seek(-min(_TAIL, path.stat().st_size), os.SEEK_END)
            start += file.read()
    return start


def is_archive(head: bytes) -> bool:
    return head[:4] == _LOCAL or head[257:262] == b"ustar"


def members(path: Path) -> Iterator[Member]:
    """Yields the files in the archive `path`, in order, without hidden files.

    Raises UnreadableFile if the archive is damaged or hostile.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == _ZIP
    budget = _Budget(path)
    for number, found in enumerate(_zip(path, budget) if zipped else _tar(path, budget), 1):
        if found is not None:
            yield found._replace(place=f"file {number} of the archive")


class _Budget:
    """The number of bytes that may still be unpacked from an archive. At first, it depends on the archive's size."""

    def __init__(self, path: Path) -> None:
        self._path, self._left = path, max(_UNSUSPECTED, MAX_RATIO * path.stat().st_size)

    def spend(self, number: int) -> None:
        self._left -= number
        if self._left < 0:
            remedy = f"it unpacks to more than {MAX_RATIO} times its size; unpack it, check the files, and ingest them"
            raise UnreadableFile(self._path, "", remedy)


def _unsafe(name: str) -> str | None:
    """Returns the reason why a file in an archive with the name `name` must not be read; None if it may be read."""
    parts = PurePosixPath(name.replace("\\", "/"))
    return _LEAVES if parts.is_absolute() or ".." in parts.parts or ":" in name[:2] else None


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in name.replace("\\", "/").split("/"))


def _zip(path: Path, budget: _Budget) -> Iterator[Member | None]:
    _check_list(path)
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN_ZIP as error:
        raise UnreadableFile(path, "", f"not a readable ZIP archive ({error}); download it again") from error
    with archive:
        for info in archive.infolist():
            if info.is_dir() or _is_hidden(info.filename):
                yield None
            elif reason := _unsafe(info.filename) or (_TOO_LARGE if info.file_size > LARGEST_MEMBER else None):
                yield Member("", None, reason)
            else:
                yield _unzipped(archive, info, budget)


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Member:
    try:
        with archive.open(info) as file:
            return _read(file, budget)
    except _BROKEN_ZIP:
        return Member("", None, "encrypted, damaged, or packed by an unsupported method; pack the archive again")


def _check_list(path: Path) -> None:
    """Raises UnreadableFile if the list of files would take too much memory (APPNOTE 4.3.14 and 4.3.16)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - 22))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    size = int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0
    large = end.rfind(b"PK\x06\x06")
    if size == 0xFFFFFFFF and large >= 0:
        size = int.from_bytes(end[large + 40 : large + 48], "little")
    if size > MOST_LISTED:
        raise UnreadableFile(path, "", "its list of files is too large; split it")


def _read(file: IO[bytes], budget: _Budget) -> Member:
    """Returns the content of `file`, a file in a ZIP archive. If the file is too large, the rest of it is not read."""
    whole = io.BytesIO()
    while piece := file.read(_PIECE):
        budget.spend(len(piece))
        whole.write(piece)
        if whole.tell() > LARGEST_MEMBER:
            return Member("", None, _TOO_LARGE)
    return Member("", whole.getvalue())


class _Metered(io.RawIOBase):
    """A stream of a tar archive. The size of a header is limited, because tarfile keeps headers in memory."""

    def __init__(self, path: Path, file: BinaryIO, budget: _Budget) -> None:
        self._path, self._file, self._budget = path, file, budget
        self.header = _LARGEST_HEADER
        self.in_header = True
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._budget.spend(len(data))
        self._last = (self._last + data)[-_BLOCK:]
        self.header -= len(data) * self.in_header
        if self.header < 0:
            raise UnreadableFile(self._path, "", "a header of the archive is too large; pack it again")
        return data

    def check_end(self) -> None:
        """Raises UnreadableFile unless the archive ends in zeros.

        Without this check, tarfile does not notice a truncated archive.
        """
        if self._last.strip(b"\0"):
            raise UnreadableFile(self._path, "", "the archive ends too early; download it again")


def _tar(path: Path, budget: _Budget) -> Iterator[Member | None]:
    with open_binary(path) as file:
        stream = _Metered(path, file, budget)
        try:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                while info := archive.next():
                    archive.members.clear()  # type: ignore[attr-defined]
                    stream.in_header = False
                    yield _untarred(archive, info, budget)
                    stream.header, stream.in_header = _LARGEST_HEADER, True
            stream.check_end()
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise UnreadableFile(path, "", f"not a readable tar archive ({error}); download it again") from error


def _untarred(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: _Budget) -> Member | None:
    """Returns a file of a tar archive; None for a folder or a hidden file.

    Reads the file to its end, so that the stream is at the next header.
    """
    if info.isdir() or _is_hidden(info.name):
        _skip(archive, info)
        return None
    if not info.isreg() or info.issparse():
        return Member("", None, "a link, a device or a sparse file; give the file itself")
    if reason := _unsafe(info.name) or (_TOO_LARGE if info.size > LARGEST_MEMBER else None):
        _skip(archive, info)
        return Member("", None, reason)
    file = archive.extractfile(info)
    assert file is not None
    return Member("", file.read())


def _skip(archive: tarfile.TarFile, info: tarfile.TarInfo) -> None:
    file = archive.extractfile(info) if info.isreg() and not info.issparse() else None
    while file and file.read(_PIECE):
        pass


def heads(start: bytes) -> Iterator[bytes]:
    """Yields the beginnings of the first files in an archive, as far as `start`, its first bytes, contains them."""
    yield from _zip_heads(start) if start[:2] == _ZIP else _tar_heads(start)


def _tar_heads(start: bytes) -> Iterator[bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(start), mode="r:") as archive:
            while info := archive.next():
                if info.isreg():
                    yield start[info.offset_data : info.offset_data + info.size]
    except (tarfile.TarError, ValueError, EOFError):
        return


def _zip_heads(start: bytes) -> Iterator[bytes]:
    """Follows the local headers (APPNOTE 4.3.7). There may be a data descriptor between two files."""
    at = start.find(_LOCAL)
    while at >= 0 and at + 30 <= len(start):
        _, method, packed, name, extra = _ZIP_FILE.unpack_from(start, at)
        data = start[at + 30 + name + extra :]
        if method == zipfile.ZIP_DEFLATED:
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                yield unpacker.decompress(data, 1 << 16)
            except zlib.error:
                return
        else:
            yield data[: packed or None]
        at = start.find(_LOCAL, at + 30 + name + extra + packed)
