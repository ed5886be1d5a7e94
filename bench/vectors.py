"""bench: measures the search for nearest vectors of real names, compared with hnswlib, usearch and faiss.

Run `python -m bench.vectors [--vectors FOLDER] [--names 60000] [--model MODEL]` from the root of the checkout. If one
of these libraries is not installed, it is left out. To install them: `uv pip install hnswlib usearch faiss-cpu`. The
names are from real terminologies, drawn with a fixed seed. The vectors are stored in the folder, so each name is
encoded only once (300 to 500 names per second on two cores). The script searches the ten nearest vectors of a thousand
names. The other indexes are built with 16 links and an effort of 200, and searched with the lowest effort that reaches
a recall of 0.98. Everything runs on one core. Times are processor time on one thread, which depends little on other
load.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.machine import machine
from bench.search import real_names
from graph.lexical import normalise
from linking.encoding import VectorCache, VectorIndex, open_encoder

BEST, ASKED, ENOUGH = 10, 1000, 0.98
EFFORTS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)

Vectors = npt.NDArray[np.float32]
Ask = Callable[[Vectors], npt.NDArray[Any]]


class Way(NamedTuple):
    """`ask` returns the rows of the ten nearest vectors. `effort` sets the search effort, or is None if it is fixed."""

    name: str
    build: float
    size: int
    ask: Ask
    effort: Callable[[int], object] | None


def ours(vectors: Vectors, folder: Path) -> Way:
    began = time.process_time()
    VectorIndex.build(vectors).save(folder, "ours")
    taken = time.process_time() - began
    index = VectorIndex.load(folder, "ours")
    size = sum(file.stat().st_size for file in folder.glob("ours.*"))
    return Way("ours", taken, size, lambda queries: index.search(queries, BEST).rows, None)


def hnsw(vectors: Vectors, folder: Path) -> Way:
    import hnswlib

    began, path = time.process_time(), folder / "hnswlib"
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
    index.set_num_threads(1)
    index.add_items(vectors)
    index.save_index(str(path))
    taken = time.process_time() - began
    ask: Ask = lambda queries: index.knn_query(queries, BEST, num_threads=1)[0]  # noqa: E731
    return Way(f"hnswlib {version('hnswlib')}", taken, path.stat().st_size, ask, index.set_ef)


def usearch(vectors: Vectors, folder: Path) -> Way:
    from usearch.index import Index

    began, path = time.process_time(), folder / "usearch"
    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=200)
    index.add(np.arange(len(vectors)), vectors, threads=1)
    index.save(str(path))
    taken = time.process_time() - began

    def ask(queries: Vectors) -> npt.NDArray[Any]:
        return np.asarray(index.search(queries, BEST, threads=1).keys).reshape(len(queries), -1)

    def effort(value: int) -> None:
        setattr(index, "expansion_search", value)  # noqa: B010

    return Way(f"usearch {version('usearch')}", taken, path.stat().st_size, ask, effort)


def faiss_ways(vectors: Vectors, folder: Path) -> Iterator[Way]:
    """The indexes of faiss: a graph (HNSW) and lists (IVF)."""
    import faiss

    faiss.omp_set_num_threads(1)
    width = vectors.shape[1]
    graph = faiss.IndexHNSWFlat(width, 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 200
    lists = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, 256, faiss.METRIC_INNER_PRODUCT)
    for name, index in (("HNSW", graph), ("IVF", lists)):
        began, path = time.process_time(), folder / f"faiss.{name}"
        index.train(vectors)
        index.add(vectors)
        faiss.write_index(index, str(path))
        taken = time.process_time() - began

        def effort(value: int, index: Any = index) -> None:
            if index is graph:
                graph.hnsw.efSearch = value
            else:
                lists.nprobe = min(value, 256)

        def ask(queries: Vectors, index: Any = index) -> npt.NDArray[Any]:
            return np.asarray(index.search(queries, BEST)[1])

        yield Way(f"faiss {name} {version('faiss-cpu')}", taken, path.stat().st_size, ask, effort)


def recall(way: Way, queries: Vectors, right: npt.NDArray[Any]) -> float:
    pairs = zip(way.ask(queries).tolist(), right.tolist(), strict=True)
    return float(np.mean([len(set(found) & set(wanted)) / BEST for found, wanted in pairs]))


def measured(way: Way, queries: Vectors, right: npt.NDArray[Any]) -> tuple[float, float, float, str]:
    """Returns the recall, the median time of one search in microseconds, searches per second in a batch, and the
    effort.
    """
    used, reached = "", recall(way, queries, right)
    for value in EFFORTS if way.effort else ():
        assert way.effort
        way.effort(value)
        used, reached = str(value), recall(way, queries, right)
        if reached >= ENOUGH:
            break
    single = []
    for query in queries:
        began = time.process_time()
        way.ask(query[None])
        single.append(time.process_time() - began)
    began = time.process_time()
    way.ask(queries)
    return reached, float(np.median(single)) * 1e6, len(queries) / (time.process_time() - began), used


def vectors_of(folder: Path, count: int, model: str) -> Vectors:
    """Returns the vectors of names with different normal forms. Vectors in the folder are not encoded again."""
    norms = sorted({normalise(text) for text in real_names()} - {""})
    names = random.Random(44054006).sample(norms, min(count, len(norms)))

    def progress(done: int, total: int) -> None:
        print(f"\rencoding names: {done:,} of {total:,}", end="", file=sys.stderr, flush=True)

    found = VectorCache(folder, open_encoder(model)).of(names, progress)
    print(file=sys.stderr)
    return np.ascontiguousarray(found, np.float32)


def ways(vectors: Vectors, folder: Path) -> Iterator[Way]:
    """The index of Tricuspid first, then the other installed indexes. Prints a line for each missing library."""
    for make in (ours, hnsw, usearch, faiss_ways):
        try:
            made = make(vectors, folder)
            yield from (made,) if isinstance(made, Way) else made
        except ImportError as absent:
            print(f"left out: {absent.name} is not installed", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    kept = Path(".tricuspid/bench-vectors")
    parser.add_argument("--vectors", type=Path, default=kept, metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--names", type=int, default=60_000, metavar="N", help="number of names (default: %(default)s)")
    parser.add_argument("--model", default="", help="encoder: a folder or a name (default: the packaged encoder)")
    options = parser.parse_args()
    vectors = vectors_of(options.vectors, options.names, options.model)
    queries = vectors[np.random.default_rng(44054006).choice(len(vectors), min(ASKED, len(vectors)), replace=False)]
    right = VectorIndex.build(vectors).exact(queries, BEST).rows
    print(f"{machine()}; numpy {np.__version__}; {len(vectors):,} vectors of {vectors.shape[1]}; one thread each\n")
    print("| index | effort | recall@10 | build, s | one, µs (p50) | x ours | batch, /s | x ours | MB | x ours |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        own = (0.0, 0.0, 0)
        for way in ways(vectors, Path(name)):
            reached, one, batch, effort = measured(way, queries, right)
            own = own if own[2] else (one, batch, way.size)
            ratios = one / own[0], batch / own[1], way.size / own[2]
            print(
                f"| {way.name} | {effort} | {reached:.4f} | {way.build:.1f} | {one:,.0f} | {ratios[0]:.2f} "
                f"| {batch:,.0f} | {ratios[1]:.2f} | {way.size / 1e6:.0f} | {ratios[2]:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
