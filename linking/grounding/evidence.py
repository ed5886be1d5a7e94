"""linking: computes the probability that a mention means a concept, from the evidence.

The model is a conditional logit (McFadden 1974). The outcomes are the candidates of a mention, and "none of these". So
a score is a probability, and if all scores are low, no concept should be chosen. A layer of hidden units (tanh) is
added to the weighted sum, because the effect of a feature may depend on other features. `bench/evidence.py` fits all
weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from graph.lexical import LINKS, Names, loose, root
from ontologies.remembered import remembered

Features = npt.NDArray[np.float32]
Kind = Literal["semantic", "dutch", "lexical"]

_UNIQUE_NAME = 0.95
_NEAR, _HALF = 0.05, 0.5
"""In `votes`, if one cosine is lower than another by `_NEAR`, its weight is 1/e of the weight of the other cosine.

`_HALF` is the cosine of "none of these".
"""
_CAUSE = re.compile(r".+ (?:induced|associated|related|linked) (?=\w)")
_ALIKE = ("cosine", "centre", "ngrams")
FEATURES = (
    *("exact", "label", "words", *_ALIKE, "covered", "covers", "numbers", "names", "core"),
    *("loose", "loose_covered", "loose_covers", "head", "vote"),
    *(f"{name}_behind" for name in _ALIKE),
)
"""The features of a mention and a concept. Most features are between 0 and 1:

exact            1 if the nearest name has the normal form of the mention
label            1 if the nearest name is exact and is the label
words            1 if the nearest name has the same word roots as the mention
cosine           highest cosine of the vectors of the mention and a name
centre           mean of the four highest cosines of the vectors of the mention and a name
ngrams           highest cosine of the character n-grams of the mention and a name
covered          the share of the words of the mention that are also in the nearest name, weighted by rarity
covers           the share of the words of the nearest name that are also in the mention, weighted by rarity
numbers          how many numbers and single letters are in the mention but not in the nearest name, or the reverse
names            the logarithm of the number of names of the concept
core             0 for a concept of a supplement (MeSH C numbers, OMIM), else 1
loose, loose_covered, loose_covers
                 the highest values of words, covered and covers among the four nearest names. Near-synonyms are treated
                 as the same word (`renal lesions`, Kidney Diseases). The cause in a mention may be ignored (`contrast
                 induced nephropathy`)
head             1 if one of the four nearest names contains the last word of the mention
vote             the share of the nearest names that belong to the concept, weighted by cosine
…_behind         the difference from the best candidate of the mention, at most 0
"""


class Weights(NamedTuple):
    """The weights of the features, and `least`, the log odds of the outcome "none of these".

    A hidden unit adds its height times the tanh of its own weighted sum. `hidden` has a column for each unit, a row for
    each feature, and a last row with the constants of the units. `heights` has the height of each unit.
    """

    values: Features
    least: float
    hidden: Features
    heights: Features

    @classmethod
    def plain(cls, values: npt.ArrayLike, least: float) -> Weights:
        """Weights for a model without hidden units."""
        linear = np.asarray(values, np.float32)
        return cls(linear, least, np.zeros((len(linear) + 1, 0), np.float32), np.zeros(0, np.float32))

    def logits(self, features: Features) -> Features:
        units = np.tanh(features @ self.hidden[:-1] + self.hidden[-1])
        return np.asarray(features @ self.values + units @ self.heights, np.float32)

    def chances(self, logits: Features, groups: npt.NDArray[np.int32]) -> Features:
        """Returns the probability of each candidate. `groups` has the number of the group of each candidate.

        The probabilities of the candidates of a group and of "none of these" add up to 1.
        """
        top = max(float(logits.max(initial=self.least)), self.least)
        odds = np.exp(logits - top)
        total = np.bincount(groups, odds, int(groups.max(initial=-1)) + 1) + np.exp(self.least - top)
        return np.asarray(odds / total[groups], np.float32)


def unique_names(chances: Features, exact: npt.NDArray[np.bool_], groups: npt.NDArray[np.int32]) -> Features:
    """If only one candidate of a group has an exact name, raises its probability to at least 0.95.

    `groups` is the same as in `Weights.chances`. The other candidates of the group share the remaining probability. On
    two corpora, 95% to 99% of the candidates with a unique exact name were correct, whether or not the names of the
    training part of the corpus were loaded.
    """
    alone = exact & (np.bincount(groups, exact)[groups] == 1)
    raised = np.where(alone, np.maximum(chances, _UNIQUE_NAME), chances)
    rest, left = (1 - np.bincount(groups, some * alone) for some in (chances, raised))
    return np.asarray(np.where(alone, raised, chances * (left / np.maximum(rest, 1e-9))[groups]), np.float32)


def shared_out(
    chances: Features, exact: npt.NDArray[np.bool_], often: npt.NDArray[np.int64], groups: npt.NDArray[np.int32]
) -> Features:
    """Divides the probability between candidates with the same exact name, by their number of uses in the site names.

    `often` has the number of uses of each candidate. The sum of the probabilities of these candidates does not change.
    The original probabilities of the candidates together count as one use.
    """
    own = chances * exact
    together, every = np.bincount(groups, own)[groups], np.bincount(groups, often * exact)[groups]
    share = (often + own / np.maximum(together, 1e-9)) / (every + 1)
    return np.asarray(np.where(exact & (every > 0), together * share, chances), np.float32)


@lru_cache(maxsize=3)
def weights(kind: Kind) -> Weights:
    """The packaged weights.

    `semantic` is for candidates with vectors. `dutch` is for candidates of a Dutch mention, because the packaged
    encoder knows only English. `lexical` is for candidates without vectors.
    """
    one: Any = orjson.loads((files("linking.grounding") / "evidence.json").read_bytes())[kind]
    rows = [one["hidden"][name] for name in (*FEATURES, "constant")]
    linear = np.array([one["weights"][name] for name in FEATURES], np.float32)
    return Weights(linear, one["least"], np.array(rows, np.float32), np.array(one["heights"], np.float32))


def behind(features: Features) -> None:
    """Computes the `…_behind` columns of the candidates of one mention from the other columns."""
    first = FEATURES.index(_ALIKE[0])
    alike = features[:, first : first + len(_ALIKE)]
    features[:, -len(_ALIKE) :] = alike - alike.max(axis=0, initial=-1)


class Words:
    """Gives the words of a normal form, with the rarity of each word.

    `of` gives the root of each word. `loosely` also gives the same word for near-synonyms.
    """

    def __init__(self, names: Names) -> None:
        self._rarity = remembered(1 << 17)(names.rarity)
        self.of = remembered(1 << 17)(self._of)
        self.loosely = remembered(1 << 17)(self._loosely)

    def _of(self, form: str) -> dict[str, float]:
        return {root(word): self._rarity(word) for word in form.split() if word not in LINKS}

    def _loosely(self, form: str) -> dict[str, float]:
        # Near-synonyms are treated as the same word. The lower rarity of the two words is used.
        words = [(loose(word), word) for word in form.split() if word not in LINKS]
        return {group: min(self._rarity(word), self._rarity(group)) for group, word in words}

    def shared_loosely(self, mention: str, names: Iterable[str]) -> tuple[float, float, float, float]:
        """Returns the features loose, loose_covered, loose_covers and head: the highest values for these names."""
        found = [(0.0, 0.0, 0.0, 0.0)]
        for wording in {mention, _CAUSE.sub("", mention)}:
            words = self.loosely(wording)
            last = next(reversed(words), "")
            found += [(*shared(words, name)[:3], float(last in name)) for name in map(self.loosely, names)]
        loose, covered, covers, head = map(max, zip(*found, strict=True))
        return loose, covered, covers, head


def votes(cosines: Features, starts: npt.NDArray[np.int64]) -> Features:
    """Returns the feature `vote` of each concept. The cosines of all names get softmax weights.

    The vote of a concept is the sum of the weights of its names. `starts` has the index of the first cosine of each
    concept. A cosine of _HALF that belongs to no concept is added.
    """
    best = cosines.max(initial=_HALF)
    near, none = np.exp((cosines - best) / _NEAR), np.exp((_HALF - best) / _NEAR)
    return np.asarray(np.add.reduceat(near, starts) / (near.sum() + none), np.float32) if len(near) else near


def shared(mention: dict[str, float], name: dict[str, float]) -> tuple[float, float, float, float]:
    """Returns the features words, covered, covers and numbers of a mention and a name."""
    both = sum(rarity for word, rarity in mention.items() if word in name)
    covered = both / (sum(mention.values()) or 1.0)
    covers = sum(rarity for word, rarity in name.items() if word in mention) / (sum(name.values()) or 1.0)
    odd = sum(len(word) == 1 or word.isdigit() for word in mention.keys() ^ name.keys())
    return float(mention.keys() == name.keys() and bool(mention)), covered, covers, float(odd)
