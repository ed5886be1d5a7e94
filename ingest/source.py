"""ingest: what a source format is: a name, a way to recognise it and a way to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.pseudonym import Pseudonym
from ingest.records import Item


class Source(NamedTuple):
    """A format; `title` is what people call it.

    `recognise` sees the first 64 KiB, decompressed, and the file's name; it reads nothing itself. `read` yields items
    in the order of the file. It raises UnreadableFile where the file as a whole cannot be read; a single bad record is
    a Refused among the items. `public` says that its files are about no patient, so that the graph may tell their
    names; people name a file after a patient. `local` says that its records have no other identifiers than those that
    are unique within one institution.
    """

    name: str
    title: str
    homepage: str
    recognise: Callable[[bytes, str], bool]
    read: Callable[[Path, Pseudonym], Iterator[Item]]
    public: bool = False
    local: bool = False

    @property
    def publisher(self) -> str:
        """Whose records these are, in whichever of its formats, unless somebody names their source."""
        return self.name.partition("_")[0]
