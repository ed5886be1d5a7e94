"""bench: measures descendants and reach of a broad concept, compared with arrays, sets, networkx and Cypher.

Run `python -m bench.reach [--quick]` from the root of the checkout; after `bin/neo4j run --`, Neo4j is measured too.
All implementations must return the same count. `first` is the first query about the concept in a process that has the
index in memory. `again` is the same query, repeated.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import ladybug
import networkx as nx
import numpy as np

from bench.machine import machine
from bench.reach_ways import Graph, Way, arrays, batches, cypher, networkx, server, sets
from graph.columns import Ints
from graph.groups import SAME
from graph.hierarchy import Closure, Hierarchy, Level
from graph.store.ladybug import LadybugStore
from ontologies.formats import recognise
from ontologies.model import IS_A, Concept, Mapping, Relation

DATA = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
MONDO, EXACT = "mondo-2026-08.obo", "sssom/mondo_exactmatch_sctid.sssom.tsv"


def real() -> Graph:
    ids: dict[str, int] = {}
    is_a, equivalents = [], []
    for name in (MONDO, EXACT):
        path = DATA / name
        form = recognise(path)
        assert form is not None, path
        for item in form.read(path):
            if isinstance(item, Concept):
                ids.setdefault(item.id, len(ids))
            elif isinstance(item, Relation) and item.predicate == IS_A:
                is_a.append((item.subject, item.object))
            elif isinstance(item, Mapping) and item.state == "accepted" and item.predicate in SAME:
                equivalents.append((item.subject, item.object))
    columns = [
        [ids.setdefault(pair[side], len(ids)) for pair in some] for some in (is_a, equivalents) for side in (0, 1)
    ]
    pairs = [np.array(column, np.int32) for column in columns]
    return _with_widest(
        "MONDO 2026-08 and its exact SNOMED mappings", len(ids), np.stack(pairs[:2]), np.stack(pairs[2:])
    )


def synthetic(size: int) -> Graph:
    """A made-up hierarchy, numbered in random order. Every concept has a parent, and 40 % have a second parent."""
    rng = np.random.default_rng(44054006)
    own = np.arange(1, size)
    second = own[rng.random(size - 1) < 0.4]
    narrower = np.concatenate([own, second])
    broader = np.concatenate([(own - 1) // 4, rng.integers(second // 8, second // 4 + 1)])
    equivalents = np.stack([rng.choice(size, size // 6), rng.choice(size, size // 6)])
    number = rng.permutation(size).astype(np.int32)
    return _with_widest(
        f"synthetic, {size:,} concepts", size, number[np.stack([narrower, broader])], number[equivalents]
    )


def _with_widest(name: str, size: int, is_a: Ints, equivalents: Ints) -> Graph:
    """Returns the graph, and its broadest concept that has fewer than two thirds of all concepts as descendants.

    A concept above nearly all others would be too easy, because its descendants would have consecutive numbers.
    """
    made = Hierarchy.build(size, *is_a)
    wide = np.argsort(made.below.sizes())[-500:].tolist()
    below = {concept: len(made.descendants(concept)) for concept in wide}
    return Graph(
        name, size, is_a, equivalents, max((c for c in wide if below[c] * 3 < size * 2), key=below.__getitem__)
    )


def _seconds(run: Callable[[], Any], times: int) -> float:
    """The median time of several runs, in seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def ours(graph: Graph, folder: Path, what: str) -> Way:
    made = built(graph)
    made.save(folder)
    made.save_reach(folder)
    loaded = Hierarchy.load(folder)
    kept = loaded.below if what == "descendants" else loaded.closures[Level.LIKELY]
    files = kept.group, kept.members, kept.narrower, kept._rows, kept._counts

    def first() -> Any:
        return Closure(*files).of(graph.root)

    return Way("ours", first, lambda: kept.of(graph.root), len, lambda bits, one: one in bits)


def built(graph: Graph) -> Hierarchy:
    made = Hierarchy.build(graph.size, *graph.is_a)
    nothing = np.empty(0, np.int32)
    for level in Level:
        made.meaning(level, grouped(graph), nothing, nothing)
    return made


def grouped(graph: Graph) -> Ints:
    """For each concept, the lowest number among the concepts that mappings join with it."""
    together: nx.Graph[int] = nx.Graph(graph.equivalents.T.tolist())
    groups = np.arange(graph.size, dtype=np.int32)
    for some in nx.connected_components(together):
        groups[list(some)] = min(some)
    return groups


def compare(ways: Sequence[Way], what: str, probes: Sequence[int], times: int) -> None:
    """Prints a row for each implementation. Times of other implementations are divided by the times of Tricuspid."""
    count = ways[0].count(ways[0].first())
    own: tuple[float, float] | None = None
    for way in ways:
        assert way.count(way.first()) == count, (way.name, way.count(way.first()), count)
        repeats = times if way.again == way.first else times * 20
        first, again = _seconds(way.first, times), _seconds(lambda: way.count(way.again()), repeats)  # noqa: B023
        own = own or (first, again)
        ratio = f"{first / own[0]:,.1f} x, {again / own[1]:,.0f} x"
        row = f"{what:12} {count:9,} {way.name:18} {first * 1e6:12,.1f} {again * 1e6:12,.2f}"
        print(f"{row} {_test(way, probes):>10}  {ratio}", flush=True)


def _test(way: Way, probes: Sequence[int]) -> str:
    """Returns the time to test whether a set contains a concept."""
    holds, kept = way.holds, way.again()
    if holds is None:
        return "-"
    return f"{_seconds(lambda: [holds(kept, one) for one in probes], 5) / len(probes) * 1e9:.0f} ns"


def measure(graph: Graph, times: int) -> None:
    print(f"\n{graph.name}: {graph.is_a.shape[1]:,} is-a pairs, {graph.equivalents.shape[1]:,} mappings")
    print(f"{'':12} {'concepts':>9} {'':18} {'first, µs':>12} {'again, µs':>12} {'contains':>10}  x ours")
    probes = np.random.default_rng(1).choice(graph.size, 2000).tolist()
    with tempfile.TemporaryDirectory() as folder:
        with closing(LadybugStore(Path(folder) / "store")) as store:
            for batch in batches(graph):
                store.write(batch)
            below = [ours(graph, Path(folder), "descendants"), arrays(graph, "descendants"), sets(graph, "descendants")]
            with server(graph) as others:
                compare([*below, networkx(graph), cypher(graph, store), *others], "descendants", probes, times)
        reached = [ours(graph, Path(folder), "reach"), arrays(graph, "reach"), sets(graph, "reach")]
        compare(reached, "reach", probes, times)
        stored = sum(path.stat().st_size for path in Path(folder).glob("*.npy"))
        began = time.perf_counter()
        built(graph)
        seconds = time.perf_counter() - began
        print(f"all concepts' descendants and reach at two levels: {stored / 1e6:.1f} MB, made in {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="use a synthetic hierarchy of a tenth of the size, and fewer repeats"
    )
    quick = parser.parse_args().quick
    print(f"{machine()}; numpy {np.__version__}, networkx {nx.__version__}, ladybug {ladybug.__version__}")
    if DATA.is_dir():
        measure(real(), 3 if quick else 9)
    measure(synthetic(35_000 if quick else 350_000), 3 if quick else 5)


if __name__ == "__main__":
    main()
