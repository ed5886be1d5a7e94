"""ontologies: what a terminology format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ontologies.model import Item


def _alone(path: Path) -> frozenset[Path]:
    return frozenset()


class Format(NamedTuple):
    """`recognise` judges the first 64 KiB, decompressed, and the file's name; `read` yields a Release, then the rest.

    `companions` are the other files that reading this one reads too, so that a folder is not read twice.
    """

    name: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path], Iterator[Item]]
    companions: Callable[[Path], frozenset[Path]] = _alone
