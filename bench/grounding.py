"""bench: names of diseases in abstracts to concepts: ours beside a dictionary, n-grams, Gilda and an encoder alone.

`python -m bench.grounding [--corpus ncbi] [--model FOLDER] [--rows exact,tfidf]` from the root of the checkout. All are
given the same dictionary (MEDIC, then MEDIC with the mentions of the training part as further names, which ours loads
as a site's own) and the same mentions of the development part, abbreviations spelled out. The refined part has each
mention once whose normal form neither the dictionary nor the training part has. An interval is that of 1,000 resamples
of the documents; the time is that of a distinct mention, without what is made once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.corpora import (
    CORPORA,
    Corpus,
    Dictionary,
    parts,
    read_medic,
    refined,
    spelled_out,
    with_training,
    write_dictionary,
)
from bench.machine import machine
from graph.meaning.encoder import Encoder, open_encoder
from graph.meaning.grounder import Grounder
from graph.meaning.meaning import Meaning
from graph.meaning.vectors import VectorCache
from graph.names import normalise
from graph.open import open_store, state_folder
from graph.reader import read_snapshot
from ingest.run import load

ROWS = ("exact", "tfidf", "gilda", "encoder", "words", "ours")
BEST = 5
RESAMPLES = 1000
SURELY: dict[str, float] = {}
"""How probable our linker said its last first concepts are."""
_BLOCK = 256
_NAMES = 60
"""Nearest names that are looked at for the five best concepts: one concept has many names."""

Linker = Callable[[list[str]], list[list[str]]]
"""From mentions to the CURIEs of at most five concepts each, best first."""


class Task(NamedTuple):
    """Mentions by their documents and texts, and the places of those that count."""

    name: str
    corpus: Corpus
    texts: list[str]
    places: list[int]


class Score(NamedTuple):
    """Shares from 0 to 1 of the mentions, with the interval of the first."""

    first: float
    five: float
    low: float
    high: float


def exact(dictionary: Dictionary) -> Linker:
    concepts: dict[str, list[str]] = {}
    for norm, concept in dictionary.pairs():
        concepts.setdefault(norm, []).append(concept)
    return lambda texts: [concepts.get(normalise(text), [])[:BEST] for text in texts]


def tfidf(dictionary: Dictionary) -> Linker:
    """Cosine of character 2- to 4-grams within words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    pairs = dictionary.pairs()
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32)
    names = grams.fit_transform([norm for norm, _ in pairs]).T.tocsr()

    def link(texts: list[str]) -> list[list[str]]:
        asked = grams.transform([normalise(text) for text in texts])
        blocks = ((asked[at : at + _BLOCK] @ names).toarray() for at in range(0, len(texts), _BLOCK))
        return [best for block in blocks for best in _best(block, pairs)]

    return link


def _best(scores: npt.NDArray[np.float32], pairs: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    """For each row of scores of names, the concepts of the best names; of equal names the first in the dictionary."""
    near = np.argpartition(-scores, _NAMES, axis=1)[:, :_NAMES]
    for row, some in zip(scores, near, strict=True):
        order = some[np.lexsort((some, -row[some]))]
        yield list(dict.fromkeys(pairs[place][1] for place in order if row[place] > 0))[:BEST]


def gilda(dictionary: Dictionary) -> Linker:
    """https://doi.org/10.1093/bioadv/vbac034, its own normal form and scores, with our dictionary for its terms."""
    from gilda.grounder import Grounder
    from gilda.process import normalize
    from gilda.term import Term

    terms = [
        Term(normalize(name), name, *concept.split(":", 1), names[0], "synonym" if place else "name", "medic")
        for concept, names in dictionary.with_mentions().items()
        for place, name in enumerate(dict.fromkeys(names))
    ]
    grounder = Grounder(terms)

    def link(texts: list[str]) -> list[list[str]]:
        found: list[list[Any]] = [grounder.ground(text) for text in texts]
        return [
            list(dict.fromkeys(f"{match.term.db}:{match.term.id}" for match in matches))[:BEST] for matches in found
        ]

    return link


def nearest(encoder: Encoder, kept: Path) -> Callable[[Dictionary], Linker]:
    """Cosine to the nearest name; what the names' vectors are is kept in a folder between two runs."""

    def prepared(dictionary: Dictionary) -> Linker:
        pairs = dictionary.pairs()
        names = VectorCache(kept, encoder).of([norm for norm, _ in pairs])

        def link(texts: list[str]) -> list[list[str]]:
            asked = encoder.encode([normalise(text) for text in texts])
            blocks = (asked[at : at + _BLOCK] @ names.T for at in range(0, len(texts), _BLOCK))
            return [best for block in blocks for best in _best(block, pairs)]

        return link

    return prepared


def ours(encoder: Encoder | None, kept: Path, surely: dict[str, float]) -> Callable[[Dictionary], Linker]:
    """Through the product: dictionary and mentions are files, loaded into a store, and its snapshot is asked.

    `surely` gets how probable the first concept of each text is said to be.
    """

    def prepared(dictionary: Dictionary) -> Linker:
        with tempfile.TemporaryDirectory() as name:
            address = str(Path(name) / "store")
            files = write_dictionary(dictionary, Path(name))
            with closing(open_store(address)) as store:
                report, _ = load(store, state_folder(address), files, lambda _name, _read: None)
            if report.refused:
                print(f"{report.refused} lines were refused, such as {report.refusals[0]}", file=sys.stderr)
            snapshot = read_snapshot(address)
            meaning = Meaning(snapshot, VectorCache(kept, encoder)) if encoder else None
        grounder = Grounder(snapshot, meaning)

        def link(texts: list[str]) -> list[list[str]]:
            found = grounder.mentions(texts, top=BEST)
            surely.clear()
            surely.update((text, some[0].score) for text, some in zip(texts, found, strict=True) if some)
            return [[match.concept for match in some] for some in found]

        return link

    return prepared


def tasks(corpus: str, medic: Dictionary) -> Iterator[tuple[Dictionary, Task]]:
    """The dictionary of each task, and the task."""
    training, held = parts(corpus, medic)
    texts, more = spelled_out(held), with_training(medic, training)
    known = {norm for norm, _ in more.pairs()} | {normalise(text) for text in spelled_out(training)}
    every, fresh = list(range(len(texts))), refined(texts, known)
    for dictionary, said in ((medic, "MEDIC"), (more, "MEDIC + training mentions")):
        for places, part in ((every, "development"), (fresh, "refined development")):
            yield dictionary, Task(f"{corpus}, {part}, {said}", held, texts, places)


def linked(linker: Linker, texts: Sequence[str]) -> tuple[dict[str, list[str]], float]:
    """The concepts of each distinct text, and the microseconds that one took."""
    distinct = list(dict.fromkeys(texts))
    began = time.perf_counter()
    found = linker(distinct)
    took = (time.perf_counter() - began) * 1e6 / len(distinct)
    return dict(zip(distinct, found, strict=True)), took


def score(task: Task, found: dict[str, list[str]]) -> Score:
    hits = np.zeros((len(task.places), 2))
    for row, place in enumerate(task.places):
        concepts, mention = found[task.texts[place]], task.corpus.mentions[place]
        hits[row] = any(map(mention.right, concepts[:1])), any(map(mention.right, concepts[:BEST]))
    documents = [task.corpus.mentions[place].document for place in task.places]
    low, high = _interval(hits[:, 0], documents)
    return Score(float(hits[:, 0].mean()), float(hits[:, 1].mean()), low, high)


def miscalibration(task: Task, found: dict[str, list[str]], surely: dict[str, float]) -> float:
    """By how much the probability of the first concept misses the share that is right, on average of ten bins."""
    said = np.array([surely.get(task.texts[place], 0.0) for place in task.places])
    right = [any(map(task.corpus.mentions[place].right, found[task.texts[place]][:1])) for place in task.places]
    bins = np.minimum((said * 10).astype(int), 9)
    return float(np.abs(np.bincount(bins, said - np.array(right, float))).sum() / len(said))


def _interval(hits: npt.NDArray[np.float64], documents: Sequence[str]) -> tuple[float, float]:
    """95 % of the share of hits; documents are drawn, as the mentions of one are alike."""
    _, of = np.unique(documents, return_inverse=True)
    sums, sizes = np.bincount(of, hits), np.bincount(of)
    drawn = np.random.default_rng(20120706).integers(len(sizes), size=(RESAMPLES, len(sizes)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def ways(wanted: Sequence[str], model: str, kept: Path) -> dict[str, Callable[[Dictionary], Linker]]:
    """The rows by name: what makes a linker of a dictionary."""
    every = {"exact": exact, "tfidf": tfidf, "gilda": gilda}
    found: dict[str, Callable[[Dictionary], Linker]] = {name: every[name] for name in wanted if name in every}
    encoders = {"as it is": open_encoder()} if {"encoder", "ours"} & {*wanted} else {}
    if model and encoders:
        encoders["adapted"] = open_encoder(model)
    if "encoder" in wanted:
        found |= {f"encoder {state}": nearest(encoder, kept) for state, encoder in encoders.items()}
    if "words" in wanted:
        found["ours without encoder"] = ours(None, kept, SURELY)
    if "ours" in wanted:
        found |= {f"ours, encoder {state}": ours(encoder, kept, SURELY) for state, encoder in encoders.items()}
    return found


def compare(corpus: str, made: dict[str, Callable[[Dictionary], Linker]]) -> None:
    """A linker is made once a dictionary and asked once; the refined part is a part of what it said."""
    asked: dict[tuple[int, str], tuple[dict[str, list[str]], float, dict[str, float]]] = {}
    for dictionary, task in tasks(corpus, read_medic()):
        print(f"\n{task.name}: {len(task.places):,} mentions\n")
        print("| | @1 | 95 % | @5 | µs a mention | ECE |\n|---|---:|---:|---:|---:|---:|")
        for name, make in made.items():
            key = id(dictionary), name
            if key not in asked:
                SURELY.clear()
                asked[key] = *linked(make(dictionary), task.texts), dict(SURELY)
            found, took, surely = asked[key]
            got = score(task, found)
            wrong = f"{miscalibration(task, found, surely):.3f}" if surely else ""
            interval = f"{got.low:.1%} to {got.high:.1%}".replace("%", "")
            print(
                f"| {name} | {got.first * 100:.1f} | {interval} | {got.five * 100:.1f} | {took:,.0f} | {wrong} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", choices=[*CORPORA, "all"], default="all")
    parser.add_argument("--model", default="", help="the folder of an adapted encoder, for rows of its own")
    parser.add_argument("--rows", default=",".join(ROWS), help="which rows, separated by commas")
    parser.add_argument("--vectors", type=Path, help="a folder that keeps the names' vectors for the next run")
    args = parser.parse_args()
    rows = args.rows.split(",")
    if unknown := {*rows} - {*ROWS}:
        parser.error(f"no row is called {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        kept = args.vectors or Path(name) / "vectors"
        made = ways(rows, args.model, kept)
        for corpus in CORPORA if args.corpus == "all" else [args.corpus]:
            compare(corpus, made)


if __name__ == "__main__":
    main()
