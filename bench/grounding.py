"""bench: measures grounding of disease names, compared with a dictionary, n-grams, Gilda and an encoder only.

Run `python -m bench.grounding [--corpus ncbi] [--model FOLDER] [--rows exact,tfidf]` from the root of the checkout. All
methods use the same dictionary: first MEDIC, then MEDIC with the mentions of the training part. Tricuspid loads these
mentions as a site's own names. All methods ground the same mentions of the development part, with abbreviations
expanded. The refined part has only mentions whose normal form is in neither the dictionary nor the training part. Each
of these mentions occurs once. Tricuspid has two rows: in one, it grounds the mentions of a document together, and in
the other, each mention separately. Intervals are from 1,000 resamples of the documents. Times are per distinct mention,
without the time for preparation.
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
from graph.lexical import normalise
from graph.snapshot import read_snapshot
from graph.store import Address, open_store
from ingest.run import load
from linking.encoding import Encoder, Meaning, VectorCache, open_encoder
from linking.grounding import Grounder

ROWS = ("exact", "tfidf", "gilda", "encoder", "words", "ours")
BEST = 5
RESAMPLES = 1000
SCORES: list[float] = []
"""The score of the first concept of each mention, in the last answer of the linker of Tricuspid."""
_BLOCK = 256
_NAMES = 60
"""The number of nearest names that are used to find the five best concepts, because a concept has many names."""

Linker = Callable[..., list[list[str]]]
"""A function that takes mentions, and possibly their documents. For each mention, it returns the CURIEs of at most five
concepts, best first."""


class Way(NamedTuple):
    """A row of the output: a function that makes a linker from a dictionary, and True if the linker gets documents."""

    make: Callable[[Dictionary], Linker]
    by_documents: bool = False


class Answer(NamedTuple):
    """The concepts of each mention, the score of each first concept (if any), and µs per distinct mention."""

    found: list[list[str]]
    scores: list[float]
    took: float


class Task(NamedTuple):
    """Mentions with their texts, and the positions of the mentions that are scored."""

    name: str
    corpus: Corpus
    texts: list[str]
    places: list[int]


class Score(NamedTuple):
    """The share of mentions whose first concept is correct, its 95 % interval, and the share with a correct concept
    among the first five.
    """

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
    """A linker by cosine similarity of character 2- to 4-grams within words."""
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
    """Yields the concepts of the best names for each row of scores. Names with equal scores keep their order."""
    near = np.argpartition(-scores, _NAMES, axis=1)[:, :_NAMES]
    for row, some in zip(scores, near, strict=True):
        order = some[np.lexsort((some, -row[some]))]
        yield list(dict.fromkeys(pairs[place][1] for place in order if row[place] > 0))[:BEST]


def gilda(dictionary: Dictionary) -> Linker:
    """A linker by Gilda (https://doi.org/10.1093/bioadv/vbac034), with its own normal form and scores."""
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
    """A linker by the nearest name (cosine similarity). The vectors of names are stored in a folder between runs."""

    def prepared(dictionary: Dictionary) -> Linker:
        pairs = dictionary.pairs()
        names = VectorCache(kept, encoder).of([norm for norm, _ in pairs])

        def link(texts: list[str]) -> list[list[str]]:
            asked = encoder.encode([normalise(text) for text in texts])
            blocks = (asked[at : at + _BLOCK] @ names.T for at in range(0, len(texts), _BLOCK))
            return [best for block in blocks for best in _best(block, pairs)]

        return link

    return prepared


def ours(encoder: Encoder | None, kept: Path) -> Callable[[Dictionary], Linker]:
    """The linker of Tricuspid. The dictionary and the mentions are loaded from files into a store."""

    def prepared(dictionary: Dictionary) -> Linker:
        with tempfile.TemporaryDirectory() as name:
            address = str(Path(name) / "store")
            files = write_dictionary(dictionary, Path(name))
            with closing(open_store(address)) as store:
                report, _ = load(store, Address(address).state, files, lambda _name, _read: None)
            if report.refused:
                print(f"{report.refused} lines were refused, such as {report.refusals[0]}", file=sys.stderr)
            snapshot = read_snapshot(address)
            meaning = Meaning(snapshot, VectorCache(kept, encoder)) if encoder else None
        grounder = Grounder(snapshot, meaning)

        def link(texts: list[str], documents: list[str] | None = None) -> list[list[str]]:
            found = grounder.mentions(texts, BEST, documents)
            SCORES[:] = [some[0].score if some else 0.0 for some in found]
            return [[match.concept for match in some] for some in found]

        return link

    return prepared


def tasks(corpus: str, medic: Dictionary) -> Iterator[tuple[Dictionary, Task]]:
    """Yields the tasks of a corpus, each with its dictionary."""
    training, held = parts(corpus, medic)
    texts, more = spelled_out(held), with_training(medic, training)
    known = {norm for norm, _ in more.pairs()} | {normalise(text) for text in spelled_out(training)}
    every, fresh = list(range(len(texts))), refined(texts, known)
    for dictionary, title in ((medic, "MEDIC"), (more, "MEDIC + training mentions")):
        for places, part in ((every, "development"), (fresh, "refined development")):
            yield dictionary, Task(f"{corpus}, {part}, {title}", held, texts, places)


def linked(linker: Linker, texts: Sequence[str], documents: Sequence[str] | None = None) -> Answer:
    """Grounds each distinct text once.

    With documents, all texts are passed to the linker, because the linker itself avoids repeated work.
    """
    distinct = list(dict.fromkeys(texts))
    SCORES.clear()
    began = time.perf_counter()
    found = linker(list(texts), list(documents)) if documents else linker(distinct)
    took = (time.perf_counter() - began) * 1e6 / len(distinct)
    if documents:
        return Answer(found, [*SCORES], took)
    place = {text: at for at, text in enumerate(distinct)}
    places = [place[text] for text in texts]
    return Answer([found[at] for at in places], [SCORES[at] for at in places] if SCORES else [], took)


def score(task: Task, found: list[list[str]]) -> Score:
    hits = np.zeros((len(task.places), 2))
    for row, place in enumerate(task.places):
        concepts, mention = found[place], task.corpus.mentions[place]
        hits[row] = any(map(mention.right, concepts[:1])), any(map(mention.right, concepts[:BEST]))
    documents = [task.corpus.mentions[place].document for place in task.places]
    low, high = _interval(hits[:, 0], documents)
    return Score(float(hits[:, 0].mean()), float(hits[:, 1].mean()), low, high)


def miscalibration(task: Task, answer: Answer) -> float:
    """The expected calibration error of the first concept's score, over ten bins."""
    scores = np.array([answer.scores[place] for place in task.places])
    right = [any(map(task.corpus.mentions[place].right, answer.found[place][:1])) for place in task.places]
    bins = np.minimum((scores * 10).astype(int), 9)
    return float(np.abs(np.bincount(bins, scores - np.array(right, float))).sum() / len(scores))


def _interval(hits: npt.NDArray[np.float64], documents: Sequence[str]) -> tuple[float, float]:
    """Returns the 95 % interval of the share of hits.

    Whole documents are resampled, because the mentions in one document are similar.
    """
    _, of = np.unique(documents, return_inverse=True)
    sums, sizes = np.bincount(of, hits), np.bincount(of)
    drawn = np.random.default_rng(20120706).integers(len(sizes), size=(RESAMPLES, len(sizes)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def ways(wanted: Sequence[str], model: str, kept: Path) -> dict[str, Way]:
    """Returns the wanted rows by name. Tricuspid has two rows: without and with the documents."""
    every = {"exact": exact, "tfidf": tfidf, "gilda": gilda}
    found = {name: Way(every[name]) for name in wanted if name in every}
    encoders = {"as it is": open_encoder()} if {"encoder", "ours"} & {*wanted} else {}
    if model and encoders:
        encoders["adapted"] = open_encoder(model)
    if "encoder" in wanted:
        found |= {f"encoder {state}": Way(nearest(encoder, kept)) for state, encoder in encoders.items()}
    own: dict[str, Encoder | None] = {"ours without encoder": None} if "words" in wanted else {}
    own |= {f"ours, encoder {state}": encoder for state, encoder in encoders.items()} if "ours" in wanted else {}
    for name, encoder in own.items():
        make = ours(encoder, kept)
        found |= {f"{name}, each mention alone": Way(make), name: Way(make, by_documents=True)}
    return found


def compare(corpus: str, made: dict[str, Way]) -> None:
    """Prints the rows of a corpus.

    A linker runs once for each dictionary. The same answers are used for the refined part.
    """
    asked: dict[tuple[int, str], Answer] = {}
    linkers: dict[tuple[int, int], Linker] = {}
    for dictionary, task in tasks(corpus, read_medic()):
        documents = [mention.document for mention in task.corpus.mentions]
        print(f"\n{task.name}: {len(task.places):,} mentions\n")
        print("| | @1 | 95 % | @5 | µs per mention | ECE |\n|---|---:|---:|---:|---:|---:|")
        for name, way in made.items():
            key = id(dictionary), name
            if key not in asked:
                maker = id(dictionary), id(way.make)
                linkers[maker] = linkers.get(maker) or way.make(dictionary)
                asked[key] = linked(linkers[maker], task.texts, documents if way.by_documents else None)
            answer = asked[key]
            got = score(task, answer.found)
            wrong = f"{miscalibration(task, answer):.3f}" if answer.scores else ""
            interval = f"{got.low:.1%} to {got.high:.1%}".replace("%", "")
            shares = f"{got.first * 100:.1f} | {interval} | {got.five * 100:.1f}"
            print(f"| {name} | {shares} | {answer.took:,.0f} | {wrong} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", choices=[*CORPORA, "all"], default="all")
    parser.add_argument("--model", default="", help="the folder of an adapted encoder, for additional rows")
    parser.add_argument("--rows", default=",".join(ROWS), help="the rows to print, separated by commas")
    parser.add_argument("--vectors", type=Path, help="a folder to store the vectors of names for the next run")
    args = parser.parse_args()
    rows = args.rows.split(",")
    if unknown := {*rows} - {*ROWS}:
        parser.error(f"unknown rows: {', '.join(sorted(unknown))}; give some of {', '.join(ROWS)}")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        kept = args.vectors or Path(name) / "vectors"
        made = ways(rows, args.model, kept)
        for corpus in CORPORA if args.corpus == "all" else [args.corpus]:
            compare(corpus, made)


if __name__ == "__main__":
    main()
