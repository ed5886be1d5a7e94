"""graph: computes the groups of concepts with the same meaning from the columns of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups.evidence import as_json, evidence
from graph.groups.join import Refusal, Union, join_all, numbered
from graph.groups.loops import Pair, loops
from graph.groups.placed import Placed, placed
from graph.groups.rules import Rules
from graph.groups.sources import (
    BROADER,
    DOUBTFUL,
    NARROWER,
    SAME,
    Concepts,
    Ints,
    Siblings,
    Sources,
    accepted,
    hierarchy,
    mapped_narrower,
    pairs,
)
from graph.groups.weights import Weighed, weigh
from graph.groups.wording import Wording
from graph.hierarchy import kinds, of_groups
from graph.store import places
from ontologies.releases import REVIEW

CERTAIN, LIKELY = "CERTAIN", "LIKELY"
RELEASE = "urn:tricuspid:meanings"
"""The release of all pairs that join concepts into groups. A new computation of the groups replaces these pairs."""
STEWARD, STATED, REPLACED = "steward", "mapping", "replacedBy"
FEWEST_PATIENTS = 10
"""Minimum number of patients with a code. A code with fewer patients is never shown, and its name is not evidence."""

Flags = npt.NDArray[np.bool_]


class Groups(NamedTuple):
    """The groups, the pairs that join concepts into groups, and the conflicts.

    certain    for each concept, the lowest concept number in its group at the level CERTAIN
    likely     the same at the level LIKELY
    forest     the pairs that join concepts into groups, with probability, level and evidence (JSON)
    narrower   pairs of a narrower and a broader concept from mappings and labels, with the same columns as `forest`
    conflicts  pairs in conflict, each with the reason
    doubtful   pairs with a probability of at least 0.5 and below `Rules.likely`
    kinds      for each concept, an index in graph.hierarchy.concept_kinds.KINDS
    """

    certain: Ints
    likely: Ints
    forest: pa.Table
    narrower: pa.Table
    conflicts: pa.Table
    doubtful: pa.Table
    kinds: npt.NDArray[np.int8]


def compute(sources: Sources, rules: Rules) -> Groups:
    """Computes the groups of concepts with the same meaning, and the conflicts between pairs."""
    concepts = _concepts(sources)
    stated = _Stated(sources, concepts, rules)
    union, refused = stated.union(concepts, rules.phenotypes)
    certain = numbered(union.roots())
    sources = sources._replace(mappings=_unjoined(stated.standing, stated.equal, certain))
    concepts = concepts._replace(kind=of_groups(concepts.kind, certain))
    weighed, doubtful, siblings = _computed(sources, concepts, rules, certain)
    low, high = hierarchy(sources)
    union.learn(concepts)
    for pair in siblings:
        union.keep_apart(*pair, "other numbers")
    union, cut, circular = _joined(union, weighed, low, high)
    forest = _forest(union, weighed, stated)
    likely = numbered(union.roots())
    put = placed(sources, concepts, likely, rules.likely, stated.denied)
    narrower = _narrower(sources, [one for one in put if one.chance >= rules.likely])
    refused += [Refusal(*pair, "stated two of one terminology") for pair in _doubled(concepts, certain)]
    conflicts = _conflicts(refused, cut, circular, stated)
    unsure = [*zip(doubtful.one.tolist(), doubtful.other.tolist(), strict=True)]
    unsure += [one[:2] for one in put if one.chance < rules.likely]
    return Groups(certain, likely, forest, narrower, conflicts, _table(unsure, _ENDS), concepts.kind)


def _concepts(sources: Sources) -> Concepts:
    table = sources.concepts
    stub = np.asarray(table["stub"].fill_null(True))
    named = np.asarray(pc.greater(pc.utf8_length(table["label"].fill_null("")), 0))
    known = named & ~private(sources)
    ontology = np.asarray(table["ontology"].combine_chunks().fill_null("").dictionary_encode().indices, np.int32)
    deprecated = np.asarray(table["deprecated"].fill_null(False))
    kind = kinds(table, pa.concat_tables([sources.used, sources.coded]), sources.narrower, sources.broader)
    return Concepts(ontology, deprecated, stub, known, kind, table["label"])


def private(sources: Sources) -> Flags:
    """True for codes with a label from records, if fewer than FEWEST_PATIENTS patients have events with the code.

    Events that do not count are ignored (graph/snapshot/standing.py). If the label comes from a terminology or a
    mapping, the result is False.
    """
    table = sources.concepts
    found = np.zeros(table.num_rows, bool)
    found[sources.used["concept"].to_numpy()] = True
    by_records = pc.and_(table["stub"].fill_null(True), table["job"].is_null())
    return np.asarray(found & np.asarray(by_records) & (sources.patients < FEWEST_PATIENTS))


class _Stated:
    """The pairs that stewards, mapping sets and terminologies state. Stewards have the highest priority."""

    def __init__(self, sources: Sources, concepts: Concepts, rules: Rules) -> None:
        mappings = sources.mappings
        same = np.asarray(pc.is_in(mappings["predicate"], pa.array(SAME)))
        state = mappings["state"].to_pylist()
        accepted, rejected = (
            np.fromiter((one == s for one in state), bool, len(state)) for s in ("accepted", "rejected")
        )
        steward = stewards(mappings, rules)
        one, other = pairs(mappings["source"].to_numpy(), mappings["target"].to_numpy())
        self.standing = _standing(mappings, steward, concepts.size)
        self.denied = _distinct(one, other, rejected)
        rejected &= ~np.asarray(pc.is_in(mappings["predicate"], pa.array([BROADER, NARROWER])))
        self.steward = _distinct(one, other, accepted & steward & same)
        self.steward_rejected = _distinct(one, other, rejected & steward)
        self.rejected = sorted({*_distinct(one, other, rejected & ~steward)} - {*self.steward})
        mapped = _distinct(one, other, accepted & ~steward & same)
        contested = {*self.rejected, *self.steward_rejected}
        self.replaced = _replaced(sources.concepts)
        self.contested = [pair for pair in [*mapped, *self.steward] if pair in contested]
        self.equal = _one_to_one(self.standing, concepts)
        self.mapped = sorted({*mapped, *self.equal} - contested)

    def union(self, concepts: Concepts, phenotypes: bool) -> tuple[Union, list[Refusal]]:
        """Joins the stated pairs. Returns the groups and the refused pairs.

        If a steward rejects a pair, its two concepts are never in the same group.
        """
        union = Union(concepts, phenotypes)
        for pair in self.steward_rejected:
            union.keep_apart(*pair)
        refused = join_all(union, (*self.steward, *self.replaced, *self.mapped), {})
        for pair in self.rejected:
            if not union.keep_apart(*pair):
                refused.append(Refusal(*pair, "rejected, but joined by other statements"))
        return union, refused


def stewards(mappings: pa.Table, rules: Rules) -> Flags:
    """True for mappings from a review file of this site, and for mappings by a steward of the site."""
    review = np.asarray(pc.starts_with(mappings["release"].fill_null(""), REVIEW))
    people = (
        [
            bool(rules.stewards & {*(author or "").split("|"), *(reviewer or "").split("|")})
            for author, reviewer in zip(mappings["author"].to_pylist(), mappings["reviewer"].to_pylist(), strict=True)
        ]
        if rules.stewards
        else [False] * mappings.num_rows
    )
    return np.asarray(review | np.array(people, bool))


def _standing(mappings: pa.Table, steward: Flags, size: int) -> pa.Table:
    """The mappings, without accepted mappings that a rejection overrules.

    A steward's rejection overrules any accepted mapping of the same pair. Any other rejection overrules an accepted
    mapping if no steward accepts the pair. The rejection of a broader or narrower match rejects only this match. The
    rejection of any other mapping means that the two concepts do not have the same meaning.
    """
    source, target = (mappings[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    broad, narrow = (np.asarray(pc.equal(mappings["predicate"], kind)) for kind in (BROADER, NARROWER))
    swap = narrow | (~broad & (source > target))
    key = (np.where(swap, target, source) * size + np.where(swap, source, target)) * 2 + (broad | narrow)
    accepted, rejected = (np.asarray(pc.equal(mappings["state"], state)) for state in ("accepted", "rejected"))
    saved = np.isin(key, key[accepted & steward])
    overruled = np.isin(key, key[rejected & steward]) | (np.isin(key, key[rejected & ~steward]) & ~saved)
    return mappings.filter(pa.array(~(accepted & overruled)))


def _distinct(one: Ints, other: Ints, keep: Flags) -> list[Pair]:
    return sorted({pair for pair in zip(one[keep].tolist(), other[keep].tolist(), strict=True) if pair[0] != pair[1]})


def _replaced(concepts: pa.Table) -> list[Pair]:
    """Pairs of an obsolete concept and its replacement."""
    obsolete = np.flatnonzero(
        np.asarray(pc.and_(concepts["deprecated"].fill_null(False), concepts["replaced_by"].is_valid()))
    )
    target = places(concepts["replaced_by"].take(pa.array(obsolete)), concepts["id"])
    one, other = pairs(obsolete, target)
    return _distinct(one, other, target >= 0)


def _one_to_one(mappings: pa.Table, concepts: Concepts) -> list[Pair]:
    """Returns the two concepts of each broader match, if their labels have the same words.

    A pair is left out if its first concept has another broader match, or if its second concept is the broader match of
    another concept.
    """
    rows = accepted(mappings, [BROADER]).group_by(["source", "target"], use_threads=False).aggregate([])
    source, target = (rows[end].to_numpy() for end in ("source", "target"))
    alone = [np.bincount(end, minlength=concepts.size)[end] == 1 for end in (source, target)]
    keys = [
        [Wording.key_of(label) for label in concepts.labels.take(pa.array(end)).to_pylist()] for end in (source, target)
    ]
    equal = np.array([bool(a) and a == b for a, b in zip(*keys, strict=True)], bool)
    one, other = pairs(source, target)
    return _distinct(one, other, np.asarray(alone[0] & alone[1] & equal, bool))


def _unjoined(mappings: pa.Table, equal: list[Pair], groups: Ints) -> pa.Table:
    """Leaves out broader and narrower matches of the pairs in `equal`, if both concepts are in the same group."""
    one, other = pairs(mappings["source"].to_numpy(), mappings["target"].to_numpy())
    wide = np.asarray(pc.is_in(mappings["predicate"], pa.array([BROADER, NARROWER])))
    keys = np.array([low * len(groups) + high for low, high in equal], np.int64)
    joined = wide & np.isin(one * len(groups) + other, keys) & (groups[one] == groups[other])
    return mappings.filter(pa.array(~joined))


def _doubled(concepts: Concepts, certain: Ints) -> list[Pair]:
    """Returns pairs of live concepts of one terminology that statements put into the same group.

    If there are more than two such concepts, the first concept forms a pair with each of the others.
    """
    live = np.flatnonzero(~concepts.deprecated)
    live = live[np.lexsort((live, concepts.ontology[live], certain[live]))]
    group, ontology = certain[live], concepts.ontology[live]
    again = np.zeros(len(live), bool)
    again[1:] = (group[1:] == group[:-1]) & (ontology[1:] == ontology[:-1])
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(live))))
    return list(zip(live[first[again]].tolist(), live[again].tolist(), strict=True))


def _computed(sources: Sources, concepts: Concepts, rules: Rules, certain: Ints) -> tuple[Weighed, Weighed, Siblings]:
    """Returns the probable pairs, the doubtful pairs and the siblings that are computed from evidence.

    Probable pairs have a probability of at least `rules.likely`. The most probable pair is first.
    """
    found, siblings = evidence(concepts, sources, certain)
    weighed = weigh(concepts, found, certain)
    new = certain[weighed.one] != certain[weighed.other]
    keep = np.flatnonzero((weighed.chance >= rules.likely) & new)
    keep = keep[np.lexsort((weighed.other[keep], weighed.one[keep], -np.round(weighed.chance[keep], 6)))]
    doubtful = np.flatnonzero((weighed.chance >= DOUBTFUL) & (weighed.chance < rules.likely) & new)
    return weighed.take(keep), weighed.take(doubtful), siblings


def _joined(stated: Union, weighed: Weighed, low: Ints, high: Ints) -> tuple[Union, list[Refusal], list[Pair]]:
    """Joins computed pairs, except pairs that would put a group above itself in the hierarchy.

    Returns the groups, the refused pairs, and a pair for each loop that only statements cause.
    """
    every = list(zip(weighed.one.tolist(), weighed.other.tolist(), strict=True))
    chances = dict(zip(every, weighed.chance.tolist(), strict=True))
    cut: set[Pair] = set()
    while True:  # ends because each round cuts at least one more pair
        union = stated.copy()
        refused = join_all(union, (pair for pair in every if pair not in cut), chances)
        groups = numbered(union.roots())
        found = loops(groups, low, high, union.forest, chances)
        if not found.cut:
            break
        cut.update(found.cut)
    return union, refused + [Refusal(*pair, "above itself") for pair in sorted(cut)], found.stated


def _forest(union: Union, weighed: Weighed, stated: _Stated) -> pa.Table:
    """Returns the pairs that join concepts into groups, sorted; the table is described in `Groups`."""
    place = {pair: row for row, pair in enumerate(zip(weighed.one.tolist(), weighed.other.tolist(), strict=True))}
    kind = dict.fromkeys(stated.mapped, STATED)
    kind |= dict.fromkeys(stated.replaced, REPLACED) | dict.fromkeys(stated.steward, STEWARD)
    rows = []
    for pair in sorted(union.forest):
        if pair in kind:
            rows.append((*pair, 1.0, CERTAIN, as_json([(kind[pair], 1.0)])))
        else:
            row = place[pair]
            parts = [(name, chances[row]) for name, chances in weighed.parts.items() if chances[row]]
            rows.append((*pair, round(float(weighed.chance[row]), 4), LIKELY, as_json(parts)))
    return _table(rows, _JOINED)


def _narrower(sources: Sources, placed: list[Placed]) -> pa.Table:
    """Returns pairs of a narrower and a broader concept, from stated mappings and from labels of codes."""
    low, high = mapped_narrower(sources)
    stated = zip(low.tolist(), high.tolist(), strict=True)
    rows = {pair: (*pair, 1.0, CERTAIN, as_json([(STATED, 1.0)])) for pair in stated}
    for one in placed:
        pair = one.narrower, one.broader
        rows.setdefault(pair, (*pair, round(float(one.chance), 4), LIKELY, as_json([("label", one.chance)])))
    return _table(sorted(rows.values()), _JOINED)


def _conflicts(refused: list[Refusal], computed: list[Refusal], circular: list[Pair], stated: _Stated) -> pa.Table:
    rows = {*refused, *computed}
    rows |= {Refusal(*pair, "accepted and rejected") for pair in stated.contested}
    rows |= {Refusal(*pair, "stated above itself") for pair in circular}
    return _table(sorted(rows), _ENDS | {"why": pa.string()})


_ENDS = {"one": pa.int32(), "other": pa.int32()}
_JOINED = _ENDS | {
    "probability": pa.float64(),
    "level": pa.string(),
    "evidence": pa.string(),
}


def _table(rows: Sequence[Sequence[Any]], columns: dict[str, pa.DataType]) -> pa.Table:
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table([pa.array(some, kind) for some, kind in zip(values, columns.values(), strict=True)], [*columns])
