"""graph: the error classes. Every engine raises the same classes with the same messages.

GraphError
├── UnknownAddress    the address is not a valid store address
├── StoreBusy         another process holds the store for writing
├── StoreUnreachable  the server does not answer, or it refuses the connection
├── StoreFull         the disk is full
├── StoreDamaged      the store lacks data that it had reported as written
├── RefusedWrite      a batch would make the graph inconsistent; nothing was written
├── NothingLoaded     the store is empty
├── UnknownOntology   the ontology is not loaded
├── BadSetting        an environment variable has an invalid value
└── NoEncoder         an encoder is needed but not available
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

AGAIN = "run the same command again; it resumes after the last complete batch"


class GraphError(Exception):
    """The base class. The message states the problem and the remedy, without the passwords of addresses."""

    def __init__(self, words: str) -> None:
        super().__init__(re.sub(r"(://)[^/@\s]*@", r"\1", words))


class UnknownAddress(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"{address!r} is not a store address: give a directory, neo4j://HOST:PORT or bolt://HOST:PORT")


class StoreBusy(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"another process is writing to {address}: wait for it to finish, or stop it")


class StoreUnreachable(GraphError):
    def __init__(self, address: str, reason: str, remedy: str = "") -> None:
        remedy = remedy or "check that the server is running and that the user and password are correct"
        super().__init__(f"{address} does not answer ({reason}): {remedy}")


class StoreFull(GraphError):
    def __init__(self, file: Path | str) -> None:
        super().__init__(f"cannot write {file}: the disk seems full; make space on the disk, then {AGAIN}")


@contextmanager
def raising_store_full(file: Path) -> Iterator[None]:
    """Raises StoreFull if a write inside the block fails for lack of space.

    An OSError without `errno` is treated as lack of space too, because numpy does not set `errno` when a write fails.
    """
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
    """A batch would make the graph inconsistent, and was not written. `ids` has at most five ids of invalid rows."""

    def __init__(self, table: str, reason: str, ids: Sequence[str] = ()) -> None:
        self.table, self.ids = table, tuple(ids[:5])
        examples = f": {', '.join(self.ids)}" if self.ids else ""
        super().__init__(f"a batch was refused and not written: {table} {reason}{examples}")


class NothingLoaded(GraphError):
    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is empty: load a terminology first (tricuspid load PATH)")


class UnknownOntology(GraphError):
    """The ontology with the prefix `ontology` is not loaded. `loaded` has the prefixes of the loaded ontologies."""

    def __init__(self, ontology: str, loaded: Sequence[str]) -> None:
        self.ontology, self.loaded = ontology, tuple(loaded)
        given = repr(ontology if len(ontology) <= 60 else f"{ontology[:60]}…")
        remedy = f"choose one of {', '.join(loaded)}" if loaded else "load it first (tricuspid load PATH)"
        super().__init__(f"ontology {given} is not loaded: {remedy}")


class BadSetting(GraphError):
    """An environment variable has an invalid value. The message names the variable and its valid values."""


class NoEncoder(GraphError):
    """An encoder is needed but not available. The message states what is missing and how to install it."""
