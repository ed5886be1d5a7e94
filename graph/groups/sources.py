"""graph: declares the input of the computation of groups, and the format of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Siblings = list[tuple[int, int]]
"""Pairs such as type 1 and type 2 of a disease. Computed evidence must not join such pairs."""

SAME = ("skos:exactMatch", "owl:equivalentClass", "owl:sameAs")
"""The predicates of exact mappings."""
BROADER, NARROWER = "skos:broadMatch", "skos:narrowMatch"
CROSS_REFERENCE = "oboInOwl:hasDbXref"
CANDIDATES = "candidates"
"""The release of the candidate mappings of `tricuspid link`."""

DOUBTFUL = 0.5
"""Minimum probability of a doubtful pair.

A computed pair with a probability between this minimum and `Rules.likely` is stored as doubtful.
"""

BAND = 12
"""Each name is compared with fewer than this number of equal names. Only very general names have more equal names."""

NAMES, CROSS_REFERENCES, IDENTIFIERS, CANDIDATE = "names", "crossReference", "sharedIdentifier", "candidate"


def accepted(mappings: pa.Table, predicates: Sequence[str]) -> pa.Table:
    """Returns the accepted mappings with one of these predicates."""
    wanted = pc.is_in(mappings["predicate"], value_set=pa.array(predicates, pa.string()))
    return mappings.filter(pc.and_(pc.equal(mappings["state"], "accepted"), wanted))


class Concepts(NamedTuple):
    """Columns of all concepts. `known` is True if the label may be evidence (see graph/groups/build.py)."""

    ontology: npt.NDArray[np.int32]
    deprecated: Flags
    stub: Flags
    known: Flags
    kind: npt.NDArray[np.int8]
    labels: pa.ChunkedArray

    @property
    def size(self) -> int:
        return len(self.ontology)


class Sources(NamedTuple):
    """The input of the computation of groups.

    concepts           the table of concepts
    names              the table of graph.lexical.names.Names
    mappings           the table of mappings, with concept numbers as source and target
    narrower, broader  the two concepts of each is-a statement
    below              the number of descendants of each concept
    used               rows of a concept and a kind of event that uses the concept
    coded              rows of a concept and a field of records that uses the concept as a code
    patients           the number of patients with each concept
    """

    concepts: pa.Table
    names: pa.Table
    mappings: pa.Table
    narrower: Ints
    broader: Ints
    below: Ints
    used: pa.Table
    coded: pa.Table
    patients: Ints


class Evidence(NamedTuple):
    """Distinct pairs of concept numbers, each with the lower number first.

    `bucket` is an index in the probabilities of the kind of evidence (graph/groups/weights.py). For candidate mappings,
    `bucket` is 1000 * probability.
    """

    kind: str
    one: Ints
    other: Ints
    bucket: Ints


def pairs(one: npt.ArrayLike, other: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Returns pairs of numbers, each with the lower number first."""
    left, right = np.asarray(one, np.int64), np.asarray(other, np.int64)
    return np.minimum(left, right), np.maximum(left, right)


def best(kind: str, size: int, one: Ints, other: Ints, bucket: Ints) -> Evidence:
    """Makes evidence in which each pair occurs once. If a pair has several buckets, the lowest bucket is used."""
    one, other = pairs(one, other)
    order = np.lexsort((bucket, other, one))
    one, other, bucket = one[order], other[order], bucket[order]
    key = one * size + other
    first = np.ones(len(key), bool)
    first[1:] = key[1:] != key[:-1]
    return Evidence(kind, one[first], other[first], bucket[first])


def hierarchy(sources: Sources) -> tuple[Ints, Ints]:
    """Returns the narrower and the broader concept of each is-a statement and each broader or narrower match."""
    low, high = mapped_narrower(sources)
    return np.concatenate([sources.narrower, low]), np.concatenate([sources.broader, high])


def mapped_narrower(sources: Sources) -> tuple[Ints, Ints]:
    """Returns the narrower and the broader concept of each stated broader or narrower match."""
    up, down = (accepted(sources.mappings, [predicate]) for predicate in (BROADER, NARROWER))
    low = np.concatenate([up["source"].to_numpy(), down["target"].to_numpy()])
    high = np.concatenate([up["target"].to_numpy(), down["source"].to_numpy()])
    return low.astype(np.int64), high.astype(np.int64)
