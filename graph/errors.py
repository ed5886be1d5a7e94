"""graph: one tree of errors, said in the same words by every engine.

GraphError
├── UnknownAddress    an address that no engine answers to
├── StoreBusy         another process holds the store for writing
├── StoreUnreachable  the server does not answer, or refuses us
├── StoreFull         what is written finds no room on its disk
├── StoreDamaged      the store cannot be brought back to what it had reported as written
├── RefusedWrite      a batch that would leave the graph inconsistent; nothing of it was written
├── NothingLoaded     a question to a store in which nothing was written yet
├── UnknownOntology   a question about an ontology of which nothing is loaded
├── BadSetting        an environment variable that has no sensible value
└── NoEncoder         meaning was asked for, and no model is there to tell it
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

AGAIN = "run the same command again, which goes on after the last whole batch"


class GraphError(Exception):
    """What went wrong, and the next step; never a driver's own words alone, nor a password written into an address."""

    def __init__(self, words: str) -> None:
        super().__init__(re.sub(r"(://)[^/@\s]*@", r"\1", words))


class UnknownAddress(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"no engine answers to {address!r}: give a directory, neo4j://HOST:PORT or bolt://HOST:PORT")


class StoreBusy(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is held by another process that writes: wait for it, or stop it")


class StoreUnreachable(GraphError):
    def __init__(self, address: str, reason: str, remedy: str = "") -> None:
        asked = remedy or "is it started, and are user and password right?"
        super().__init__(f"{address} does not answer ({reason}): {asked}")


class StoreFull(GraphError):
    def __init__(self, file: Path | str) -> None:
        super().__init__(f"{file} could not be written, its disk seems full: free some space there, then {AGAIN}")


@contextmanager
def telling_full(file: Path) -> Iterator[None]:
    """Raises StoreFull for what is written inside; numpy says neither the file nor the error's number."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None):
            raise StoreFull(file) from wrong
        raise


class StoreDamaged(GraphError):
    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is damaged: {reason}")


class RefusedWrite(GraphError):
    """`ids` are some of the rows at fault, at most five."""

    def __init__(self, table: str, reason: str, ids: Sequence[str] = ()) -> None:
        self.table, self.ids = table, tuple(ids[:5])
        shown = f": {', '.join(self.ids)}" if self.ids else ""
        super().__init__(f"a batch was refused and nothing of it was written: {table} {reason}{shown}")


class NothingLoaded(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is empty: load a terminology first (tricuspid load PATH)")


class UnknownOntology(GraphError):
    """`ontology` as it was asked for, `loaded` the prefixes of those that are there."""

    def __init__(self, ontology: str, loaded: Sequence[str]) -> None:
        self.ontology, self.loaded = ontology, tuple(loaded)
        asked = repr(ontology if len(ontology) <= 60 else f"{ontology[:60]}…")
        super().__init__(
            f"no ontology is loaded as {asked}: choose of {', '.join(loaded) or 'none, and load it first'}"
        )


class BadSetting(GraphError):
    """The message names the variable and what it may be."""


class NoEncoder(GraphError):
    """What is missing of the part that reads meaning, and how to get it; everything else works without."""
