"""ontologies: opens a file decompressed, whatever its name says, as a stream that fails with one error type.

Magic numbers: gzip https://www.rfc-editor.org/rfc/rfc1952, bzip2 https://sourceware.org/bzip2/manual/manual.html,
xz https://tukaani.org/xz/xz-file-format.txt, Zstandard https://www.rfc-editor.org/rfc/rfc8878.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backports import zstd

from ontologies.errors import UnreadableFile

# A document that must be held whole (JSON) takes several times its size in memory once decoded; the largest
# ontology release in use, NCBITaxon as OBO Graphs, is 1.3 GiB.
_PIECE = 1 << 24
MAX_DOCUMENT = 2 << 30
# No line of a real file comes near; without a bound a file of one endless line would be held whole.
MAX_LINE = 16 << 20

_OPENERS: tuple[tuple[bytes, Callable[[Path], io.BufferedIOBase]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
    (b"\x28\xb5\x2f\xfd", zstd.ZstdFile),
)
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zstd.ZstdError)


class _Guarded(io.RawIOBase):
    """A decompressed stream whose failures, which come only while reading, are all UnreadableFile."""

    def __init__(self, path: Path, inner: io.BufferedIOBase) -> None:
        self._path, self._inner, self._read = path, inner, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._inner.readinto(buffer)
        except _BROKEN as error:
            place = f"byte {self._read} of the decompressed data"
            raise UnreadableFile(self._path, place, f"{error or 'it ends too early'}; fetch the file again") from error
        self._read += count
        return count

    def close(self) -> None:
        self._inner.close()
        super().close()


def _opened(path: Path) -> io.BufferedIOBase:
    with path.open("rb") as file:
        magic = file.read(6)
    for start, opener in _OPENERS:
        if magic.startswith(start):
            return opener(path)
    return path.open("rb")


def open_binary(path: Path) -> io.BufferedReader:
    """The decompressed bytes of a plain, gzip, bzip2, xz or Zstandard file. The caller closes it."""
    try:
        inner = _opened(path)
    except (*_BROKEN, ValueError) as error:
        raise UnreadableFile(path, "", f"{error}; name a file that exists and may be read") from error
    return io.BufferedReader(_Guarded(path, inner), 1 << 17)


def head(path: Path, size: int = 65536) -> bytes:
    """The first `size` decompressed bytes, fewer where the file is shorter."""
    with open_binary(path) as file:
        return file.read(size)


def read_whole(path: Path, limit: int = MAX_DOCUMENT) -> bytes:
    """All decompressed bytes, at most `limit`: a larger file is an error before it fills the memory."""
    pieces, size = [], 0
    with open_binary(path) as file:
        # Asked for all at once it would take the memory of the limit before it reads.
        while size <= limit and (piece := file.read(min(_PIECE, limit + 1 - size))):
            pieces.append(piece)
            size += len(piece)
    if size > limit:
        raise UnreadableFile(path, f"byte {limit}", f"it is larger than {limit} bytes decompressed; split it")
    return b"".join(pieces)


def lines(path: Path) -> Iterator[bytes]:
    """The decompressed lines with their ends, as `for line in file`, each at most MAX_LINE bytes."""
    with open_binary(path) as file:
        number = 1
        while line := file.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise UnreadableFile(path, f"line {number}", f"longer than {MAX_LINE} bytes; is this text?")
            yield line
            number += 1


def plain_name(path: Path) -> str:
    """The file's name without the suffix of its compression."""
    return path.stem if path.suffix in (".gz", ".bz2", ".xz", ".zst") else path.name
