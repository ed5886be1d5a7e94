"""cli: what a person can mend is shown in one line; any other error is a fault of ours and keeps its traceback."""

from __future__ import annotations

from api.errors import ApiError
from graph.errors import GraphError
from ingest.errors import IngestError
from ontologies.errors import OntologyError


class CliError(Exception):
    """What was asked for on the command line cannot be done; the message says what to give instead."""


EXPECTED = (CliError, ApiError, IngestError, GraphError, OntologyError, OSError)
