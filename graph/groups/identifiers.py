"""graph: computes evidence that two concepts have the same meaning, from identifiers in other terminologies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups.related import Related
from graph.groups.sources import (
    BAND,
    CROSS_REFERENCE,
    CROSS_REFERENCES,
    IDENTIFIERS,
    SAME,
    Concepts,
    Evidence,
    Flags,
    Ints,
    Siblings,
    accepted,
    best,
    pairs,
)
from graph.groups.wording import NUMBERS_DIFFER, RELATIONS


class Cited(NamedTuple):
    """Statements that connect a live concept with an identifier of another terminology.

    A statement is left out if another concept of the same terminology has the same identifier. `exact` is true for an
    exact mapping, and false for a cross-reference. `several` is true if the concept has more than one identifier of the
    other terminology.
    """

    concept: Ints
    identifier: Ints
    exact: Flags
    several: Flags


def cited(concepts: Concepts, mappings: pa.Table) -> Cited:
    rows = accepted(mappings, [*SAME, CROSS_REFERENCE])
    source, target = (rows[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    exact = np.asarray(pc.is_in(rows["predicate"], pa.array(SAME)))
    live = ~concepts.deprecated[source] & (concepts.ontology[source] != concepts.ontology[target])
    source, target, exact = source[live], target[live], exact[live]
    order = np.lexsort((~exact, target, source))
    source, target, exact = source[order], target[order], exact[order]
    first = np.ones(len(source), bool)
    first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    source, target, exact = source[first], target[first], exact[first]
    ontologies = int(concepts.ontology.max(initial=0)) + 1
    alone = _counts(target * ontologies + concepts.ontology[source]) == 1
    several = _counts(source * ontologies + concepts.ontology[target]) > 1
    return Cited(source[alone], target[alone], exact[alone], several[alone])


def _counts(keys: Ints) -> Ints:
    """Returns, for each row, the number of rows with the same key."""
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[place], np.int64)


def cross_references(concepts: Concepts, cited: Cited, related: Related) -> Evidence:
    """Returns pairs of a concept and its cross-reference.

    The bucket is RELATIONS * `Cited.several` + the relation of the labels (graph/groups/wording.py).
    """
    references = ~cited.exact
    one, other, several = cited.concept[references], cited.identifier[references], cited.several[references]
    relation, keep = related.labels(one, other)
    bucket = RELATIONS * several[keep].astype(np.int64) + relation[keep]
    return best(CROSS_REFERENCES, concepts.size, one[keep], other[keep], bucket)


def shared_identifiers(concepts: Concepts, cited: Cited, related: Related) -> tuple[Evidence, Siblings]:
    """Returns pairs of concepts that share an identifier, and the siblings: the pairs with different numbers in labels.

    The bucket is the relation of the labels (graph/groups/wording.py), plus RELATIONS if the two concepts share exactly
    one identifier.
    """
    order = np.lexsort((cited.concept, cited.identifier))
    concept, identifier = cited.concept[order], cited.identifier[order]
    found = []
    for step in range(1, min(BAND, len(concept))):
        near = np.flatnonzero(identifier[:-step] == identifier[step:])
        near = near[concepts.ontology[concept[near]] != concepts.ontology[concept[near + step]]]
        found.append(np.stack(pairs(concept[near], concept[near + step])))
    every = np.concatenate([np.empty((2, 0), np.int64), *found], axis=1)
    key, count = np.unique(every[0] * concepts.size + every[1], return_counts=True)
    one, other = np.divmod(key, max(concepts.size, 1))
    relation, keep = related.labels(one, other)
    bucket = RELATIONS * (count[keep] == 1).astype(np.int64) + relation[keep]
    apart = relation == NUMBERS_DIFFER
    siblings = list(zip(one[apart].tolist(), other[apart].tolist(), strict=True))
    return best(IDENTIFIERS, concepts.size, one[keep], other[keep], bucket), siblings
