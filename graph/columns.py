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
    if pa.types.is_string(flat.type) and _few(flat[:1000]) and _few(flat):
        coded = flat.dictionary_encode()
        texts = [*coded.dictionary.to_pylist(), None]
        codes = np.asarray(coded.indices.fill_null(len(texts) - 1), dtype=np.int8)
        return lambda rows: [texts[code] for code in codes[np.asarray(rows, dtype=np.int64)].tolist()]
    return lambda rows: flat.take(pa.array(rows, pa.int64())).to_pylist()


def _few(texts: pa.Array) -> bool:
    return int(pc.count_distinct(texts).as_py()) <= _FEW
