"""graph: finds the kind of a concept. The kind distinguishes, for example, a disease and a gene with the same name.

The kind comes from the first of these sources that states a kind:

- the terminology (`Concept.kind`)
- the nearest broader concept whose label is a kind (`Organism`)
- the prefix, if all concepts of the terminology have the same kind
- the kinds of events and the fields of records that use the code
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, bitmap
from graph.hierarchy.closure import walked

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
"""The empty kind means unknown and is compatible with every kind. A finding is a disease or a phenotype."""

Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]

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
_TOPS = {
    "disease": "disease|disease or disorder|disorder|clinical entity",
    "finding": "disease, disorder or finding|finding|clinical finding",
    "phenotype": "phenotype|phenotypic abnormality",
    "organism": "organism|organisms",
    "anatomy": "anatomic structure, system, or substance|anatomical entity|anatomical structure|organism part|"
    "body structure|material anatomical entity",
    "procedure": "procedure|intervention or procedure|therapeutic procedure|planned process",
    "test": "assay|measurement|laboratory procedure|diagnostic procedure|laboratory or test result",
    "drug": "drug, food, chemical or biomedical material|chemical entity|molecular entity|pharmacologic substance",
    "device": "device|medical device",
    "gene": "gene|gene product|genetic material",
    "other": "biological process|biochemical pathway|molecular abnormality|abnormal cell|property or attribute|"
    "geography|inheritance|age of onset|epidemiology|quality|information content entity",
}
"""Labels of concepts whose descendants have one kind. The labels are used for mixed terminologies, such as NCIT."""
_OF_TOP = {label: KINDS.index(kind) for kind, labels in _TOPS.items() for label in labels.split("|")}
_OF_USE = {
    "condition": "finding",
    "family_history": "finding",
    "procedure": "procedure",
    "encounter": "procedure",
    "medication": "drug",
    "immunization": "drug",
    "observation": "test",
    "specimen": "test",
    "reason": "finding",
    "condition_browse": "finding",
}
"""For each kind of event or field of records that uses a code, the kind of the code.

If a code has several uses, the first use in this list decides.
"""
PHENOTYPE = KINDS.index("phenotype")
_CROSSED = 1 << KINDS.index("disease") | 1 << PHENOTYPE
ILLNESSES = _CROSSED | 1 << KINDS.index("finding")


def of_prefix(prefix: str) -> str:
    """Returns the kind of all concepts of a terminology, or an empty text if their kinds differ or are unknown."""
    return _OF_PREFIX.get(prefix.lower(), "")


def kinds(concepts: pa.Table, uses: pa.Table, narrower: Ints, broader: Ints) -> Codes:
    """Returns, for each concept, the index of its kind in KINDS.

    Each row of `uses` has a concept number, and a kind of event or a field of records that uses the concept. `narrower`
    and `broader` are the ends of is-a statements.
    """
    stated = np.asarray(pc.index_in(concepts["kind"].fill_null(""), pa.array(KINDS)).fill_null(0), np.int8)
    encoded = concepts["ontology"].combine_chunks().fill_null("").dictionary_encode()
    known = [KINDS.index(_OF_PREFIX.get(prefix.lower(), "")) for prefix in encoded.dictionary.to_pylist()]
    found = np.array([*known, 0], np.int8)[np.asarray(encoded.indices)]
    tops = _of_tops(concepts["label"], Csr.of_pairs(concepts.num_rows, broader, narrower))
    found = np.where(stated > 0, stated, np.where(tops > 0, tops, found))
    for use, kind in _OF_USE.items():
        rows = np.unique(uses.filter(pc.equal(uses["kind"], use))["concept"].to_numpy())
        found[rows[found[rows] == 0]] = KINDS.index(kind)
    return np.asarray(found, np.int8)


def _of_tops(labels: pa.ChunkedArray, narrower: Csr) -> Codes:
    """Returns the kind of each concept by the nearest broader concept with a label in _TOPS."""
    names = pc.utf8_lower(labels.fill_null(""))
    kind = pc.index_in(names, pa.array([*_OF_TOP])).fill_null(-1).to_numpy()
    tops = np.flatnonzero((kind >= 0) & (narrower.sizes() > 0))
    below = [(walked(narrower, bitmap(tops[[place]])), int(kind[top])) for place, top in enumerate(tops)]
    found, of_label = np.zeros(len(labels), np.int8), [*_OF_TOP.values()]
    for concepts, place in sorted(below, key=lambda one: (-len(one[0]), one[1])):
        found[concepts.to_array()] = of_label[place]
    return found


def of_groups(found: Codes, groups: npt.NDArray[np.int64]) -> Codes:
    """Fills in unknown kinds. `found` has the kind of each concept, and `groups` the group of each concept.

    If the kind of a concept is unknown and its group has one kind, the concept gets the kind of the group.
    """
    known = found > 0
    lowest, highest = np.full(len(found), len(KINDS), np.int8), np.zeros(len(found), np.int8)
    np.minimum.at(lowest, groups[known], found[known])
    np.maximum.at(highest, groups[known], found[known])
    return np.asarray(np.where(known | (lowest != highest)[groups], found, lowest[groups]), np.int8)


def masks(found: Codes) -> npt.NDArray[np.int64]:
    """Encodes the kind of each concept as a bit; unknown is 0. The mask of a group is the union of its bits."""
    return np.where(found > 0, 1 << found.astype(np.int64), 0)


def alike(mask: int, phenotypes: bool) -> bool:
    """True if concepts with the kinds in `mask` (see `masks`) may have the same meaning.

    A disease and a phenotype may have the same meaning only if `phenotypes` is true.
    """
    if not mask & ~ILLNESSES:
        return phenotypes or mask & _CROSSED != _CROSSED
    return not mask & (mask - 1)
