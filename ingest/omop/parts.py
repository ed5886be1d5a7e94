"""ingest: the two parts of an export in the OMOP Common Data Model: the records of care, and the vocabulary tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ingest.omop.tables import NAMES, READ, VOCABULARY
from ontologies.formats.omop import COLUMNS


class Part(NamedTuple):
    """A part of an export. An export without the table `first` does not have this part.

    `columns` has the columns that are read, by table. `opened` are the tables that are read or counted. In a folder,
    the files of the tables `claimed` belong to the file of the table `first`. If `plain` is true, CSV is left to
    `ontologies.tables`, which reads the vocabulary tables line by line.
    """

    first: str
    columns: Mapping[str, frozenset[str]]
    opened: frozenset[str]
    claimed: frozenset[str]
    plain: bool = False


CARE = Part("person", READ, NAMES - VOCABULARY, NAMES - {"person"})
TERMS = Part("concept", COLUMNS, frozenset(COLUMNS), VOCABULARY, plain=True)
