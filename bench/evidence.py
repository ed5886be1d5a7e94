"""bench: fits the weights of evidence on two corpora and on Dutch labels, and writes linking/grounding/evidence.json.

The script uses only the training parts of the corpora, and no labels that bench/dutch.py tests. Every distinct mention
is used twice: with the names of MEDIC only, and with the names of MEDIC and the mentions of the other half of its
corpus. Labels are used with HPO's English names, with and without the Dutch synonyms. If the right concept of a mention
is not among the candidates, the mention is an example of the outcome `none`.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from bench.corpora import (
    CORPORA,
    Corpus,
    Dictionary,
    Mention,
    parts,
    read_medic,
    spelled_out,
    with_training,
    write_dictionary,
)
from bench.dutch import ENGLISH, SYNONYMS, snapshot_of, unknown
from graph.lexical import normalise, trigrams
from graph.snapshot import Snapshot
from linking.encoding import Encoder, Meaning, VectorCache, open_encoder
from linking.grounding import FEATURES, Features, Grounder, Weights

_LABELS = 7
"""One Dutch label in seven is used to fit the weights."""
_STEPS, _RATE, _PENALTY, _HIDDEN, _SEED = 800, 0.01, 3e-3, 32, 20261123
_TRIGRAMS = 1000

_NONE = Weights.plain(np.zeros(len(FEATURES)), 0.0)

Numbers = npt.NDArray[np.float64]


class Lesson(NamedTuple):
    """A snapshot, and the mentions to ground with it. The key of the mentions is their normal form."""

    snapshot: Snapshot
    mentions: dict[str, list[Mention]]


class Example(NamedTuple):
    """The features of the candidates of a mention, and a mask of the right candidates."""

    features: Features
    right: npt.NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="an adapted encoder")
    parser.add_argument("--vectors", type=Path, default=Path(".tricuspid/bench"), help="folder of cached vectors")
    parser.add_argument("--out", type=Path, default=Path("linking/grounding/evidence.json"))
    options = parser.parse_args()
    lessons = {"english": [*english()], "dutch": [*dutch()]}
    encoder = open_encoder(options.model)
    made: dict[str, object] = {}
    for kind, some_lessons, used in (
        ("semantic", lessons["english"], encoder),
        ("dutch", lessons["dutch"], encoder),
        ("lexical", [*lessons["english"], *lessons["dutch"]], None),
    ):
        some = [example for lesson in some_lessons for example in examples(lesson, used, options.vectors)]
        made[kind] = fitted(some, used is not None)
    options.out.write_bytes(orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE))
    odds = dutch_trigrams(lessons["dutch"][0].snapshot)
    options.out.with_name("dutch.json").write_bytes(orjson.dumps(odds, option=orjson.OPT_APPEND_NEWLINE))


def english() -> Iterator[Lesson]:
    """Yields lessons with mentions of the training parts.

    The names in the snapshot of a lesson never come from the mentions of that lesson.
    """
    medic = read_medic()
    training = [next(iter(parts(corpus, medic))) for corpus in CORPORA]
    yield _of_corpora(medic, training)
    for corpus in training:
        even, odd = _half(corpus, 0), _half(corpus, 1)
        yield _of_corpora(with_training(medic, even), [odd])
        yield _of_corpora(with_training(medic, odd), [even])


def dutch() -> Iterator[Lesson]:
    for part, files in enumerate(([ENGLISH], [ENGLISH, SYNONYMS])):
        with tempfile.TemporaryDirectory() as name:
            snapshot = snapshot_of(Path(name), files)
        asked = sorted(unknown(snapshot, held_out=False).items())[part :: 2 * _LABELS]
        yield Lesson(snapshot, {text: [Mention("", text, 0, 0, (frozenset([id_]),))] for id_, text in asked})


def dutch_trigrams(snapshot: Snapshot) -> dict[str, float]:
    """Returns the log odds that a name with a trigram is Dutch, for the most informative trigrams."""
    names = (unknown(snapshot, held_out=False).values(), [name for name, _ in read_medic().pairs()])
    dutch, english = (Counter(three for name in some for three in trigrams(name)) for some in names)
    both = sorted(dutch.keys() | english.keys())
    shares = {
        three: [(counts[three] + 1) / (counts.total() + len(both)) for counts in (dutch, english)] for three in both
    }
    odds = {three: math.log(dutch / english) for three, (dutch, english) in shares.items()}
    most = sorted(both, key=lambda three: abs(odds[three]) * sum(shares[three]), reverse=True)[:_TRIGRAMS]
    return {three: round(odds[three], 2) for three in sorted(most)}


def _of_corpora(dictionary: Dictionary, corpora: list[Corpus]) -> Lesson:
    """Loads the dictionary into a store, and returns a lesson with the snapshot of this store."""
    with tempfile.TemporaryDirectory() as name:
        snapshot = snapshot_of(Path(name), write_dictionary(dictionary, Path(name)))
    mentions: dict[str, list[Mention]] = {}
    for corpus in corpora:
        for mention, text in zip(corpus.mentions, spelled_out(corpus), strict=True):
            mentions.setdefault(normalise(text), []).append(mention)
    return Lesson(snapshot, mentions)


def _half(corpus: Corpus, part: int) -> Corpus:
    kept = set(sorted(corpus.texts)[part::2])
    texts = {document: text for document, text in corpus.texts.items() if document in kept}
    return Corpus(texts, [mention for mention in corpus.mentions if mention.document in kept])


def examples(lesson: Lesson, encoder: Encoder | None, kept: Path) -> list[Example]:
    """Returns an example for every distinct mention of `lesson`."""
    snapshot, mentions = lesson
    meaning = Meaning(snapshot, VectorCache(kept, encoder)) if encoder else None
    found = Grounder(snapshot, meaning, weighing=_NONE).candidates(list(mentions))
    return [
        Example(some.features, np.array([_meant(snapshot.ids[one], alike) for one in some.concepts.tolist()], bool))
        for alike, some in zip(mentions.values(), found, strict=True)
    ]


def _meant(concept: str, mentions: list[Mention]) -> bool:
    """True if the concept is right for most of these mentions."""
    return 2 * sum(mention.right(concept) for mention in mentions) > len(mentions)


def fitted(some: list[Example], semantic: bool) -> dict[str, object]:
    """Fits weights with Adam, to maximise the likelihood of the correct candidates.

    If a mention has no correct candidate, the outcome `none` is correct.
    """
    used = np.array([semantic or not name.startswith(("cosine", "centre")) for name in FEATURES])
    features = np.concatenate([one.features for one in some]) * used
    right = np.concatenate([one.right for one in some])
    owner = np.repeat(np.arange(len(some)), [len(one.right) for one in some])
    middle, spread = features.mean(0), np.maximum(features.std(0), 1e-6)
    scaled = np.column_stack([(features - middle) / spread, np.ones(len(features))]).astype(np.float32)
    none = ~np.bincount(owner, right, len(some)).astype(bool)
    weights = _Net.random(len(FEATURES))
    first, second = np.zeros_like(weights.every), np.zeros_like(weights.every)
    for step in range(1, _STEPS + 1):
        slope = weights.slope(scaled, right, owner, none) / len(some) - _PENALTY * weights.every
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights.every += _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
    return weights.unscaled(middle, spread, used) | {"mentions": len(some)}


class _Net:
    """The weights of the model that scores candidates, in one array: the linear weights, the weights of the hidden
    units (with the constants in the last row), the output weights of the hidden units, and the weight of `none`.
    """

    def __init__(self, every: Numbers, width: int) -> None:
        self.every = every
        self.straight, self.hidden = every[:width], every[width : width + (width + 1) * _HIDDEN].reshape(-1, _HIDDEN)
        self.heights = every[-_HIDDEN - 1 : -1]

    @classmethod
    def random(cls, width: int) -> _Net:
        size = width + (width + 2) * _HIDDEN + 1
        return cls(np.random.default_rng(_SEED).normal(0, 0.2, size), width)

    def slope(
        self, scaled: Features, right: npt.NDArray[np.bool_], owner: npt.NDArray[np.int_], none: npt.NDArray[np.bool_]
    ) -> Numbers:
        """Returns the gradient of the log likelihood with respect to all weights."""
        bent = np.tanh(scaled @ self.hidden.astype(np.float32))
        logits, least = scaled[:, :-1] @ self.straight + bent @ self.heights, self.every[-1]
        top = np.full(len(none), least)
        np.maximum.at(top, owner, logits)
        odds, rest = np.exp(logits - top[owner]), np.exp(least - top)
        every = np.bincount(owner, odds, len(none)) + rest
        good = np.maximum(np.bincount(owner, odds * right, len(none)) + rest * none, 1e-300)
        pull = odds * right / good[owner] - odds / every[owner]
        hidden = scaled.T @ (pull[:, None] * self.heights * (1 - bent**2)).astype(np.float32)
        last = np.sum(rest * none / good - rest / every)
        return np.concatenate([pull @ scaled[:, :-1], hidden.ravel(), pull @ bent, [last]])

    def unscaled(self, middle: Features, spread: Features, used: npt.NDArray[np.bool_]) -> dict[str, object]:
        """Returns the weights for features that are not scaled by `middle` and `spread`."""
        straight, hidden = self.straight / spread * used, self.hidden[:-1] / spread[:, None] * used[:, None]
        constant = self.hidden[-1] - middle @ hidden
        rows = zip((*FEATURES, "constant"), [*hidden, constant], strict=True)
        return {
            "weights": {name: round(float(value), 4) for name, value in zip(FEATURES, straight, strict=True)},
            "hidden": {name: [round(float(value), 4) for value in row] for name, row in rows},
            "heights": [round(float(value), 4) for value in self.heights],
            "least": round(float(self.every[-1] + middle @ straight), 4),
        }


if __name__ == "__main__":
    main()
