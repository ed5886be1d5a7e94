"""ontologies: reads delimited tables row by row, so that a broken row does not affect other rows.

In tab-separated tables a quote is an ordinary character
(https://www.iana.org/assignments/media-types/text/tab-separated-values), but quotes around a whole cell are removed.
Comma-separated tables follow https://www.rfc-editor.org/rfc/rfc4180. Tables with semicolons, which spreadsheets write
in countries with a decimal comma, follow the same rules.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ontologies.errors import UnreadableFile
from ontologies.files import lines

NUL = "it has a NUL character; remove it"
"""The reason why a row with a NUL character is refused."""


class Row(NamedTuple):
    """A row with its cells in the order of the requested columns. The first line of the file has number 1."""

    line: int
    cells: list[str]


class Broken(NamedTuple):
    """A row that could not be split into cells, with the reason."""

    line: int
    reason: str


def header(head: bytes, comment: bytes = b"#") -> frozenset[str]:
    """The lower-case column names in the first bytes of a table. Comment lines before the names are skipped."""
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        if line.strip() and not line.startswith(comment):
            return frozenset(_names(line.decode("utf-8", "replace")))
    return frozenset()


def rows(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[Row | Broken]:
    """Every row below the header. The required cells come first, then the optional cells. An absent cell is empty.

    Comment lines are allowed only above the header. Raises UnreadableFile if a required column is missing.
    """
    source = enumerate(lines(path), start=1)
    decoded = ((number, line.decode("utf-8", "replace").removeprefix("\ufeff")) for number, line in source)
    number, text = next(((n, line) for n, line in decoded if line.strip() and not line.startswith("#")), (1, ""))
    names = _names(text)
    if missing := [name for name in required if name not in names]:
        raise UnreadableFile(path, f"line {number}", f"the column {missing[0]} is missing; add it")
    # An absent optional column has the index -1: every row gets an empty cell at its end.
    wanted = [names.index(name) if name in names else -1 for name in required + optional]
    delimiter = _delimiter(text)
    for row in _tabs(source) if delimiter == "\t" else _quoted(source, delimiter):
        if isinstance(row, Broken):
            yield row
        elif any(row.cells):
            cells = row.cells + [""] * (len(names) + 1 - len(row.cells))
            cells[len(names) :] = [""]
            yield Row(row.line, [cells[index] for index in wanted])


def _delimiter(text: str) -> str:
    return next((delimiter for delimiter in "\t,;" if delimiter in text), "\t")


def _names(text: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in text.strip("\r\n").split(_delimiter(text))]


def _decoded(source: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, str | Broken]]:
    for number, line in source:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            yield number, Broken(number, "it is not UTF-8; save the table as UTF-8")
            continue
        yield number, Broken(number, NUL) if "\0" in text else text


def _tabs(source: Iterable[tuple[int, bytes]]) -> Iterator[Row | Broken]:
    # Blank lines are skipped early: a compressed file of one kilobyte may have millions of blank lines.
    for number, text in _decoded(one for one in source if not one[1].isspace()):
        if isinstance(text, Broken):
            yield text
            continue
        cells = text.rstrip("\r\n").split("\t")
        if '"' in text:
            cells = [_unwrapped(cell) for cell in cells]
        yield Row(number, cells)


def _unwrapped(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _quoted(source: Iterable[tuple[int, bytes]], delimiter: str) -> Iterator[Row | Broken]:
    """Rows that the csv module reads. The module may join several lines to a row; `line` is the last of these lines."""
    broken: list[Broken] = []
    last = 0

    def good() -> Iterator[str]:
        nonlocal last
        for number, text in _decoded(source):
            last = number
            if isinstance(text, Broken):
                broken.append(text)
            else:
                yield text

    reader = csv.reader(good(), delimiter=delimiter)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            broken.append(Broken(last, f"{error}; are the quotes in pairs?"))
            cells = []
        yield from broken
        broken.clear()
        if cells is None:
            return
        yield Row(last, cells)
