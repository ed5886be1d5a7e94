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

    `read` yields a Release and then the other items. In some formats, `read` also reads other files than the given
    file. `companions` returns these other files, so that they are not read again. `connect` reads a database: its
    arguments are the address, which may contain a password, and the path that stands for the database in messages.
    """

    name: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path], Iterator[Item]]
    companions: Callable[[Path], frozenset[Path]] = _alone
    connect: Callable[[str, Path], Iterator[Item]] | None = None
