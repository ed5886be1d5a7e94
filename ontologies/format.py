"""ontologies: a terminology format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ontologies.model import Item


def _alone(path: Path) -> frozenset[Path]:
    return frozenset()


class Format(NamedTuple):
    """A terminology format. `recognise` gets the first 64 KiB, decompressed, and the name of the file.

    `read` yields a Release and then the other items. `companions` returns the other files that `read` reads together
    with a file, so that they are not read again.
    """

    name: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path], Iterator[Item]]
    companions: Callable[[Path], frozenset[Path]] = _alone
