"""graph: parts of a snapshot; one that would be made of the same rows as in the last snapshot is taken over from it.

A job that brings records leaves the names as they were, and to make the indexes of names is most of a snapshot's cost.
What a part was made of is known by a hash that lies beside it, so nothing need be known of what was written meanwhile.
"""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
from fnmatch import fnmatch
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from graph.columns.sums import DamagedFile, is_whole, sums_of

logger = logging.getLogger("tricuspid.snapshot")

_FILES = {
    "names": ("names.*", "words.*", "word_names.*"),
    "ngrams": ("ngrams.*",),
    "records": ("record_words.*", "record_rows.*", "record_weights.*", "record_titles.*"),
    "record_ngrams": ("record_ngrams.*",),
    "hierarchy": ("parents.*", "children.*", "descendants.*"),
    "groups": (
        *("same.*", "same_of.*", "narrower.*", "narrower_of.*", "conflict.*", "conflict_of.*", "doubtful.*"),
        *("reach.*", "kind.npy", "preferred.npy"),
    ),
}


class _Hash(io.RawIOBase):
    """A file that keeps nothing but the hash of what is written."""

    def __init__(self) -> None:
        self.hash = blake2b(digest_size=16)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return len(data)


def digest(*tables: pa.Table) -> str:
    """Of the rows in their order."""
    kept = _Hash()
    for table in tables:
        with pa.ipc.new_stream(kept, table.schema) as writer:
            writer.write_table(table.combine_chunks())
    return kept.hash.hexdigest()


def taken_over(part: str, made_of: str, before: Path | None, folder: Path) -> bool:
    """Whether the part now lies in the folder, as links to the files of the snapshot before; else it is to be made.

    `made_of` is the digest of all that it is made of; it is noted either way, for the next snapshot.
    """
    noted = f"{part}.made_of"
    (folder / noted).write_text(made_of)
    if before is None or not is_whole(before / noted) or (before / noted).read_text() != made_of:
        return False
    links: list[Path] = []
    try:
        for name in (name for name in sums_of(before) if name != noted and _is_of(name, part)):
            if not is_whole(before / name):
                raise DamagedFile(before / name, "its checksum is another")
            link = folder / name
            link.hardlink_to(before / name)
            links.append(link)
    except (OSError, DamagedFile) as wrong:
        if isinstance(wrong, DamagedFile):
            logger.warning("%s: not taken over, but made anew", wrong)
        # Another builder may have deleted it, or the file system has no links. What is written anew must not be linked.
        for link in links:
            with contextlib.suppress(FileNotFoundError):
                link.unlink()
        return False
    return True


def _is_of(name: str, part: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in _FILES[part])


def link_or_copy(file: Path, folder: Path) -> None:
    """Puts a whole file into a folder; it is copied if the file system has no links. Raises DamagedFile."""
    if not is_whole(file):
        raise DamagedFile(file, "its checksum is another")
    try:
        (folder / file.name).hardlink_to(file)
    except OSError:
        shutil.copyfile(file, folder / file.name)
