"""graph: computes the evidence that two concepts have the same meaning, from the columns of a snapshot.

Each piece of evidence is a pair of concepts with a bucket. Evidence of the same kind and strength has the same bucket.
graph/groups/weights.py computes the probability of each bucket. Evidence about a concept uses the names and identifiers
of the concept itself, and ignores the other concepts of its group. There is one exception: when identifiers are
compared, a code without a label uses the label of another concept that statements put into the same group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups.identifiers import cited, cross_references, shared_identifiers
from graph.groups.related import Related
from graph.groups.sources import (
    BAND,
    CANDIDATE,
    CANDIDATES,
    NAMES,
    Concepts,
    Evidence,
    Flags,
    Ints,
    Siblings,
    Sources,
    best,
    pairs,
)
from graph.groups.wording import Wording, untagged
from graph.lexical import normalise

_NAME_KINDS = ("label", "exact")
_SHORT = 4
"""A shared synonym of at most this many letters is ignored, because short abbreviations are ambiguous."""


def evidence(concepts: Concepts, sources: Sources, stated: Ints) -> tuple[list[Evidence], Siblings]:
    """Returns all computed evidence, and the siblings: pairs with a common identifier and different numbers in labels.

    `stated` has the group of each concept. These groups come from stated mappings.
    """
    related = Related(_labelled(concepts, stated), sources)
    statements = cited(concepts, sources.mappings)
    shared, siblings = shared_identifiers(concepts, statements, related)
    names, references = _shared_names(concepts, sources.names, related), cross_references(concepts, statements, related)
    return [names, references, shared, _candidates(concepts, sources.mappings)], siblings


def _labelled(concepts: Concepts, stated: Ints) -> Concepts:
    """Adds missing labels. A code without a label gets the label of the first labelled concept in its stated group."""
    named = np.flatnonzero(concepts.known & ~concepts.deprecated)
    first = np.full(concepts.size, -1, np.int64)
    first[stated[named[::-1]]] = named[::-1]
    row = np.where(concepts.known, np.arange(concepts.size), first[stated])
    return concepts._replace(known=row >= 0, labels=concepts.labels.take(pa.array(np.maximum(row, 0))))


def _shared_names(concepts: Concepts, names: pa.Table, related: Related) -> Evidence:
    """Returns pairs of concepts from two terminologies.

    A name of one concept has the same normal form or the same words as a name of the other concept.
    """
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
    return best(NAMES, concepts.size, one, other, bucket)


def _codes(keys: Sequence[str]) -> Ints:
    """Returns a number for each key. Equal keys have equal numbers. The number of an empty key is -1."""
    found = np.asarray(pa.array(keys, pa.string()).dictionary_encode().indices, np.int64)
    return np.where(np.fromiter(map(bool, keys), bool, len(keys)), found, -1)


def _named_alike(
    concepts: Concepts, related: Related, concept: Ints, synonym: Ints, short: Flags, key: Ints, way: int
) -> tuple[Ints, Ints, Ints]:
    """Returns pairs and their buckets: 6 * way + 3 * doubtful + the number of synonyms among the two names.

    `way` is 0 for names with the same normal form, and 1 for names with the same words. A name is doubtful if another
    concept of its terminology has the same name. A synonym is also doubtful if one of the two concepts has far more
    descendants than the other, or if exactly one of the two concepts is a phenotype, because terminologies of
    phenotypes often use the name of a disease.
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
    for step in range(1, min(BAND, len(key))):
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
    """True for each name that another concept of the same terminology has with the same or a higher priority.

    A label has a higher priority than a synonym.
    """
    group = np.zeros(len(key), np.int64)
    group[1:] = np.cumsum((key[1:] != key[:-1]) | (ontology[1:] != ontology[:-1]))
    size = int(group[-1]) + 1 if len(group) else 0
    labels = np.bincount(group, synonym == 0, size)[group]
    members = np.bincount(group, minlength=size)[group]
    return np.asarray(np.where(labels > 0, (synonym > 0) | (labels > 1), members > 1))


def _candidates(concepts: Concepts, mappings: pa.Table) -> Evidence:
    """Returns the candidate mappings of `tricuspid link` with their probability.

    If a pair occurs in both directions, the higher probability is used.
    """
    own = pc.and_(pc.equal(mappings["release"].fill_null(""), CANDIDATES), pc.equal(mappings["state"], "proposed"))
    rows = mappings.filter(own)
    one, other = pairs(rows["source"].to_numpy(), rows["target"].to_numpy())
    chance = np.round(1000 * rows["confidence"].fill_null(0).to_numpy()).astype(np.int64)
    highest = best(CANDIDATE, concepts.size, one, other, -chance)
    return highest._replace(bucket=-highest.bucket)


def as_json(parts: Iterable[tuple[str, float]]) -> str:
    """Returns the kinds and probabilities of evidence as JSON, for the graph and GraphQL: `{"names":0.98}`."""
    return orjson.dumps({kind: round(float(chance), 3) for kind, chance in parts}).decode()
