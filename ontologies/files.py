"""ontologies: opens a file as a decompressed stream that raises one type of error.

The compression is recognised by content, not by name.

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
from typing import Any, BinaryIO

from backports import zstd

from ontologies.errors import UnreadableFile

# A JSON document is decoded as a whole and takes several times its size in memory. The largest common releases, MONDO
# and NCIT as OBO Graphs, have 250 MB and 7 million values; NCBITaxon (1.3 GB) is available as OBO, which is streamed.
MAX_DOCUMENT = 512 << 20
# A value takes up to 200 bytes in memory, but may take only three bytes in the file: `{},`.
MAX_VALUES = 16 << 20
# JSON is usually compressed ten to thirty times, never 200 times.
MAX_RATIO = 200
_UNSUSPECTED = 64 << 20
_PIECE = 1 << 22
_REMEDY = "split it, or use a format that needs little memory, such as OBO for a terminology or NDJSON for FHIR"
# An xz file states how much memory it needs; `xz -9` needs 65 MiB.
_MAX_XZ = 256 << 20
# Lines of real files are much shorter. Without a limit, an endless line would fill the memory.
MAX_LINE = 16 << 20


_Stream = io.BufferedIOBase | io.RawIOBase


class _Xz(io.RawIOBase):
    """Like lzma.LZMAFile, with a limit on memory. Other data after the last stream is an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = self._next()
        self._left = b""

    @staticmethod
    def _next() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_XZ)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._decoder.eof or self._another():
            if self._decoder.needs_input and not self._left:
                self._left = self._file.read(1 << 16)
                if not self._left:
                    raise EOFError("it ends too early")
            data = self._unpacked(len(buffer))
            self._left = b""
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0

    def _unpacked(self, most: int) -> bytes:
        try:
            return self._decoder.decompress(self._left, most)
        except lzma.LZMAError as wrong:
            if "limit" not in str(wrong):
                raise
            remedy = (
                f"decompression takes more than {_MAX_XZ >> 20} MiB of memory; compress the file with xz -9 or less"
            )
            raise lzma.LZMAError(remedy) from None

    def _another(self) -> bool:
        """True if another stream follows. There may be zeros between streams."""
        self._left = self._decoder.unused_data.lstrip(b"\0")
        while not self._left and (more := self._file.read(1 << 16)):
            self._left = more.lstrip(b"\0")
        if self._left:
            self._decoder = self._next()
        return bool(self._left)


_OPENERS: tuple[tuple[bytes, Callable[[BinaryIO], _Stream]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", _Xz),
    (b"\x28\xb5\x2f\xfd", zstd.ZstdFile),
)
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zstd.ZstdError)


class _Guarded(io.RawIOBase):
    """A decompressed stream. Every error while reading is raised as UnreadableFile."""

    def __init__(self, path: Path) -> None:
        self._path, self._file, self._read = path, path.open("rb"), 0
        try:
            self._inner = _decompressed(self._file)
        except BaseException:
            self._file.close()
            raise

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._inner.readinto(buffer) or 0
        except _BROKEN as error:
            place = f"byte {self._read} of the decompressed data"
            raise UnreadableFile(
                self._path, place, f"{error or 'it ends too early'}; download the file again"
            ) from error
        self._read += count
        return count

    def close(self) -> None:
        self._inner.close()
        self._file.close()
        super().close()


def _decompressed(file: io.BufferedReader) -> _Stream:
    magic = file.peek(6)
    return next((opener(file) for start, opener in _OPENERS if magic.startswith(start)), file)


def open_binary(path: Path) -> io.BufferedReader:
    """The decompressed bytes of a plain, gzip, bzip2, xz or Zstandard file. The caller closes the file."""
    try:
        guarded = _Guarded(path)
    except (*_BROKEN, ValueError) as error:
        raise UnreadableFile(path, "", f"{error}; give a file that exists and can be read") from error
    return io.BufferedReader(guarded, 1 << 17)


def head(path: Path, size: int = 65536) -> bytes:
    """The first `size` decompressed bytes, or fewer if the file is shorter."""
    with open_binary(path) as file:
        return file.read(size)


def read_whole(path: Path, limit: int = MAX_DOCUMENT) -> bytes:
    """The decompressed bytes of a JSON document without a byte order mark.

    Raises UnreadableFile if the document has more than `limit` bytes or more than MAX_VALUES values, because decoding
    would need too much memory. Also raises UnreadableFile if a large document was compressed more than MAX_RATIO times.
    """
    whole, values = io.BytesIO(), 0
    with open_binary(path) as file:
        packed = MAX_RATIO * path.stat().st_size
        piece = file.read(_PIECE).removeprefix(b"\xef\xbb\xbf")
        while piece:
            whole.write(piece)
            size = whole.tell()
            values += values_in(piece)
            if size > limit:
                raise UnreadableFile(path, f"byte {limit}", f"it is larger than {limit} bytes decompressed; {_REMEDY}")
            if values > MAX_VALUES:
                raise UnreadableFile(path, f"byte {size}", f"it has more than {MAX_VALUES} values; {_REMEDY}")
            if size > max(packed, _UNSUSPECTED):
                remedy = f"it is compressed more than {MAX_RATIO} times; check its content, and decompress it first"
                raise UnreadableFile(path, f"byte {size}", remedy)
            piece = file.read(_PIECE)
    # getvalue returns the buffer without a copy.
    return whole.getvalue()


def values_in(json: bytes) -> int:
    """Returns an upper bound of the number of values in JSON. Counting is ten times faster than decoding."""
    return json.count(b",") + json.count(b"{") + json.count(b"[")


def lines(path: Path) -> Iterator[bytes]:
    """The decompressed lines with their line ends. Raises UnreadableFile for a line of more than MAX_LINE bytes."""
    with open_binary(path) as file:
        number = 1
        while line := file.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise UnreadableFile(
                    path, f"line {number}", f"the line is longer than {MAX_LINE} bytes; is this a text file?"
                )
            yield line
            number += 1


def plain_name(path: Path) -> str:
    """The name of the file without a suffix for compression."""
    return path.stem if path.suffix in (".gz", ".bz2", ".xz", ".zst") else path.name
