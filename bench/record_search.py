"""bench: measures search in the texts of 100,000 synthetic records, compared with Tantivy.

Run `python -m bench.record_search [--quick]` from the root of the checkout. The records are publications that consist
of made-up words. The frequencies of the words follow Zipf's law. No word is a prefix of another word, so both engines
find the same records. Both engines score records by BM25, with a weight of four for titles. Tricuspid adds up the
counts of all fields before scaling, so the order may differ. The script stops if the engines share less than half of
the best ten records. Tricuspid is timed first, with an empty cache.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import tantivy

from bench.machine import machine
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import NODES, Batch, open_store
from linking.search import find_records

SEED, BEST, WORDS = 44054006, 10, 60_000
_SYLLABLES = [a + b for a in "b d f g h k l m n p r s t v st tr kl".split() for b in "a e i o u en or is".split()]
Ask = Callable[[str], list[int]]


def made_up(count: int) -> tuple[list[str], list[str]]:
    """Makes up titles and abstracts."""
    rng = np.random.default_rng(SEED)
    some = random.Random(SEED)
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(some.choices(_SYLLABLES, k=some.randint(1, 5))) + "x"] = None
    vocabulary, share = np.array([*words]), 1 / np.arange(1, WORDS + 1)
    share /= share.sum()

    def texts(minimum: int, maximum: int) -> list[str]:
        sizes = rng.integers(minimum, maximum, count)
        drawn = vocabulary[rng.choice(WORDS, int(sizes.sum()), p=share)]
        ends = np.cumsum(sizes)
        return [" ".join(drawn[end - size : end]) for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)]

    return texts(6, 15), texts(80, 220)


def ours(titles: Sequence[str], abstracts: Sequence[str], folder: Path) -> Snapshot:
    schema = NODES["Publication"].arrow
    columns = {"id": [f"pubmed:{n:07}" for n in range(len(titles))], "title": titles, "abstract": abstracts}
    blank = pa.nulls(len(titles))
    rows = pa.table([pa.array(columns[f.name]) if f.name in columns else blank.cast(f.type) for f in schema], schema)
    with closing(open_store(str(folder))) as store:
        store.write(Batch(nodes={"Publication": rows}))
        return fresh_snapshot(store, folder)


def lucene_like(titles: Sequence[str], abstracts: Sequence[str], folder: Path) -> Ask:
    builder = tantivy.SchemaBuilder()
    for name in ("title", "abstract"):
        builder.add_text_field(name, tokenizer_name="whitespace")
    builder.add_unsigned_field("number", stored=True, fast=True)
    folder.mkdir()
    index = tantivy.Index(builder.build(), str(folder))
    writer = index.writer(200_000_000, 1)
    for number, (title, abstract) in enumerate(zip(titles, abstracts, strict=True)):
        document = tantivy.Document(title=title, abstract=abstract)
        document.add_unsigned("number", number)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(text: str) -> list[int]:
        query = index.parse_query(text, ["title", "abstract"], field_boosts={"title": 4.0})
        found = searcher.search(query, BEST, count=True)
        return [int(searcher.doc(address)["number"][0]) for _, address in found.hits]

    return ask


def questions(titles: Sequence[str], count: int) -> dict[str, list[str]]:
    rng = random.Random(SEED)
    some = [list(dict.fromkeys(title.split())) for title in rng.sample(titles, count)]
    chosen = [rng.sample(words, min(len(words), rng.randint(1, 4))) for words in some]
    return {
        "whole words": [" ".join(words) for words in chosen],
        "starts of 4 letters": [" ".join(word[:4] for word in words) for words in chosen],
        "starts of 3 letters": [" ".join(word[:3] for word in words) for words in chosen],
    }


def timed(ask: Callable[[str], object], texts: Sequence[str]) -> str:
    """The p50 and p99 of the search times, in milliseconds."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        ask(text)
        taken.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(taken):8.2f} {statistics.quantiles(taken, n=100)[98]:8.2f}"


def in_common(one: Ask, other: Ask, texts: Sequence[str]) -> float:
    """Returns the mean share of the best records that both engines return."""
    pairs = [(set(one(text)), set(other(text))) for text in texts]
    return statistics.mean(len(a & b) / max(len(a | b) and min(len(a), len(b)), 1) for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use fewer records and searches")
    quick = parser.parse_args().quick
    count, asked = (10_000, 50) if quick else (100_000, 300)
    titles, abstracts = made_up(count)
    print(f"{machine()}; tantivy {version('tantivy')}")
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        snapshot = ours(titles, abstracts, Path(name) / "ours")
        print(f"{count:,} records; store and snapshot made in {time.perf_counter() - began:.0f} s")
        theirs = lucene_like(titles, abstracts, Path(name) / "tantivy")

        def best(text: str) -> list[int]:
            return [hit.number for hit in find_records(snapshot, text, end=BEST)[0]]

        best("warm")
        for what, texts in questions(titles, asked).items():
            print(f"{what:20}  ours {timed(best, texts)} ms (p50, p99)")
            if what == "whole words":
                print(f"{what:20}  tantivy {timed(theirs, texts)} ms (p50, p99)")
                alike = in_common(best, theirs, texts)
                print(f"{what:20}  {alike:.2f} of the best {BEST} in common")
                assert alike >= 0.5, "the rankings differ too much"


if __name__ == "__main__":
    main()
