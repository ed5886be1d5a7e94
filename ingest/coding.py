"""ingest: the words of records to the concepts that they name; what a file says, coded, wherever it is read.

A file is read and coded as a whole by one process: that of the job, or with workers one of theirs.
"""

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
    """Reads files: pseudonyms under the secret, names of the snapshot's concepts.

    Only files about no patient hold words to ground: without `words` nothing of the snapshot is read.
    """

    def __init__(self, secret: bytes, snapshot: Path, words: bool, identity: Identity) -> None:
        self._pseudonym = Pseudonym(secret, identity)
        self._dictionary = Dictionary(Snapshot(snapshot)) if words else None

    def read(self, source: Source, path: Path) -> Iterator[Item | Grounded]:
        """The items of a file of that format, Grounded for every Text."""
        items = source.read(path, self._pseudonym)
        if source.local and (name := self._pseudonym.identity.source):
            items = (within(name, item) for item in items)
        return map(self._coded, items) if source.public else items

    def _coded(self, item: Item) -> Item | Grounded:
        if not isinstance(item, Text):
            return item
        # By names alone: likeness weighs all names there are, so a second run would say otherwise.
        assert self._dictionary is not None
        if item.mention:
            return Grounded(item, self._dictionary.mention(item.text))
        found = self._dictionary.text(item.text, item.language, record=True)
        at = item.start
        return Grounded(item, [match._replace(start=match.start + at, end=match.end + at) for match in found])


def within(source: str, item: Item) -> Item:
    """The item with the identifiers of its source behind the source's name, as they are unique there alone."""
    names: dict[str, Any] = {
        name: f"{prefix}:{quote(source, safe=SAFE)}/{rest}"
        for name, value in zip(item._fields, item, strict=True)
        if name in _IDENTIFIERS and isinstance(value, str)
        for prefix, colon, rest in [value.partition(":")]
        if colon and prefix in _LOCAL
    }
    return item._replace(**names) if names else item
