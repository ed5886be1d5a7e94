"""ontologies: the errors of reading a terminology or any source file.

    OntologyError
    ├── UnreadableFile      a file that is absent, damaged, too large, or not in its format
    └── BadStatement        a line, row or clause that is not valid

A reader turns a BadStatement into a `Refused` and continues.
"""

from __future__ import annotations

from pathlib import Path


class OntologyError(Exception):
    """The base class of all errors of this package."""


class UnreadableFile(OntologyError):
    """A file cannot be read at all. `place` is the position in the file, such as `byte 12` or `line 3`, or empty."""

    def __init__(self, path: Path, place: str, remedy: str) -> None:
        self.path, self.place, self.remedy = path, place, remedy
        where = f"{path}, {place}" if place else str(path)
        super().__init__(f"cannot read {where}: {remedy}")

    def __reduce__(self) -> tuple[type[UnreadableFile], tuple[Path, str, str]]:
        return type(self), (self.path, self.place, self.remedy)


class BadStatement(OntologyError):
    """The message states the problem of a line, row or clause, and the remedy."""
