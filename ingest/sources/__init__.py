"""ingest: lists the source formats, in the order in which a file is tested for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ingest.archives import ends
from ingest.source import Source
from ingest.sources import (
    clinicaltrials,
    clinicaltrials_xml,
    datacite_json,
    datacite_xml,
    dcat,
    fhir_json,
    fhir_xml,
    omop,
    ooapi,
    phenopackets,
    pubmed,
    surf,
)
from ontologies.errors import UnreadableFile

SOURCES: tuple[Source, ...] = (
    fhir_json.SOURCE,
    fhir_xml.SOURCE,
    omop.SOURCE,
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
    start = ends(path)
    return next((source for source in SOURCES if source.recognise(start, path.name)), None)


def companions(path: Path) -> Iterable[Path]:
    """Returns the other files that are read together with the file `path`; empty if there are none."""
    try:
        source = recognise(path)
    except UnreadableFile:
        return ()
    return source.companions(path) if source else ()
