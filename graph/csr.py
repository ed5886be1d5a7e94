"""graph: rows of uneven length as two flat arrays on disk, the shape of every read index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]


class Csr(NamedTuple):
    """`values[offsets[i]:offsets[i + 1]]` is row i, ascending and without doubles where made by `of_pairs`."""

    offsets: npt.NDArray[np.int64]
    values: npt.NDArray[Any]

    @classmethod
    def of_pairs(cls, size: int, rows: npt.ArrayLike, values: npt.ArrayLike) -> Csr:
        """From pairs (row, value), each kept once; `size` is the number of rows."""
        row, value = np.asarray(rows, dtype=np.int64), np.asarray(values, dtype=np.int64)
        width = int(value.max()) + 1 if len(value) else 1
        row, value = np.divmod(np.unique(row * width + value), width)
        return cls(_offsets(np.bincount(row, minlength=size)), value.astype(np.int32))

    @classmethod
    def of_bytes(cls, rows: Sequence[bytes]) -> Csr:
        """From rows of bytes, kept as they are."""
        sizes = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        return cls(_offsets(sizes), np.frombuffer(b"".join(rows), np.uint8))

    def __getitem__(self, row: int) -> npt.NDArray[Any]:  # type: ignore[override]
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def gather(self, rows: Iterable[int]) -> Ints:
        """The values of several rows, one after the other."""
        parts = [self[row] for row in rows]
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def sizes(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    def save(self, folder: Path, name: str) -> None:
        np.save(folder / f"{name}.offsets.npy", self.offsets)
        np.save(folder / f"{name}.values.npy", self.values)

    @classmethod
    def load(cls, folder: Path, name: str) -> Csr:
        """Memory-mapped: nothing is read before it is asked for."""
        offsets = np.load(folder / f"{name}.offsets.npy", mmap_mode="r")
        return cls(offsets, np.load(folder / f"{name}.values.npy", mmap_mode="r"))


def _offsets(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
