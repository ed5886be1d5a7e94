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
    """A file format in which sources publish records; `title` is its common name.

    `recognise` returns True if a file has this format. It gets the first 64 KiB of the decompressed file and the name
    of the file. Of a ZIP file, it also gets the last 64 KiB. It does not open the file. `read` yields items in the
    order of the file. It raises UnreadableFile if the file as a whole is not readable. A bad record becomes a Refused
    among the items. If `public` is true, the files are not about patients, so the graph may keep the names of the
    files. (The name of a file about a patient may contain the name of the patient.) If `local` is true, identifiers of
    records are only unique within one institution. `companions` returns the other files that `read` reads together with
    a file. `connect` reads a database: its arguments are the address, which may contain a password, and the path that
    stands for the database in messages.
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
        """The name of the source if the user gives no name. Formats of the same publisher, such as `datacite_xml` and
        `datacite_json`, share this name.
        """
        return self.name.partition("_")[0]
