"""ingest: the words of records to the concepts that they name; what a file says, coded, wherever it is read.

A file is read and coded as a whole by one process: that of the job, or with workers one of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph.meaning.spans import Dictionary
from graph.snapshot import Snapshot
from ingest.pseudonym import Pseudonym
from ingest.records import Grounded, Item, Text
from ingest.source import Source


class Coder:
    """Reads files: pseudonyms under the secret, names of the snapshot's concepts.

    Only files about no patient hold words to ground: without `words` nothing of the snapshot is read.
    """

    def __init__(self, secret: bytes, snapshot: Path, words: bool) -> None:
        self._pseudonym = Pseudonym(secret)
        self._dictionary = Dictionary(Snapshot(snapshot)) if words else None

    def read(self, source: Source, path: Path) -> Iterator[Item | Grounded]:
        """The items of a file of that format, Grounded for every Text."""
        items = source.read(path, self._pseudonym)
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
