"""bench: measures search with typing errors: how often the right concept is found, and how long a search takes.

Run `python -m bench.edits [--count 1000]` from the root of the checkout. The script searches for names of real
terminologies: first without errors, then with one edit (a letter that is deleted, inserted, changed or swapped with the
next letter) in a word of at least four letters. The search uses words and spelling only, without an encoder. Times are
processor time. A hit is correct if the concept has the original name, or a name that is equal to the searched text.
"""

from __future__ import annotations

import argparse
import random
import statistics
import string
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bench.machine import machine
from bench.search import DATA
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from ingest.run import load
from linking.search import ranked

FILES = ("mondo-2026-08.obo", "hp-2024-08-13.json.gz", "doid-2018-07-05.json.gz", "translations")
MINIMUM = 4
"""The minimum number of letters of a word that is misspelt."""


class Query(NamedTuple):
    text: str
    concepts: frozenset[int]


def edit(word: str, rng: random.Random) -> str:
    """The word with one random edit. The edit may leave the word unchanged."""
    at, letter = rng.randrange(len(word)), rng.choice(string.ascii_lowercase)
    ways = (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )
    return rng.choice(ways)


def misspelt(norm: str, rng: random.Random) -> str:
    words = norm.split()
    at = rng.choice([n for n, word in enumerate(words) if len(word) >= MINIMUM and word.isalpha()])
    wrong = words[at]
    while wrong == words[at]:
        wrong = edit(words[at], rng)
    return " ".join([*words[:at], wrong, *words[at + 1 :]])


def queries(snapshot: Snapshot, language: str, several: bool, count: int, rng: random.Random) -> list[Query]:
    """Chooses names of live concepts: names of one word, or with `several`, names of two to five words."""
    table, spaces = snapshot.names.table, pc.count_substring(snapshot.names.table["norm"], " ")
    obsolete = pa.array(snapshot.deprecated).take(table["concept"].combine_chunks())
    spoken = pc.equal(table["language"], language)
    length = pc.and_(pc.greater(spaces, 0), pc.less(spaces, 5)) if several else pc.equal(spaces, 0)
    kinds = pc.is_in(table["kind"], pa.array(["label", "exact"]))
    norms = (
        table.filter(pc.and_(pc.and_(spoken, length), pc.and_(kinds, pc.invert(obsolete))))["norm"].unique().to_pylist()
    )
    norms = [norm for norm in norms if any(len(word) >= MINIMUM and word.isalpha() for word in norm.split())]
    return [Query(norm, named(snapshot, norm)) for norm in rng.sample(norms, min(count, len(norms)))]


def named(snapshot: Snapshot, norm: str) -> frozenset[int]:
    return frozenset(snapshot.names.of_concepts(snapshot.names.exact(norm)).tolist())


def measured(snapshot: Snapshot, given: list[Query]) -> tuple[float, float, float, float]:
    """Returns the share of queries whose first hit is correct, the share of queries with a correct hit among the first
    three, and p50 and p99 in ms.
    """
    places, taken = [], []
    for text, concepts in given:
        began = time.process_time()
        found = ranked(snapshot, text)
        taken.append((time.process_time() - began) * 1e3)
        best = found.concepts[:3].tolist()
        places.append(next((n for n, concept in enumerate(best) if concept in concepts), 3))
    cuts = statistics.quantiles(taken, n=100)
    return statistics.mean(n == 0 for n in places), statistics.mean(n < 3 for n in places), cuts[49], cuts[98]


def rows(snapshot: Snapshot, count: int) -> Iterator[str]:
    rng = random.Random(44054006)
    for language, several in (("en", True), ("en", False), ("nl", True), ("nl", False)):
        right = queries(snapshot, language, several, count, rng)
        wrong = [Query(text := misspelt(one.text, rng), one.concepts | named(snapshot, text)) for one in right]
        for how, given in (("as they are", right), ("one edit", wrong)):
            first, three, p50, p99 = measured(snapshot, given)
            words = f"{language}, {'two to five words' if several else 'one word'}, {how}"
            yield f"| {words} | {len(given):,} | {first:.3f} | {three:.3f} | {p50:.1f} | {p99:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="number of names of each kind (default: %(default)s)")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as name:
        store = open_store(f"{name}/store")
        load(store, Path(name), [DATA / file for file in FILES], lambda _file, _items: None)
        snapshot = fresh_snapshot(store, Path(name))
        store.close()
        ranked(snapshot, "warm up")
        print(f"{machine()}; {snapshot.names.table.num_rows:,} names\n")
        print("| names | searches | first | first three | p50, ms | p99, ms |\n|---|---|---|---|---|---|")
        for row in rows(snapshot, count):
            print(row, flush=True)


if __name__ == "__main__":
    main()
