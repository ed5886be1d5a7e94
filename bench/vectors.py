"""bench: nearest vectors of real names: ours beside hnswlib, usearch and faiss, in one run on one core.

`python -m bench.vectors VECTORS.npy` from the root of the checkout, with hnswlib, usearch and faiss-cpu installed; the
file holds unit float32 vectors of names, one a row. A thousand of them, drawn by a fixed seed, are asked for their ten
nearest. Peers have 16 links and look at 200 in building, and get the least effort in asking that reaches 0.98. Times
are of the processor, each on one thread, so that other work on the machine changes them little.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import hnswlib
import numpy as np
import numpy.typing as npt
from usearch.index import Index

from bench.search import machine
from graph.meaning.index import VectorIndex

BEST, ASKED, ENOUGH = 10, 1000, 0.98
EFFORTS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)

Vectors = npt.NDArray[np.float32]
Ask = Callable[[Vectors], npt.NDArray[Any]]


class Way(NamedTuple):
    """`ask` gives the rows of the ten nearest; `effort` sets how hard it looks, None where that is fixed."""

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
    """Its graph, and its lists."""
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
    """Recall, median of one question in microseconds, questions a second in one batch, and the effort it took."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("vectors", type=Path)
    vectors = np.ascontiguousarray(np.load(parser.parse_args().vectors), np.float32)
    queries = vectors[np.random.default_rng(44054006).choice(len(vectors), ASKED, replace=False)]
    right = VectorIndex.build(vectors).exact(queries, BEST).rows
    print(f"{machine()}; numpy {np.__version__}; {len(vectors):,} vectors of {vectors.shape[1]}; one thread each\n")
    print("| index | effort | recall@10 | build, s | one, µs (p50) | x ours | batch, /s | x ours | MB | x ours |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder, own = Path(name), (0.0, 0.0, 0)
        for make in (ours, hnsw, usearch, faiss_ways):
            made = make(vectors, folder)
            for way in (made,) if isinstance(made, Way) else made:
                reached, one, batch, effort = measured(way, queries, right)
                own = (one, batch, way.size) if make is ours else own
                ratios = one / own[0], batch / own[1], way.size / own[2]
                print(
                    f"| {way.name} | {effort} | {reached:.4f} | {way.build:.1f} | {one:,.0f} | {ratios[0]:.2f} "
                    f"| {batch:,.0f} | {ratios[1]:.2f} | {way.size / 1e6:.0f} | {ratios[2]:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
