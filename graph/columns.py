"""graph: Arrow tables on disk, memory-mapped when read, and their columns a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = Callable[[Sequence[int] | npt.NDArray[Any]], list[Any]]
"""Gives the values at these rows, in their order."""
_FEW = 100


def save_table(table: pa.Table, folder: Path, name: str) -> None:
    """One chunk a column, uncompressed, so that reading maps the file and copies nothing."""
    table = table.combine_chunks()
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


def load_table(folder: Path, name: str) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow"))).read_all()


def rows_of(column: pa.ChunkedArray) -> Rows:
    """Reads a column; texts of which there are few, as states and codes are, are made once and told from then on."""
    flat = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if not pa.types.is_string(flat.type) or not len(flat):
        return lambda rows: flat.take(pa.array(rows, pa.int64())).to_pylist()
    if _few(flat[:1000]) and _few(flat):
        coded = flat.dictionary_encode()
        texts = [*coded.dictionary.to_pylist(), None]
        codes = np.asarray(coded.indices.fill_null(len(texts) - 1), dtype=np.int8)
        return lambda rows: [texts[code] for code in codes[np.asarray(rows, dtype=np.int64)].tolist()]
    return _texts(flat)


def _few(texts: pa.Array) -> bool:
    return int(pc.count_distinct(texts).as_py()) <= _FEW


def _texts(flat: pa.Array) -> Rows:
    """Read where they lie: `take` lets go of the interpreter, and may wait 5 ms for it each time."""
    _, ends, held = flat.buffers()
    offsets = np.frombuffer(ends, np.int32)[flat.offset :]
    data, missing = memoryview(held or b""), np.asarray(flat.is_null()) if flat.null_count else None

    def read(rows: Sequence[int] | npt.NDArray[Any]) -> list[Any]:
        row = np.asarray(rows, dtype=np.int64)
        spans = zip(offsets[row].tolist(), offsets[row + 1].tolist(), strict=True)
        found: list[str | None] = [str(data[start:end], "utf-8") for start, end in spans]
        if missing is not None:
            for place in np.flatnonzero(missing[row]).tolist():
                found[place] = None
        return found

    return read
