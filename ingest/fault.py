"""ingest: what is told of a fault of ours while records are read: where it is, and nothing of what was read."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import GraphError
from ingest.errors import IngestError
from ontologies.errors import OntologyError


class Fault(RuntimeError):
    """An error that nobody foresaw. Messages of such errors may hold text of a patient's record, so it has none."""


@contextmanager
def wordless() -> Iterator[None]:
    """Inside it errors that are not of our own wording become a Fault; those of the system name files alone."""
    try:
        yield
    except (IngestError, GraphError, OntologyError, OSError, Fault):
        raise
    except Exception as wrong:
        raise Fault(_told(wrong)) from None


def _told(wrong: Exception) -> str:
    frames = traceback.extract_tb(wrong.__traceback__)[1:]
    places = (f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in frames)
    return f"{type(wrong).__name__} at {' > '.join(places)}"
