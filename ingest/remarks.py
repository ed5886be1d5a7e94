"""ingest: remarks of a job on a whole export, for its report."""

from __future__ import annotations

from shlex import quote
from typing import Any

from ingest.inputs import Input
from ingest.omop.files import export_of
from ontologies.model import Remark


def remark(file: Input[Any], item: Remark) -> str:
    """The remark as a line of the report. A command gets the path of the export, or the address without password."""
    line = f"{file.path.name}: {item.text}"
    if not item.command:
        return line
    where = repr(file.database) if file.database else str(export_of(file.path))
    return f"{line}: {item.command} {quote(where)}"
