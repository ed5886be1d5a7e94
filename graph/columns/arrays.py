"""graph: arrays on disk as `.npy` files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from graph.columns.sums import Bytes, DamagedFile, contents

_HEADER = re.compile(rb"\{'descr': '([<>|][biuf]\d)', 'fortran_order': (False|True), 'shape': \(([\d, ]*)\), *\}\s*")


def load_array(file: Path) -> npt.NDArray[Any]:
    """Loads a read-only array of numbers. Raises DamagedFile for any other file or a wrong checksum."""
    return array_of(contents(file), file)


def array_of(data: Bytes, file: Path) -> npt.NDArray[Any]:
    """Returns the array in the contents of a file.

    Format: NEP 1, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    # `np.load` parses the header with `ast`. In Python before 3.11.8 and 3.12.2, two threads that parse at once fail
    # with a SystemError (CPython issue 106905).
    magic = bytes(data[:8])
    fixed = 10 if magic[6:7] == b"\1" else 12
    start = fixed + int.from_bytes(bytes(data[8:fixed]), "little")
    header = _HEADER.fullmatch(bytes(data[fixed : min(start, 10_000)]))
    if magic[:6] != b"\x93NUMPY" or not header:
        raise DamagedFile(file, "not an .npy file of numbers")
    kind, fortran, shape = (part.decode("ascii") for part in header.groups())
    order: Literal["C", "F"] = "F" if fortran == "True" else "C"
    sizes = tuple(int(part) for part in shape.split(",") if part.strip())
    try:
        return data[start:].view(np.dtype(kind)).reshape(sizes, order=order)
    except ValueError:
        raise DamagedFile(file, "its size does not match its header") from None
