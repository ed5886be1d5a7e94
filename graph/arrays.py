"""graph: arrays on disk as `.npy` files, mapped into memory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

_HEADER = re.compile(rb"\{'descr': '([<>|][biuf]\d)', 'fortran_order': (False|True), 'shape': \(([\d, ]*)\), *\}\s*")


def load_array(file: Path) -> npt.NDArray[Any]:
    """Of plain numbers, read-only: nothing is read before it is asked for. Raises ValueError on another file.

    Format: NEP 1, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    # `np.load` parses the header with `ast`, and two threads that do so at once fail with a SystemError in
    # Python before 3.11.8 and 3.12.2 (CPython issue 106905).
    with file.open("rb") as opened:
        magic = opened.read(8)
        size = int.from_bytes(opened.read(2 if magic[6:7] == b"\1" else 4), "little")
        header = _HEADER.fullmatch(opened.read(min(size, 10_000)))
        start = opened.tell()
    if magic[:6] != b"\x93NUMPY" or not header:
        raise ValueError(f"{file}: not an .npy file of plain numbers")
    kind, fortran, shape = (part.decode("ascii") for part in header.groups())
    order: Literal["C", "F"] = "F" if fortran == "True" else "C"
    sizes = tuple(int(part) for part in shape.split(",") if part.strip())
    mapped = np.memmap(file, np.dtype(kind), "r", start, sizes, order)
    # A plain array over the mapped file: numpy's own memmap takes ten times as long to slice.
    return np.asarray(mapped)
