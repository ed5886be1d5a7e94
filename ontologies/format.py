"""ontologies: a terminology format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ontologies.model import Item


def _alone(path: Path) -> frozenset[Path]:
    return frozenset()


class Format(NamedTuple):
    """A terminology format. `recognise` gets the first 64 KiB of the decompressed file, and the name of the file.

    `read` yields a Release and then its items. In some formats, `read` reads further files beside the given file.
    `companions` returns these further files, so that they are not read again.
    """

    name: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path], Iterator[Item]]
    companions: Callable[[Path], frozenset[Path]] = _alone
