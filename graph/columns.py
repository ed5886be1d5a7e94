"""graph: Arrow tables on disk, memory-mapped when read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa


def save_table(table: pa.Table, folder: Path, name: str) -> None:
    """One chunk a column, uncompressed, so that reading maps the file and copies nothing."""
    table = table.combine_chunks()
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


def load_table(folder: Path, name: str) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow"))).read_all()
