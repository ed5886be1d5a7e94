"""ontologies: the errors that reading a terminology, or any source file, can raise.

    OntologyError
    ├── UnreadableFile      absent, not to be decompressed, too large, or not in its format
    └── BadStatement        a line, row or clause that says nothing that can be used

A reader turns a BadStatement into a `Refused` in the stream, and reads on.
"""

from __future__ import annotations

from pathlib import Path


class OntologyError(Exception):
    """The root of this room's errors."""


class UnreadableFile(OntologyError):
    """A file as a whole cannot be read. `place` is where in it (`byte 12`, `line 3`), empty where it is all of it."""

    def __init__(self, path: Path, place: str, remedy: str) -> None:
        self.path, self.place, self.remedy = path, place, remedy
        where = f"{path}, {place}" if place else str(path)
        super().__init__(f"cannot read {where}: {remedy}")

    def __reduce__(self) -> tuple[type[UnreadableFile], tuple[Path, str, str]]:
        return type(self), (self.path, self.place, self.remedy)


class BadStatement(OntologyError):
    """The message says what is wrong with a line, row or clause, and what to write."""
