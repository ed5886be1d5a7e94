"""graph: stores rows of different lengths as two flat arrays. Most indexes of a snapshot have this format.

The module also has `Texts`, which searches a sorted column of texts.
"""

from __future__ import annotations

import array
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap

from graph.columns.arrays import arrays_of
from graph.columns.sums import contents

Ints = npt.NDArray[np.int32]


def bitmap(numbers: npt.NDArray[Any]) -> BitMap:
    """Returns a bitmap of non-negative numbers.

    The numbers are copied to a buffer first. Building the bitmap directly from `numbers` takes twice as long.
    """
    return BitMap(array.array("I", numbers.astype(np.uint32).tobytes()))


def bitmap_of(flags: npt.NDArray[np.bool_], first: int = 0) -> BitMap:
    """The bitmap of the positions in `flags` that are true; `first` is added to each position.

    The bitmap is first written in the Roaring format (https://github.com/RoaringBitmap/RoaringFormatSpec) and then
    read, because this format stores dense containers as plain bits. Adding half a million positions as numbers takes
    fifty times as long.
    """
    packed = np.packbits(flags, bitorder="little")
    bits = np.zeros((-(-len(flags) // 65536), 8192), np.uint8)
    bits.reshape(-1)[: len(packed)] = packed
    sizes = np.bitwise_count(bits.view(np.uint64)).sum(axis=1, dtype=np.int64)
    used = np.flatnonzero(sizes)
    held = [
        (bits[n] if sizes[n] > 4096 else np.flatnonzero(flags[n << 16 : (n + 1) << 16]).astype("<u2")).tobytes()
        for n in used.tolist()
    ]
    starts = 8 + 8 * len(used) + np.concatenate([[0], np.cumsum([len(one) for one in held])])[:-1]
    keys = np.stack([used + (first >> 16), sizes[used] - 1], axis=1)
    header = np.array([12346, len(used)], "<u4"), keys.astype("<u2"), starts.astype("<u4")
    found = BitMap.deserialize(b"".join([*(one.tobytes() for one in header), *held]))
    return found.shift(first & 0xFFFF) if first & 0xFFFF else found


class Csr(NamedTuple):
    """Rows of numbers, in two arrays: row i is `values[offsets[i]:offsets[i + 1]]`.

    Rows that `of_pairs` builds are sorted and have no duplicates.
    """

    offsets: npt.NDArray[np.int64]
    values: npt.NDArray[Any]

    @classmethod
    def of_pairs(cls, size: int, rows: npt.ArrayLike, values: npt.ArrayLike) -> Csr:
        """Builds rows from pairs of a row number and a value. Removes duplicate pairs. `size` is the number of rows."""
        row, value = np.asarray(rows, dtype=np.int64), np.asarray(values, dtype=np.int64)
        bits = int(value.max()).bit_length() if len(value) else 0
        # `np.unique` takes twice as long, because it hashes before it sorts.
        pairs = np.sort(row << bits | value)
        pairs = pairs[first_of_each(pairs)]
        row, value = pairs >> bits, pairs & ((1 << bits) - 1)
        return cls(_offsets(np.bincount(row, minlength=size)), value.astype(np.int32))

    @classmethod
    def of_bytes(cls, rows: Sequence[bytes]) -> Csr:
        """Builds rows from byte strings, in the same order."""
        sizes = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        return cls(_offsets(sizes), np.frombuffer(b"".join(rows), np.uint8))

    def __getitem__(self, row: int) -> npt.NDArray[Any]:  # type: ignore[override]
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def gather(self, rows: npt.ArrayLike | BitMap) -> npt.NDArray[Any]:
        """The values of several rows, concatenated."""
        row = np.asarray(rows.to_array() if isinstance(rows, BitMap) else rows, dtype=np.int64)
        if len(row) == 1:
            return self[int(row[0])]
        start, end = self.offsets[row], self.offsets[row + 1]
        size = end - start
        skipped = np.repeat(start - np.cumsum(size) + size, size)
        return self.values[skipped + np.arange(len(skipped))]

    def sizes(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    def save(self, folder: Path, name: str) -> None:
        """Writes `offsets` and `values` to one file: a snapshot has about a hundred Csr, and most of them are small."""
        with (folder / f"{name}.csr").open("wb") as file:
            for values in self:
                np.save(file, values)

    @classmethod
    def load(cls, folder: Path, name: str) -> Csr:
        file = folder / f"{name}.csr"
        return cls(*arrays_of(contents(file), file, len(cls._fields)))


def first_of_each(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """True for the first occurrence of each value in a sorted array."""
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _offsets(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


class Texts:
    """The texts of a column in the order of their UTF-8 bytes, read without a copy.

    If the rows of the column have another order, `order` has the row number of each text in sorted order.
    """

    def __init__(self, column: pa.ChunkedArray | pa.Array, order: Ints | None = None) -> None:
        flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        flat = flat.chunk(0) if isinstance(flat, pa.ChunkedArray) else flat
        _, offsets, data = flat.buffers()
        self._order, self._span = order, range(len(flat))
        self._offsets = np.frombuffer(offsets, np.int32)[flat.offset :] if len(flat) else np.zeros(1, np.int32)
        self._data = memoryview(data) if data else memoryview(b"")

    def __len__(self) -> int:
        return len(self._span)

    def key(self, place: int) -> bytes:
        """Returns the UTF-8 bytes of the text at the index `place` in sorted order."""
        row = place if self._order is None else int(self._order[place])
        return bytes(self._data[self._offsets[row] : self._offsets[row + 1]])

    def bytes(self) -> tuple[npt.NDArray[np.uint8], Ints]:
        """Returns the bytes of all texts in column order, and the offset of each text.

        The last offset is the end of the last text.
        """
        data = np.frombuffer(self._data, np.uint8)[: self._offsets[len(self._span)]]
        return data, self._offsets[: len(self._span) + 1]

    def between(self, first: str, past: str) -> tuple[int, int]:
        """Returns the start and end, in sorted order, of the texts from `first` up to, but not including, `past`."""
        # A lone surrogate has no UTF-8 form. `surrogatepass` makes it comparable, but no text matches it.
        low, high = (text.encode("utf-8", "surrogatepass") for text in (first, past))
        start = bisect_left(self._span, low, key=self.key)
        return start, bisect_left(self._span, high, lo=start, key=self.key)

    def first(self, text: str) -> int | None:
        """The first index of `text` in sorted order, or None if the column does not have the text."""
        wanted = text.encode("utf-8", "surrogatepass")
        place = bisect_left(self._span, wanted, key=self.key)
        return place if place < len(self._span) and self.key(place) == wanted else None

    def find(self, text: str) -> range:
        """Returns the range of the indices of `text` in sorted order."""
        return range(*self.between(text, text + "\0"))
