"""linking: finds the concepts that mentions and texts mean, each with a probability and its evidence.

The candidates of a mention are concepts that have a name with the same words, with similar n-grams, or with a near
vector. evidence.py scores the candidates. In a text, the dictionary finds names first. The remaining phrases are then
grounded as mentions.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Ints
from graph.dutch import AMBIGUOUS
from graph.lexical import LINKS, is_dutch, is_ordinary, normalise, root, stem
from graph.snapshot import Snapshot, name_counts
from linking.encoding import Meaning
from linking.grounding.assertion import assertion
from linking.grounding.beside import is_passive, is_product
from linking.grounding.composite import put_together, ways_apart
from linking.grounding.document import DEPTH, together
from linking.grounding.english import english
from linking.grounding.evidence import (
    FEATURES,
    Features,
    Kind,
    Weights,
    Words,
    behind,
    shared,
    shared_out,
    unique_names,
    votes,
    weights,
)
from linking.grounding.likeness import in_capitals, is_counted
from linking.grounding.matches import Match
from linking.grounding.reading import Reading
from linking.grounding.spans import Dictionary
from linking.grounding.wanted import forms_of, wanted

SURE = 0.7
"""Minimum probability at which a concept is accepted for a mention that a source gives as a name."""
SURE_IN_TEXT = 0.9
"""Minimum probability at which a concept is accepted for a phrase of a text, or for a part of a mention.

This minimum is higher than SURE, because a phrase of a text may not be a name.
"""
_ALIKE, _SHORT, _SIMILAR = 0.5, 5, 0.85
_CANDIDATES = 80
_MOST_NAMES, _NEAREST = 256, 4
_SUPPLEMENTS = r"^(mesh:C|omim:)"
_BLOCK = 256


class Candidates(NamedTuple):
    """The concepts that a mention may mean. Each concept has its nearest normal form and its evidence."""

    concepts: Ints
    forms: Ints
    features: Features


class Grounder:
    """Grounds texts with the concepts of a snapshot. Without `meaning`, uses no vectors.

    If `ontologies` has prefixes, only the concepts of these ontologies are returned.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        meaning: Meaning | None = None,
        ontologies: Collection[str] = (),
        weighing: Weights | None = None,
        dictionary: Dictionary | None = None,
    ) -> None:
        self.snapshot, self.meaning = snapshot, meaning
        self.dictionary = dictionary or Dictionary(snapshot)
        self._words = Words(snapshot.names)
        self._weights = weighing
        self._wanted = wanted(snapshot, ontologies)
        # If terminologies are given, their concepts are also found by the names of concepts with the same meaning.
        self._lent = bool(ontologies)
        self._keep = forms_of(snapshot, snapshot.meanings.having(self._wanted) if self._lent else self._wanted)
        self._group = pc.dictionary_encode(snapshot.concepts["release"].combine_chunks().fill_null(""))
        self._core = ~np.asarray(pc.match_substring_regex(snapshot.concepts["id"], _SUPPLEMENTS))

    def mentions(
        self, texts: Sequence[str], top: int = 5, documents: Sequence[Hashable] | None = None
    ) -> list[list[Match]]:
        """For each mention, at most `top` concepts that the mention may mean, the most probable first.

        If a mention surely means several concepts (`breast and ovarian cancer`), the most probable concepts for each
        part come first. If `documents` gives the document of each mention, the scores of a mention also use the other
        mentions of its document.
        """
        every = list(dict.fromkeys(texts))
        found = dict(zip(every, self._whole(every, max(top, DEPTH) if documents else top), strict=True))
        whole = [found[text] for text in texts]
        whole = together(texts, whole, documents, self._release) if documents else whole
        ways = [
            [] if some and some[0].method == "exact" and some[0].score >= SURE else [*ways_apart(text)]
            for text, some in zip(texts, whole, strict=True)
        ]
        names = list(dict.fromkeys(part.name for some in ways for way in some for part in way))
        parts = dict(zip(names, self._whole(names, top), strict=True))
        return [put_together(*each, parts, SURE_IN_TEXT)[:top] for each in zip(whole, ways, strict=True)]

    def _release(self, concept: str) -> int:
        number = self.snapshot.ids.find(concept)
        return -1 if number is None else self._group.indices[number].as_py()

    def _whole(self, texts: Sequence[str], top: int) -> list[list[Match]]:
        found: list[list[Match]] = []
        for start in range(0, len(texts), _BLOCK):
            block = texts[start : start + _BLOCK]
            norms = [self._in_english(normalise(text)) for text in block]
            weighed = zip(block, norms, self.candidates(norms), strict=True)
            found += [self._best(text, norm, some, top) for text, norm, some in weighed]
        return found

    def _in_english(self, norm: str) -> str:
        """Translates a Dutch mention, or an abbreviation such as `T2DM`, if the mention is not a name.

        Other mentions are returned unchanged.
        """
        dutch = is_dutch(norm)
        if not (dutch or is_counted(norm)) or self.snapshot.names.forms.find(norm) is not None:
            return norm
        known = english(self.snapshot)
        return known.phrase(norm) if dutch else next((name for name, _ in known.compounds(norm)), norm)

    def mention(self, text: str) -> list[Match]:
        """Returns the concepts that the whole text means, one for each terminology.

        If the text is not a name, returns the most probable concept if its probability is at least SURE.
        """
        named = self.dictionary.mention(text)
        return named or [match for match in self.mentions([text], top=1)[0] if match.score >= SURE]

    def text(self, text: str, language: str | None = None) -> list[Match]:
        """Returns the concepts in a text, in text order. Phrases that are similar to names are also found."""
        named = self.dictionary.text(text, language)
        spans = self.dictionary.phrases(text, named)
        near = self._misspelt([text[start:end] for start, end in spans])
        read = Reading(text, language)
        for (start, end), match in zip(spans, near, strict=True):
            match = match and match._replace(start=start, end=end)
            if match and not is_passive(text, start, end) and not self.dictionary.means_another(read, match):
                named.append(match._replace(assertion=assertion(text, start, end)))
        wanted: dict[tuple[str, int, int], Match] = {}
        for own in (own for match in named for own in self._own(match)):
            place = own.concept, own.start, own.end
            wanted[place] = max(wanted.get(place, own), own, key=lambda match: match.score)
        return sorted(wanted.values(), key=lambda match: (match.start, match.end))

    def _own(self, match: Match) -> Iterator[Match]:
        """Yields the match if its concept belongs to the ontologies of the grounder.

        Otherwise, yields a match for each concept of these ontologies with the same meaning.
        """
        snapshot, concept = self.snapshot, self.snapshot.ids.find(match.concept)
        if concept is None or self._wanted[concept]:
            yield match
        elif self._lent:
            meant = snapshot.hierarchy.meant(concept)
            for other in meant[self._wanted[meant]].tolist():
                label = snapshot.concepts["label"][other].as_py() or ""
                yield match._replace(concept=snapshot.ids[other], label=label)

    def _misspelt(self, phrases: Sequence[str]) -> list[Match | None]:
        """For each phrase, returns the concept that the phrase means in other words or spelling, or None.

        The probability of the concept must be at least SURE_IN_TEXT.
        """
        norms = [self._compound(normalise(phrase)) for phrase in phrases]
        like = self.snapshot.ngrams.search(norms, 1)[1][:, 0] if norms else np.empty(0, np.float32)
        near = [at for at, norm in enumerate(norms) if like[at] >= _ALIKE and len(norm) > _SHORT]
        out: list[Match | None] = [None] * len(phrases)
        for at, found in zip(near, self.mentions([norms[at] for at in near], top=1), strict=True):
            sure = found and found[0].score >= SURE_IN_TEXT and self._may_be_topic(found[0])
            if sure and _spelt_as(norms[at], normalise(found[0].name)):
                out[at] = found[0]._replace(text=phrases[at])
        return out

    def _compound(self, norm: str) -> str:
        """Returns the English name of a Dutch compound. Any other phrase is returned unchanged."""
        if not is_dutch(norm) or norm in AMBIGUOUS:
            return norm
        return next((name for name, _ in english(self.snapshot).compounds(norm)), norm)

    def _may_be_topic(self, match: Match) -> bool:
        concept = self.snapshot.ids.find(match.concept)
        return concept is not None and bool(self.dictionary.topics[concept])

    def candidates(self, norms: Sequence[str]) -> list[Candidates]:
        """Returns the unsorted candidates of each mention, with their evidence. `norms` are mentions in normal form."""
        snapshot = self.snapshot
        grams = snapshot.ngrams.search(norms, _CANDIDATES, self._keep)[0]
        vectors = self.meaning.encode(norms) if self.meaning else np.zeros((len(norms), 1), np.float32)
        near = self.meaning.nearest(vectors, _CANDIDATES, self._keep)[0] if self.meaning else grams
        return [self._weighed(*each) for each in zip(norms, vectors, grams, near, strict=True)]

    def _able(self, norm: str, *near: Ints) -> Ints:
        """Returns the concepts of the grounder's ontologies with a name in `near`, or a name with the same words as
        `norm`.
        """
        forms = self.snapshot.names.forms
        same = [form for name in {norm} | self.dictionary.alike(norm) if (form := forms.find(name)) is not None]
        every = np.unique(np.concatenate([*near, np.array(same, np.int32)]))
        every = every[every >= 0]
        concepts = np.unique(self.snapshot.names.of_concepts(forms.names.gather(every[self._keep[every]])))
        if self._lent:
            meant = map(self.snapshot.hierarchy.meant, concepts.tolist())
            concepts = np.unique(np.concatenate([concepts, *meant]))
        return concepts[self._wanted[concepts]] if norm else concepts[:0]

    def _names(self, concept: int) -> Ints:
        """Returns the forms of a concept's names.

        If the grounder has `ontologies`, adds the forms of the names of concepts with the same meaning.
        """
        of_concept = self.snapshot.names.forms.of_concept
        meant = self.snapshot.hierarchy.meant(concept) if self._lent else np.array([concept])
        meant = meant[(meant < len(of_concept.sizes())) & ~self.snapshot.deprecated[meant]]
        return np.unique(of_concept.gather(meant))[:_MOST_NAMES]

    def _weighed(self, norm: str, vector: Features, *near: Ints) -> Candidates:
        snapshot, forms, concepts = self.snapshot, self.snapshot.names.forms, self._able(norm, *near)
        own = [self._names(concept) for concept in concepts.tolist()]
        ends = np.cumsum([len(some) for some in own], dtype=np.int64)
        every = np.concatenate(own) if own else np.empty(0, np.int32)
        grams = snapshot.ngrams.score(norm, every)
        cosines = self.meaning.cosines(vector, every, grams) if self.meaning else grams
        shares = votes(cosines, np.array([0, *ends[:-1]], np.int64))
        best, features = [], np.zeros((len(concepts), len(FEATURES)), np.float32)
        mention, start = self._words.of(norm), 0
        for place, end in enumerate(ends.tolist()):
            some = slice(start, end)
            nearest = start + np.argsort(-0.7 * cosines[some] - 0.3 * grams[some], kind="stable")[:_NEAREST]
            names = forms.texts.take(pa.array(every[nearest])).to_pylist()
            best.append(int(every[nearest[0]]))
            words, covered, covers, odd = shared(mention, self._words.of(names[0]))
            exact = names[0] == norm
            label = exact and normalise(str(snapshot.concepts["label"][int(concepts[place])])) == norm
            features[place, :-3] = (
                exact, label, words, cosines[some].max(), np.sort(cosines[some])[-4:].mean(), grams[some].max(),
                covered, covers, odd, np.log(end - start), self._core[concepts[place]],
                *self._words.shared_loosely(norm, names), shares[place],
            )  # fmt: skip
            start = end
        behind(features)
        return Candidates(concepts, np.array(best, np.int32), features)

    def _best(self, text: str, norm: str, found: Candidates, top: int) -> list[Match]:
        """The best matches of a mention. `norm` is the normal form of the text or of its English translation."""
        kind: Kind = "lexical" if not self.meaning else "dutch" if is_dutch(norm) else "semantic"
        weighing = self._weights or weights(kind)
        logits = weighing.logits(found.features)
        groups = self._group.indices.to_numpy()[found.concepts]
        exact = found.features[:, FEATURES.index("exact")] > 0
        often = self._often(normalise(text), found.concepts)
        chances = unique_names(weighing.chances(logits, groups), exact, groups)
        chances = shared_out(chances, exact, often, groups) if often.any() else chances
        words = norm.split()
        ordinary = len(words) == 1 and is_ordinary(words[0]) and not in_capitals(text)
        order = np.lexsort((found.concepts, -logits, -often, -chances.round(3)))
        best = (self._match(text, found, int(place), float(chances[place])) for place in order)
        able = (match for match in best if not ordinary or _has_word(match, words[0]))
        matches = islice((match for match in able if not is_product(words, match.name)), top)
        if norm == normalise(text):
            return list(matches)
        return [match._replace(method="normalised") if match.method == "exact" else match for match in matches]

    def _often(self, norm: str, concepts: Ints) -> npt.NDArray[np.int64]:
        """For each concept in `concepts`, returns how often a source uses the normal form `norm` for the concept.

        This is the sum of the counts of the site names that have this normal form and mean the concept.
        """
        names = self.snapshot.names.exact(norm)
        owner, often = self.snapshot.names.of_concepts(names), name_counts(self.snapshot.names.table, names)
        if not often.any():
            return np.zeros(len(concepts), np.int64)
        meant = self.snapshot.hierarchy.meant
        own = (meant(concept) if self._lent else [concept] for concept in concepts.tolist())
        return np.array([often[np.isin(owner, some)].sum() for some in own], np.int64)

    def _match(self, text: str, found: Candidates, place: int, score: float) -> Match:
        concept, snapshot = int(found.concepts[place]), self.snapshot
        seen = dict(zip(FEATURES, found.features[place].tolist(), strict=True))
        if seen["exact"] or seen["words"]:
            method = "exact" if seen["exact"] else "normalised"
        else:
            method = "semantic" if self.meaning and seen["cosine"] > seen["ngrams"] else "lexical"
        label = snapshot.concepts["label"][concept].as_py() or ""
        name = snapshot.names.forms.texts[int(found.forms[place])].as_py()
        return Match(snapshot.ids[concept], label, round(score, 3), method, text, 0, len(text), "present", name)


def _has_word(match: Match, word: str) -> bool:
    """True if the ordinary word `word` is the name of the match, or is a word of the name and the score is high."""
    return match.method == "exact" or (match.score >= SURE and word in match.name.split())


def _spelt_as(phrase: str, name: str) -> bool:
    """True if the phrase has each word of the name. A word may have another ending or a similar spelling.

    Similarity alone is not enough: `history of falls` is similar to `history of myocardial infarction`.
    """
    words = [word for word in phrase.split() if word not in LINKS]
    if "s" in name.split() and not {"s", *(f"{word}s" for word in name.split())} & {*phrase.split()}:
        # The letter s is a word in `protein S deficiency`, and a genitive in `Crohn's`.
        return False
    if " " not in name:
        # A name of one word must not match by its root: `confusing` is not confusion.
        others = [own for own in words if root(own) != root(name)]
        edits = (SequenceMatcher(None, name, own).ratio() >= _SIMILAR for own in others)
        return any(stem(name) == stem(own) for own in words) or any(edits)
    return all(
        any(root(word) == root(own) or SequenceMatcher(None, word, own).ratio() >= _SIMILAR for own in words)
        for word in name.split()
        if word not in LINKS
    )
