"""ontologies: recognises the format of a terminology file. The first format that recognises the file is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ontologies.files import head
from ontologies.format import Format
from ontologies.formats import (
    babelon,
    fhir_value_sets,
    medic,
    obo,
    obographs,
    omop,
    omop_concept_sets,
    owl,
    site_names,
    skos,
    sssom,
    value_sets,
)

FORMATS: tuple[Format, ...] = (
    obo.FORMAT,
    obographs.FORMAT,
    owl.FORMAT,
    skos.FORMAT,
    sssom.FORMAT,
    babelon.FORMAT,
    omop.FORMAT,
    medic.FORMAT,
    site_names.FORMAT,
    value_sets.FORMAT,
    fhir_value_sets.FORMAT,
    omop_concept_sets.FORMAT,
)


def recognise(path: Path) -> Format | None:
    """Returns the format that recognises the content of a file, or None."""
    start = head(path)
    return next((form for form in FORMATS if form.recognise(start, path.name)), None)


def recognised(paths: Iterable[Path]) -> Iterator[tuple[Path, Format | None]]:
    """Returns each file with its format, in the given order. Leaves out files that are read with another file."""
    claims = [(path, recognise(path)) for path in paths]
    taken = {companion for path, form in claims if form for companion in form.companions(path)}
    return ((path, form) for path, form in claims if path not in taken)
