"""graph: reuses files of the last snapshot if the data from which they are built has not changed.

A part of a snapshot is a group of files that are built together, such as the indexes of names (`_FILES`).

For example, an ingest of records does not change names, and building the indexes of names is most of the work of a
snapshot. A hash of each part's input is stored with the part. If the hash is the same in the next snapshot, the part is
reused.
"""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from graph.columns.sums import DamagedFile, is_whole, sums_of

logger = logging.getLogger("tricuspid.snapshot")

_FILES = {
    "names": ("names", "words", "word_names"),
    "ngrams": ("ngrams",),
    "records": ("record_words", "record_rows", "record_weights", "record_titles"),
    "record_ngrams": ("record_ngrams",),
    "hierarchy": ("parents", "children", "descendants"),
    "groups": (
        *("same", "same_of", "narrower", "narrower_of", "conflict", "conflict_of", "doubtful"),
        *("reach", "kind", "preferred"),
    ),
}
"""For each part of a snapshot, the names of its files up to the first full stop."""


class _Hash(io.RawIOBase):
    """A file object that only computes a hash of the bytes that are written to it."""

    def __init__(self) -> None:
        self.hash = blake2b(digest_size=16)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return len(data)


def digest(*tables: pa.Table) -> str:
    """Returns a hash of the rows of these tables, in order."""
    kept = _Hash()
    for table in tables:
        with pa.ipc.new_stream(kept, table.schema) as writer:
            writer.write_table(table.combine_chunks())
    return kept.hash.hexdigest()


def taken_over(part: str, made_of: str, before: Path | None, folder: Path) -> bool:
    """Links the files of a part of a snapshot from the folder `before` of an earlier snapshot into `folder`.

    Returns False if the part must be built. `part` is a key of `_FILES`. `made_of` is the digest of the data from which
    the part is built. The digest is always stored, for the next snapshot.
    """
    noted = f"{part}.made_of"
    (folder / noted).write_text(made_of)
    if before is None or not is_whole(before / noted) or (before / noted).read_text() != made_of:
        return False
    links: list[Path] = []
    try:
        for name in (name for name in sums_of(before) if name != noted and _is_of(name, part)):
            if not is_whole(before / name):
                raise DamagedFile(before / name, "wrong checksum")
            link = folder / name
            link.hardlink_to(before / name)
            links.append(link)
    except (OSError, DamagedFile) as wrong:
        if isinstance(wrong, DamagedFile):
            logger.warning("%s: rebuilding this part of the snapshot", wrong)
        # Another process may have deleted a file, or the file system has no hard links. Links must be removed before
        # the part is built, because writing through a link would change the old snapshot.
        for link in links:
            with contextlib.suppress(FileNotFoundError):
                link.unlink()
        return False
    return True


def _is_of(name: str, part: str) -> bool:
    return name.partition(".")[0] in _FILES[part]


def link_or_copy(file: Path, folder: Path) -> None:
    """Hard-links a file into a folder, or copies it if that fails. Raises DamagedFile if the file is damaged."""
    if not is_whole(file):
        raise DamagedFile(file, "wrong checksum")
    try:
        (folder / file.name).hardlink_to(file)
    except OSError:
        shutil.copyfile(file, folder / file.name)
