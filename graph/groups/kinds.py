"""graph: what kind of thing a concept is, so that an organism is never joined with a disease of the same name.

The kind comes from the terminology itself where it says one (`Concept.kind`), else from its prefix where the whole
terminology is of one kind, else from the resources of patients in which a code without a definition is used.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

KINDS = (
    "",
    "disease",
    "phenotype",
    "finding",
    "organism",
    "anatomy",
    "procedure",
    "test",
    "drug",
    "device",
    "gene",
    "topic",
    "unit",
    "situation",
    "other",
)
"""The empty kind is unknown, and like any other. A finding is a disease or a phenotype."""

Codes = npt.NDArray[np.int8]

_PREFIXES = {
    "disease": "MONDO DOID ORPHA orphanet.ordo omim omim.ps icd10 icd10cm icd11 icd9 icd9cm icdo gard nord nando "
    "oncotree omia medgen gtr.condition IDO",
    "phenotype": "HP MP SYMP",
    "organism": "NCBITaxon",
    "anatomy": "UBERON FMA CL MA ZFA",
    "procedure": "MAXO cpt hcpcs icd10pcs",
    "test": "loinc OBI MMO CMO",
    "drug": "CHEBI rxnorm atc ndc DRON drugbank cvx",
    "gene": "hgnc ncbigene ensembl PR",
    "topic": "EDAM edam.topic edam.data edam.operation edam.format",
    "unit": "ucum UO",
    "other": "SO GO PATO FOODON BFO RO TRANS Visit Ethnicity Race Gender",
}
_OF_PREFIX = {prefix.lower(): kind for kind, prefixes in _PREFIXES.items() for prefix in prefixes.split()}
_OF_EVENT = {
    "condition": "finding",
    "family_history": "finding",
    "procedure": "procedure",
    "encounter": "procedure",
    "medication": "drug",
    "immunization": "drug",
    "observation": "test",
    "specimen": "test",
    "reason": "finding",
}
"""The first that applies decides."""
PHENOTYPE = KINDS.index("phenotype")
_CROSSED = 1 << KINDS.index("disease") | 1 << PHENOTYPE
ILLNESSES = _CROSSED | 1 << KINDS.index("finding")


def kinds(concepts: pa.Table, events: pa.Table) -> Codes:
    """For each concept the place of its kind in KINDS. `events` are rows of a concept's number and a kind of event."""
    said = np.asarray(pc.index_in(concepts["kind"].fill_null(""), pa.array(KINDS)).fill_null(0), np.int8)
    encoded = concepts["ontology"].combine_chunks().fill_null("").dictionary_encode()
    known = [KINDS.index(_OF_PREFIX.get(prefix.lower(), "")) for prefix in encoded.dictionary.to_pylist()]
    found = np.where(said > 0, said, np.array([*known, 0], np.int8)[np.asarray(encoded.indices)])
    for event, kind in _OF_EVENT.items():
        rows = np.unique(events.filter(pc.equal(events["kind"], event))["concept"].to_numpy())
        found[rows[found[rows] == 0]] = KINDS.index(kind)
    return np.asarray(found, np.int8)


def of_groups(found: Codes, groups: npt.NDArray[np.int64]) -> Codes:
    """The kinds, with that of its group for a concept of unknown kind where the group has one only."""
    known = found > 0
    lowest, highest = np.full(len(found), len(KINDS), np.int8), np.zeros(len(found), np.int8)
    np.minimum.at(lowest, groups[known], found[known])
    np.maximum.at(highest, groups[known], found[known])
    return np.asarray(np.where(known | (lowest != highest)[groups], found, lowest[groups]), np.int8)


def masks(found: Codes) -> npt.NDArray[np.int64]:
    """Each kind as a bit, so that the kinds of a group are the sum of its members' bits; 0 for an unknown kind."""
    return np.where(found > 0, 1 << found.astype(np.int64), 0)


def alike(mask: int, phenotypes: bool) -> bool:
    """Whether concepts of these kinds may mean the same; a disease and a phenotype where `phenotypes` says so."""
    if not mask & ~ILLNESSES:
        return phenotypes or mask & _CROSSED != _CROSSED
    return not mask & (mask - 1)
