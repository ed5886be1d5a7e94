"""ingest: reports where in the code a bug occurred while records were read, without the content of the records."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import GraphError
from ingest.errors import IngestError
from ontologies.errors import OntologyError


class Fault(RuntimeError):
    """Replaces an unexpected error. States its type and place in the code, and not its message, which may contain text
    of a patient's record.
    """


@contextmanager
def wordless() -> Iterator[None]:
    """Turns any unexpected error into a Fault.

    Errors of this project and OSError are raised unchanged, because their messages have no content of records.
    """
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
