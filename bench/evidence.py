"""bench: fits the weights of the evidence on the training parts of two corpora; writes graph/meaning/evidence.json.

Development and test parts have no share in it. Every distinct mention counts once; one whose concept is not among
the candidates teaches when to abstain.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from bench.corpora import CORPORA, MEDIC, Mention, parts, read_medic, spelled_out
from graph.meaning.encoder import open_encoder
from graph.meaning.evidence import FEATURES, Features, Weights
from graph.meaning.grounder import Grounder
from graph.meaning.meaning import Meaning
from graph.meaning.vectors import VectorCache
from graph.names import normalise
from graph.open import open_store, state_folder
from graph.reader import read_snapshot
from ingest.run import load

_STEPS, _RATE, _PENALTY = 4000, 0.05, 1e-3


class Example(NamedTuple):
    """A mention's candidates: their features, and which are right; none of them where it should abstain."""

    features: Features
    right: np.ndarray


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--model", default="", help="an adapted encoder")
    given.add_argument("--vectors", type=Path, default=Path(".tricuspid/bench"), help="where vectors are kept")
    given.add_argument("--out", type=Path, default=Path("graph/meaning/evidence.json"))
    asked = given.parse_args()
    encoder = open_encoder(asked.model)
    with tempfile.TemporaryDirectory() as folder:
        with closing(open_store(folder)) as store:
            load(store, state_folder(folder), [MEDIC], lambda _name, _read: None)
        snapshot = read_snapshot(folder)
        meaning = Meaning(snapshot, VectorCache(asked.vectors, encoder))
        ones = Weights(np.ones(len(FEATURES)), 0.0)
        made = {
            name: fitted(examples(Grounder(snapshot, used, weighing=ones)), name == "semantic")
            for name, used in (("semantic", meaning), ("lexical", None))
        }
    asked.out.write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def examples(grounder: Grounder) -> list[Example]:
    """Every distinct mention of the training parts."""
    dictionary = read_medic()
    right: dict[str, list[Mention]] = {}
    for corpus in CORPORA:
        training, _ = parts(corpus, dictionary)
        for mention, text in zip(training.mentions, spelled_out(training), strict=True):
            right.setdefault(normalise(text), []).append(mention)
    found = grounder.candidates(list(right))
    return [
        Example(
            some.features,
            np.array([_meant(grounder.snapshot.ids[concept], right[norm]) for concept in some.concepts.tolist()], bool),
        )
        for norm, some in zip(right, found, strict=True)
    ]


def _meant(concept: str, mentions: list[Mention]) -> bool:
    """Whether most of those who wrote it meant this."""
    return 2 * sum(mention.right(concept) for mention in mentions) > len(mentions)


def fitted(some: list[Example], semantic: bool) -> dict[str, object]:
    """By gradient ascent (Adam) on the likelihood of what is right, or of none where nothing is."""
    used = np.array([semantic or name not in ("cosine", "centre") for name in FEATURES])
    features = np.concatenate([one.features for one in some]) * used
    right = np.concatenate([one.right for one in some])
    owner = np.repeat(np.arange(len(some)), [len(one.right) for one in some])
    spread = np.maximum(features.std(0), 1e-6)
    scaled, weights = features / spread, np.zeros(len(FEATURES) + 1)
    none = ~np.bincount(owner, right, len(some)).astype(bool)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        slope = _slope(scaled, right, owner, none, weights) / len(some) - _PENALTY * weights
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights += _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
    values = weights[:-1] / spread * used
    return {
        "weights": {name: round(float(value), 4) for name, value in zip(FEATURES, values, strict=True)},
        "least": round(float(weights[-1]), 4),
        "mentions": len(some),
    }


def _slope(
    features: np.ndarray, right: np.ndarray, owner: np.ndarray, none: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Of the log likelihood: what the right ones have more of than all, by their odds."""
    logits, least = features @ weights[:-1], weights[-1]
    top = np.full(len(none), least)
    np.maximum.at(top, owner, logits)
    odds, rest = np.exp(logits - top[owner]), np.exp(least - top)
    every = np.bincount(owner, odds, len(none)) + rest
    good = np.bincount(owner, odds * right, len(none)) + rest * none
    pull = odds * right / np.maximum(good, 1e-300)[owner] - odds / every[owner]
    return np.append(pull @ features, np.sum(rest * none / np.maximum(good, 1e-300) - rest / every))


if __name__ == "__main__":
    main()
