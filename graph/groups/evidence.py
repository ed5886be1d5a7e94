"""graph: what speaks for two concepts meaning the same, read from the columns that a snapshot is made of.

Each piece of evidence is a pair of concepts and a bucket; graph/groups/weights.py says what a bucket is worth.
Only a concept's own names and identifiers count, not those of its group. One exception: to weigh a shared identifier, a
code without a label is compared by the label of a concept that statements make the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups.kinds import PHENOTYPE
from graph.groups.wording import EQUAL, LITTLE, NOTHING, NUMBERS_DIFFER, RELATIONS, Wording, untagged
from graph.names import normalise

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Siblings = list[tuple[int, int]]
"""Pairs such as type 1 and type 2 of a disease, which share no group by computed evidence."""

SAME = ("skos:exactMatch", "owl:equivalentClass", "owl:sameAs")
"""The predicates of a mapping whose ends mean the same."""
BROADER, NARROWER = "skos:broadMatch", "skos:narrowMatch"
CROSS_REFERENCE = "oboInOwl:hasDbXref"
CANDIDATES = "candidates"
"""The release that `tricuspid link` proposes its mappings in."""

_NAME_KINDS = ("label", "exact")
_BAND = 12
"""Names of one spelling are compared with so many that follow, which is all of them but for the emptiest names."""
_FAR = 30
"""Times as many descendants that one concept has, for two not to be the same unless their labels are."""
_SHORT = 4
"""Letters up to which a shared synonym says nothing: it is an abbreviation of many things."""

NAMES, CROSS_REFERENCES, IDENTIFIERS, CANDIDATE = "names", "crossReference", "sharedIdentifier", "candidate"


class Concepts(NamedTuple):
    """Columns over all concepts. `known` says whose label may serve as evidence (see graph/groups/build.py)."""

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
    """What groups are computed from: the tables of concepts, names and mappings, hierarchy, and what patients have.

    `names` is the table of graph.names.Names; `mappings` has numbers for ends. `narrower` and `broader` are the ends
    of is-a statements, `below` counts the descendants of each concept. `used` has a concept and a kind of event a row,
    `patients` how many have each concept.
    """

    concepts: pa.Table
    names: pa.Table
    mappings: pa.Table
    narrower: Ints
    broader: Ints
    below: Ints
    used: pa.Table
    patients: Ints


class Evidence(NamedTuple):
    """Pairs, the lower number first, each pair once in a kind; `bucket` is a row of weights, or, for candidates,
    thousandths of a probability."""

    kind: str
    one: Ints
    other: Ints
    bucket: Ints


def pairs(one: npt.ArrayLike, other: npt.ArrayLike) -> tuple[Ints, Ints]:
    """The lower number first."""
    left, right = np.asarray(one, np.int64), np.asarray(other, np.int64)
    return np.minimum(left, right), np.maximum(left, right)


def evidence(concepts: Concepts, sources: Sources, stated: Ints) -> tuple[list[Evidence], Siblings]:
    """All computed evidence, and pairs that share an identifier though the numbers in their labels differ.

    `stated` is for each concept the group that statements put it in.
    """
    related = _Related(_labelled(concepts, stated), sources)
    cited = _cited(concepts, sources.mappings)
    shared, siblings = _shared_identifiers(concepts, cited, related)
    names, references = _shared_names(concepts, sources.names, related), _cross_references(concepts, cited, related)
    return [names, references, shared, _candidates(concepts, sources.mappings)], siblings


def _labelled(concepts: Concepts, stated: Ints) -> Concepts:
    """A code without a label has that of the first labelled concept that statements make the same."""
    named = np.flatnonzero(concepts.known & ~concepts.deprecated)
    first = np.full(concepts.size, -1, np.int64)
    first[stated[named[::-1]]] = named[::-1]
    row = np.where(concepts.known, np.arange(concepts.size), first[stated])
    return concepts._replace(known=row >= 0, labels=concepts.labels.take(pa.array(np.maximum(row, 0))))


class _Related:
    """How two concepts relate by their labels and by how much is below them."""

    def __init__(self, concepts: Concepts, sources: Sources) -> None:
        self._concepts, self._wording = concepts, Wording(concepts.labels)
        ranked = np.zeros(int(concepts.ontology.max(initial=0)) + 1, bool)
        ranked[concepts.ontology[np.concatenate([sources.narrower, sources.broader])]] = True
        self._ranked, self._below = ranked[concepts.ontology], sources.below

    def far(self, one: Ints, other: Ints) -> Flags:
        """Whether both terminologies have a hierarchy and the one has far more below it: they are not the same."""
        more, less = (take(self._below[one], self._below[other]) for take in (np.maximum, np.minimum))
        return np.asarray(self._ranked[one] & self._ranked[other] & (more >= _FAR * (less + 1)))

    def unlike(self, one: Ints, other: Ints) -> Flags:
        """Whether a synonym says little: one has far more below it, or only one is a phenotype."""
        phenotype = self._concepts.kind == PHENOTYPE
        return np.asarray(self.far(one, other) | (phenotype[one] != phenotype[other]))

    def labels(self, one: Ints, other: Ints) -> tuple[Ints, Flags]:
        """How the labels relate, and whether a common identifier may count: a phenotype has looser ones."""
        relation = self._wording.relations(one, other, self._concepts.known)
        relation[self.far(one, other) & (relation > EQUAL) & (relation < NUMBERS_DIFFER)] = NOTHING
        phenotype = (self._concepts.kind[one] == PHENOTYPE) | (self._concepts.kind[other] == PHENOTYPE)
        unlike = (relation == NUMBERS_DIFFER) | (phenotype & (relation >= LITTLE))
        return relation, ~unlike


def _best(kind: str, size: int, one: Ints, other: Ints, bucket: Ints) -> Evidence:
    """Each pair once, with its lowest bucket."""
    one, other = pairs(one, other)
    order = np.lexsort((bucket, other, one))
    one, other, bucket = one[order], other[order], bucket[order]
    key = one * size + other
    first = np.ones(len(key), bool)
    first[1:] = key[1:] != key[:-1]
    return Evidence(kind, one[first], other[first], bucket[first])


def _shared_names(concepts: Concepts, names: pa.Table, related: _Related) -> Evidence:
    """Concepts of two terminologies with a name of the same spelling, or of words with the same roots (`way` 1)."""
    keep = np.asarray(pc.is_in(names["kind"], pa.array(_NAME_KINDS)))
    concept = names["concept"].to_numpy()
    keep &= concepts.known[concept] & ~concepts.deprecated[concept]
    rows = names.filter(pa.array(keep))
    concept = rows["concept"].to_numpy().astype(np.int64)
    synonym = np.asarray(pc.not_equal(rows["kind"], "label")).astype(np.int64)
    tagged = rows["text"].to_pylist()
    norms = [
        normalise(untagged(text)) if text.endswith(")") else norm
        for text, norm in zip(tagged, rows["norm"].to_pylist(), strict=True)
    ]
    short = np.fromiter((len(norm) <= _SHORT for norm in norms), bool, len(norms))
    found = [
        _named_alike(concepts, related, concept, synonym, short, _codes(keys), way)
        for way, keys in enumerate((norms, [Wording.key(norm) for norm in norms]))
    ]
    one, other, bucket = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return _best(NAMES, concepts.size, one, other, bucket)


def _codes(keys: Sequence[str]) -> Ints:
    """A number for each key; -1 for an empty one, which is no name."""
    found = np.asarray(pa.array(keys, pa.string()).dictionary_encode().indices, np.int64)
    return np.where(np.fromiter(map(bool, keys), bool, len(keys)), found, -1)


def _named_alike(
    concepts: Concepts, related: _Related, concept: Ints, synonym: Ints, short: Flags, key: Ints, way: int
) -> tuple[Ints, Ints, Ints]:
    """Bucket: 6 * way + 3 * doubtful + the number of synonyms among the two names.

    Doubtful are names that others of the terminology have, and synonyms where the one has far more below it or where a
    phenotype has the name of a disease: terminologies of phenotypes are generous with these.
    """
    ontology = concepts.ontology[concept].astype(np.int64)
    order = np.lexsort((synonym, concept, ontology, key))
    order = order[key[order] >= 0]
    short = short[order]
    key, concept, synonym, ontology = (column[order] for column in (key, concept, synonym, ontology))
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (concept[1:] != concept[:-1])
    short = short[fresh]
    key, concept, synonym, ontology = (column[fresh] for column in (key, concept, synonym, ontology))
    doubtful = _ambiguous(key, ontology, synonym)
    found = []
    for step in range(1, min(_BAND, len(key))):
        near = np.flatnonzero((key[:-step] == key[step:]) & (ontology[:-step] != ontology[step:]))
        many = synonym[near] + synonym[near + step]
        clear = ~(short[near] & (many > 0))
        near, many = near[clear], many[clear]
        unlike = related.unlike(concept[near], concept[near + step])
        odd = doubtful[near] | doubtful[near + step] | ((many > 0) & unlike)
        found.append(np.stack([concept[near], concept[near + step], 6 * way + 3 * odd.astype(np.int64) + many]))
    every = np.concatenate([np.empty((3, 0), np.int64), *found], axis=1)
    return every[0], every[1], every[2]


def _ambiguous(key: Ints, ontology: Ints, synonym: Ints) -> Flags:
    """Whether another concept of the same terminology has the name as well, and as good a claim to it."""
    group = np.zeros(len(key), np.int64)
    group[1:] = np.cumsum((key[1:] != key[:-1]) | (ontology[1:] != ontology[:-1]))
    size = int(group[-1]) + 1 if len(group) else 0
    labels = np.bincount(group, synonym == 0, size)[group]
    members = np.bincount(group, minlength=size)[group]
    return np.asarray(np.where(labels > 0, (synonym > 0) | (labels > 1), members > 1))


class _Cited(NamedTuple):
    """Statements that a live concept is, or is cross-referenced to, an identifier that no other of its terminology
    has; `several` where the concept has more than one of that terminology."""

    concept: Ints
    identifier: Ints
    exact: Flags
    several: Flags


def _cited(concepts: Concepts, mappings: pa.Table) -> _Cited:
    accepted = np.asarray(pc.equal(mappings["state"], "accepted"))
    kept = accepted & np.asarray(pc.is_in(mappings["predicate"], pa.array([*SAME, CROSS_REFERENCE])))
    source, target = (mappings[end].to_numpy().astype(np.int64)[kept] for end in ("source", "target"))
    exact = np.asarray(pc.is_in(mappings["predicate"], pa.array(SAME)))[kept]
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
    return _Cited(source[alone], target[alone], exact[alone], several[alone])


def _counts(keys: Ints) -> Ints:
    """For each key how many rows have it."""
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[place], np.int64)


def _cross_references(concepts: Concepts, cited: _Cited, related: _Related) -> Evidence:
    """A concept and an identifier that it alone is cross-referenced to.

    Bucket: RELATIONS * several + how the labels relate.
    """
    bare = ~cited.exact
    one, other, several = cited.concept[bare], cited.identifier[bare], cited.several[bare]
    relation, keep = related.labels(one, other)
    bucket = RELATIONS * several[keep].astype(np.int64) + relation[keep]
    return _best(CROSS_REFERENCES, concepts.size, one[keep], other[keep], bucket)


def _shared_identifiers(concepts: Concepts, cited: _Cited, related: _Related) -> tuple[Evidence, Siblings]:
    """Two concepts that have an identifier in common, and those of them that are siblings.

    Bucket: how the labels relate, and RELATIONS more where it is one only.
    """
    order = np.lexsort((cited.concept, cited.identifier))
    concept, identifier = cited.concept[order], cited.identifier[order]
    found = []
    for step in range(1, min(_BAND, len(concept))):
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
    return _best(IDENTIFIERS, concepts.size, one[keep], other[keep], bucket), siblings


def _candidates(concepts: Concepts, mappings: pa.Table) -> Evidence:
    """What `link` proposed, by its own probability; the highest where it proposed a pair in both directions."""
    own = pc.and_(pc.equal(mappings["release"].fill_null(""), CANDIDATES), pc.equal(mappings["state"], "proposed"))
    rows = mappings.filter(own)
    one, other = pairs(rows["source"].to_numpy(), rows["target"].to_numpy())
    chance = np.round(1000 * rows["confidence"].fill_null(0).to_numpy()).astype(np.int64)
    best = _best(CANDIDATE, concepts.size, one, other, -chance)
    return best._replace(bucket=-best.bucket)


def told(said: Iterable[tuple[str, float]]) -> str:
    """Evidence as JSON, for the graph and GraphQL: `{"names":0.98}`."""
    return orjson.dumps({kind: round(float(chance), 3) for kind, chance in said}).decode()
