"""graph: what speaks for a concept being what a mention means, and how much; weights fitted on examples.

A conditional logit (McFadden 1974) over the candidates of a mention and the chance that none of them is meant: so a
score is a probability, and low ones are a reason to abstain. The weights come from `bench/evidence.py`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from graph.meaning.words import LINKS, root
from graph.names import Names

Features = npt.NDArray[np.float32]

FEATURES = ("exact", "label", "words", "cosine", "centre", "ngrams", "covered", "covers", "numbers", "names", "core")
"""Of a mention and a concept, 0 to 1 but for the last three:

exact: a name has the mention's normal form; label: it is the label; words: a name has the same words by their roots;
cosine: of the vectors of mention and likest name; centre: with the mean of all names; ngrams: cosine of character
n-grams with the likest name; covered, covers: share of the mention's words in that name and the other way, by rarity;
numbers: how many numbers and single letters stand in only one of them; names: logarithm of how many the concept has;
core: 1 where the concept's own terminology wrote it, 0 for a supplement (MeSH C numbers, OMIM).
"""


class Weights:
    """What each feature adds to the log odds; `least` those of none of the candidates."""

    def __init__(self, values: npt.ArrayLike, least: float) -> None:
        self.values, self.least = np.asarray(values, np.float32), least

    def logits(self, features: Features) -> npt.NDArray[np.float32]:
        return np.asarray(features @ self.values, np.float32)

    def chances(self, logits: npt.NDArray[np.float32], groups: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Of each candidate the probability that it is the one meant in its group."""
        top = max(float(logits.max(initial=self.least)), self.least)
        odds = np.exp(logits - top)
        total = np.bincount(groups, odds, int(groups.max(initial=-1)) + 1) + np.exp(self.least - top)
        return np.asarray(odds / total[groups], np.float32)


@lru_cache(maxsize=2)
def weights(semantic: bool) -> Weights:
    """The weights that come with the product, for candidates with vectors and without."""
    kept: Any = orjson.loads((files("graph.meaning") / "evidence.json").read_bytes())
    one = kept["semantic" if semantic else "lexical"]
    return Weights([one["weights"][name] for name in FEATURES], one["least"])


class Words:
    """The words of normal forms by their roots, each with its rarity among the names."""

    def __init__(self, names: Names) -> None:
        self._rarity = lru_cache(1 << 17)(names.rarity)
        self.of = lru_cache(1 << 17)(self._of)

    def _of(self, form: str) -> dict[str, float]:
        return {root(word): self._rarity(word) for word in form.split() if word not in LINKS}


def shared(mention: dict[str, float], name: dict[str, float]) -> tuple[float, float, float, float]:
    """The features words, covered, covers and numbers of a mention and a name, by their words."""
    both = sum(rarity for word, rarity in mention.items() if word in name)
    covered = both / (sum(mention.values()) or 1.0)
    covers = sum(rarity for word, rarity in name.items() if word in mention) / (sum(name.values()) or 1.0)
    odd = sum(len(word) == 1 or word.isdigit() for word in mention.keys() ^ name.keys())
    return float(mention.keys() == name.keys() and bool(mention)), covered, covers, float(odd)
