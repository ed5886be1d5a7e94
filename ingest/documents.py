"""ingest: reads JSON documents and lines of limited size. Error messages do not repeat the content of the input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ontologies.errors import UnreadableFile
from ontologies.files import open_binary, read_whole, values_in

#: The errors of decoding bad input; msgspec raises RecursionError for deep nesting.
BAD_INPUT = (msgspec.MsgspecError, UnicodeError, RecursionError)

# Limits of one record. A line of a Bulk Data export may contain a scanned document in base64. Decoded values take about
# a hundred times the memory of their text.
LONGEST_LINE = 64 << 20
MOST_VALUES = 1 << 20
_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"


def reason(error: Exception) -> str:
    """The reason why decoding failed, without any value of the input: the messages of msgspec have only paths and
    types.
    """
    if isinstance(error, UnicodeError):
        return "text is not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def document(path: Path) -> bytes:
    """Returns the whole file `path`, decompressed and without its byte order mark.

    Raises UnreadableFile if the file is too large.
    """
    return read_whole(path)


def elements(path: Path, data: bytes) -> list[msgspec.Raw]:
    """Returns the undecoded elements of `data`, a JSON array; any other JSON document is returned as one element."""
    try:
        if data.lstrip()[:1] == b"[":
            return msgspec.json.decode(data, type=list[msgspec.Raw])
        return [msgspec.json.decode(data, type=msgspec.Raw)]
    except BAD_INPUT as error:
        raise not_json(path, error) from error


def not_json(path: Path, error: Exception) -> UnreadableFile:
    return UnreadableFile(path, "", f"not a JSON document: {reason(error)}; download or export it again")


def lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Yields the number of each line, from 1, and the stripped line. Blank lines are left out.

    None replaces a line that is too large.
    """
    with open_binary(path) as file:
        number = 1
        while line := file.readline(longest + 1):
            if len(line) > longest:
                while line and not line.endswith(b"\n"):
                    line = file.readline(_PIECE)
                yield number, None
            elif len(line) > MOST_VALUES and values_in(line) > MOST_VALUES:
                yield number, None
            elif stripped := line.removeprefix(_BOM).strip():
                yield number, stripped
            number += 1
