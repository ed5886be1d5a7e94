"""graph: makes the steps of paths. Each step leads from one concept or record to another, and states its evidence.

If a step uses a predicate in reverse, the predicate has the prefix `^`, as in SPARQL paths
(https://www.w3.org/TR/sparql11-query/#propertypaths).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups import BROADER, NARROWER, REPLACED, SAME
from graph.hierarchy import Level, Pair
from graph.snapshot import Snapshot

Ints = npt.NDArray[Any]

IS_A = "rdfs:subClassOf"
EXACT = SAME[0]
_REPLACED_BY = "IAO:0100001"
_COMPUTED = "semapv:CompositeMatching"
"""The justification of a computed pair, which combines several kinds of evidence.

See https://mapping-commons.github.io/semantic-mapping-vocabulary.
"""
_SAID = ["source", "predicate", "state", "justification", "confidence", "through"]
_INVERSE = {BROADER: NARROWER, NARROWER: BROADER}
_SYMMETRIC = (*SAME, "skos:closeMatch", "skos:relatedMatch")


def inverse(predicate: str) -> str:
    """Returns the predicate in the other direction, from the object of a statement to its subject."""
    return predicate if predicate in _SYMMETRIC else _INVERSE.get(predicate, f"^{predicate}")


class Thing(NamedTuple):
    """A concept or record. `kind` is `Concept` or one of RECORDS. `number` is the number within the kind."""

    kind: str
    number: int


class Step(NamedTuple):
    """A step of a path.

    The fields `method`, `score` and `text` depend on the kind of step. For an annotation, they are its method,
    confidence and text. For a mapping, they are its justification, its confidence and the two matched names. For a
    computed pair, `score` is the probability. For any other step, all three fields are None. `evidence` is JSON for
    pairs with the same meaning, and for pairs of a narrower and a broader concept. For any other step, `evidence` is
    None.
    """

    source: Thing
    relation: str
    target: Thing
    method: str | None = None
    score: float | None = None
    text: str | None = None
    evidence: str | None = None


def same(snapshot: Snapshot, here: int, pair: Pair) -> Step:
    """Returns the step from the concept `here` along a pair of concepts with the same meaning."""
    one, other, evidence = Thing("Concept", here), Thing("Concept", pair.other), snapshot.same.evidence(pair)
    if pair.level is Level.LIKELY:
        return Step(one, EXACT, other, _COMPUTED, pair.probability, None, evidence)
    if REPLACED in orjson.loads(evidence):
        replacement = snapshot.concepts["replaced_by"][here].as_py()
        forth = bool(snapshot.deprecated[here]) and replacement == snapshot.ids[pair.other]
        return Step(one, _REPLACED_BY if forth else f"^{_REPLACED_BY}", other, evidence=evidence)
    return _stated(snapshot, one, other, (*SAME, BROADER, NARROWER), evidence)


def narrower(snapshot: Snapshot, here: int, pair: Pair) -> Step:
    """Returns the step from the concept `here` to a narrower or broader concept.

    The pair comes from a mapping or from the label of a code.
    """
    one, other, evidence = Thing("Concept", here), Thing("Concept", pair.other), snapshot.narrower.evidence(pair)
    predicate = BROADER if pair.first else NARROWER
    if pair.level is Level.LIKELY:
        return Step(one, predicate, other, "semapv:LexicalMatching", pair.probability, None, evidence)
    return _stated(snapshot, one, other, (predicate,), evidence)


def _stated(snapshot: Snapshot, here: Thing, there: Thing, predicates: Sequence[str], evidence: str) -> Step:
    """Returns the step from `here` to `there` by an accepted mapping between these two concepts.

    If there are several mappings, the mapping with the earliest predicate in `predicates` is used.
    """
    table, rows = snapshot.mappings, snapshot.mappings_of[here.number]
    source, target = (table[end].to_numpy() for end in ("source", "target"))
    rows = rows[source[rows] + target[rows] - here.number == there.number]
    found = table.select(_SAID).take(pa.array(rows))
    found = found.filter(pc.equal(found["state"], "accepted")).to_pylist()
    stated = [row["predicate"] if row["source"] == here.number else inverse(row["predicate"]) for row in found]
    for predicate in predicates:
        if predicate in stated:
            row = found[stated.index(predicate)]
            method, score, text = (row[name] or None for name in ("justification", "confidence", "through"))
            return Step(here, predicate, there, method, score, text, evidence)
    return Step(here, predicates[0], there, evidence=evidence)
