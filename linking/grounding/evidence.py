"""linking: what speaks for a concept being what a mention means, and how much; weights fitted on examples.

A conditional logit (McFadden 1974) over the candidates of a mention and the chance that none of them is meant: so a
score is a probability, and low ones are a reason to abstain. What a feature adds may depend on others: to the weighted
sum come a few bends (a layer of tanh). Both are fitted by `bench/evidence.py`.
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

_CALLED_SO = 0.95
_NEAR, _HALF = 0.05, 0.5
"""A name whose cosine is so much less than the nearest's counts e times less."""
_CAUSE = re.compile(r".+ (?:induced|associated|related|linked) (?=\w)")
_ALIKE = ("cosine", "centre", "ngrams")
FEATURES = (
    *("exact", "label", "words", *_ALIKE, "covered", "covers", "numbers", "names", "core"),
    *("loose", "loose_covered", "loose_covers", "head", "vote"),
    *(f"{name}_behind" for name in _ALIKE),
)
"""Of a mention and a concept, most of them 0 to 1:

exact: a name has the mention's normal form; label: it is the label; words: a name has the same words by their roots;
cosine: of the vectors of mention and nearest name; centre: with the mean of all names; ngrams: cosine of character
n-grams with the nearest name; covered, covers: share of the mention's words in that name and the other way, by rarity;
numbers: how many numbers and single letters stand in only one of them; names: logarithm of how many the concept has;
core: 1 where the concept's own terminology wrote it, 0 for a supplement (MeSH C numbers, OMIM); loose, loose_covered,
loose_covers: as words, covered and covers, of the best of the nearest names, words that are written for each other
being one (`renal lesions`, Kidney Diseases), without or with what caused it (`contrast induced nephropathy`); head: one
of these names has the mention's last word; vote: the concept's share of the names that are nearest; behind: how far
below the best candidate of the mention, so 0 or less.
"""


class Weights(NamedTuple):
    """What each feature adds to the log odds, and `least`, those of none of the candidates.

    A bend adds `heights` times the tanh of its own weighted sum: `bends` has a row for each feature and a last one for
    the constants.
    """

    values: Features
    least: float
    hidden: Features
    heights: Features

    @classmethod
    def plain(cls, values: npt.ArrayLike, least: float) -> Weights:
        straight = np.asarray(values, np.float32)
        return cls(straight, least, np.zeros((len(straight) + 1, 0), np.float32), np.zeros(0, np.float32))

    def logits(self, features: Features) -> Features:
        bent = np.tanh(features @ self.hidden[:-1] + self.hidden[-1])
        return np.asarray(features @ self.values + bent @ self.heights, np.float32)

    def chances(self, logits: Features, groups: npt.NDArray[np.int32]) -> Features:
        """Of each candidate the probability that it is the one meant in its group."""
        top = max(float(logits.max(initial=self.least)), self.least)
        odds = np.exp(logits - top)
        total = np.bincount(groups, odds, int(groups.max(initial=-1)) + 1) + np.exp(self.least - top)
        return np.asarray(odds / total[groups], np.float32)


def unique_names(chances: Features, exact: npt.NDArray[np.bool_], groups: npt.NDArray[np.int32]) -> Features:
    """The chances, but 0.95 at least for the only one of its group that is called so; the others share the rest.

    So many were right, 0.95 to 0.99, on both corpora, with the names of the training part and without.
    """
    alone = exact & (np.bincount(groups, exact)[groups] == 1)
    raised = np.where(alone, np.maximum(chances, _CALLED_SO), chances)
    rest, left = (1 - np.bincount(groups, some * alone) for some in (chances, raised))
    return np.asarray(np.where(alone, raised, chances * (left / np.maximum(rest, 1e-9))[groups]), np.float32)


def shared_out(
    chances: Features, exact: npt.NDArray[np.bool_], often: npt.NDArray[np.int64], groups: npt.NDArray[np.int32]
) -> Features:
    """The chances, but those of the ones of a group that are called so by how `often` the site meant each of them.

    All together they keep what they had; what the chances say of them counts as if each had been meant once more.
    """
    own = chances * exact
    together, every = np.bincount(groups, own)[groups], np.bincount(groups, often * exact)[groups]
    share = (often + own / np.maximum(together, 1e-9)) / (every + 1)
    return np.asarray(np.where(exact & (every > 0), together * share, chances), np.float32)


@lru_cache(maxsize=3)
def weights(kind: Kind) -> Weights:
    """The weights that come with the product.

    `semantic` for candidates with vectors, `dutch` for those of a Dutch mention, as the encoder that comes with it
    reads English, `lexical` without vectors.
    """
    one: Any = orjson.loads((files("linking.grounding") / "evidence.json").read_bytes())[kind]
    rows = [one["hidden"][name] for name in (*FEATURES, "constant")]
    straight = np.array([one["weights"][name] for name in FEATURES], np.float32)
    return Weights(straight, one["least"], np.array(rows, np.float32), np.array(one["heights"], np.float32))


def behind(features: Features) -> None:
    """Fills in how far each candidate is behind the best, from the columns before."""
    first = FEATURES.index(_ALIKE[0])
    alike = features[:, first : first + len(_ALIKE)]
    features[:, -len(_ALIKE) :] = alike - alike.max(axis=0, initial=-1)


class Words:
    """The words of normal forms, each with its rarity among the names: `of` by their roots, `loosely` by `loose`."""

    def __init__(self, names: Names) -> None:
        self._rarity = remembered(1 << 17)(names.rarity)
        self.of = remembered(1 << 17)(self._of)
        self.loosely = remembered(1 << 17)(self._loosely)

    def _of(self, form: str) -> dict[str, float]:
        return {root(word): self._rarity(word) for word in form.split() if word not in LINKS}

    def _loosely(self, form: str) -> dict[str, float]:
        # What a group has in common is a word of its own, of no more rarity than its commonest word.
        words = [(loose(word), word) for word in form.split() if word not in LINKS]
        return {group: min(self._rarity(word), self._rarity(group)) for group, word in words}

    def shared_loosely(self, mention: str, names: Iterable[str]) -> tuple[float, float, float, float]:
        """The features loose, loose_covered, loose_covers and head of a mention and some names of a concept."""
        found = [(0.0, 0.0, 0.0, 0.0)]
        for said in {mention, _CAUSE.sub("", mention)}:
            words = self.loosely(said)
            last = next(reversed(words), "")
            found += [(*shared(words, name)[:3], float(last in name)) for name in map(self.loosely, names)]
        loose, covered, covers, head = map(max, zip(*found, strict=True))
        return loose, covered, covers, head


def votes(cosines: Features, starts: npt.NDArray[np.int64]) -> Features:
    """Of concepts, whose names' cosines start at these places, the share of the names that are nearest.

    A name that is only half alike is always among these, and nobody's.
    """
    best = cosines.max(initial=_HALF)
    near, nobody = np.exp((cosines - best) / _NEAR), np.exp((_HALF - best) / _NEAR)
    return np.asarray(np.add.reduceat(near, starts) / (near.sum() + nobody), np.float32) if len(near) else near


def shared(mention: dict[str, float], name: dict[str, float]) -> tuple[float, float, float, float]:
    """The features words, covered, covers and numbers of a mention and a name, by their words."""
    both = sum(rarity for word, rarity in mention.items() if word in name)
    covered = both / (sum(mention.values()) or 1.0)
    covers = sum(rarity for word, rarity in name.items() if word in mention) / (sum(name.values()) or 1.0)
    odd = sum(len(word) == 1 or word.isdigit() for word in mention.keys() ^ name.keys())
    return float(mention.keys() == name.keys() and bool(mention)), covered, covers, float(odd)
