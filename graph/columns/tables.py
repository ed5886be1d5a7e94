"""graph: saves and loads Arrow tables, and reads a few rows of a column fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns.sums import contents

Rows = Callable[[Sequence[int] | npt.NDArray[Any]], list[Any]]
"""A function that returns the values of a column in the given rows, in the order of the rows."""
_FEW = 100
_HELD = 1 << 24
"""Maximum size in bytes of a text column that is copied to `bytes`.

Reading from the copy takes half the time of reading from the column.
"""


def save_table(table: pa.Table, folder: Path, name: str) -> None:
    """Saves a table with one chunk per column, uncompressed, so that it can be read without a copy."""
    table = table.combine_chunks()
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


def load_table(folder: Path, name: str) -> pa.Table:
    return pa.ipc.open_file(pa.py_buffer(contents(folder / f"{name}.arrow"))).read_all()


def written(values: list[Any]) -> list[bytes]:
    """Each value as JSON.

    The output of orjson is split at its line breaks. JSON escapes the line breaks inside texts.
    """
    return orjson.dumps(values, option=orjson.OPT_INDENT_2)[4:-2].split(b",\n  ") if values else []


class Column(NamedTuple):
    """Two functions that read rows of a column of a table.

    `values` returns Python objects. `texts` returns JSON; `texts` is None if the column does not hold texts.
    """

    values: Rows
    texts: Rows | None


def column_of(column: pa.ChunkedArray, empty: bool = True) -> Column:
    """Returns the functions that read a column. If the column has few distinct texts, each text is decoded once.

    If `empty` is false, an empty text is read as None.
    """
    flat = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if _is_number(flat.type):
        return Column(_numbers(flat), None)
    if not pa.types.is_string(flat.type) or not len(flat):
        return Column(lambda rows: flat.take(pa.array(rows, pa.int64())).to_pylist(), None)
    if _few(flat[:1000]) and _few(flat):
        return _coded(flat, empty)
    read = _texts(flat)
    texts = read if empty else lambda rows: _filled(read(rows))
    return Column(texts, lambda rows: written(texts(rows)))


def _filled(texts: list[Any]) -> list[Any]:
    return [text or None for text in texts] if "" in texts else texts


def _coded(flat: pa.Array, empty: bool) -> Column:
    coded = flat.dictionary_encode()
    texts = [text if text or empty else None for text in (*coded.dictionary.to_pylist(), None)]
    codes = np.asarray(coded.indices.fill_null(len(texts) - 1), dtype=np.int8)

    def decoded(values: list[Any]) -> Rows:
        return lambda rows: [values[code] for code in codes[np.asarray(rows, dtype=np.int64)].tolist()]

    return Column(decoded(texts), decoded(written(texts)))


def _few(texts: pa.Array) -> bool:
    return int(pc.count_distinct(texts).as_py()) <= _FEW


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _numbers(flat: pa.Array) -> Rows:
    """Reads numbers with numpy.

    Arrow's `take` is slower: it releases the interpreter lock and may wait 5 ms to get it back.
    """
    filled = flat.fill_null(False if pa.types.is_boolean(flat.type) else 0)
    values, missing = filled.to_numpy(zero_copy_only=False), _missing(flat)

    def read(rows: Sequence[int] | npt.NDArray[Any]) -> list[Any]:
        row = np.asarray(rows, dtype=np.int64)
        return _without(values[row].tolist(), missing, row)

    return read


def _texts(flat: pa.Array) -> Rows:
    _, ends, held = flat.buffers()
    offsets, data = np.frombuffer(ends, np.int32)[flat.offset :], memoryview(held or b"")
    small, missing = bytes(data) if len(data) <= _HELD else None, _missing(flat)

    def read(rows: Sequence[int] | npt.NDArray[Any]) -> list[Any]:
        row = np.asarray(rows, dtype=np.int64)
        spans = zip(offsets[row].tolist(), offsets[row + 1].tolist(), strict=True)
        if small is not None:
            return _without([small[start:end].decode() for start, end in spans], missing, row)
        return _without([str(data[start:end], "utf-8") for start, end in spans], missing, row)

    return read


def _missing(flat: pa.Array) -> npt.NDArray[np.bool_] | None:
    return np.asarray(flat.is_null()) if flat.null_count else None


def _without(found: list[Any], missing: npt.NDArray[np.bool_] | None, row: npt.NDArray[Any]) -> list[Any]:
    """Replaces missing values in `found` by None. `row` has the row of each value, `missing` a flag for each row."""
    if missing is not None:
        for place in np.flatnonzero(missing[row]).tolist():
            found[place] = None
    return found
