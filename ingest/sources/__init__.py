"""ingest: the source formats, in the order in which they are tried for a file."""

from __future__ import annotations

from pathlib import Path

from ingest.source import Source
from ingest.sources import (
    clinicaltrials,
    clinicaltrials_xml,
    datacite_json,
    datacite_xml,
    dcat,
    fhir_json,
    fhir_xml,
    ooapi,
    phenopackets,
    pubmed,
    surf,
)
from ontologies.files import head

SOURCES: tuple[Source, ...] = (
    fhir_json.SOURCE,
    fhir_xml.SOURCE,
    phenopackets.SOURCE,
    clinicaltrials.SOURCE,
    clinicaltrials_xml.SOURCE,
    ooapi.SOURCE,
    surf.SOURCE,
    pubmed.SOURCE,
    datacite_json.SOURCE,
    datacite_xml.SOURCE,
    dcat.SOURCE,
)


def recognise(path: Path) -> Source | None:
    """The source format of this file, or None. A compressed file is recognised by its content."""
    start = head(path)
    return next((source for source in SOURCES if source.recognise(start, path.name)), None)
