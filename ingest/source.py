"""ingest: a source format, with a name, a function that recognises its files and a function that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.pseudonym import Pseudonym
from ingest.records import Item


def _alone(path: Path) -> Iterable[Path]:
    return ()


class Source(NamedTuple):
    """A source format; `title` is its common name.

    `recognise` gets the first 64 KiB, decompressed, and the name of the file; of a zip, also the last 64 KiB. It reads
    nothing itself. `read` yields
    items in the order of the file. It raises UnreadableFile if the file as a whole cannot be read; a bad record is a
    Refused among the items. If `public` is true, the files are not about patients, so the graph may keep their names (a
    file about patients may be named after a patient). If `local` is true, identifiers of records are unique within one
    institution only. `companions` returns the other files that `read` reads together with a file. `connect` reads a
    database: its address, which may have a password, and the path that stands for it in messages.
    """

    name: str
    title: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path, Pseudonym], Iterator[Item]]
    public: bool = False
    local: bool = False
    companions: Callable[[Path], Iterable[Path]] = _alone
    connect: Callable[[str, Path, Pseudonym], Iterator[Item]] | None = None

    @property
    def publisher(self) -> str:
        """The source of the records if no source is given. It is the same for all formats of a publisher."""
        return self.name.partition("_")[0]
