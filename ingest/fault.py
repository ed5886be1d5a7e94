"""ingest: reports a bug that occurs while records are read: its place in the code, without the content of records."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import GraphError
from ingest.errors import IngestError
from ontologies.errors import OntologyError


class Fault(RuntimeError):
    """An unexpected error, without its message, which may contain text of a patient's record."""


@contextmanager
def wordless() -> Iterator[None]:
    """Turns any error that is not one of our own into a Fault. OSError passes: its message has only a file name."""
    try:
        yield
    except (IngestError, GraphError, OntologyError, OSError, Fault):
        raise
    except Exception as wrong:
        raise Fault(_place(wrong)) from None


def _place(wrong: Exception) -> str:
    frames = traceback.extract_tb(wrong.__traceback__)[1:]
    places = (f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in frames)
    return f"{type(wrong).__name__} at {' > '.join(places)}"
