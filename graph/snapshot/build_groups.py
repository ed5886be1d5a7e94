"""graph: saves mappings, the hierarchy, groups with their evidence, and reach in a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.columns import Csr, Ints, digest, load_table, save_table, taken_over
from graph.groups import CERTAIN, CROSS_REFERENCE, Groups, Rules, Sources, compute, private, rules, stewards
from graph.hierarchy import KINDS, Hierarchy, Level
from graph.kinds import RECORDS
from graph.snapshot.records import Records
from graph.store import Scanned, ends, rows_of

_MAPPINGS = (
    *("predicate", "confidence", "justification", "state", "author", "reviewer"),
    *("tool", "date", "comment", "evidence", "through"),
)


def save_mappings(store: Scanned, ids: pa.ChunkedArray, folder: Path) -> pa.Table:
    """Saves all mappings, with concept numbers as source and target.

    If a pair has a cross-reference and another mapping, the cross-reference is saved in a separate table. Returns all
    other mappings.
    """
    mappings = rows_of(store, "MAPS_TO", ["source", "target", *_MAPPINGS, "release", "statement"])
    order = ("source", "target", "predicate", "release", "statement")
    mappings = mappings.sort_by([(name, "ascending") for name in order]).drop_columns(["statement"])
    source, target = ends(mappings, ids)
    mappings = mappings.set_column(0, "source", pa.array(source)).set_column(1, "target", pa.array(target))
    references = np.asarray(pc.equal(mappings["predicate"], CROSS_REFERENCE))
    pair = source.astype(np.int64) * len(ids) + target
    redundant = references & np.isin(pair, pair[~references])
    mappings = mappings.append_column("steward", pa.array(stewards(mappings, rules())))
    save_table(mappings.filter(pa.array(redundant)), folder, "reference")
    mappings = mappings.filter(pa.array(~redundant)).combine_chunks()
    save_table(mappings, folder, "mapping")
    of_either_end(len(ids), mappings["source"].to_numpy(), mappings["target"].to_numpy()).save(folder, "mappings")
    return mappings


def save_hierarchy(store: Scanned, ids: pa.ChunkedArray, folder: Path, before: Path | None) -> Hierarchy:
    """Saves parents, children and descendants, but not the reach, which `save_groups` saves."""
    is_a = pa.table([*ends(rows_of(store, "IS_A", ["source", "target"]), ids)], ["source", "target"])
    is_a = is_a.sort_by([("source", "ascending"), ("target", "ascending")])
    if not taken_over("hierarchy", digest(is_a, pa.table({"size": [len(ids)]})), before, folder):
        Hierarchy.build(len(ids), is_a["source"].to_numpy(), is_a["target"].to_numpy()).save(folder)
    return Hierarchy.load(folder, reach=False)


def save_groups(
    concepts: pa.Table, names: pa.Table, mappings: pa.Table, tree: Hierarchy, folder: Path, before: Path | None
) -> None:
    """Saves the groups at both levels, the pairs that join concepts into groups, the conflicts, and the reach."""
    own = rules()
    sources = sources_of(concepts, names, mappings, tree, folder)
    columns = ("id", "label", "deprecated", "replaced_by", "kind", "stub")
    hierarchy = pa.table({"narrower": sources.narrower, "broader": sources.broader})
    made_of = digest(
        concepts.select(columns),
        names,
        mappings,
        hierarchy,
        sources.used,
        sources.coded,
        pa.table({"private": private(sources)}),
    )
    if taken_over("groups", f"{made_of} {own.digest()}", before, folder):
        return
    found = compute(sources, own)
    save_table(found.forest, folder, "same")
    save_table(found.narrower, folder, "narrower")
    save_table(found.conflicts, folder, "conflict")
    save_table(found.doubtful, folder, "doubtful")
    for name in ("same", "narrower", "conflict"):
        rows = load_table(folder, name)
        of_either_end(concepts.num_rows, rows["one"].to_numpy(), rows["other"].to_numpy()).save(folder, f"{name}_of")
    np.save(folder / "kind.npy", found.kinds)
    np.save(folder / "preferred.npy", _preferred(concepts, found, own))
    _reach(tree, found)
    tree.save_reach(folder)


def save_use(tree: Hierarchy, records: Sequence[Records], folder: Path) -> None:
    """Saves, for each concept, the number of public records about its reach. Patients are not counted."""
    used = BitMap.union(*(some.concepts for some in records))
    counts = np.zeros(len(tree.parents.sizes()), np.int32)
    closure = tree.closures[Level.LIKELY]
    groups = np.unique(closure.group[tree.reaching(used).to_array()]).tolist()
    for some in records:
        for group, about in closure.in_each(groups, some.about):
            counts[closure.members[group]] += len(about)
    np.save(folder / "use.npy", counts)


def of_either_end(size: int, source: Ints, target: Ints) -> Csr:
    """For each concept, the rows that have the concept as source or target."""
    rows = np.arange(len(source))
    return Csr.of_pairs(size, np.concatenate([source, target]), np.concatenate([rows, rows]))


def sources_of(concepts: pa.Table, names: pa.Table, mappings: pa.Table, tree: Hierarchy, folder: Path) -> Sources:
    """Returns the input of the computation of groups. `folder` must already have the patients and records."""
    patients = Csr.load(folder, "patient_by_concept").sizes()
    (low, high), below = tree.pairs(), tree.below.sizes() - 1
    coded = pa.concat_tables(_coded(load_table(folder, f"{kind}_about")) for kind in RECORDS)
    used = load_table(folder, "used")
    return Sources(concepts, names, mappings, low, high, below, used, coded, patients)


def _coded(abouts: pa.Table) -> pa.Table:
    """Returns the concepts of coded annotations, each with the fields that contain the code."""
    rows = abouts.filter(pc.equal(abouts["method"], "coded")).group_by(["target", "field"], use_threads=False)
    kept = pa.schema({"concept": pa.int32(), "kind": pa.string()})
    return rows.aggregate([]).rename_columns(kept.names).cast(kept)


def _reach(tree: Hierarchy, found: Groups) -> None:
    rows = found.narrower
    low, high = rows["one"].to_numpy(), rows["other"].to_numpy()
    certain = np.asarray(pc.equal(rows["level"], CERTAIN))
    tree.meaning(Level.CERTAIN, found.certain, low[certain], high[certain])
    tree.meaning(Level.LIKELY, found.likely, low, high)


def _preferred(concepts: pa.Table, found: Groups, own: Rules) -> Ints:
    """Returns, for each concept, the preferred concept of its group.

    Concepts with a label have priority, then concepts that are not obsolete, then concepts that a release defines, then
    concepts of the first terminology in the site's order (`Rules.preferred`).
    """
    size = concepts.num_rows
    kind = np.full(size, len(KINDS), np.int64)
    known = found.kinds > 0
    np.minimum.at(kind, found.likely[known], found.kinds[known])
    obsolete, stub = (np.asarray(concepts[name].fill_null(False)) for name in ("deprecated", "stub"))
    place = _places(concepts, kind[found.likely], own)
    unlabelled = np.asarray(pc.equal(concepts["label"].fill_null(""), ""))
    order = np.lexsort((np.arange(size), place, stub, obsolete, unlabelled, found.likely))
    _, first = np.unique(found.likely[order], return_index=True)
    best = np.empty(size, np.int32)
    best[np.unique(found.likely)] = order[first]
    return np.asarray(best[found.likely], np.int32)


def _places(concepts: pa.Table, kind: Ints, own: Rules) -> Ints:
    """Returns, for each concept, the position of its terminology in the site's order for `kind`, the group's kind."""
    encoded = concepts["ontology"].combine_chunks().fill_null("").dictionary_encode()
    prefixes, last = [prefix.lower() for prefix in encoded.dictionary.to_pylist()], 1 << 10
    table = np.full((len(KINDS) + 1, len(prefixes) + 1), last, np.int64)
    for name, order in own.orders().items():
        if name in KINDS:
            places = [order.index(prefix) if prefix in order else last for prefix in prefixes]
            table[KINDS.index(name), : len(prefixes)] = places
    return np.asarray(table[kind, np.asarray(encoded.indices)], np.int64)
