"""ingest: lists the source formats, in the order in which a file is tested for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
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
    omop,
    ooapi,
    phenopackets,
    pubmed,
    surf,
)
from ontologies.errors import UnreadableFile
from ontologies.files import head

_ZIP = b"PK\x03\x04"
_TAIL = 1 << 16

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
    """Returns the source format of the file `path`; None if it is in no supported format. A compressed file is
    recognised by its decompressed content.

    Of a large zip, the last 64 KiB are also used, because they contain the names of its members.
    """
    start = head(path)
    if start.startswith(_ZIP) and path.stat().st_size > len(start):
        with path.open("rb") as file:
            file.seek(-min(_TAIL, path.stat().st_size), os.SEEK_END)
            start += file.read()
    return next((source for source in SOURCES if source.recognise(start, path.name)), None)


def companions(path: Path) -> Iterable[Path]:
    """Returns the other files that are read together with the file `path`; empty if there are none."""
    try:
        source = recognise(path)
    except UnreadableFile:
        return ()
    return source.companions(path) if source else ()
