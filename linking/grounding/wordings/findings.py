"""linking: finds findings that are described in other words: `the eyes are set wide apart` means hypertelorism.

Each word belongs to a synset, a group of words with the same meaning (words.py). The synsets of the words in a phrase
are compared with the synsets of the words in names, in any order. Only phenotypes are found. A text may state a subject
once for several findings: `her head is short and wide`.

findings.tsv has a row for each finding. The column `name` has one or more names; the first loaded name is used. The
columns `english` and `dutch` have wordings, separated by `|`. The words of a wording may have any order, except in
patterns (sayings.py). Wordings have priority over names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from graph.hierarchy import of_prefix
from graph.lexical import LEXICON, STOP_WORDS, normalise
from linking.grounding.reading import Reading
from linking.grounding.topics import Name
from linking.grounding.wordings.sayings import Saying, first_words, is_saying, match_end, saying
from linking.grounding.wordings.words import SKIPPED, Words, alternatives, rows, words_of

FINDINGS = Path(__file__).with_name("findings.tsv")
_JOINS = frozenset("and or but en of maar als evenals".split())
_NOT_AFTER = frozenset(["niet"])
"""In Dutch, this word may follow the verb that it negates: `de klep prolabeert niet`."""
_VERB = re.compile("[a-z]+(?:ed|ing|ly)|since|without|yet|again|too|during|seen|began|became|alone|never|always|even")
_INSIDE = (" ", "-", "'", "’")
_SHORTEST, _LONGEST = 2, 7
_KINDS = {"label": 1, "exact": 2, LEXICON: 3}
_SUBJECT = 3

Ranked = dict[str, dict[str, tuple[int, Name]]]
"""The names by their tokens (see `_key`) and by terminology. Of names with the same tokens, the lowest rank is used."""
Sayings = dict[str, list[tuple[Saying, tuple[Name, ...]]]]
"""The patterns by first word. Each pattern comes with the names of its finding."""


class Word(NamedTuple):
    """A token (the name of a synset), and the words in the text that mean the token: `first` to `last`."""

    token: str
    first: int
    last: int


class Finding(NamedTuple):
    """Words `first` to `last` of a text describe a finding. `names` has one name of the finding for each terminology.

    `sure` is True if no word was left out, and the words include the subject.
    """

    first: int
    last: int
    names: tuple[Name, ...]
    sure: bool


class Run(NamedTuple):
    """Consecutive words of a text that occur in names or wordings of findings.

    `after` is True if only a comma or conjunction separates this run from the previous run.
    """

    words: list[Word]
    after: bool


class Findings:
    """Finds the phenotypes among `names`, which are names of one snapshot."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._sizes: dict[str, int] = {}
        self._sayings: dict[str, Sayings] = {"en": {}, "nl": {}}
        ranked: Ranked = {}
        called: dict[str, dict[str, Name]] = {}
        for name in names:
            if name.kind in _KINDS and of_prefix(name.ontology) == "phenotype":
                language = "nl" if name.language == "nl" else "en"
                self._add(ranked, words_of(language).of(name.norm), name, _KINDS[name.kind])
                if language == "en":
                    called.setdefault(name.norm, {}).setdefault(name.ontology, name)
        for row in rows(FINDINGS) if called else ():
            every = (called.get(normalise(name)) for name in alternatives(row["name"]))
            if known := next(filter(None, every), None):
                self._add_wordings(ranked, row, tuple(known.values()))
        self._names = {key: tuple(name for _, name in known.values()) for key, known in ranked.items()}

    def _add_wordings(self, ranked: Ranked, row: Mapping[str, str], names: tuple[Name, ...]) -> None:
        for language, column in (("en", "english"), ("nl", "dutch")):
            for wording in alternatives(row[column]):
                # A single word must match exactly: `nervous` is not anxiety.
                if is_saying(wording) or " " not in wording:
                    pattern = saying(wording)
                    for first in first_words(pattern):
                        self._sayings[language].setdefault(first, []).append((pattern, names))
                    continue
                tokens = words_of(language).of(normalise(wording))
                for name in names:
                    self._add(ranked, tokens, name, 0)

    def _add(self, ranked: Ranked, tokens: list[str], name: Name, rank: int) -> None:
        # A name with only parts of the body is not used: `blood` next to `urine` does not mean blood in urine.
        if not _SHORTEST <= len(tokens) <= _LONGEST or words_of("en").parts.issuperset(tokens):
            return
        known = ranked.setdefault(_key(tokens), {})
        if name.ontology not in known or rank < known[name.ontology][0]:
            known[name.ontology] = rank, name
        for token in tokens:
            self._sizes[token] = self._sizes.get(token, 0) | 1 << len(tokens)

    def find(self, read: Reading) -> Iterator[Finding]:
        """Yields the findings in a text.

        If findings overlap, the longest finding is used. If findings are equally long, a finding with `sure` has
        priority, and then the first finding.
        """
        language = "nl" if read.language == "nl" else "en"
        pieces = list(_pieces(read))
        words = words_of(language)
        patterns = self._by_sayings(read, pieces, self._sayings[language])
        found = [one for one in patterns if not _before_name(read, one.last)]
        found += (one for one in self._by_words(read, pieces, words) if not _continues(read, one.last, words))
        taken: set[int] = set()
        for one in sorted(found, key=lambda one: (one.first - one.last, not one.sure, one.first)):
            if taken.isdisjoint(range(one.first, one.last + 1)):
                taken.update(range(one.first, one.last + 1))
                yield one

    def _by_sayings(
        self,
        read: Reading,
        pieces: list[tuple[int, int, bool]],
        sayings: Sayings,
    ) -> Iterator[Finding]:
        words = set(read.norms)
        for first, end, _ in pieces:
            for at in range(first, end):
                for pattern, names in sayings.get(read.norms[at], ()):
                    if pattern.needs <= words and (after := match_end(pattern, read.norms, at, end)) is not None:
                        yield Finding(at, after - 1, names, True)

    def _by_words(self, read: Reading, pieces: list[tuple[int, int, bool]], words: Words) -> Iterator[Finding]:
        before: list[Word] = []
        for run in self._runs(read, pieces, words):
            yield from self._windows(run.words, True)
            rest = [word for word in run.words if word.token not in words.degrees]
            if len(rest) < len(run.words):
                yield from self._windows(rest, False)
            if run.after and before and rest:
                yield from self._shared(before, rest, words.parts)
            before = rest

    def _runs(self, read: Reading, pieces: list[tuple[int, int, bool]], words: Words) -> Iterator[Run]:
        sizes, near = self._sizes, False
        for first, end, soft in pieces:
            places = [at for at in range(first, end) if read.norms[at] not in SKIPPED]
            norms = [read.norms[at] for at in places]
            run: list[Word] = []
            at, after = 0, soft and near
            while at < len(norms):
                tokens, following = words.means(norms, at)
                joins = following == at + 1 and norms[at] in _JOINS
                known = not joins and all(token in sizes for token in tokens)
                if known:
                    run += [Word(token, places[at], places[following - 1]) for token in tokens]
                    near = near or bool(tokens)
                else:
                    if run:
                        yield Run(run, after)
                        run = []
                    near = after = joins and near
                at = following
            if run:
                yield Run(run, after)

    def _windows(self, run: list[Word], sure: bool) -> Iterator[Finding]:
        """Yields the longest finding that starts at each word of `run`. A later finding inside it is skipped."""
        sizes, reached = self._sizes, -1
        for at in range(len(run)):
            many, tokens, longest = ~0, [], None
            for last in range(at, len(run)):
                tokens.append(run[last].token)
                many &= sizes[tokens[-1]]
                if many >> len(tokens) & 1 and last > reached and (names := self._find(tokens)):
                    longest = last, names
                if not many >> (len(tokens) + 1):
                    break
            if longest:
                reached, names = longest
                yield Finding(run[at].first, run[reached].last, names, sure)

    def _find(self, tokens: Sequence[str]) -> tuple[Name, ...]:
        return self._names.get(_key(tokens), ())

    def _shared(self, before: list[Word], run: list[Word], parts: set[str]) -> Iterator[Finding]:
        """Yields findings with words from two runs: `before`, and the next run `run`.

        One of the runs lacks a subject, predicate or part of the body that the other run has.
        """
        subject, other = _leading(before, parts), _leading(run, parts)
        if not other and subject and len(subject) < len(before):
            yield from self._joined(run, [subject])
        elif len(subject) == len(before):
            rest = run[len(other) :]
            yield from self._joined(before, [rest[:size] for size in range(len(rest), 0, -1)])
        elif len(other) == len(run):
            last = _leading(before[::-1], parts)
            yield from self._joined(run, [before[: -len(last)] if last else before[len(subject) :]])
        if all(word.token not in parts for word in before):
            if names := self._find([word.token for word in (*before, *run)]):
                yield Finding(before[0].first, run[-1].last, names, True)
            yield from self._joined(before, [[word for word in run if word.token in parts]])

    def _joined(self, own: list[Word], shared: list[list[Word]]) -> Iterator[Finding]:
        for others in filter(None, shared):
            for size in range(len(own), 0, -1):
                if names := self._find([word.token for word in (*others, *own[:size])]):
                    yield Finding(own[0].first, own[size - 1].last, names, False)
                    return


def _before_name(read: Reading, last: int) -> bool:
    """True if the word after word `last` is a capitalised name: `unable to speak Dutch`."""
    return last + 1 < len(read.words) and read.between(last, last + 1) == " " and read.words[last + 1][0][0].isupper()


def _continues(read: Reading, last: int, words: Words) -> bool:
    """True if the word after word `last` negates or continues the finding that ends there.

    For example, `tolerance` continues `abnormal glucose`.
    """
    if last + 1 == len(read.norms):
        return False
    after = read.norms[last + 1]
    if after in _NOT_AFTER:
        return True
    if read.language == "nl" or read.between(last, last + 1) != " ":
        return False
    return _before_name(read, last) or not (after in STOP_WORDS or words.is_filler(after) or _VERB.fullmatch(after))


def _leading(run: list[Word], parts: set[str]) -> list[Word]:
    """Returns the parts of the body at the start of a run."""
    size = 0
    while size < min(len(run), _SUBJECT) and run[size].token in parts:
        size += 1
    return run[:size]


def _pieces(read: Reading) -> Iterator[tuple[int, int, bool]]:
    """Yields the pieces of a text between punctuation marks: the index of the first word, and the index after the last.

    The third value is True if only a comma, a hyphen or white space separates the piece from the previous piece.
    """
    first, soft = 0, False
    for at, (one, other) in enumerate(pairwise(read.words), 1):
        between = read.text[one.end() : other.start()]
        if between not in _INSIDE:
            yield first, at, soft
            first, soft = at, between.strip() in (",", "-", "")
    if read.words:
        yield first, len(read.words), soft


def _key(tokens: Sequence[str]) -> str:
    return " ".join(sorted(tokens))
