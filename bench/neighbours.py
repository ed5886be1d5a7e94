"""bench: measures how useful neighbours are, and how well their scores are calibrated.

    python -m bench.neighbours [--store FOLDER] [--mappings] [--sample FILE --seed N]

The script loads the real files into FOLDER and runs `link`, or uses a store that was linked earlier. It uses the part
`test` of `bench/gold/neighbours.tsv`, which was not used for fitting. For the pairs of this part that are neighbours in
the store, the script prints the share of useful pairs, and the calibration of scores in bins. The script prints the
same figures for SAME_AS, with the pairs of `bench/gold/meaning_fresh.tsv`. `--mappings` hides the accepted mappings of
half of the concepts, and prints the figures for the candidate mappings that are computed without the hidden mappings.
`--sample` writes 100 neighbours with their labels for manual judgement.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench.machine import machine
from bench.meaning_gold import GOLD, filled
from graph.groups import SAME
from graph.hierarchy import Level
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, open_store
from ingest.link import link
from linking.encoding import Meaning, VectorCache, open_encoder
from linking.neighbours import SEEN, Spelling, concept_vectors, for_fitting, nearest, proposals

Judged = list[tuple[float, bool]]
"""The score of each pair, and True if the pair is correct."""

_DRAWN = 100


def linked(folder: Path) -> tuple[Snapshot, VectorCache]:
    """Returns the snapshot of a store with the real files and the results of `link`. Creates the store if it does not
    exist.
    """
    snapshot = filled(folder)
    state = Address(str(folder)).state
    cache = VectorCache(state / "vectors", open_encoder())
    if not snapshot.neighbours.num_rows:
        with closing(open_store(str(folder))) as store:
            link(store, state, cache, lambda _what, _done: None)
            snapshot = fresh_snapshot(store, state)
    return snapshot, cache


def shown(snapshot: Snapshot) -> dict[tuple[str, str], float]:
    """Returns the scores of the pairs of neighbours that answers show. Pairs in the same group are left out."""
    table, preferred = snapshot.neighbours, snapshot.meanings.preferred
    rows = zip(*(table[name].to_pylist() for name in ("source", "target", "score")), strict=True)
    return {
        (snapshot.ids[one], snapshot.ids[other]): score
        for one, other, score in rows
        if preferred[one] != preferred[other]
    }


def gold(name: str, right: str) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yields each judged pair, with True if the verdict equals `right`. If the file has parts, only `test` is used."""
    for row in csv.DictReader((GOLD / name).open(), delimiter="\t"):
        if row.get("part", "test") == "test" and row["verdict"] != "unsure":
            yield (row["one"], row["other"]), row["verdict"] == right


def same(snapshot: Snapshot) -> dict[tuple[str, str], float]:
    """Returns the probability of each computed pair of concepts with the same meaning, in both directions."""
    names = ("one", "other", "probability", "level")
    rows = zip(*(snapshot.same.table[name].to_pylist() for name in names), strict=True)
    likely = [
        (snapshot.ids[one], snapshot.ids[other], chance) for one, other, chance, level in rows if level == Level.LIKELY
    ]
    return {ends: chance for one, other, chance in likely for ends in ((one, other), (other, one))}


def calibration(what: str, found: Judged) -> None:
    """Prints the share of right pairs, the expected calibration error over ten bins, and the bins."""
    scores, right = (np.array(column, float) for column in zip(*found, strict=True))
    bins = np.minimum((scores * 10).astype(int), 9)
    error = np.abs(np.bincount(bins, scores - right)).sum() / len(scores)
    print(f"{what}: {len(scores):,} pairs judged, right {right.mean():.3f}, score {scores.mean():.3f}, ECE {error:.3f}")
    for place in np.unique(bins).tolist():
        some = bins == place
        means = f"score {scores[some].mean():.3f}, right {right[some].mean():.3f}"
        print(f"  {place / 10:.1f}: {some.sum():5,} pairs, {means}")


def candidates(snapshot: Snapshot, cache: VectorCache) -> Judged:
    """Hides accepted mappings, and computes candidate mappings of their concepts.

    Returns the confidence of each candidate mapping, and True if it equals a hidden mapping.
    """
    hidden = _hide(snapshot)
    meaning = Meaning(snapshot, cache)
    concepts = concept_vectors(meaning)
    near = nearest(concepts, SEEN)[1]
    table, _ = proposals(meaning, concepts, near, Spelling(concepts.labels))
    ontology = snapshot.concepts["ontology"].to_pylist()
    has = {(one, ontology[other]) for pair in hidden for one, other in (pair, pair[::-1])}
    rows = zip(*(table[name].to_pylist() for name in ("source", "target", "confidence")), strict=True)
    return [
        (chance, (one, other) in hidden)
        for one, other, chance in rows
        if (one, ontology[other]) in has or (other, ontology[one]) in has
    ]


def _hide(snapshot: Snapshot) -> set[tuple[int, int]]:
    """Removes the accepted mappings of concepts that are not used for fitting, and returns those that are exact."""
    table = snapshot.mappings
    ends = [table[name].to_numpy() for name in ("source", "target")]
    low, high = np.minimum(*ends), np.maximum(*ends)
    learnt = for_fitting([snapshot.ids[number] for number in low.tolist()])
    accepted = np.array([state == "accepted" for state in table["state"].to_pylist()], bool)
    hidden: npt.NDArray[np.bool_] = accepted & ~learnt
    snapshot.mappings = table.filter(pa.array(~hidden))
    exact = np.array([name in SAME for name in table["predicate"].to_pylist()], bool)
    return {*zip(low[hidden & exact].tolist(), high[hidden & exact].tolist(), strict=True)}


def sample(snapshot: Snapshot, path: Path, seed: int) -> None:
    drawn = random.Random(seed).sample(sorted(shown(snapshot)), _DRAWN)
    labels = snapshot.concepts["label"]
    with path.open("w", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["one", "other", "verdict", "label", "other_label"])
        for pair in drawn:
            numbers = [snapshot.ids.find(end) or 0 for end in pair]
            out.writerow([*pair, "", *(labels[number].as_py() for number in numbers)])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--mappings", action="store_true")
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        snapshot, cache = linked(options.store or Path(folder) / "store")
        if options.sample:
            sample(snapshot, options.sample, options.seed)
            return
        gold_sets = {
            "neighbours": (shown(snapshot), gold("neighbours.tsv", "useful")),
            "SAME_AS": (same(snapshot), gold("meaning_fresh.tsv", "same")),
        }
        print(f"{len(gold_sets['neighbours'][0]):,} neighbours are shown")
        for what, (scores, pairs) in gold_sets.items():
            calibration(what, [(scores[pair], right) for pair, right in pairs if pair in scores])
        if options.mappings:
            calibration("candidate mappings", candidates(snapshot, cache))


if __name__ == "__main__":
    main()
