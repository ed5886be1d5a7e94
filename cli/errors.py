"""cli: errors that a user can correct, shown in one line. Any other error is a bug and is shown with its traceback."""

from __future__ import annotations

from api.errors import ApiError
from cohorts.errors import CohortError
from graph.errors import GraphError
from ingest.errors import IngestError
from ontologies.errors import OntologyError


class CliError(Exception):
    """The options are not valid together or not valid for the store. The message states the remedy."""


EXPECTED = (CliError, ApiError, CohortError, IngestError, GraphError, OntologyError, OSError)
