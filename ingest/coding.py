"""ingest: reads a file and grounds its texts, both in the same process (the main process or a worker)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graph.snapshot import Snapshot
from ingest.pseudonym import Identity, Pseudonym
from ingest.records import Grounded, Item, Text
from ingest.source import Source
from ingest.text import SAFE
from linking.grounding import Dictionary

_IDENTIFIERS = ("id", "record", "source", "target")
_LOCAL = ("course", "programme", "outcome", "organisation", "person")


class Coder:
    """Reads files, makes pseudonyms with the site secret, and finds the concepts in texts by their names in a snapshot.

    `words` is false for files about patients, which have no texts to ground; the snapshot is then not opened.
    """

    def __init__(self, secret: bytes, snapshot: Path, words: bool, identity: Identity) -> None:
        self._pseudonym = Pseudonym(secret, identity)
        self._dictionary = Dictionary(Snapshot(snapshot)) if words else None

    def read(self, source: Source, path: Path, address: str = "") -> Iterator[Item | Grounded]:
        """Yields the items of the file `path`, which has the format of `source`, or of the database at `address`.

        Every Text is replaced by a Grounded, which has the text and the concepts that were found in it.
        """
        if source.connect and address:
            items = source.connect(address, path, self._pseudonym)
        else:
            items = source.read(path, self._pseudonym)
        if source.local and (name := self._pseudonym.identity.source):
            items = (within(name, item) for item in items)
        return map(self._coded, items) if source.public else items

    def _coded(self, item: Item) -> Item | Grounded:
        if not isinstance(item, Text):
            return item
        # Texts are grounded by names only: scores of the encoder depend on all loaded names, so a run after another
        # load would give other results.
        assert self._dictionary is not None
        if item.mention:
            return Grounded(item, self._dictionary.mention(item.text))
        found = self._dictionary.text(item.text, item.language, record=True)
        at = item.start
        return Grounded(item, [match._replace(start=match.start + at, end=match.end + at) for match in found])


def within(source: str, item: Item) -> Item:
    """Adds the name of the source to the identifiers of an item, because they are only unique within the source."""
    names: dict[str, Any] = {
        name: f"{prefix}:{quote(source, safe=SAFE)}/{rest}"
        for name, value in zip(item._fields, item, strict=True)
        if name in _IDENTIFIERS and isinstance(value, str)
        for prefix, colon, rest in [value.partition(":")]
        if colon and prefix in _LOCAL
    }
    return item._replace(**names) if names else item
