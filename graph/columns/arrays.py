"""graph: loads arrays of numbers from `.npy` files."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from graph.columns.sums import Bytes, DamagedFile, contents

_HEADER = re.compile(rb"\{'descr': '([<>|][biuf]\d)', 'fortran_order': (False|True), 'shape': \(([\d, ]*)\), *\}\s*")


def load_array(file: Path) -> npt.NDArray[Any]:
    """Loads a read-only array of numbers. Raises DamagedFile if the file has another format or a wrong checksum."""
    return array_of(contents(file), file)


def array_of(data: Bytes, file: Path) -> npt.NDArray[Any]:
    """Returns the array in `data`, the contents of an `.npy` file. Raises DamagedFile if `data` has anything else."""
    [array] = arrays_of(data, file, 1)
    return array


def arrays_of(data: Bytes, file: Path, number: int) -> list[npt.NDArray[Any]]:
    """Returns the arrays of a file that contains `number` arrays, one after another.

    Each array has the NEP 1 format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    found = []
    for _ in range(number):
        array, size = _first(data, file)
        found.append(array)
        data = data[size:]
    if len(data):
        raise DamagedFile(file, "its size does not match its header")
    return found


def _first(data: Bytes, file: Path) -> tuple[npt.NDArray[Any], int]:
    """The array at the start of `data`, and the size of this array in bytes, including its header."""
    # `np.load` parses the header with `ast`. In Python before 3.11.8 and 3.12.2, parsing in two threads at
    # once fails with a SystemError (CPython issue 106905).
    magic = bytes(data[:8])
    fixed = 10 if magic[6:7] == b"\1" else 12
    start = fixed + int.from_bytes(bytes(data[8:fixed]), "little")
    header = _HEADER.fullmatch(bytes(data[fixed : min(start, 10_000)]))
    if magic[:6] != b"\x93NUMPY" or not header:
        raise DamagedFile(file, "not an .npy file of numbers")
    kind, fortran, shape = (part.decode("ascii") for part in header.groups())
    order: Literal["C", "F"] = "F" if fortran == "True" else "C"
    sizes = tuple(int(part) for part in shape.split(",") if part.strip())
    end = start + math.prod(sizes) * np.dtype(kind).itemsize
    try:
        return data[start:end].view(np.dtype(kind)).reshape(sizes, order=order), end
    except ValueError:
        raise DamagedFile(file, "its size does not match its header") from None
