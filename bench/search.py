"""bench: measures search in a million names while a user types, compared with SQLite FTS5 and Tantivy.

Run `python -m bench.search [--quick]` from the root of the checkout. The names come from real terminologies and are
repeated with a suffix, up to a million names. All three engines get the names in the order of Tricuspid, best first,
and return the best ten names. For prefixes and for words, all engines must return the same ten names. Tricuspid also
counts all hits.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import tantivy

from bench.machine import machine
from graph.lexical import Names, look_up, normalise, with_norms
from ontologies.formats import recognise
from ontologies.model import Concept, Synonym

DATA = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
FILES = ("mondo-2026-08.obo", "hp-2024-08-13.json.gz", "doid-2018-07-05.json.gz", "cl-basic.obo")
BEST = 10

Ask = Callable[[str], list[int]]


class Way(NamedTuple):
    """An engine with two searches: for names that start with a text, and for names that have, for each word of the
    text, a word that starts with it.
    """

    name: str
    prefix: Ask
    words: Ask


def real_names() -> Iterator[str]:
    for name in FILES:
        form = recognise(DATA / name)
        assert form is not None, name
        for item in form.read(DATA / name):
            if isinstance(item, Concept):
                yield item.label
            elif isinstance(item, Synonym):
                yield item.text


def repeated(texts: Sequence[str], count: int) -> list[str]:
    rounds = (texts if not turn else (f"{text} {turn}" for text in texts) for turn in itertools.count())
    return list(itertools.islice(itertools.chain.from_iterable(rounds), count))


def ours(texts: Sequence[str], folder: Path) -> tuple[Way, list[str]]:
    """The search of Tricuspid, and the normal forms of all names, best first, for the other engines."""
    columns = {"text": texts, "kind": ["label"] * len(texts), "language": ["en"] * len(texts)}
    numbers = {"concept": np.arange(len(texts), dtype=np.int32), "count": np.zeros(len(texts), np.int64)}
    table = pa.table({**numbers, **columns})
    flags = np.zeros(len(texts), bool)
    Names.build(with_norms(table), flags, flags).save(folder)
    names = Names.load(folder)

    def prefix(text: str) -> list[int]:
        return list(names.starting(text)[:BEST].tolist())

    def words(text: str) -> list[int]:
        return list(names.with_words(text.split())[:BEST].tolist())

    return Way("ours", prefix, words), names.table["norm"].to_pylist()


def everything(folder: Path) -> Ask:
    """Returns a function that runs all searches of the server: by exact name, by prefix and by words (`look_up`)."""
    names = Names.load(folder)

    def ask(text: str) -> list[int]:
        return [len(found) for _, found, _ in look_up(names, lambda _: [], text)]

    return ask


def sqlite(norms: Sequence[str], folder: Path) -> Way:
    """SQLite FTS5, which returns rows in the order of their numbers. The numbers follow the order of Tricuspid."""
    base = sqlite3.connect(folder / "fts.sqlite")
    base.execute("CREATE VIRTUAL TABLE name USING fts5(norm, content='', tokenize='unicode61', prefix='1 2 3 4')")
    base.executemany("INSERT INTO name(rowid, norm) VALUES (?, ?)", enumerate(norms))
    base.execute("INSERT INTO name(name) VALUES ('optimize')")
    base.commit()

    def ask(match: str) -> list[int]:
        return [row for (row,) in base.execute(f"SELECT rowid FROM name WHERE name MATCH ? LIMIT {BEST}", [match])]

    def prefix(text: str) -> list[int]:
        return ask("^ " + " + ".join(f'"{word}"' for word in text.split()) + " *")

    def words(text: str) -> list[int]:
        return ask(" AND ".join(f'"{word}" *' for word in text.split()))

    return Way("SQLite FTS5", prefix, words)


def lucene_like(norms: Sequence[str], folder: Path) -> Way:
    """Tantivy, with whole names in one field, words in another field, and the order of Tricuspid in a sort field."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("whole", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field("number", stored=True, fast=True)
    schema = builder.build()
    (folder / "tantivy").mkdir()
    index = tantivy.Index(schema, str(folder / "tantivy"))
    writer = index.writer(200_000_000, 1)
    for number, norm in enumerate(norms):
        document = tantivy.Document(whole=norm, words=norm)
        document.add_unsigned("number", number)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(query: tantivy.Query) -> list[int]:
        found = searcher.search(query, BEST, count=False, order_by_field="number", order=tantivy.Order.Asc)
        return [int(searcher.doc(address)["number"][0]) for _, address in found.hits]

    def prefix(text: str) -> list[int]:
        return ask(tantivy.Query.regex_query(schema, "whole", f"{text}.*"))

    def words(text: str) -> list[int]:
        some = [tantivy.Query.regex_query(schema, "words", f"{word}.*") for word in text.split()]
        return ask(tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in some]))

    return Way("Tantivy", prefix, words)


def questions(texts: Sequence[str], count: int) -> dict[str, list[str]]:
    """Texts as people type them: prefixes of a name, a whole name, and word prefixes in another order."""
    rng = random.Random(44054006)
    names = [norm for text in rng.sample(texts, count * 2) if len(norm := normalise(text)) > 4 and norm.isascii()]
    names = names[:count]
    shuffled = [rng.sample(norm.split(), len(norm.split())) for norm in names]
    return {
        "prefix, 1-3 letters": [norm[: rng.randint(1, 3)].strip() for norm in names],
        "prefix, 4-12 letters": [norm[: rng.randint(4, 12)].strip() for norm in names],
        "prefix, whole name": names,
        "words, whole": [" ".join(words) for words in shuffled],
        "words, 3-5 letters": [" ".join(word[: rng.randint(3, 5)] for word in words[:4]) for words in shuffled],
    }


def timed(ask: Ask, texts: Sequence[str]) -> tuple[float, float]:
    """The p50 and p99 of the search times in microseconds. Each text is searched once."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        ask(text)
        taken.append((time.perf_counter() - began) * 1e6)
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49], cuts[98]


def compare(ways: Sequence[Way], asked: dict[str, list[str]]) -> None:
    print(f"{'':22} {'':12} {'p50, µs':>10} {'p99, µs':>10}  x ours")
    for what, texts in asked.items():
        own: tuple[float, float] | None = None
        first = [getattr(ways[0], what.partition(",")[0])(text) for text in texts]
        for way in ways:
            ask: Ask = getattr(way, what.partition(",")[0])
            for text, wanted in zip(texts, first, strict=True):
                assert ask(text) == wanted, (way.name, what, text, ask(text), wanted)
            p50, p99 = timed(ask, texts)
            own = own or (p50, p99)
            print(f"{what:22} {way.name:12} {p50:10,.0f} {p99:10,.0f}  {p50 / own[0]:.1f} x, {p99 / own[1]:.1f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="use 200,000 names and fewer searches")
    quick = parser.parse_args().quick
    print(f"{machine()}; SQLite {sqlite3.sqlite_version}, tantivy {version('tantivy')}")
    texts = list(dict.fromkeys(real_names()))
    everyone = repeated(texts, 200_000 if quick else 1_000_000)
    asked = questions(texts, 100 if quick else 500)
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.perf_counter()
        made, norms = ours(everyone, folder)
        print(f"{len(norms):,} names, {len(texts):,} of them real; index built in {time.perf_counter() - began:.0f} s")
        compare([made, sqlite(norms, folder), lucene_like(norms, folder)], asked)
        for what, some in asked.items():
            p50, p99 = timed(everything(folder), some)
            print(f"whole search: {what:22} {p50:10,.0f} {p99:10,.0f}")


if __name__ == "__main__":
    main()
