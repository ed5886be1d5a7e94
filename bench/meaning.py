"""bench: measures the groups of concepts of real files: complete answers, gold pairs, growth of reach, and cost.

    python -m bench.meaning [--store FOLDER] [--pairs] [--sample FILE] [--largest 50]

The script loads the real files into FOLDER, or uses a store that was filled earlier. `--pairs` loads ten more
terminologies into a second store and compares its groups with `bench/gold/meaning_pairs.tsv`. `--sample` writes 300
computed pairs, drawn with a seed, for manual judgement. `bench/gold/meaning_sample.tsv` and `meaning_fresh.tsv` have
the judgements of two such samples; see `bench/gold/README.md`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from bench.machine import machine
from bench.meaning_gold import GOLD, biomappings, filled, judged, sample
from graph.columns import Csr
from graph.groups import NARROWER, SAME, compute, rules
from graph.hierarchy import Level
from graph.lexical import normalise
from graph.snapshot import Snapshot, sources_of

COMMON = (
    "type 2 diabetes mellitus,type 1 diabetes mellitus,hypertension,heart failure,myocardial infarction,asthma,"
    "chronic obstructive pulmonary disease,pneumonia,tuberculosis,malaria,influenza,HIV infectious disease,sepsis,"
    "breast cancer,lung cancer,prostate cancer,colorectal cancer,Alzheimer disease,Parkinson disease,epilepsy,stroke,"
    "multiple sclerosis,rheumatoid arthritis,osteoarthritis,obesity"
).split(",")
DIABETES = (
    "MONDO:0005148 snomedct:44054006 HP:0005978 DOID:9352 NCIT:C26747 icd10:E11 icd10cm:E11 icd11:119724091 "
    "omim:125853".split()
)

Reach = Callable[[int], BitMap]
Asked = Sequence[list[int]]
"""For each name, the concepts with this name."""


class Answer(NamedTuple):
    """The answer for a concept: its patients, and its public records of each kind."""

    patients: BitMap
    records: tuple[BitMap, ...]

    def __or__(self, other: Any) -> Answer:
        every = zip(self.records, other.records, strict=True)
        return Answer(self.patients | other.patients, tuple(one | two for one, two in every))

    def __bool__(self) -> bool:
        return bool(self.patients) or any(self.records)


def one_step(snapshot: Snapshot) -> Reach:
    """Reach without groups: the concept, its descendants, and one step of exact and narrow mappings from these."""
    table = snapshot.mappings
    accepted = pc.equal(table["state"], "accepted")
    down = table.filter(pc.and_(accepted, pc.is_in(table["predicate"], pa.array([*SAME, NARROWER]))))
    up = table.filter(pc.and_(accepted, pc.is_in(table["predicate"], pa.array([*SAME, "skos:broadMatch"]))))
    of = np.concatenate([down["source"].to_numpy(), up["target"].to_numpy()])
    mapped = Csr.of_pairs(len(snapshot.ids), of, np.concatenate([down["target"].to_numpy(), up["source"].to_numpy()]))
    below = snapshot.hierarchy.descendants

    def reach(concept: int) -> BitMap:
        own = below(concept)
        return BitMap.union(own, *map(below, np.unique(mapped.gather(own)).tolist()))

    return reach


def answers(snapshot: Snapshot, reach: Reach) -> Callable[[int], Answer]:
    @lru_cache(None)
    def answer(concept: int) -> Answer:
        found = reach(concept)
        return Answer(snapshot.patients.having(found), tuple(r.about(found) for r in snapshot.records.values()))

    return answer


def shared_names(snapshot: Snapshot, kinds: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Yields each name (in normal form) that two or more terminologies share, with the live concepts of this name.

    Only diseases are used, because concepts of different kinds never have the same answer.
    """
    table = snapshot.names.table
    keep = np.asarray(pc.is_in(table["kind"], pa.array(kinds)))
    concept = table["concept"].to_numpy()
    keep &= ~snapshot.deprecated[concept] & snapshot.meanings.illness[concept]
    ontology = snapshot.concepts["ontology"].to_pylist()
    having: dict[str, set[int]] = {}
    for norm, one in zip(table["norm"].filter(pa.array(keep)).to_pylist(), concept[keep].tolist(), strict=True):
        having.setdefault(norm, set()).add(one)
    for norm, some in sorted(having.items()):
        if len({ontology[one] for one in some}) > 1:
            yield norm, sorted(some)


def complete(snapshot: Snapshot, reach: Reach, asked: Asked) -> tuple[int, int, int]:
    """Counts the concepts that have a complete answer, all concepts that were asked for, and the names.

    The answer of a concept is complete if it equals the union of the answers of all concepts with the same name. Names
    without an answer are ignored.
    """
    answer, right, every, names = answers(snapshot, reach), 0, 0, 0
    for some in asked:
        whole = answer(some[0])
        for one in some[1:]:
            whole |= answer(one)
        if whole:
            names, every = names + 1, every + len(some)
            right += sum(answer(one) == whole for one in some)
    return right, every, names


def show_complete(snapshot: Snapshot) -> None:
    ways = {"one step": one_step(snapshot), "groups": snapshot.hierarchy.reach}
    common = {normalise(name) for name in COMMON}
    ontology = snapshot.concepts["ontology"].to_pylist()
    every_name = [*shared_names(snapshot, ("label", "exact"))]
    sets: dict[str, Asked] = {
        "labels": [some for _, some in shared_names(snapshot, ("label",))],
        "labels and exact synonyms": [some for _, some in every_name],
        "names of at most one concept per terminology": [
            some for _, some in every_name if len({ontology[one] for one in some}) == len(some)
        ],
        "25 common diseases": [some for name, some in every_name if name in common],
    }
    for what, asked in sets.items():
        for way, reach in ways.items():
            right, every, names = complete(snapshot, reach, asked)
            print(f"complete answers, {what}, {way}: {right / every:.3f} ({right:,} of {every:,}; {names:,} names)")
    for id_ in DIABETES:
        concept = snapshot.ids.find(id_)
        for level in Level:
            answer = answers(snapshot, lambda c, level=level: snapshot.hierarchy.reach(c, level))  # type: ignore[misc]
            if concept is not None:
                patients, records = answer(concept)
                print(f"  {id_:18} {level:8} {len(patients)} patients, {[*map(len, records)]} {[*snapshot.records]}")


def growth(snapshot: Snapshot, largest: int) -> None:
    before = one_step(snapshot)
    live = np.flatnonzero(~snapshot.deprecated & ~np.asarray(snapshot.concepts["stub"].fill_null(True))).tolist()
    old = np.array([len(before(concept)) for concept in live])
    label, ontology = snapshot.concepts["label"], np.array(snapshot.concepts["ontology"].to_pylist())[live]
    for level in Level:
        new = np.array([snapshot.hierarchy.reached(concept, level) for concept in live])
        for name in ("MONDO", "HP", "DOID"):
            own = ontology == name
            p50, p99 = np.percentile(new[own] / old[own], [50, 99])
            print(f"growth of reach, {name} ({own.sum():,}), {level}: p50 {p50:.2f}, p99 {p99:.2f}")
    for row in np.argsort(-new / old, kind="stable")[:largest].tolist():
        print(f"  {old[row]:6} -> {new[row]:6}  {snapshot.ids[live[row]]} {label[live[row]].as_py()}")
    conflicts = snapshot.conflicts.group_by("why").aggregate([("one", "count")]).sort_by("why")
    print("conflicts:", dict(zip(conflicts["why"].to_pylist(), conflicts["one_count"].to_pylist(), strict=True)))


def cost(snapshot: Snapshot) -> None:
    sources = sources_of(
        snapshot.concepts, snapshot.names.table, snapshot.mappings, snapshot.hierarchy, snapshot.folder
    )
    began, peak = time.perf_counter(), _resident()
    found = compute(sources, rules())
    seconds, more = time.perf_counter() - began, _resident() - peak
    sizes = np.bincount(found.likely)
    pairs, groups = found.forest.num_rows, (sizes > 1).sum()
    print(f"{len(snapshot.ids):,} concepts, {pairs:,} pairs join {groups:,} groups, the largest of {sizes.max()}")
    print(f"  computed in {seconds:.1f} s with {more / 1e6:.0f} MB more memory")


def _resident() -> int:
    """Returns the peak memory of the process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--largest", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = filled(options.store or Path(folder) / "store")
        if options.sample:
            sample(snapshot, options.sample)
            return
        cost(snapshot)
        show_complete(snapshot)
        biomappings(snapshot)
        for name in ("meaning_sample.tsv", "meaning_fresh.tsv"):
            judged(snapshot, GOLD / name)
        if options.pairs:
            judged(filled(Path(folder) / "more", more=True), GOLD / "meaning_pairs.tsv")
        growth(snapshot, options.largest)


if __name__ == "__main__":
    main()
