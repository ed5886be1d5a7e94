"""linking: finds the names of loaded terminologies in a text, with their spans.

If several ontologies have a concept with the same name, there is one match for each ontology, so the concept of each
ontology is found without a mapping. Between text and name, word order, singular and plural, and case may differ. Names
may share words (`breast and ovarian cancer`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from graph.hierarchy import KINDS
from graph.lexical import CONJUNCTIONS, LEXICON, LINKS, MODIFIERS, WORD, is_ordinary, normalise, root, stem
from graph.snapshot import LOCAL, Snapshot
from linking.grounding.abbreviations import expand
from linking.grounding.assertion import assertion
from linking.grounding.beside import another_thing, is_denied, is_other, is_passive, is_product, is_quantity
from linking.grounding.claims import Claims
from linking.grounding.coordination import beside, under_one_head
from linking.grounding.homonyms import meant
from linking.grounding.likeness import (
    NEARLY,
    bag,
    in_capitals,
    is_short_of_ours,
    likeness,
    may_stand_alone,
    said_words,
    says_the_same,
    worth_of_kind,
)
from linking.grounding.matches import SHORTEST, Match, each_once, may_be_name, prefix, rank
from linking.grounding.reading import Reading, Span, phrases
from linking.grounding.topics import Name, in_words, topic_names, topics
from linking.grounding.wordings.findings import Findings

# Kinds of concepts for which the text must have the words of the name. Derived words are not enough.
_STRICT = np.isin(KINDS, ("organism", "anatomy", "procedure", "test", "topic", "other"))
_ILLNESS = np.isin(KINDS, ("disease", "phenotype", "finding"))
_LETTERS_AND_NUMBER = re.compile(r"[a-z]{4,} \d+")
_PREPOSITIONS = frozenset("by with for to from at on as met door voor bij".split())
"""A name that begins with one of these words, such as `by size`, is not used."""
_LONGEST = 12
_MOST_LINKS = 3
# The scores of findings that are described in other words. The second score is used if a word is missing or implied.
_DESCRIBED, _PARTLY_DESCRIBED = 0.8, 0.75


class Dictionary:
    """Finds the names of the concepts of one snapshot. Only concepts in `topics` are found."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._names: dict[str, list[Name]] = {}
        self._sizes: dict[str, int] = {}
        self._own: set[tuple[str, str]] = set()
        self._shorts: set[tuple[str, str]] = set()
        self._kinds, self._ids = snapshot.meanings.kinds, snapshot.ids
        self.topics = topics(snapshot)
        names = list(topic_names(snapshot, self.topics))
        self._findings = Findings(names)
        for name in names:
            if name.kind == LOCAL:
                self._own.add((name.concept, name.text))
            if is_short_of_ours(name):
                self._shorts.add((name.concept, name.text))
            words = [word for word in name.norm.split() if word not in LINKS]
            if not 0 < len(words) <= _LONGEST or words[0] in _PREPOSITIONS:
                continue
            self._names.setdefault(bag(words), []).append(name)
            if _LETTERS_AND_NUMBER.fullmatch(" ".join(words)):
                # `COVID-19` is often written `COVID19`.
                self._names.setdefault(bag(["".join(words)]), []).append(name)
            for word in words:
                key = root(word)
                self._sizes[key] = self._sizes.get(key, 0) | 1 << len(words)

    def mention(self, text: str) -> list[Match]:
        """The concepts that the whole text means. The text may define its abbreviation: `heart failure (HF)`."""
        found = self._matches(text, 0, len(text), in_words(text), mention=True)
        for short, long in () if found else expand(text).items():
            if normalise(text) in (normalise(f"{long} {short}"), normalise(f"{short} {long}")):
                found = self._matches(text, 0, len(text), in_words(long), mention=True, wording=long)
        return found

    def alike(self, norm: str) -> set[str]:
        """The normal forms of names that have the same words as `norm`, in any order and with any endings."""
        words = [word for word in norm.split() if word not in LINKS]
        return {name.norm.lower() for name in self._names.get(bag(words), ())} if 0 < len(words) <= _LONGEST else set()

    def text(self, text: str, language: str | None = None, record: bool = False) -> list[Match]:
        """Returns the concepts that a text mentions, in text order. If names overlap, the longest name is used.

        An abbreviation that the text defines has the defined meaning. Other abbreviations of up to three letters are
        ambiguous. An ambiguous abbreviation is returned only if the text also names the concept in full, or if the
        abbreviation is a site name. If `language` is None, the language is recognised by function words. `record` has
        the same meaning as in `assertion`.
        """
        read = Reading(text, language)
        claims: Claims[Match] = Claims()
        claims.add(self._abbreviated(read))
        named = list(self._candidates(read))
        # A record names its subject, so descriptions in other words are not searched for.
        described = () if record else self._described(read, dict(named))
        claims.add(sorted([*named, *described], key=rank))
        claims.join(list(self._coordinated(read, claims)))
        claims.join([found for each in under_one_head(read) for found in self._joined(read, *each)])
        return self._asserted(text, [match for _, matches in claims.in_order() for match in each_once(matches)], record)

    def phrases(self, text: str, found: Sequence[Match] | None = None) -> list[tuple[int, int]]:
        """Returns the spans of 1 to 6 words that may be a name. Stop words, punctuation and matches end a span.

        `found` are the matches of this text, or None.
        """
        covered = {(m.start, m.end) for m in (self.text(text) if found is None else found)}
        taken = bytearray(len(text))
        for start, end in covered:
            taken[start:end] = b"\1" * (end - start)
        return [(span.start, span.end) for span in phrases(Reading(text, "en"), taken)]

    def means_another(self, read: Reading, match: Match) -> bool:
        """True if the words of a match are similar to a name but mean something else in this text."""
        name = normalise(match.name).split()
        inside = [at for at, word in enumerate(read.words) if match.start <= word.start() < match.end]
        own = [at for at in inside if root(read.norms[at]) in set(map(root, name))] or inside
        span = read.span(own[0], own[-1])
        words = read.norms[span.first : span.last + 1]
        ordinary = len(words) == 1 and is_ordinary(words[0])
        others = self._is(match.concept, _STRICT) and set(map(root, words)) >= set(map(root, name))
        return (
            ordinary
            or (is_quantity(" ".join(words)) and self._is(match.concept, _ILLNESS))
            or (others and not says_the_same(" ".join(words), " ".join(name)))
            or is_product(words, match.name)
            or another_thing(read, span, self._known)
        )

    def _asserted(self, text: str, found: list[Match], record: bool) -> list[Match]:
        # In a text without capitals, a short word may be an ordinary word, such as `low` in `small and low ears`.
        long = (m for m in found if len(m.name if m.text.islower() else m.text) >= SHORTEST)
        full = {m.concept for m in long if (m.concept, m.name) not in self._shorts}
        full |= {m.concept for m in found if (m.concept, m.name) in self._own}
        # `DM2` means diabetes, unless the text has the full name of another disease with this abbreviation.
        other = {(m.start, m.end) for m in found if m.concept in full}
        meant = [m for m in found if m.concept in full or self._is_short(m, other)]
        how: dict[tuple[int, int], str] = {}
        for match in meant:
            if (match.start, match.end) not in how:
                how[match.start, match.end] = assertion(text, match.start, match.end, record)
        return [match._replace(assertion=how[match.start, match.end]) for match in meant]

    def _is_short(self, match: Match, other: set[tuple[int, int]]) -> bool:
        return (match.concept, match.name) in self._shorts and (match.start, match.end) not in other

    def _abbreviated(self, read: Reading) -> Iterator[tuple[Span, list[Match]]]:
        """Yields the spans of the abbreviations that the text defines.

        If the long form is not a name, the span has no matches.
        """
        shorts = {tuple(WORD.findall(short)): long for short, long in expand(read.text).items()}
        sizes = sorted({len(short) for short in shorts}, reverse=True)
        for at in range(len(read.words)) if shorts else ():
            for size in sizes:
                words = tuple(word.group() for word in read.words[at : at + size])
                # At the end of a text there are fewer words than `size`.
                if long := shorts.get(words):
                    span = read.span(at, at + len(words) - 1)
                    another = another_thing(read, span, self._known)
                    yield span, [] if another else self._meant_by(read, span, long)
                    break

    def _meant_by(self, read: Reading, span: Span, long: str) -> list[Match]:
        return self._matches(read.text, span.start, span.end, in_words(long), mention=True, wording=long)

    def _candidates(self, read: Reading) -> Iterator[tuple[Span, list[Match]]]:
        for at, norm in enumerate(read.norms):
            if norm in LINKS or norm in CONJUNCTIONS:
                continue
            yield from self._from(read, at, frozenset())
            near = read.norms[at + 1 : at + 1 + _LONGEST + _MOST_LINKS]
            if norm not in MODIFIERS and not MODIFIERS.isdisjoint(near):
                yield from self._from(read, at, MODIFIERS)

    def _described(self, read: Reading, named: dict[Span, list[Match]]) -> Iterator[tuple[Span, list[Match]]]:
        """Yields findings that are described in other words than their names."""
        for found in self._findings.find(read):
            span, score = read.span(found.first, found.last), _DESCRIBED if found.sure else _PARTLY_DESCRIBED
            how = "normalised", read.text[span.start : span.end], span.start, span.end, "present"
            surer = any(match.score >= score for match in named.get(span, ()))
            passive = found.first == found.last and is_passive(read.text, span.start, span.end)
            measured = is_quantity(" ".join(read.norms[found.first : found.last + 1]))
            if not (surer or passive or measured) and ("," in how[1] or not another_thing(read, span, self._known)):
                names = (name for name in found.names if not is_other(read, span, name.text))
                if matches := [Match(name.concept, name.label, score, *how, name.text) for name in names]:
                    yield span, matches

    def _from(self, read: Reading, at: int, dropped: frozenset[str]) -> Iterator[tuple[Span, list[Match]]]:
        """Yields the names that begin at word `at`.

        If `dropped` has words, yields only names that are found by leaving out some of these words.
        """
        words: list[str] = []
        roots: list[str] = []
        many, links, drops = ~0, 0, 0
        for last in range(at, len(read.norms)):
            norm = read.norms[last]
            if (last > at and read.parted(last - 1)) or links > _MOST_LINKS or len(words) == _LONGEST:
                return
            links += norm in LINKS or norm in dropped
            drops += norm in dropped
            if norm in LINKS or norm in dropped:
                continue
            words.append(norm)
            roots.append(read.roots[last])
            single = len(words) == 1
            many &= self._sizes.get(roots[-1], 0)
            may = (single or many >> len(words) & 1) and (not dropped or drops)
            if may and (stem(norm) if single else " ".join(sorted(roots))) in self._names:
                span = read.span(at, last)
                if matches := self._named(read, span, words, 0.9 if drops else 1.0):
                    yield span, [*matches, *self._nested(read, span, words, matches)]
            if not many >> (len(words) + 1):
                return

    def _named(self, read: Reading, span: Span, words: list[str], weight: float) -> list[Match]:
        norm = " ".join(read.norms[span.first : span.last + 1]) if weight == 1.0 else " ".join(words)
        matches = self._matches(read.text, span.start, span.end, norm, weight, language=read.language)
        if len(words) == 1:
            matches = [match for match in matches if may_be_name(match, norm)]
        if matches and another_thing(read, span, self._known):
            return [match for match in matches if "," in match.name and match.method == "exact"]
        return [match for match in matches if not is_other(read, span, match.name)]

    def _nested(self, read: Reading, span: Span, words: list[str], found: list[Match]) -> Iterator[Match]:
        """Yields names without the first word, in other terminologies: `hearing loss` in `bilateral hearing loss`."""
        if len(words) > 2 and words[0] in MODIFIERS:
            named = {prefix(match) for match in found}
            yield from (m for m in self._named(read, span, words[1:], 0.9) if prefix(m) not in named)

    def _is(self, concept: str, kinds: npt.NDArray[np.bool_]) -> bool:
        number = self._ids.find(concept)
        return number is not None and bool(kinds[self._kinds[number]])

    def _known(self, words: Sequence[str]) -> bool:
        return bool(self._called(list(words)))

    def _coordinated(self, read: Reading, claims: Claims[Match]) -> Iterator[tuple[Span, list[Match]]]:
        for span, matches in claims.in_order():
            for place, tried in beside(read, span) if matches else ():
                yield from self._joined(read, place, tried)

    def _joined(self, read: Reading, place: int, tried: Iterable[list[str]]) -> Iterator[tuple[Span, list[Match]]]:
        span = read.span(place, place)
        for words in tried:
            norm = " ".join(words)
            matches = [] if is_denied(read, words) else self._matches(read.text, *span[2:], norm, 0.9, wording=norm)
            if matches:
                yield span, matches
                return

    def _called(self, words: list[str]) -> list[Name]:
        """The names that have the words in `words`, except names with a rare meaning.

        Narrow and related synonyms are used only if no other name has the words. If there are several words, this rule
        applies to each terminology separately: in HPO, `hearing loss` is a related synonym.
        """
        names = self._names.get(bag(words), []) if 0 < len(words) <= _LONGEST else []
        if any(name.language == "nl" and name.kind != LEXICON for name in names):
            names = [name for name in names if name.kind != LEXICON]
        full = [name for name in names if name.kind not in NEARLY]
        if len(words) == 1 or not full:
            return meant(full or names, self._kinds)
        ontologies = {name.ontology for name in full}
        some = [name for name in names if name.kind not in NEARLY or name.ontology not in ontologies]
        return meant(some, self._kinds)

    def _matches(
        self,
        text: str,
        start: int,
        end: int,
        norm: str,
        weight: float = 1.0,
        *,
        mention: bool = False,
        wording: str | None = None,
        language: str | None = None,
    ) -> list[Match]:
        """The best match of each ontology for the normal form of the words from `start` to `end`.

        If the words stand for another text, `wording` is the other text, such as the long form of an abbreviation.
        """
        words = [word for word in norm.split() if word not in LINKS]
        wording = text[start:end] if wording is None else wording
        best: dict[tuple[str, bool], Match] = {}
        for name in self._called(words):
            if is_product(words, name.text) or (is_quantity(norm) and _ILLNESS[self._kinds[name.meaning]]):
                continue
            short = is_short_of_ours(name)
            if (name.kind == "abbreviation" or name.text.isupper()) and not (short or in_capitals(wording)):
                continue
            if len(words) == 1 and not mention and not may_stand_alone(name, norm, language):
                continue
            if name.kind == LEXICON and sorted(map(stem, words)) != sorted(map(stem, said_words(name.norm))):
                continue
            if _STRICT[self._kinds[name.meaning]] and not says_the_same(norm, name.norm):
                continue
            same = wording.casefold() == name.text.casefold()
            score = round(weight * (0.95 if same else 0.85 * likeness(norm, name.norm)) * worth_of_kind(name), 3)
            key = name.ontology, short and not mention
            if key not in best or score > best[key].score:
                method = "exact" if same and weight == 1.0 else "normalised"
                best[key] = Match(
                    name.concept, name.label, score, method, text[start:end], start, end, "present", name.text
                )
        return list(best.values())
