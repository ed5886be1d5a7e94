"""linking: ranks concepts for a text. A name of a concept may match by words, by spelling or by vectors.

A hit is a group of concepts with the same meaning. The names of all concepts in the group are searched. Exact labels
come first (score 1), then exact synonyms (0.99), then identifiers (1). Within each of these three lists, live
concepts come before obsolete concepts, and site names before other names. Site names are sorted by their number of
uses, other names by the number of public records about the concept.

A text that looks like an abbreviation, such as `MS` or `T2DM`, also finds diseases, phenotypes and findings by the
initials of their labels (`abbreviation`, 0.9). In this case, exact labels, exact synonyms and abbreviations form one
list. In this list, site names come first, then diseases, phenotypes and findings, then other concepts. Within each of
these parts, live concepts come before obsolete concepts, and concepts are sorted by their `familiarity` in the
terminologies. The familiarity is multiplied by three if the name matches exactly. The familiarity is divided by five if
the concept has an abbreviation that differs from these initials.

A Dutch phrase or compound that is not a name is split into parts (graph/dutch/compounds.py). The English names of the
parts then find concepts (`compound`). The score is 0.95 for the first English name, and less for each further name. A
Dutch text does not find names by similar spelling or by vectors, because these names often name other diseases. If
nothing is found and a part of the Dutch text is not understood, names that differ by typing errors are found.

All other names are in one ranking. Live concepts come before obsolete concepts. Then concepts are sorted by the score
of their best name, from 0 to 1. Let c be the number of letters of the text, divided by the number of letters of the
name, at most 1. The score of a name is

- `prefix`: 0.6 + 0.4 c if the name begins with the text
- `words`: 0.5 + 0.4 c if each word of the text is the beginning of a word of the name
- `similar spelling`: the score for `words` times (1 - edits / letters of the text), if no name has all words exactly,
  and this name has all words with typing errors (graph/lexical/edits.py)
- `some words`: 0.3 + 0.3 c if no name has all words even with typing errors, and this name has the most words, at least
  half of the words of the text
- `similar spelling`: 0.9 times the cosine of the character n-grams, if the cosine is at least 0.5
- `meaning`: 0.8 times the cosine of the vectors, if the cosine is at least 0.6

If scores are equal when rounded to two digits, the hits are sorted by the number of public records about the concept,
then by the quality of the name. A text of at most three letters finds exact matches and names that begin with the text,
in order of quality. A code without a name is never a hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import FrozenBitMap

from graph.columns import Ints
from graph.lexical import ABBREVIATION, LONGEST_QUERY, MOST_WORDS, Hit, look_up, normalise
from graph.snapshot import Snapshot, name_counts
from linking.encoding import Meaning
from linking.grounding import english

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

EXACT = ("exact label", "exact synonym", "identifier")
HOW = (*EXACT, "abbreviation", "compound", "prefix", "words", "some words", "similar spelling", "meaning")
_EXACT_SCORE = {"exact label": 1.0, "exact synonym": 0.99, "identifier": 1.0}
_INITIALS_SCORE = 0.9
_COMPOUND = 0.95
_SCORE = {"prefix": (0.6, 0.4), "words": (0.5, 0.4), "some words": (0.3, 0.3)}
_SPELT, _MEANT = (0.9, 0.5), (0.8, 0.6)
"""For n-grams and for vectors: the factor for a cosine, and the minimum cosine of a hit."""
_NEAR = 100
"""The number of nearest names by spelling, and the number of nearest names by vectors."""
_SHORT = 3


def asks_meaning(text: str) -> bool:
    """True if the text is long enough for semantic search."""
    return len(normalise(text[:LONGEST_QUERY])) > _SHORT


class Ranking(NamedTuple):
    """Hits, best first, as columns.

    concepts  the concept that represents the group
    hits      the concept with the name that matched
    how       the index in HOW
    names     the name that matched; -1 if an identifier matched
    scores    0 to 1
    """

    concepts: Ints
    hits: Ints
    how: Ints
    names: Ints
    scores: Floats

    def take(self, rows: npt.NDArray[np.int64]) -> Ranking:
        return Ranking(self.concepts[rows], self.hits[rows], self.how[rows], self.names[rows], self.scores[rows])


class _Found(NamedTuple):
    """Names that match a text in the way `how` (one of HOW), in order of quality, with their concepts and scores."""

    how: str
    concepts: Ints
    names: Ints
    scores: Floats


def ranked(
    snapshot: Snapshot,
    text: str,
    keep: Mask | None = None,
    meaning: Meaning | None = None,
    hidden: FrozenBitMap = FrozenBitMap(),  # noqa: B008
) -> Ranking:
    """Returns all groups of concepts that a text finds. The result is deterministic.

    If `keep` is given, groups without a concept in `keep` are left out. The identifier of a concept in
    `hidden` finds nothing.
    """
    norm = normalise(text[:LONGEST_QUERY])
    exact: list[_Found] = []
    rest: list[_Found] = []
    for how, concepts, names in look_up(snapshot.names, partial(snapshot.identified, hidden=hidden), text):
        if how in EXACT:
            exact.append(_Found(how, concepts, names, np.full(len(names), _EXACT_SCORE[how], np.float32)))
        elif len(norm) > _SHORT or how == "prefix":
            rest.append(_Found(how, concepts, names, _by_words(snapshot, len(norm), how, names)))
    tiers = _tiers(snapshot, text, exact)
    if len(norm) <= _SHORT:
        return _each_meaning_once(snapshot, [*tiers, _ranking(rest)], keep)
    if not any(len(some.names) for some in exact):
        tiers.append(_best(snapshot, [_compound(snapshot, norm)]))
    found = any(len(tier.names) for tier in tiers) or any(len(some.names) for some in rest)
    if not english(snapshot).is_dutch(norm):
        rest += [] if found else [_nearly_by_words(snapshot, norm)]
        rest += _near(snapshot, norm, keep, meaning)
    elif not (found or english(snapshot).is_understood(norm)):
        rest.append(_edits(snapshot, norm))
    return _each_meaning_once(snapshot, [*tiers, _best(snapshot, rest)], keep)


def _tiers(snapshot: Snapshot, text: str, exact: list[_Found]) -> list[Ranking]:
    """Returns the rankings of exact labels, exact synonyms and identifiers, each sorted by use.

    If `text` looks like an abbreviation, `_abbreviated` joins the first two rankings.
    """
    if ABBREVIATION.fullmatch(text.strip()) and exact:
        return [_abbreviated(snapshot, normalise(text), exact[:2]), _by_use(snapshot, _ranking(exact[2:]))]
    return [_by_use(snapshot, _ranking([some])) for some in exact]


def _by_use(snapshot: Snapshot, every: Ranking) -> Ranking:
    often, use = name_counts(snapshot.names.table, every.names), snapshot.meanings.use[every.concepts]
    keys = every.names, -use, -often, snapshot.meanings.obsolete[every.concepts]
    return every.take(np.lexsort(keys))


def _abbreviated(snapshot: Snapshot, norm: str, exact: list[_Found]) -> Ranking:
    """Ranks the names in `exact`, and the labels of diseases, phenotypes and findings with the initials `norm`."""
    meanings, names = snapshot.meanings, snapshot.names.with_initials(norm)
    names = names[snapshot.names.are_labels(names) & meanings.illness[snapshot.names.of_concepts(names)]]
    concepts = snapshot.names.of_concepts(names)
    found = _Found("abbreviation", concepts, names, np.full(len(names), _INITIALS_SCORE, np.float32))
    every = _ranking([*exact, found])
    exactly = every.scores > _INITIALS_SCORE
    otherwise = meanings.abbreviated[every.concepts] & ~exactly
    familiar = snapshot.hierarchy.familiarity[every.concepts] * np.where(exactly, 3, np.where(otherwise, 0.2, 1))
    own = (
        meanings.obsolete[every.concepts],
        ~meanings.illness[every.concepts],
        -name_counts(snapshot.names.table, every.names),
    )
    keys = every.names, -every.scores, -familiar, *own
    return every.take(np.lexsort(keys))


def _ranking(found: list[_Found]) -> Ranking:
    """Joins lists of names into one ranking, in the given order."""
    how = [np.full(len(some.names), HOW.index(some.how), np.int32) for some in found]
    empty = np.empty(0, np.int32)
    concepts = np.concatenate([empty, *(some.concepts for some in found)])
    return Ranking(
        concepts,
        concepts,
        np.concatenate([empty, *how]),
        np.concatenate([empty, *(some.names for some in found)]),
        np.concatenate([np.empty(0, np.float32), *(some.scores for some in found)]),
    )


def _by_words(snapshot: Snapshot, asked: int | Floats, how: str, names: Ints) -> Floats:
    """Returns the scores of names that were found by words. `asked` is the number of letters of the text."""
    least, more = _SCORE[how]
    return np.asarray(least + more * np.minimum(1, asked / snapshot.names.lengths[names]), np.float32)


def _compound(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names found by translating the parts of a Dutch text into English."""
    names, every = snapshot.names, english(snapshot).names(norm)
    empty = np.empty(0, np.int32)
    scores = [np.full(len(found), max(_COMPOUND - 0.01 * place, 0), np.float32) for place, found in enumerate(every)]
    found = np.concatenate([empty, *every])
    return _Found("compound", names.of_concepts(found), found, np.concatenate([np.empty(0, np.float32), *scores]))


def _edits(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names that have all words of the text, with typing errors."""
    names = snapshot.names
    found, edits = names.in_spite_of_edits(norm.split()[:MOST_WORDS])
    scores = _by_words(snapshot, len(norm) + edits, "words", found) * (1 - edits / len(norm))
    return _Found("similar spelling", names.of_concepts(found), found, scores.astype(np.float32))


def _nearly_by_words(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names that have all words of the text, with typing errors.

    If no name has all words, returns the names that have the most words of the text.
    """
    if len((edits := _edits(snapshot, norm)).names):
        return edits
    names, words = snapshot.names, norm.split()[:MOST_WORDS]
    found = names.with_most_words([names.corrected(word) for word in words])
    return _Found("some words", names.of_concepts(found), found, _by_words(snapshot, len(norm), "some words", found))


def _near(snapshot: Snapshot, norm: str, keep: Mask | None, meaning: Meaning | None) -> Iterator[_Found]:
    """Yields the names nearest to the text by spelling, and, if `meaning` is given, by vectors."""
    forms = snapshot.names.forms
    rows, cosines = snapshot.ngrams.search([norm], _NEAR)
    yield _named(snapshot, "similar spelling", rows[0], cosines[0], *_SPELT)
    if meaning is not None:
        wanted = None
        if keep is not None:
            able = np.flatnonzero(snapshot.meanings.shown(keep)[: len(forms.of_concept.sizes())] >= 0)
            wanted = np.zeros(len(forms.texts), bool)
            wanted[forms.of_concept.gather(able)] = True
        rows, cosines = meaning.nearest(meaning.encode([norm]), _NEAR, wanted)
        yield _named(snapshot, "meaning", rows[0], cosines[0], *_MEANT)


def _named(snapshot: Snapshot, how: str, forms: Ints, cosines: Floats, weight: float, least: float) -> _Found:
    """Returns the names with the normal forms in `forms`. Forms with a cosine below `least` are left out."""
    near = (forms >= 0) & (cosines >= least)
    every = snapshot.names.forms.names
    names = every.gather(forms[near])
    scores = np.repeat(weight * np.minimum(1, cosines[near]), every.sizes()[forms[near]])
    return _Found(how, snapshot.names.of_concepts(names), names, scores.astype(np.float32))


def _best(snapshot: Snapshot, found: list[_Found]) -> Ranking:
    """Joins lists of names into one ranking: live concepts before obsolete concepts, then by score."""
    every = _ranking(found)
    use, score = snapshot.meanings.use[every.concepts], np.round(every.scores, 2)
    return every.take(np.lexsort((every.how, every.names, -use, -score, snapshot.meanings.obsolete[every.concepts])))


def _each_meaning_once(snapshot: Snapshot, parts: list[Ranking], keep: Mask | None) -> Ranking:
    """Returns the first hit of each group of concepts, in the order of the rankings in `parts`.

    Each group is represented by its preferred concept, or, if `keep` is given, by its best concept in `keep`.
    """
    every = _all_of(parts)
    shown = snapshot.meanings.shown(keep)[every.concepts]
    able = np.flatnonzero(shown >= 0)
    rows = able[_firsts(shown[able])]
    return every.take(rows)._replace(concepts=shown[rows])


def _all_of(parts: list[Ranking]) -> Ranking:
    return Ranking(
        np.concatenate([part.concepts for part in parts]),
        np.concatenate([part.hits for part in parts]),
        np.concatenate([part.how for part in parts]),
        np.concatenate([part.names for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def _firsts(concepts: Ints) -> Ints:
    """The index of the first occurrence of each concept. No sorting is needed.

    The indices are written in reverse order, so the first index of a concept overwrites its other indices.
    """
    places = np.arange(len(concepts), dtype=np.int32)
    first = np.empty(int(concepts.max(initial=-1)) + 1, np.int32)
    first[concepts[::-1]] = places[::-1]
    return np.asarray(places[first[concepts] == places], np.int32)


def kept(snapshot: Snapshot, ontologies: Sequence[str], keep: Mask | None) -> Mask | None:
    """Returns a mask of the concepts in `keep` that belong to `ontologies`; None for all concepts."""
    if not ontologies:
        return keep
    own = snapshot.terminologies.concepts(ontologies)
    return own if keep is None else keep & own


def hit(snapshot: Snapshot, concept: int, by: int, how: int, name: int, score: float) -> Hit:
    """Makes a hit from a row of a `Ranking`. `by` is the value in the column `hits`."""
    if name < 0:
        return Hit(concept, HOW[how], snapshot.ids[by], "", round(score, 3))
    found = snapshot.names[name]
    return Hit(concept, HOW[how], found.text, found.language, round(score, 3))
